"""Which goods of a feed are wanted: products and origins by name, by prefix or by pattern."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from streams.records import PriceTick, Trade


class SelectionError(ValueError):
    """Raised for a pattern that cannot be meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """
    Products and origins as patterns: a name (``silicon|metal``), or one with ``*`` and ``?`` (``silicon|*``).

    None selects all of them.  A price tick has no origin: it is wanted for its product alone.
    """

    products: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a pattern that is empty or stands for several."""
        for pattern in (*self.products, *self.origins):
            if not pattern.strip() or "," in pattern:
                message = f"{pattern!r} is no pattern: repeat the option for several, as in 'silicon|*'"
                raise SelectionError(message)

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
