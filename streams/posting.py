"""
Posting a record into its cell: the arithmetic of one shape on one day, as integers.

What :mod:`streams.pricing` works out once per shape and day in exact fractions is kept here as
numerators and denominators, so that a record costs a handful of integer operations.  A breach is decided
by cross-multiplication, before anything is rounded; amounts are rounded once, half up, to the micro-USD
and the milligram.
"""

from fractions import Fraction
from typing import NamedTuple

from streams.benchmark import Slips
from streams.cells import Cell, Judged, Lane, Tally, TallyKey
from streams.pricing import FloorTerms, Judgement, Pricing
from streams.reference.levy import Levy, assess


class Amounts(NamedTuple):
    """One row's amounts on a tally's basis: micro-USD and milligrams of content."""

    value_uusd: int
    content_mg: int
    floor_uusd: int
    below: bool


class Against:
    """A floor, or none, that rows are posted against: integers for one tally."""

    __slots__ = (
        "below_floor",
        "below_value",
        "floor_den",
        "floor_num",
        "least_quantity",
        "least_value",
        "mg_den",
        "mg_num",
        "tally",
        "terms",
        "usd_den",
        "usd_num",
    )

    def __init__(self, judgement: Judgement, tally: Tally) -> None:
        self.tally = tally
        self.terms = terms = judgement.terms
        usd, content = judgement.usd, judgement.content_kg
        # A micro-unit of value times USD per unit is a micro-USD, one of quantity times kg per unit a milligram.
        self.usd_num, self.usd_den = 2 * usd.numerator, usd.denominator
        self.mg_num, self.mg_den = 2 * content.numerator, content.denominator
        floor = terms.floor_usd if terms else Fraction(0)
        self.floor_num, self.floor_den = 2 * floor.numerator, floor.denominator
        least = floor * (1 - terms.tolerance) / terms.landed_usd if terms else Fraction(0)
        self.below_value, self.below_floor = least.denominator, least.numerator
        self.least_value = terms.least_value_usd if terms else 0
        self.least_quantity = terms.least_quantity if terms else 0

    def amounts(self, value: int, quantity: int) -> Amounts:
        """Return the amounts of a row of *value* and *quantity* micro-units."""
        value_uusd = (value * self.usd_num + self.usd_den) // (2 * self.usd_den)
        return Amounts(
            value_uusd,
            (quantity * self.mg_num + self.mg_den) // (2 * self.mg_den),
            (quantity * self.floor_num + self.floor_den) // (2 * self.floor_den),
            value * self.below_value < quantity * self.below_floor and self._counts(value_uusd, quantity),
        )

    def _counts(self, value_uusd: int, quantity: int) -> bool:
        """Return whether the floor charges a consignment of this size, its value and quantity both large enough."""
        return value_uusd >= self.least_value and quantity >= self.least_quantity

    def add(self, value: int, quantity: int, sign: int) -> None:
        """Add a row's amounts to the tally, or take them out again with *sign* -1."""
        tally = self.tally
        value_uusd = (value * self.usd_num + self.usd_den) // (2 * self.usd_den)
        content_mg = (quantity * self.mg_num + self.mg_den) // (2 * self.mg_den)
        tally.rows += sign
        tally.content_mg += sign * content_mg
        tally.value_uusd += sign * value_uusd
        if self.floor_num:
            floor_uusd = (quantity * self.floor_num + self.floor_den) // (2 * self.floor_den)
            tally.floor_uusd += sign * floor_uusd
            if value * self.below_value < quantity * self.below_floor and self._counts(value_uusd, quantity):
                self._add_below(value_uusd, content_mg, floor_uusd, quantity, sign)

    def add_many(self, values: list[int], quantities: list[int]) -> None:
        """Add rows to the tally: what :meth:`add` does, for many at a time."""
        tally = self.tally
        value_uusd, content_mg = self.scaled(values, quantities)
        tally.rows += len(values)
        tally.content_mg += sum(content_mg)
        tally.value_uusd += sum(value_uusd)
        if not self.floor_num:
            return
        floor_uusd = self.floors(quantities)
        tally.floor_uusd += sum(floor_uusd)
        times, floor = self.below_value, self.below_floor
        pairs = enumerate(zip(values, quantities, strict=True))
        for place in [place for place, (value, quantity) in pairs if value * times < quantity * floor]:
            if self._counts(value_uusd[place], quantities[place]):
                self._add_below(value_uusd[place], content_mg[place], floor_uusd[place], quantities[place], 1)

    def scaled(self, values: list[int], quantities: list[int]) -> tuple[list[int], list[int]]:
        """Return rows' values in micro-USD and their contents in milligrams."""
        if self.usd_num != 2 * self.usd_den:
            num, den = self.usd_num, self.usd_den
            twice = 2 * den
            values = [(value * num + den) // twice for value in values]
        if self.mg_num != 2 * self.mg_den:
            num, den = self.mg_num, self.mg_den
            twice = 2 * den
            quantities = [(quantity * num + den) // twice for quantity in quantities]
        return values, quantities

    def floors(self, quantities: list[int]) -> list[int]:
        """Return the floor's value of each of *quantities*, micro-USD; zeros where there is no floor."""
        num, den = self.floor_num, self.floor_den
        twice = 2 * den
        return [(quantity * num + den) // twice for quantity in quantities]

    def landed(self, values: list[int]) -> list[int]:
        """Return rows' values on the floor's own basis, micro-USD, each rounded once; zeros where there is no floor."""
        if self.terms is None:
            return [0] * len(values)
        num, den = 2 * self.terms.landed_usd.numerator, self.terms.landed_usd.denominator
        twice = 2 * den
        return [(value * num + den) // twice for value in values]

    def levy_uusd(self, amounts: Amounts, quantity: int) -> int:
        """Return the levy on a row that lies below, micro-USD, rounded half up."""
        terms = self.terms
        if terms is None:
            return 0
        if terms.plain:
            # Not below nothing: a value rounded once more to the floor's basis may come to a micro-dollar above it.
            return max(0, amounts.floor_uusd - self.landed_uusd(amounts.value_uusd))
        return int(self.assessed(amounts, quantity, terms).levy + Fraction(1, 2))

    def assessed(self, amounts: Amounts, quantity: int, terms: FloorTerms) -> Levy:
        """Return how the floor's *terms* charge a row, micro-USD, unrounded."""
        landed = Fraction(self.landed_uusd(amounts.value_uusd))
        return assess(Fraction(amounts.floor_uusd), landed, Fraction(quantity), terms.levy)

    def _add_below(self, value_uusd: int, content_mg: int, floor_uusd: int, quantity: int, sign: int) -> None:
        tally = self.tally
        tally.below_rows += sign
        tally.below_content_mg += sign * content_mg
        tally.below_value_uusd += sign * value_uusd
        tally.below_floor_uusd += sign * floor_uusd
        amounts = Amounts(value_uusd, content_mg, floor_uusd, below=True)
        tally.below_levy_uusd += sign * self.levy_uusd(amounts, quantity)

    def landed_uusd(self, value_uusd: int) -> int:
        """Return a row's value on the floor's own basis."""
        ratio = self.terms.landed_ratio if self.terms else Fraction(1)
        return value_uusd if ratio == 1 else int(value_uusd * ratio + Fraction(1, 2))


class Posting:
    """Where rows of one shape and day go: their lane and cell, and what they are posted against."""

    __slots__ = (
        "against",
        "cell",
        "day",
        "first",
        "lane",
        "own",
        "pricing",
        "quantities",
        "rows",
        "slips",
        "terms",
        "values",
    )

    def __init__(self, lane: Lane, day: int, pricing: Pricing, slips: Slips, terms: str = "") -> None:
        self.lane = lane
        self.day = day
        self.cell: Cell = lane.cell(day)
        self.pricing = pricing
        self.terms = terms
        self.against = [
            Against(judgement, self.cell.tally(TallyKey(judgement.judged, judgement.detail, terms)))
            for judgement in pricing.judgements
        ]
        self.first = self.against[0]
        self.rows: list[int] = []
        self.values: list[int] = []
        self.quantities: list[int] = []
        """Rows of the slice under way that :meth:`settle` posts together."""
        self.own: dict[str, Posting] | None = None
        """The postings of exporters that a floor names; None where none is named."""
        self.slips = slips if slips.intervals and pricing.unpriced is None else None

    def add(self, value: int, quantity: int, sign: int = 1) -> None:
        """Post a row's value and quantity (micro-units), or take it out again with *sign* -1."""
        if self.slips is not None and self.slip(value, quantity):
            self._add_suspect(value, quantity, sign)
        elif self.pricing.unpriced is not None:
            self.first.tally.rows += sign
        else:
            for against in self.against:
                against.add(value, quantity, sign)

    def settle(self, earlier: "memoryview[int]") -> None:
        """Post the rows of the slice under way; *earlier* is the memory's, for the cell to chain them."""
        values, quantities = self.values, self.quantities
        if self.pricing.unpriced is not None:
            self.first.tally.rows += len(values)
        elif not self.may_slip(values, quantities):
            for against in self.against:
                against.add_many(values, quantities)
        else:
            for value, quantity in zip(values, quantities, strict=True):
                self.add(value, quantity)
        self.cell.chain(self.rows, earlier)
        self.rows.clear()
        values.clear()
        quantities.clear()

    def may_slip(self, values: list[int], quantities: list[int]) -> bool:
        """Return whether a slip is possible among rows of *values* and *quantities*; quick where none is."""
        if self.slips is None:
            return False
        low, high = self.slips.low, self.slips.high
        value_uusd, content_mg = self.first.scaled(values, quantities)
        if not high:
            return any(value * 1_000_000 < low * content for value, content in zip(value_uusd, content_mg, strict=True))
        return not all(
            low * content <= value * 1_000_000 <= high * content
            for value, content in zip(value_uusd, content_mg, strict=True)
        )

    def slip(self, value: int, quantity: int) -> str | None:
        """Return which slip of the unit explains the row's unit value, or None where it looks right."""
        if self.slips is None:
            return None
        amounts = self.first.amounts(value, quantity)
        return self.slips.meaning(amounts.value_uusd, amounts.content_mg)

    @property
    def floored(self) -> bool:
        """Whether rows are judged against a floor here."""
        return self.pricing.judgements[0].judged in (Judged.FLOOR, Judged.AMBIGUOUS)

    def _add_suspect(self, value: int, quantity: int, sign: int) -> None:
        amounts = self.first.amounts(value, quantity)
        tally = self.first.tally
        tally.suspect_rows += sign
        tally.suspect_content_mg += sign * amounts.content_mg
        tally.suspect_value_uusd += sign * amounts.value_uusd
