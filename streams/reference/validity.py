"""
Periods of validity and the texts that reference entries are made of.

A period is half-open: it holds from its first day to the day before its end, and for good where it has none.
"""

import re
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

from streams.exact import NotADecimalError, fraction

_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_PRODUCT: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\|[a-z0-9]+(?:-[a-z0-9]+)*")
_HS_CODE: Final = re.compile(r"[0-9]{4}(?:[0-9]{2}){0,3}")


class Problem(NamedTuple):
    """What is wrong with one field of an entry."""

    field: str
    message: str

    def __str__(self) -> str:
        """Return the problem in one line."""
        return f"{self.field}: {self.message}"


class InvalidEntryError(ValueError):
    """Raised for a reference entry that cannot be right; carries every problem found, not the first."""

    def __init__(self, entry: str, problems: list[Problem]) -> None:
        super().__init__(f"{entry}: {'; '.join(map(str, problems))}")
        self.problems = problems


def check(entry: str, problems: Iterator[Problem]) -> None:
    """Raise :class:`InvalidEntryError` where there are problems with *entry*."""
    found = list(problems)
    if found:
        raise InvalidEntryError(entry, found)


def holds(day: date, start: date | None, end: date | None) -> bool:
    """Return whether *day* lies in the half-open period; None is open."""
    return (start is None or start <= day) and (end is None or day < end)


def overlap(start: date | None, end: date | None, other_start: date | None, other_end: date | None) -> bool:
    """Return whether two half-open periods share a day."""
    return (end is None or other_start is None or other_start < end) and (
        other_end is None or start is None or start < other_end
    )


def period_problems(start: date | None, end: date | None, names: tuple[str, str]) -> Iterator[Problem]:
    """Find a period that ends before it starts."""
    if start is not None and end is not None and end <= start:
        yield Problem(names[1], f"must come after {names[0]} {start}, was {end}")


def decimal_problems(
    field: str, text: str | None, *, above: int | None = None, least: int | None = None, most: int | None = None
) -> Iterator[Problem]:
    """Find text that is not a decimal number, or not ``above <``, ``least <=``, ``<= most``; absent is fine."""
    if text is None:
        return
    try:
        number = fraction(text)
    except NotADecimalError as e:
        yield Problem(field, str(e))
        return
    if above is not None and number <= above:
        yield Problem(field, f"must be above {above}, was {text}")
    if least is not None and number < least:
        yield Problem(field, f"must be at least {least}, was {text}")
    if most is not None and number > most:
        yield Problem(field, f"must be at most {most}, was {text}")


def currency_problems(field: str, code: str) -> Iterator[Problem]:
    """Find a currency that is not three capital letters (ISO 4217)."""
    if not _CURRENCY.fullmatch(code):
        yield Problem(field, f"expected three capital letters such as USD, found {code!r}")


def country_problems(field: str, code: str | None) -> Iterator[Problem]:
    """Find a country that is not two capital letters (ISO 3166 alpha-2; EU and XK are taken)."""
    if code is not None and not _COUNTRY.fullmatch(code):
        yield Problem(field, f"expected two capital letters such as CN, found {code!r}")


def product_problems(field: str, name: str | None) -> Iterator[Problem]:
    """Find a product that is not written ``mineral|stage``."""
    if name is not None and not _PRODUCT.fullmatch(name):
        yield Problem(field, f"expected mineral|stage in lower case with hyphens, found {name!r}")


def name_problems(field: str, name: str) -> Iterator[Problem]:
    """Find a name that is empty, has blanks at its ends or a ``|`` in it, or is the ``*`` that stands for all."""
    if not name or "|" in name or name == "*" or name != name.strip():
        yield Problem(field, f"must be a name without blanks at its ends and without |, was {name!r}")


def hs_code_problems(field: str, code: str) -> Iterator[Problem]:
    """Find a commodity code that is not 4, 6, 8 or 10 digits."""
    if not _HS_CODE.fullmatch(code):
        yield Problem(field, f"expected 4, 6, 8 or 10 digits without points, found {code!r}")


def percent(text: str | None) -> Fraction:
    """Return a percentage in text as a fraction of 100, absent as 0."""
    return Fraction(0) if text is None else fraction(text)
