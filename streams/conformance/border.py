"""
A case's border: an engine with the case's own reference book, and what it says of the records that crossed.

Figures are exact: a record's value and quantity are multiplied by the factors that the engine priced its row by.
The engine itself adds up whole micro-units, so :meth:`Border.reconcile` holds its cells and its alerts to them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

from streams.cells import Judged
from streams.conformance.case import CaseError
from streams.conformance.entries import PRODUCT, ZONE
from streams.engine import LAST_DAY, Engine, EngineSettings
from streams.exact import MICRO, fraction, micros_text, round_half_up
from streams.market import TOMBSTONE_SHAPE, Market, Rules
from streams.memory import Outcome
from streams.normalise import Normaliser
from streams.records import Refusal, Trade, Unpriced, encode_record
from streams.reference.book import ReferenceBook
from streams.reference.catalogue import Catalogue
from streams.reference.levy import Levy, LevyKind, LevyTerms, assess
from streams.reference.wire import Entry
from streams.routing import Route
from streams.rules import RULES
from streams.rules.digest import rules_digest
from streams.rules.floor_day import FloorDay, floor_day
from streams.shapes import Kind

_RULES: Final = Rules(RULES, rules_digest(RULES))
_LET_PASS: Final = frozenset({LevyKind.BELOW_MINIMUM, LevyKind.IN_QUOTA})

_SET_ASIDE: Final = frozenset({Refusal.TOO_LATE, Refusal.FUTURE_DATE, Refusal.CONFLICTING_DUPLICATE})


class DisagreementError(CaseError):
    """Raised where the engine's rounded sums or its alerts are not those of its exact prices."""


class Arrival(NamedTuple):
    """What the engine did with a record."""

    outcome: Outcome | None
    """None: refused."""
    refusal: Refusal | None
    late: bool
    """Whether it is dated before the latest day accepted so far."""

    @property
    def accepted(self) -> bool:
        """Whether the record is the one that counts now."""
        return self.outcome in (Outcome.NEW, Outcome.SUPERSEDES)


class Crossing(NamedTuple):
    """A record that counts, with totals as the engine prices them."""

    record_id: str
    day: date
    judged: Judged
    unpriced: Unpriced | None
    quantity: Fraction
    """In the declared unit."""
    content_kg: Fraction
    value_usd: Fraction
    """Landed, CIF."""
    landed_usd: Fraction | None
    """Landed, on the floor's own basis; None where no floor applies."""
    floor_usd: Fraction | None
    levy: Levy | None

    @property
    def levy_usd(self) -> Fraction:
        """The levy, 0 where no floor applies."""
        return self.levy.levy if self.levy else Fraction(0)

    @property
    def below(self) -> bool:
        """Whether it is a breach: not where the floor lets it pass, being so little or within a tariff quota."""
        return self.levy is not None and self.levy.breach and self.levy.kind not in _LET_PASS


class Border:
    """Where the goods of one case enter: declarations in, judgements out."""

    def __init__(
        self,
        entries: Iterable[Entry],
        *,
        catalogue: Catalogue | None = None,
        product: str = PRODUCT,
        settings: EngineSettings | None = None,
        hindsight: bool = False,
    ) -> None:
        self.book = ReferenceBook(entries=(ZONE, *entries))
        self.normaliser = Normaliser(self.book, catalogue=catalogue, hindsight=hindsight)
        self.engine = Engine(rules=_RULES, normaliser=self.normaliser, settings=settings)
        self._mineral = product.partition("|")[0]
        self._values: dict[tuple[str, int], Fraction] = {}
        self._seen: dict[str, None] = {}

    @property
    def market(self) -> Market:
        """The engine's market of the goods."""
        return self.engine.market(self._mineral)

    def declare(self, trade: Trade, *, logged_on: date | None = None) -> Arrival:
        """
        Step the engine by one record, logged on a day (default: late enough for any date).

        Raises :class:`CaseError` for a record that cannot be right, whatever came before it.
        """
        self._seen[trade.id] = None
        latest = self.market.watermarks.sources[Kind.TRADE].get(trade.source, 0)
        day = LAST_DAY if logged_on is None else logged_on.toordinal()
        step = self.engine.step([encode_record(trade)], logged_on=day)
        late = trade.event_date.toordinal() < latest
        for refused in step.refused:
            if refused.reason not in _SET_ASIDE:
                raise CaseError(f"{trade.id} is refused: {refused.reason}: {refused.detail}")
            if refused.reason is not Refusal.CONFLICTING_DUPLICATE:
                return Arrival(None, refused.reason, late)
        arrival = Arrival(next(iter(step.outcomes), Outcome.NEW), None, late)
        if arrival.accepted and trade.price is not None:
            self._values[trade.id, trade.revision] = declared_value(trade, self.normaliser.route(trade))
        return arrival

    def crossings(self) -> list[Crossing]:
        """Return the records that count, in the order in which their ids were first seen."""
        found = {crossing.record_id: crossing for crossing in map(self._crossing, self._rows())}
        return [found[record_id] for record_id in self._seen if record_id in found]

    def days(self) -> list[tuple[date, FloorDay]]:
        """Return the engine's own sums over what has a floor, by lane and day."""
        lanes = self.market.lanes.values()
        return [(date.fromordinal(day), floor_day(lane, day)) for lane in lanes for day in lane.days]

    def reconcile(self) -> None:
        """
        End the stream and hold the engine's cells to its rows, and its alerts to its cells.

        Raises :class:`DisagreementError`.
        """
        self.engine.end()
        self._reconcile_cells()
        told = sum(
            fraction(alert.evidence["levy_usd"]) for alert in self.engine.alerts() if alert.rule == "floor_breach"
        )
        added = Fraction(sum(sums.levy_uusd for _, sums in self.days()), MICRO)
        if told != added:
            raise DisagreementError(f"alerts of floor_breach claim a levy of {told} USD, the cells add up to {added}")

    def _rows(self) -> list[int]:
        memory = self.market.memory
        rows = range(len(memory))
        return [row for row in rows if not memory.replaced[row] and memory.shape[row] != TOMBSTONE_SHAPE]

    def _crossing(self, row: int) -> Crossing:
        kept = self.market.memory.row(row)
        value = self._values[kept.record_id, kept.revision]
        if round_half_up(value * MICRO) != kept.value:
            raise DisagreementError(f"{kept.record_id} was declared at {value}, the row has {micros_text(kept.value)}")
        return self._priced(row, value)

    def _priced(self, row: int, value: Fraction) -> Crossing:
        """Return the row at *value*, in its declared currency, as it is priced by its shape and day."""
        posting = self.market.row_posting(row)
        judgement = posting.pricing.judgements[0]
        terms, quantity = judgement.terms, Fraction(self.market.memory.quantity[row], MICRO)
        landed = floor = levy = None
        if terms is not None:
            landed, floor = value * terms.landed_usd, quantity * terms.floor_usd
            out_of_quota = posting.lane.out_of_quota.get((judgement.detail, posting.day), Fraction(1))
            levy = _levy(floor, landed, quantity, replace(terms.levy, in_quota_share=1 - out_of_quota))
        return Crossing(
            self.market.memory.record_id(row),
            date.fromordinal(posting.day),
            judgement.judged,
            posting.pricing.unpriced,
            quantity,
            quantity * judgement.content_kg,
            value * judgement.usd,
            landed,
            floor,
            levy,
        )

    def _reconcile_cells(self) -> None:
        memory = self.market.memory
        crossings: dict[date, list[Crossing]] = defaultdict(list)
        for row in self._rows():
            crossing = self._priced(row, Fraction(memory.value[row], MICRO))
            crossings[crossing.day].append(crossing)
        sums: dict[date, list[FloorDay]] = defaultdict(list)
        for day, each in self.days():
            sums[day].append(each)
        for day in crossings.keys() | sums.keys():
            if not self._suspects(day.toordinal()):
                _reconcile_day(day, crossings[day], sums[day])

    def _suspects(self, day: int) -> bool:
        """Return whether the engine holds a record of *day* out of its sums, because its unit is in doubt."""
        cells = (lane.cells.get(day) for lane in self.market.lanes.values())
        return any(cell.total("suspect_rows") for cell in cells if cell)


def _levy(floor: Fraction, landed: Fraction, quantity: Fraction, terms: LevyTerms) -> Levy:
    """Return the levy in USD; the engine's terms count value and quantity in micro-units."""
    levy = assess(floor * MICRO, landed * MICRO, quantity * MICRO, terms)
    return levy._replace(gap=levy.gap / MICRO, levy=levy.levy / MICRO)


def declared_value(trade: Trade, route: Route) -> Fraction:
    """Return what a declared unit price comes to, and freight and insurance where the engine adds them: unrounded."""
    added = (getattr(trade, name) for name in route.added)
    price = sum((fraction(part) for part in (trade.price, *added) if part), Fraction(0))
    return price * (route.value_per_price or 1) * fraction(trade.quantity or "0")


def _reconcile_day(day: date, crossings: list[Crossing], sums: list[FloorDay]) -> None:
    floored = [crossing for crossing in crossings if crossing.levy]
    below = [crossing for crossing in floored if crossing.below]
    expected = {
        "rows": len(floored),
        "content_mg": sum(_micros(crossing.content_kg) for crossing in floored),
        "value_uusd": sum(_micros(crossing.value_usd) for crossing in floored),
        "floor_uusd": sum(_micros(crossing.floor_usd) for crossing in floored),
        "below_rows": len(below),
    }
    found = {name: sum(getattr(each, name) for each in sums) for name in expected}
    if found != expected:
        raise DisagreementError(f"cells of {day} hold {found}, their rows come to {expected}")
    levy_uusd = sum(each.levy_uusd for each in sums)
    exact = sum((crossing.levy_usd for crossing in below), Fraction(0)) * MICRO
    # The gap of two rounded amounts may be off by one micro-USD, and what a quota lets through is cut off once a day.
    if abs(levy_uusd - exact) > len(below) + 1:
        raise DisagreementError(f"cells of {day} hold a levy of {levy_uusd} micro-USD, their rows come to {exact}")


def _micros(amount: Fraction | None) -> int:
    return round_half_up((amount or Fraction(0)) * MICRO)
