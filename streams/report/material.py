"""What a report is made of: a run folder with its manifest, alerts, monthly figures, and what was compared with it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from alerts.model import Alert
from streams.month_series import MonthLine
from streams.runs.errors import RunError
from streams.runs.kept_records import KeptRecords, manifest_digest, read_kept
from streams.runs.manifest import Manifest
from streams.runs.reading import read_run, read_series


@dataclass(frozen=True)
class Material:
    """A run as it was written down."""

    manifest: Manifest
    alerts: tuple[Alert, ...]
    series: tuple[MonthLine, ...]
    digest: str = ""
    """Of the manifest, which tells the run from any other."""
    compared: tuple[KeptRecords, ...] = ()
    """What comparisons with other runs found and kept in the folder."""

    @property
    def name(self) -> str:
        """The run's name."""
        return self.manifest.run

    @cached_property
    def months(self) -> tuple[str, ...]:
        """The months that there are figures of, in order."""
        return tuple(sorted({line.month for line in self.series}))


def read_material(folder: Path) -> Material:
    """Return the run in *folder*; raises :class:`RunError` where there is none, or not all of one."""
    run = read_run(folder)
    if run.manifest is None:
        raise RunError(f"{folder} is a file of alerts: a report needs the folder that floorwatch replay --run writes")
    return Material(
        run.manifest,
        tuple(run.alerts),
        tuple(read_series(folder)),
        digest=manifest_digest(folder),
        compared=tuple(read_kept(folder)),
    )
