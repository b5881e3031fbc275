"""
Decimal text and exact numbers, without a binary float between them.

Amounts on the hot path are integers in micro-units (one millionth of a currency unit or of a unit of
quantity); ratios are :class:`fractions.Fraction`; both are decimal text at the edges.
"""

import re
from fractions import Fraction
from typing import Final

MICRO: Final = 1_000_000
PLACES_MAX: Final = 6
_LIMIT: Final = 2**63
_LONGEST: Final = len("-9223372036854.775807")
_LONGEST_FRACTION: Final = 4_000
"""Beyond about 4,300 digits the interpreter itself refuses to read an integer."""
_SCALE: Final = (1_000_000, 100_000, 10_000, 1_000, 100, 10, 1)
"""Micro-units in one of the last decimal, by the number of decimals."""
_FRACTION: Final = re.compile(r"(-?[0-9]+)(?:\.([0-9]+)|/([0-9]+))?")
_SHOWN: Final = 40
_SHORT: Final = 12
"""Characters of text that cannot exceed the limit, whatever its digits."""
_HUNDREDTH: Final = MICRO // 100


class NotADecimalError(ValueError):
    """Raised when text is not a plain decimal number; the message says what was found instead."""


def micros(text: str) -> int:
    """
    Return decimal text as an integer number of micro-units: ``"1184.5"`` is 1184500000.

    Takes ASCII digits with an optional leading ``-`` and one ``.`` between digits, at most six decimals.
    Raises :class:`NotADecimalError` for anything else (exponents, group separators, a decimal comma, NaN,
    infinities, blanks) and for amounts of 2**63 micro-units or more.
    """
    if len(text) <= _SHORT and text.isascii():
        # Whole numbers and hundredths of a moderate size are nearly all there is.
        if text.isdigit():
            return int(text) * MICRO
        if text[-3:-2] == "." and (digits := text[:-3] + text[-2:]).isdigit() and len(digits) > 2:  # noqa: PLR2004
            return int(digits) * _HUNDREDTH
    whole, point, decimals = text.partition(".")
    digits = whole + decimals
    if (
        len(digits) < _LONGEST
        and digits.isdigit()
        and text.isascii()
        and whole
        and len(decimals) <= PLACES_MAX
        and (decimals or not point)
    ):
        amount = int(digits) * _SCALE[len(decimals)]
        if amount < _LIMIT:
            return amount
    return _negative_micros(text)


def _negative_micros(text: str) -> int:
    if text[:1] == "-" and text[1:2].isdigit():
        return -micros(text[1:])
    raise NotADecimalError(_complaint(text))


def fraction(text: str) -> Fraction:
    """
    Return decimal text of any number of decimals, or ``p/q``, as an exact fraction.

    Raises :class:`NotADecimalError` for anything else, a zero denominator included.
    """
    found = _FRACTION.fullmatch(text) if len(text) <= _LONGEST_FRACTION else None
    if found is None:
        raise NotADecimalError(_complaint(text, places_max=None))
    whole, decimals, denominator = found.groups()
    if decimals:
        return Fraction(int(whole + decimals), 10 ** len(decimals))
    if denominator is None:
        return Fraction(int(whole))
    if int(denominator) == 0:
        message = f"{_shown(text)} has a zero denominator"
        raise NotADecimalError(message)
    return Fraction(int(whole), int(denominator))


def decimal_text(value: Fraction | int, places: int = PLACES_MAX) -> str:
    """
    Return *value* as decimal text.

    A value that terminates within *places* is written in full, without trailing zeros (``"22.5"``).  Any other
    is rounded half up (halves away from zero) and keeps all its *places* (``"70.334270"``), so that a reader
    sees that it was rounded; :func:`exact_text` gives the value itself.
    """
    scaled = abs(value) * 10**places
    if scaled.denominator == 1:
        return _point(value < 0, scaled.numerator, places, trim=True)
    rounded = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return _point(value < 0, rounded, places, trim=False)


def exact_text(value: Fraction | int) -> str:
    """Return *value* in lowest terms as ``p/q``, or ``p`` where it is whole."""
    return str(value)


def micros_text(amount: int) -> str:
    """Return an integer number of micro-units as decimal text: 1184500000 is ``"1184.5"``."""
    return _point(amount < 0, abs(amount), PLACES_MAX, trim=True)


def round_half_even(value: Fraction) -> int:
    """Return the nearest whole number, of two equally near ones the even."""
    return round(value)


def round_half_up(value: Fraction) -> int:
    """Return the nearest whole number, of two equally near ones that further from zero."""
    rounded = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return -rounded if value < 0 else rounded


def _point(negative: bool, digits: int, places: int, *, trim: bool) -> str:  # noqa: FBT001
    whole, rest = divmod(digits, 10**places)
    decimals = f"{rest:0{places}d}" if places else ""
    if trim:
        decimals = decimals.rstrip("0")
    sign = "-" if negative and digits else ""
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def _complaint(text: str, places_max: int | None = PLACES_MAX) -> str:
    """Return what is wrong with *text*, in words that tell its sender what to send."""
    shown = _shown(text)
    if not text.strip():
        return f"expected a decimal number, found {shown}"
    if "," in text:
        return f"{shown} has a comma: write a decimal point and no group separators"
    if (found := _FRACTION.fullmatch(text)) is None or (found[3] and places_max is not None):
        return f"{shown} is not a plain decimal number such as 1184.50"
    if places_max is not None and len(found[2] or "") > places_max:
        return f"{shown} has {len(found[2])} decimals, at most {places_max} are taken"
    if places_max is not None:
        return f"{shown} is too large: amounts stay below {_LIMIT // MICRO}"
    return f"a number of {len(text)} characters is too long"


def _shown(text: str) -> str:
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}... ({len(text)} characters)"
