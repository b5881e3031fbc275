"""What a rule found in a history, as a row of the table in ``docs/detection.md``."""

import os
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

from streams.engine import Engine
from streams.episodes import Verdict
from streams.exact import decimal_text
from streams.months import last_day
from streams.rules.scope import Finding, ScopeKey
from tests.unit.rules.market_of import findings

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "detection.md"


class Said(NamedTuple):
    """What was said of a subject in a month."""

    key: ScopeKey
    ends_on: date
    finding: Finding


def said_of(engine: Engine, rule: str) -> list[Said]:
    """Return what a rule over months said, in order."""
    return [
        Said(key, date.fromordinal(last_day(period)), finding)
        for period, key, finding in findings(engine)
        if key.rule == rule
    ]


def first_breach(said: Iterable[Said], **names: str) -> date:
    """Return the last day of the first month of breach of the subjects with these names."""
    return min(
        each.ends_on
        for each in said
        if each.finding.verdict is Verdict.BREACH
        and all(getattr(each.key, field) == name for field, name in names.items())
    )


def firing(said: Iterable[Said]) -> tuple[int, int]:
    """Return in how many judged months of all subjects a rule fires, and how many those are."""
    verdicts = [each.finding.verdict for each in said]
    fired, clear = verdicts.count(Verdict.BREACH), verdicts.count(Verdict.CLEAR)
    return fired, fired + clear


def share_text(said: Iterable[Said]) -> str:
    """Return the share of judged months in which a rule fires, as the table states it."""
    fired, of = firing(said)
    return f"{fired} of {of} ({decimal_text(Fraction(100 * fired, of), 1)} %)"


def is_documented(*cells: str) -> bool:
    """
    Return whether a table of the document has a row of these cells.

    With ``FLOORWATCH_WRITE_TABLES`` set in the environment the row that begins alike is written anew first: after
    thresholds were tuned, the document is brought up to date by running these tests once.
    """
    row = _row(cells)
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    if row not in lines and os.environ.get("FLOORWATCH_WRITE_TABLES"):
        begins = [_row(cells[:count])[:-1] for count in (2, 1)]
        place = next((at for start in begins for at, line in enumerate(lines) if line.startswith(start)), None)
        if place is not None:
            lines[place] = row
            DOCUMENT.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return row in lines


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
