"""Reading a run folder, or a bare file of alerts."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from alerts.model import Alert, decode_alert
from streams.file_hash import sha256_of
from streams.month_series import MonthLine
from streams.runs.errors import RunError
from streams.runs.manifest import ALERTS, MANIFEST, SERIES, VERSION, Form, Manifest

_manifests: Final = msgspec.json.Decoder(Manifest)
_versions: Final = msgspec.json.Decoder(Form)
_lines: Final = msgspec.json.Decoder(MonthLine)

PAGE: Final = ".html"
"""How the name of a report ends, which may lie beside the run it is of."""

T = TypeVar("T")


class Run(NamedTuple):
    """The alerts of a run, and what is known of how it was made."""

    path: Path
    alerts: list[Alert]
    """The standing ones, by id."""
    manifest: Manifest | None
    """None for a bare file of alerts."""

    @property
    def name(self) -> str:
        """What to call it."""
        return self.path.name if self.manifest is None else self.manifest.run


def read_run(path: Path) -> Run:
    """
    Return the run in a folder, or the alerts of a file of JSON lines.

    Raises :class:`RunError` where there is none, or where a file of the folder is not the one that was written.
    """
    if not path.exists():
        raise RunError(f"there is no {path}: name a folder written by replay --run, or a file written by --out")
    if path.is_file():
        return Run(path, list(_decoded(path, decode_alert)), None)
    manifest = read_manifest(path)
    for name, digest in manifest.outputs.items():
        if not (path / name).is_file():
            raise RunError(f"{path} has no {name}: the run is not whole; replay it again")
        if sha256_of(path / name) != digest:
            raise RunError(f"{path / name} is not the file that the run wrote: it was changed since; replay it again")
    return Run(path, list(_decoded(path / ALERTS, decode_alert)), manifest)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a run folder; raises :class:`RunError`."""
    path = folder / MANIFEST
    if not path.is_file():
        if within := ", ".join(str(folder / name) for name in runs_within(folder)):
            raise RunError(f"{folder} is no run, it holds the runs of a what-if: name one, {within}")
        raise RunError(f"{folder} is no run: it has no {MANIFEST}; name a folder written by replay --run")
    try:
        text = path.read_bytes()
        written = _versions.decode(text).v
        if written != VERSION:
            raise RunError(f"{folder} was kept by another version of floorwatch: replay it again (form {written})")
        return _manifests.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RunError(f"{path} cannot be read: {error}") from error


def runs_within(folder: Path) -> list[str]:
    """Return the names of the runs in a folder, as a what-if keeps two of them."""
    return sorted(path.parent.name for path in folder.glob(f"*/{MANIFEST}")) if folder.is_dir() else []


def files_of(folder: Path) -> list[Path]:
    """Return the files of a run folder and those that the run was made from; raises :class:`RunError`."""
    manifest = read_manifest(folder)
    files = [each.path for each in manifest.inputs]
    named = [*files, manifest.rules.path, *(each.path for each in (*manifest.floors, *manifest.rates))]
    return [*(each for each in folder.iterdir() if each.suffix != PAGE), *(Path(each) for each in named if each)]


def read_series(folder: Path) -> Iterator[MonthLine]:
    """Yield the month lines of a run folder in the order they were written; raises :class:`RunError`."""
    yield from _decoded(folder / SERIES, _lines.decode)


def _decoded(path: Path, decode: Callable[[bytes], T]) -> Iterator[T]:
    with path.open("rb") as content:
        for number, line in enumerate(content, 1):
            try:
                yield decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise RunError(f"{path}, line {number} is not what a run writes: {error}") from error


def summary_of(run: Run) -> dict[str, Any]:
    """Return what a manifest says the run came to; empty for a bare file."""
    return {} if run.manifest is None else run.manifest.summary
