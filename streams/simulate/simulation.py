"""A simulation: a folder of trades, price ticks, reference data and labels, with a manifest of all of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from streams.file_hash import sha256_of
from streams.reference.wire import encode
from streams.simulate import feed, schedule
from streams.simulate.labels import Label, write_labels
from streams.simulate.planting import HONEST, planted_world
from streams.simulate.volume import write_volume
from streams.simulate.world import Calendar, World
from streams.simulate.writing import Format, Written, encode_json, write_lines, write_records

_MINERALS_OF_VOLUME: Final = 24

FORM: Final = 1
"""Version of what the same seed gives: other bytes, another number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What was written."""

    folder: Path
    seed: int
    calendar: Calendar
    patterns: tuple[str, ...]
    trades: Written
    ticks: Written
    reference: Written
    labels: tuple[Label, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the manifest as JSON values; it holds nothing that the same seed would not give again."""
        files = (self.trades, self.ticks, self.reference)
        return {
            "form": FORM,
            "seed": self.seed,
            "months": self.calendar.length,
            "first_day": date.fromordinal(self.calendar.first_day).isoformat(),
            "last_day": date.fromordinal(self.calendar.last_day).isoformat(),
            "patterns": list(self.patterns),
            "labels": dict(sorted(Counter(label.rule for label in self.labels).items())),
            "files": {each.path.name: {"rows": each.rows, "sha256": each.sha256} for each in files}
            | {"labels.jsonl": {"rows": len(self.labels), "sha256": sha256_of(self.folder / "labels.jsonl")}},
        }


def simulate(
    folder: Path,
    *,
    seed: int,
    months: int,
    patterns: Sequence[str] = (),
    honest: int | None = None,
    rows: int | None = None,
    file_format: Format = Format.JSONL,
) -> Simulated:
    """
    Write a simulation into *folder*, which is made where it is not there.

    *rows* is how many trades to write: plain ones without a pattern, for tests of volume.  *honest* is how many
    minerals have no pattern.  Raises :class:`ValueError` for patterns or months that cannot be, :class:`OSError` where
    the folder cannot be written.
    """
    if honest is None:
        honest = HONEST if rows is None else _MINERALS_OF_VOLUME
    world = planted_world(seed, months, patterns, honest=honest)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"trades.{file_format}"
    if rows is None:
        trades = write_records(path, feed.trades(world), file_format)
    else:
        trades = write_volume(path, world, rows, file_format)
    written = Simulated(
        folder=folder,
        seed=seed,
        calendar=world.calendar,
        patterns=tuple(patterns),
        trades=trades,
        ticks=write_records(folder / f"ticks.{file_format}", feed.price_ticks(world), file_format),
        reference=write_lines(folder / "reference.jsonl", map(encode, schedule.entries(world))),
        labels=_label(folder, world),
    )
    (folder / "manifest.json").write_bytes(encode_json(written.as_json()) + b"\n")
    return written


def _label(folder: Path, world: World) -> tuple[Label, ...]:
    labels = tuple(world.labels)
    write_labels(folder / "labels.jsonl", labels)
    return labels
