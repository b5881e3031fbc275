"""
Comparing what a case expects with what the engine put out.

A decimal in text is met by the number it writes.  A result that does not terminate is written with six decimals,
rounded half up; its sibling ``<key>_exact`` holds it as ``p/q`` and is the authority.  ``null`` is met by ``None``
alone.  Under ``published`` stand figures as printed by their source, rounded or cut off at ``dp`` decimals.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple, TypeGuard

from streams.conformance.case import CaseError
from streams.exact import NotADecimalError, decimal_text, exact_text, fraction, round_half_up

PUBLISHED: Final = "published"
_EXACT: Final = "_exact"


class Mismatch(NamedTuple):
    """One key that was not met."""

    path: str
    """Where in the outputs: keys and places in lists, with points between."""
    expected: str
    found: str

    def __str__(self) -> str:
        """Return the mismatch in one line."""
        return f"{self.path}: expected {self.expected}, found {self.found}"


class _Missing:
    """What an output that is not there is compared as."""


_MISSING: Final = _Missing()


def compare(expected: Mapping[str, Any], outputs: Mapping[str, Any]) -> list[Mismatch]:
    """Return every key of *expected* that *outputs* do not meet."""
    rest = {key: value for key, value in expected.items() if key != PUBLISHED}
    return [*_mapping("", rest, outputs), *_published(expected.get(PUBLISHED, ()), outputs)]


def _mapping(path: str, expected: Mapping[str, Any], found: object) -> Iterator[Mismatch]:
    if not isinstance(found, Mapping):
        yield Mismatch(path, "an object", _shown(found))
        return
    for key, value in expected.items():
        base = key.removesuffix(_EXACT)
        if base != key and key not in found:
            yield from _exactly(_join(path, base), value, found.get(base, _MISSING))
        else:
            yield from _any(_join(path, key), value, found.get(key, _MISSING))


def _any(path: str, expected: object, found: object) -> Iterator[Mismatch]:
    match expected:
        case Mapping():
            yield from _mapping(path, expected, found)
        case list():
            yield from _list(path, expected, found)
        case _ if not _met(expected, found):
            yield Mismatch(path, _shown(expected), _shown(found))


def _met(expected: object, found: object) -> bool:
    match expected:
        case None | bool():
            return found is expected
        case str() if _is_number(found):
            return _meets(expected, Fraction(found))
        case str():
            return isinstance(found, str) and found == expected
        case _:
            return _is_number(found) and found == expected


def _is_number(value: object) -> TypeGuard[Fraction | int]:
    return isinstance(value, Fraction | int) and not isinstance(value, bool)


def _list(path: str, expected: Sequence[object], found: object) -> Iterator[Mismatch]:
    if not isinstance(found, list | tuple):
        yield Mismatch(path, _shown(expected), _shown(found))
    elif len(found) != len(expected):
        yield Mismatch(path, f"{len(expected)} of {_shown(expected)}", f"{len(found)} of {_shown(found)}")
    else:
        for place, (value, other) in enumerate(zip(expected, found, strict=True)):
            yield from _any(_join(path, str(place)), value, other)


def _meets(text: str, found: Fraction) -> bool:
    """Return whether *found* is the number in *text*, or rounds to it where it does not terminate."""
    try:
        wanted = fraction(text)
    except NotADecimalError:
        return False
    return wanted == found or (not _terminates(found) and wanted == fraction(decimal_text(found)))


def _exactly(path: str, expected: str, found: object) -> Iterator[Mismatch]:
    """Compare a ``p/q`` with the number it is the authority of."""
    if not _is_number(found) or fraction(expected) != found:
        shown = exact_text(found) if _is_number(found) else _shown(found)
        yield Mismatch(path, f"{expected} exactly", shown)


def _terminates(value: Fraction) -> bool:
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _published(figures: Sequence[Mapping[str, Any]], outputs: Mapping[str, Any]) -> Iterator[Mismatch]:
    for figure in figures:
        path, places, rounding = figure["path"], figure["dp"], figure["rounding"]
        found = _at(outputs, path)
        if not _is_number(found):
            yield Mismatch(path, f"{figure['value']} as published", _shown(found))
            continue
        scaled = Fraction(found) * 10**places
        if rounded(scaled, rounding) != fraction(figure["value"]) * 10**places:
            yield Mismatch(path, f"{figure['value']} as published, {rounding} at {places} decimals", _shown(found))


def rounded(value: Fraction, rounding: str) -> int:
    """Return a whole number: ``half_up`` the nearest, ``truncate`` the next towards zero."""
    match rounding:
        case "half_up":
            return round_half_up(value)
        case "truncate":
            return int(value)
        case _:
            message = f"rounding {rounding!r} is neither half_up nor truncate"
            raise CaseError(message)


def _at(outputs: object, path: str) -> object:
    for key in path.split("."):
        if isinstance(outputs, Mapping) and key in outputs:
            outputs = outputs[key]
        elif isinstance(outputs, list | tuple) and key.isdigit() and int(key) < len(outputs):
            outputs = outputs[int(key)]
        else:
            return _MISSING
    return outputs


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _shown(value: object) -> str:
    match value:
        case _Missing():
            return "nothing"
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case Fraction():
            text = decimal_text(value)
            return text if fraction(text) == value else f"{text} ({exact_text(value)} exactly)"
        case list() | tuple():
            return f"[{', '.join(map(_shown, value))}]"
        case Mapping():
            return f"{{{', '.join(f'{key}: {_shown(each)}' for key, each in value.items())}}}"
        case _:
            return str(value)
