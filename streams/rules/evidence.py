"""What a rule may ask about the records and the floors behind its sums, to put into an alert's evidence."""

from datetime import date
from fractions import Fraction
from typing import Any, Final, Protocol

from streams.cells import Lane
from streams.episodes import NEVER
from streams.exact import decimal_text

MG_PER_KG: Final = 1_000_000
UUSD_PER_USD: Final = 1_000_000


class Reader(Protocol):
    """The market's answers to a rule that writes evidence."""

    def worst(self, lane: Lane, day: int) -> dict[str, Any] | None:
        """Return the record of *day* furthest below its floor, with its conversion trail and arithmetic."""

    def suspects(self, lane: Lane, day: int, most: int) -> list[dict[str, Any]]:
        """Return up to *most* records of *day* whose unit is in doubt, in order of id."""

    def floor(self, name: str, day: int) -> dict[str, Any]:
        """Return the facts of the floor ``id@version`` as it was on *day* or last before: status, value, source ..."""


def day_text(day: int) -> str | None:
    """Return a day as ISO 8601 text, None for ``NEVER``."""
    return None if day == NEVER else date.fromordinal(day).isoformat()


def usd(uusd: int) -> str:
    """Return micro-USD as decimal text in USD."""
    return decimal_text(Fraction(uusd, UUSD_PER_USD))


def kg(mg: int) -> str:
    """Return milligrams as decimal text in kg."""
    return decimal_text(Fraction(mg, MG_PER_KG))


def usd_per_kg(uusd: int, mg: int) -> str | None:
    """Return a unit value as decimal text in USD per kg, None where there is no quantity."""
    return None if mg == 0 else decimal_text(Fraction(uusd * MG_PER_KG, mg * UUSD_PER_USD))


def pct(part: int, whole: int) -> str | None:
    """Return *part* of *whole* in per cent, None where the whole is nothing."""
    return None if whole == 0 else decimal_text(Fraction(100 * part, whole))


def short(text: str | None, places: int = 2) -> str:
    """Return a figure rounded for a sentence, thousands grouped."""
    if text is None:
        return "?"
    figure = decimal_text(Fraction(text), places)
    whole, _, decimals = figure.lstrip("-").partition(".")
    return ("-" if figure[0] == "-" else "") + f"{int(whole):,}" + (f".{decimals}" if decimals else "")


def line(label: str, expression: str, result: str | None, unit: str) -> dict[str, str]:
    """Return one line of an evidence's arithmetic, in the form that ``alerts.arithmetic`` recomputes."""
    return {"label": label, "expression": expression, "result": result or "", "unit": unit}
