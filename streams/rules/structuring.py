"""
Lots kept just under a threshold: one consignment split so that none of its parts is charged, licensed or looked at.

Three or more lots of one product between the same exporter and importer within three days, each from 80 % of a
threshold to just under it, together at or above it.  The thresholds are the smallest lot and the smallest value that a
floor charges, as the floor itself names them, and the low-value licence of the United States.  Where the lots also lie
below their floor, they escape a levy by it, and the alert is graver.  The rule looks within one product.

Basis: 19 CFR part 360 (USD 5,000, low-value licence of import monitoring); min_lot and de_minimis_value of the floors;
the number of lots, the days and the 80 % are defaults.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import ClassVar, NamedTuple

from alerts.model import Severity
from streams.cells import Lane
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.panel import Lots, Panel, Party
from streams.rules.bands import Bands
from streams.rules.evidence import UUSD_PER_USD, day_text, line, short
from streams.rules.figures import term
from streams.rules.period_rule import Cadence, PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_DAYS = 3
_RECORDS_MAX = 20


class Limit(NamedTuple):
    """A threshold that lots can be kept under."""

    name: str
    """What it is, and whose."""
    amount: Fraction
    unit: str


class Lot(NamedTuple):
    """A lot just under a threshold."""

    day: int
    record: str
    part: Fraction
    """What it comes to as a part of the threshold."""
    below_floor: bool


class Split(NamedTuple):
    """Lots of one exporter and importer that together reach the threshold that each stays under."""

    limit: Limit
    lots: tuple[Lot, ...]
    thresholds: tuple[tuple[str, str], ...]

    @property
    def times(self) -> Fraction:
        """How many times the threshold they come to together."""
        return sum((lot.part for lot in self.lots), Fraction(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Structuring(PeriodRule):
    """Find lots that are kept just under a threshold."""

    name: ClassVar[str] = "structuring"
    cadence: ClassVar[Cadence] = Cadence.DAY
    reach: ClassVar[int] = _DAYS - 1
    price_alert: ClassVar[bool] = False
    scale_free: ClassVar[bool] = False
    policy: EpisodePolicy = EpisodePolicy(expire_days=30)
    lots_min: int = threshold(3, "lots of the same parties within three days")
    part_min_pct: Fraction = threshold(Fraction(80), "least part of the threshold that a lot comes to, per cent")
    low_value_usd: Fraction = threshold(
        Fraction(5000), "value up to which a low-value licence is enough, USD", basis="19 CFR part 360"
    )
    low_value_destinations: tuple[str, ...] = threshold(
        ("US",), "where the low-value licence holds", basis="19 CFR part 360"
    )
    bands: Bands = threshold(
        Bands(Fraction(1), Fraction(5), Fraction(20)), "severity by how many times the threshold the lots come to"
    )

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge the lots of the three days that end with *period*, by destination and parties."""
        limits = self.at(product)
        charged = any(floor.min_lot or floor.de_minimis_value for floor in panel.book.floors.of_product(product))
        for destination, lanes in panel.by_destination(product).items():
            low_value = destination in limits.low_value_destinations
            if (charged or low_value) and any(period in lane.cells for lane in lanes):
                found = _lots(panel, lanes, period, limits, low_value=low_value)
                yield from _findings(ScopeKey(self.name, product, "", destination), found, period, limits)

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say how many lots stayed under which threshold, and what they come to."""
        found: Split = worst.detail
        limit, lots, times = found.limit, found.lots, decimal_text(found.times)
        exporter, _, importer = key.party.partition(">")
        first, last = day_text(lots[0].day), day_text(lots[-1].day)
        when = f"on {first}" if first == last else f"from {first} to {last}"
        below = sum(lot.below_floor for lot in lots)
        return Words(
            f"{key.product} to {key.destination}, {exporter} to {importer}: {len(lots)} lots {when}, each just under "
            f"the {limit.name} of {decimal_text(limit.amount)} {limit.unit}, come to {short(times, 1)} times of it "
            "together" + (f"; {below} of them lie below the floor." if below else "."),
            {
                "method": "lots of the same exporter and importer within three days, each just under a threshold",
                "exporter": exporter,
                "importer": importer,
                "threshold": {"name": limit.name, "amount": decimal_text(limit.amount), "unit": limit.unit},
                "lots": len(lots),
                "lots_below_floor": below,
                "times_the_threshold": times,
                "records": [
                    {
                        "id": lot.record,
                        "on": day_text(lot.day),
                        "amount": decimal_text(lot.part * limit.amount),
                        "part_pct": decimal_text(100 * lot.part),
                    }
                    for lot in lots[:_RECORDS_MAX]
                ],
                "thresholds": dict(found.thresholds),
                "arithmetic": [
                    line("times the threshold", f"({_sum(found)}) / {term(limit.amount)}", times, "times"),
                ],
            },
        )


def _sum(found: Split) -> str:
    """Return the sum of the lots as an expression, those beyond the first twenty as one amount."""
    amounts = [lot.part * found.limit.amount for lot in found.lots]
    rest = sum(amounts[_RECORDS_MAX:], Fraction(0))
    return " + ".join(map(term, amounts[:_RECORDS_MAX] + ([rest] if rest else [])))


_Under = tuple[tuple[Party, Limit, Lot], ...]


def _lots(
    panel: Panel, lanes: Iterable[Lane], period: int, limits: Structuring, *, low_value: bool
) -> dict[tuple[Party, Limit], list[Lot]]:
    """Return the lots just under a threshold of the three days, by parties and threshold, in order."""
    name = f"structuring {limits.part_min_pct} {limits.low_value_usd if low_value else ''}"
    build = partial(_just_under, panel, limits, low_value=low_value)
    found: dict[tuple[Party, Limit], list[Lot]] = {}
    for lane in lanes:
        for day in range(period - _DAYS + 1, period + 1):
            if day in lane.cells:
                for party, limit, lot in panel.day_summary(name, lane, day, build):
                    found.setdefault((party, limit), []).append(lot)
    return {key: sorted(found[key]) for key in sorted(found)}


def _findings(
    where: ScopeKey, found: dict[tuple[Party, Limit], list[Lot]], period: int, limits: Structuring
) -> Iterator[Finding]:
    splits: dict[Party, Split] = {}
    thresholds = (
        ("lots_min", str(limits.lots_min)),
        ("part_min_pct", decimal_text(limits.part_min_pct)),
        ("days", str(_DAYS)),
    )
    unnamed = False
    for (party, limit), lots in found.items():
        split = Split(limit, tuple(lots), thresholds)
        if len(lots) < limits.lots_min or split.times < 1 or lots[-1].day != period:
            continue
        if not all(party):
            unnamed = True
        elif party not in splits or split.times > splits[party].times:
            splits[party] = split
    lack = "lots just under a threshold do not name both their exporter and importer" if unnamed else ""
    yield Finding(where, Verdict.EMPTY if lack else Verdict.CLEAR, lack=lack)
    for party, split in splits.items():
        key = where._replace(party=">".join(party))
        yield Finding(key, Verdict.BREACH, _severity(split, limits), split.times, split)


def _severity(split: Split, limits: Structuring) -> Severity:
    """Return the band, at least high where lots below their floor escape its levy."""
    severity = limits.bands.severity(split.times)
    escapes = any(lot.below_floor for lot in split.lots) and severity.rank < Severity.HIGH.rank
    return Severity.HIGH if escapes else severity


def _just_under(panel: Panel, limits: Structuring, day: Iterable[Lots], *, low_value: bool) -> _Under:
    """Return a lane's lots of a day that lie just under a threshold."""
    return tuple(found for lots in day for found in _of_lots(panel, limits, lots, low_value=low_value))


def _of_lots(panel: Panel, limits: Structuring, lots: Lots, *, low_value: bool) -> Iterator[tuple[Party, Limit, Lot]]:
    for limit, whole, amounts in _scales(limits, lots, low_value=low_value):
        least = whole * limits.part_min_pct / 100
        low, high = -(-least.numerator // least.denominator), whole
        for place in [place for place, amount in enumerate(amounts) if low <= amount < high]:
            row = lots.rows[place]
            below = lots.landed_uusd[place] < lots.floor_uusd[place]
            part = Fraction(amounts[place]) / whole
            yield panel.party(row), limit, Lot(panel.row_day(row), panel.record_id(row), part, below)


def _scales(limits: Structuring, lots: Lots, *, low_value: bool) -> Iterator[tuple[Limit, Fraction, list[int]]]:
    """Yield each threshold of some lots, what it comes to in the measure of their amounts, and those."""
    terms = lots.terms
    if terms is not None and terms.least_quantity and terms.floor.min_lot:
        floor = terms.floor
        limit = Limit(f"smallest lot of {floor.name}", Fraction(floor.min_lot or 0), floor.unit)
        yield limit, terms.least_quantity, lots.quantity
    if terms is not None and terms.least_value_usd and terms.floor.de_minimis_value:
        floor = terms.floor
        limit = Limit(f"smallest value of {floor.name}", Fraction(floor.de_minimis_value or 0), floor.currency)
        yield limit, terms.least_value_usd, lots.value_uusd
    if low_value:
        limit = Limit("low-value licence", limits.low_value_usd, "USD")
        yield limit, limits.low_value_usd * UUSD_PER_USD, lots.value_uusd
