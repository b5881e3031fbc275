"""
First records that a comparison found, kept in a run's folder for whoever reports on it.

Finding them means judging both runs again from their files, which a report does not read.  What was found is a file
of the folder ``compared``, named by the other run, and holds for that run and this one as they were.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from streams.file_hash import sha256_of
from streams.runs.compare import Difference
from streams.runs.errors import RunError
from streams.runs.first_record import FirstRecord
from streams.runs.manifest import MANIFEST
from streams.runs.reading import Run

COMPARED: Final = "compared"
_DIGITS: Final = 16
"""Of the other run's digest, in the name of the file; the whole of it stands within."""
_encoder: Final = msgspec.json.Encoder(order="sorted")


class KeptRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The first record of one difference."""

    alerts: tuple[str, ...]
    """The ids that the alert has in the two runs: one, or two where it begins on another day."""
    how: str
    """As :class:`FirstRecord` has it; so for the next ones."""
    record: str
    day: str
    file: str = ""
    """The name of the file, without its folder."""
    line: int = 0


class KeptRecords(msgspec.Struct, frozen=True, kw_only=True):
    """The first records of all differences between two runs."""

    own: str
    """SHA-256 of the manifest of the run in whose folder it is."""
    other: str
    """SHA-256 of the manifest of the run it was compared with."""
    records: tuple[KeptRecord, ...]


_decoder: Final = msgspec.json.Decoder(KeptRecords)


def keep_records(run: Run, other: Run, found: Sequence[Difference], records: Sequence[FirstRecord]) -> Path:
    """
    Keep in the folder of *run* the record that made each difference to *other*; return the file.

    Raises :class:`RunError` where either is a bare file of alerts, and ``OSError``.
    """
    for each in (run, other):
        if each.manifest is None:
            raise RunError(f"{each.path} is a file of alerts: first records are kept with the folders of replay --run")
    digests = manifest_digest(run.path), manifest_digest(other.path)
    kept = KeptRecords(
        own=digests[0],
        other=digests[1],
        records=tuple(map(_kept, found, records)),
    )
    path = run.path / COMPARED / f"{digests[1][:_DIGITS]}.json"
    path.parent.mkdir(exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_bytes(_encoder.encode(kept) + b"\n")
    beside.rename(path)
    return path


def read_kept(folder: Path) -> Iterator[KeptRecords]:
    """Yield what was kept in a run's folder of it as it is now; raises :class:`RunError`."""
    own = manifest_digest(folder)
    for path in sorted((folder / COMPARED).glob("*.json")):
        try:
            kept = _decoder.decode(path.read_bytes())
        except msgspec.MsgspecError as error:
            raise RunError(f"{path} is not what replay diff --keep writes: {error}; remove it") from error
        if kept.own == own:
            yield kept


def manifest_digest(folder: Path) -> str:
    """Return the SHA-256 of a run's manifest, which tells it from any other run."""
    return sha256_of(folder / MANIFEST)


def _kept(difference: Difference, record: FirstRecord) -> KeptRecord:
    return KeptRecord(
        alerts=difference.ids,
        how=record.how,
        record=record.record,
        day=record.day,
        file=Path(record.file).name,
        line=record.line,
    )
