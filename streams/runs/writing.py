"""Writing a run folder: whole, or not at all."""

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from alerts.model import Alert, encode_alert
from streams.month_series import MonthLine
from streams.runs.errors import RunError
from streams.runs.manifest import ALERTS, MANIFEST, SERIES, Manifest

_encoder: Final = msgspec.json.Encoder(order="sorted")


def check_free(folder: Path) -> None:
    """
    Check that a run can be written to *folder*, before anything is replayed for it.

    Raises :class:`RunError` where something is there: a run is never written over.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        what = "holds a run already" if (folder / MANIFEST).exists() else "is there already and not an empty folder"
        raise RunError(f"{folder} {what}: name another, or remove it first")


def write_run(folder: Path, manifest: Manifest, alerts: Iterable[Alert], series: Iterable[MonthLine]) -> Manifest:
    """
    Write a run to *folder*, made where it is not there; return the manifest with the digests of the other files.

    Everything is written beside it first and renamed at the end, so that a folder of that name is a whole run.
    Raises :class:`RunError` where something is there, and ``OSError``.
    """
    check_free(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    try:
        outputs = {
            ALERTS: _write_lines(beside / ALERTS, (encode_alert(alert) for alert in alerts)),
            SERIES: _write_lines(beside / SERIES, (_encoder.encode(line) for line in series)),
        }
        manifest = msgspec.structs.replace(manifest, outputs=outputs)
        text = msgspec.json.format(_encoder.encode(manifest), indent=2) + b"\n"
        _write(beside / MANIFEST, [text])
        if folder.is_dir():
            folder.rmdir()
        beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return manifest


def _write_lines(path: Path, lines: Iterable[bytes]) -> str:
    return _write(path, (line + b"\n" for line in lines))


def _write(path: Path, blocks: Iterable[bytes]) -> str:
    """Write *blocks* to *path*, down to the disk, and return their SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as out:
        for block in blocks:
            out.write(block)
            digest.update(block)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()
