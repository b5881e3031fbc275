"""Numbers as files write them, made plain decimal text; never through a binary float, never by a guess."""

import re
from decimal import Decimal, localcontext
from typing import Final

from streams.exact import PLACES_MAX
from streams.feeds.items import RowError
from streams.records import Refusal

_PLAIN: Final = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?")
"""Longer is no amount of anything, and the interpreter refuses to read some thousand digits as a number."""
_EXPONENT: Final = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?[eE][+-]?[0-9]{1,2}")
_SPACES: Final = " \u00a0\u202f'"
_GROUPS_THEN_COMMA: Final = re.compile(rf"-?[1-9][0-9]{{0,2}}([.{_SPACES}])[0-9]{{3}}(\1[0-9]{{3}})*(,[0-9]+)?")
_COMMA: Final = re.compile(r"-?[0-9]+,[0-9]+")
_EITHER: Final = re.compile(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}")


def plain_decimal(text: str, name: str) -> str:
    """
    Return a publisher's number without exponent and needless decimals: ``520000.0`` is ``520000``, ``1.5E3`` is 1500.

    Raises :class:`RowError`, naming the field, for what is no number.
    """
    if _PLAIN.fullmatch(text):
        return _trimmed(text)
    if _EXPONENT.fullmatch(text):
        return _trimmed(f"{Decimal(text):f}")
    reason = Refusal.NOT_A_DECIMAL if text.strip() else Refusal.MISSING_FIELD
    raise RowError(reason, f"{name}: expected a number, found {text[:40]!r}")


def workbook_decimal(value: float) -> str:
    """
    Return the decimal text of a workbook's number, at most six decimals.

    A workbook stores binary floats, so the shortest text that reads back as the stored number is what was typed;
    where the publisher stored an average with all its digits, halves are rounded to even at the sixth.
    """
    return _trimmed(f"{round(Decimal(repr(value)), PLACES_MAX):f}")


def six_places(text: str) -> str:
    """
    Return plain decimal text at six decimals at most, halves rounded to even.

    What compiled files have beyond those are the digits of a binary float that their makers computed with.
    """
    if len(text.partition(".")[2]) <= PLACES_MAX:
        return text
    with localcontext(prec=len(text)):
        return _trimmed(f"{round(Decimal(text), PLACES_MAX):f}")


def times_ten_to(power: int, text: str) -> str:
    """Return plain decimal text times ten to *power*: thousands of dollars (3) in dollars, cents (-2) likewise."""
    with localcontext(prec=len(text) + abs(power)):
        return _trimmed(f"{Decimal(text).scaleb(power):f}")


def with_point(text: str, name: str, mark: str | None) -> str:
    """
    Return the number of a European table with a decimal point: ``1.234,50`` is ``1234.50``.

    *mark* is what was declared to stand before the decimals, None where nothing was.  Text that is no number comes
    back as it is, for the normaliser to refuse in its own words.  Raises :class:`RowError` where ``1.234`` may be
    one thousand or one and a bit.
    """
    if mark == ".":
        return text
    if mark is None and _EITHER.fullmatch(text):
        raise RowError(
            Refusal.NOT_A_DECIMAL,
            f"{name}: {text!r} is {text.replace('.', '').replace(',', '')} or {text.replace(',', '.')}: "
            "declare the decimal mark of the file ('.' or ',')",
        )
    if (grouped := _GROUPS_THEN_COMMA.fullmatch(text)) is not None:
        return text.replace(grouped[1], "").replace(",", ".")
    return text.replace(",", ".") if _COMMA.fullmatch(text) else text


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
