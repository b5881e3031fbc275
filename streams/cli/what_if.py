"""What if: one feed judged by two rule files or by two sets of floors, and how the outcomes differ."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from streams.cli.compare import DIFFERS, tell_difference
from streams.cli.console import tell

SHIPPED: Final = "shipped"
"""Names the thresholds as they come, where a rule file is expected."""

RuleFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--rules",
        metavar="FILE",
        help="A rule file, or 'shipped'; default FLOORWATCH_RULES, or as shipped. Two of them (--direct): what if?",
    ),
]
Against = Annotated[
    list[str] | None,
    typer.Option(
        "--against",
        metavar="F",
        help="What if (--direct): judge by these floors instead of --floors too, and say what differs. Repeatable.",
    ),
]


class Side(NamedTuple):
    """One of the two ways in which a feed is judged."""

    name: str
    schedules: list[str] | None
    rules: str | None
    """A path; empty: as shipped; None: the environment's, else as shipped."""


def rule_file(rules: Sequence[str] | None) -> str | None:
    """Return the rule file that is named first: None where none is, empty for the thresholds as they come."""
    if not rules:
        return None
    if rules[0] != SHIPPED and not Path(rules[0]).is_file():
        message = f"there is no rule file {rules[0]!r}: name a file, or {SHIPPED!r} for the thresholds as they come"
        raise typer.BadParameter(message)
    return "" if rules[0] == SHIPPED else rules[0]


def sides_of(
    rules: Sequence[str] | None, schedules: Sequence[str] | None, against: Sequence[str] | None
) -> tuple[Side, Side] | None:
    """Return the two sides that the options ask for, None where they ask for one replay."""
    rules = rules or []
    if len(rules) > 2:  # noqa: PLR2004 - a pair
        message = f"--rules names {len(rules)} files: two are set side by side"
        raise typer.BadParameter(message)
    if len(rules) < 2 and not against:  # noqa: PLR2004 - a pair
        return None
    files = [rule_file([each]) for each in rules] or [None]
    floors = list(schedules) if schedules else None
    names = _names(rules, schedules, against)
    return (
        Side(names[0], floors, files[0]),
        Side(names[1], list(against) if against else floors, files[-1]),
    )


def replay_both(
    sides: tuple[Side, Side], replay: Callable[[Side, Path], None], folder: Path | None, *, alone: bool, as_json: bool
) -> None:
    """
    Replay each side (the feed is read twice), say how they differ, and exit as ``replay diff`` does.

    Refuses where more is asked for than that: *alone* says that it is not.
    """
    if not alone:
        message = "two --rules, and --against, are for --direct and feed files, without --out: --run DIR keeps both"
        raise typer.BadParameter(message)
    from streams.runs.compare import compare
    from streams.runs.first_record import first_records
    from streams.runs.kept_records import keep_records
    from streams.runs.reading import read_run

    with _kept(folder) as place:
        for side in sides:
            tell(f"judging by {side.name}")
            replay(side, place / side.name)
        runs = read_run(place / sides[0].name), read_run(place / sides[1].name)
        found = compare(runs[0].alerts, runs[1].alerts)
        records, why = first_records(*runs, found)
        if folder is not None:
            keep_records(runs[1], runs[0], found, records)
        tell_difference(runs, found, records, why, as_json=as_json, kept=folder is not None)
    raise typer.Exit(DIFFERS if found else 0)


@contextmanager
def _kept(folder: Path | None) -> Iterator[Path]:
    """Yield where the two runs go: into *folder*, or nowhere for long."""
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="floorwatch-") as name:
        yield Path(name)


def _names(rules: Sequence[str], schedules: Sequence[str] | None, against: Sequence[str] | None) -> tuple[str, str]:
    """Return what to call the sides: after the rule files, else the floors, that make the difference."""
    pair = (rules[0], rules[-1]) if len(rules) > 1 else ((schedules or ["as-shipped"])[-1], (against or [""])[-1])
    first, second = (Path(each).stem for each in pair)
    return (first, second) if first != second else (f"a-{first}", f"b-{second}")
