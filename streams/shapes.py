"""
What records have in common.

A lane's trades differ in amounts; their product, currency, unit, incoterm and assay repeat.  What
repeats is a *shape*, interned to a small number, so that a row stays small and a record is
normalised once per shape and day instead of once per record.
"""

from enum import StrEnum
from typing import Final, Generic, NamedTuple, TypeVar

T = TypeVar("T", bound=tuple[object, ...])


CARRIED: Final = "+freight"
"""Appended to a shape's incoterm where declared freight was added to the value: that is CFR, not insured yet."""
INSURED: Final = "+insurance"
"""Appended where declared insurance was added, and with it all that the incoterm leaves out of a CIF value."""

PROVISIONAL: Final = "provisional"
"""A price that a final invoice is still to settle."""
RELATED: Final = "related"
"""A price between related parties: no export price to go by, judged against floors all the same."""

WITHOUT_FREIGHT: Final = frozenset({"FCA", "FAS", "FOB"})
"""
Incoterms that pay neither freight nor insurance: what is declared of them is added.  EXW is none of them: what it
leaves out besides, carriage to the port and clearance for export, no record declares.
"""


class Kind(StrEnum):
    """Which topic a row came from."""

    TRADE = "trade"
    EXPORT = "export"
    """Goods declared on leaving their origin, on the topic of trades: lanes of their own, without floors."""
    TICK = "tick"
    TOMBSTONE = "tombstone"
    """A cancelled declaration: it holds its revision and contributes nothing."""


class Shape(NamedTuple):
    """What a trade or a tick shares with others; percentages and dates as declared text."""

    kind: Kind
    product: str
    origin: str
    destination: str
    """For a tick: empty; its ``origin`` holds the instrument."""
    currency: str
    unit: str
    price_of: str
    """The constituent that a price is per, empty for the product itself."""
    incoterm: str
    grade_pct: str
    moisture_pct: str
    vat_pct: str
    hs_code: str
    regime: str
    terms: str = ""
    """How far the price can be taken as it stands: :data:`PROVISIONAL`, :data:`RELATED`, both or, as usual, neither."""
    place: str = ""
    """For a tick: where the price is of, as declared."""
    contributors: str = ""
    """For a tick: how many trades, bids or offers it rests on, empty where that is not told."""


TOMBSTONE: Final = Shape(Kind.TOMBSTONE, *[""] * 12)


class Interned(Generic[T]):
    """Numbers for tuples, in order of first sight."""

    __slots__ = ("keys", "numbers")

    def __init__(self) -> None:
        self.keys: list[T] = []
        self.numbers: dict[T, int] = {}

    def number(self, key: T) -> int:
        """Return the number of *key*, giving it the next one when it is new."""
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.keys)
            self.keys.append(key)
        return number
