"""Which goods of a feed are wanted: products and origins by name, by prefix or by pattern."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from itertools import product as pairs
from string import ascii_uppercase

from streams.records import PriceTick, Trade
from streams.reference.catalogue import load_catalogue


class SelectionError(ValueError):
    """Raised for what cannot be meant, as nothing could be of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """
    Products and origins as patterns: a name (``silicon|metal``), or one with ``*`` and ``?`` (``silicon|*``).

    A product is one that the catalogue has, an origin two capitals: a pattern that fits none of them is refused, for it
    would select nothing.  None selects all of them.  A price tick has no origin: it is wanted for its product alone.
    """

    products: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a pattern that is empty, stands for several, or fits no product or no origin there is."""
        for pattern in (*self.products, *self.origins):
            if not pattern.strip() or "," in pattern:
                message = f"{pattern!r} is no pattern: repeat the option for several, as in 'silicon|*'"
                raise SelectionError(message)
        for pattern in self.products:
            _check_product(pattern)
        for pattern in self.origins:
            _check_origin(pattern)

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return not self.products and not self.origins

    def wants(self, record: Trade | PriceTick) -> bool:
        """Return whether *record* is of the selected goods; a trade without a product is wanted by no product."""
        return fits(self.products, record.product or "") and (
            isinstance(record, PriceTick) or fits(self.origins, record.origin)
        )


def fits(patterns: Sequence[str], name: str) -> bool:
    """Return whether *name* is what one of *patterns* says; no pattern at all fits every name."""
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def check_days(first: date | None, last: date | None) -> None:
    """Check that there are days from *first* to *last*, both taken; raises :class:`SelectionError`."""
    if first is not None and last is not None and last < first:
        message = f"no day lies between the first, {first}, and the last, {last}: turn them round"
        raise SelectionError(message)


def _check_product(pattern: str) -> None:
    catalogue = load_catalogue()
    names = [each.name for each in catalogue]
    if any(fnmatchcase(name, pattern) for name in names):
        return
    stages = f"{pattern.lower()}|*"
    closest = (stages,) if any(fnmatchcase(name, stages) for name in names) else catalogue.closest(pattern)
    meant = f"did you mean {' or '.join(map(repr, closest))}? " if closest else ""
    message = f"{pattern!r} is no product: {meant}floorwatch products list shows those there are"
    raise SelectionError(message)


def _check_origin(pattern: str) -> None:
    if any(fnmatchcase(first + second, pattern) for first, second in pairs(ascii_uppercase, repeat=2)):
        return
    message = f"{pattern!r} is no origin: write a country as two capitals, CN say, or a pattern of them, C?"
    raise SelectionError(message)
