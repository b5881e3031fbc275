"""
Goods that go out and come back: the same product, about the same quantity, between the same hands.

A lot from one country to another is matched with a later one on the way back, within 180 days and 5 % in quantity,
where whoever got the goods sends them or whoever sent them gets them.  Where a way's declarations name nobody, all
that went out in six months is set against all that came back, and told where they differ by no more than 5 %.  Goods
under a declared procedure (returned goods, processing) are left out: they come back for a reason that customs know.
Each month of a way is read as declared on entry, on leaving where that lacks.  The rule looks within one product.

Basis: round-tripping as FATF and the Egmont Group describe it in trade-based money laundering (2020); the figures are
defaults.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import partial
from typing import ClassVar, NamedTuple

from streams.cells import Lane
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.months import first_day, last_day
from streams.panel import MonthRows, Panel, Sums, added
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, coverage_pct
from streams.rules.evidence import day_text, kg, line, short, usd
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold
from streams.shapes import Kind

_DAYS = 180
_MONTHS = 6
_PAIRS_MAX = 10


class Lot(NamedTuple):
    """A shipment, as it is matched."""

    day: int
    content_mg: int
    record: str
    exporter: str
    importer: str
    value_uusd: int


class Pair(NamedTuple):
    """A lot that went out, and one that came back."""

    out: Lot
    back: Lot


class Trip(NamedTuple):
    """What went out between two hands, and came back."""

    through: int
    pairs: tuple[Pair, ...]
    """By the day the goods came back."""
    out: Sums
    """All that went out in the six months."""
    back: Sums
    """All that came back."""
    coverage_pct: Fraction
    thresholds: tuple[tuple[str, str], ...]

    @property
    def returned_mg(self) -> int:
        """The content of the lots that came back; without pairs, all of it."""
        return sum(pair.back.content_mg for pair in self.pairs) if self.pairs else self.back.content_mg

    @property
    def value_uusd(self) -> int:
        """The value of the lots that came back; without pairs, of all of it."""
        return sum(pair.back.value_uusd for pair in self.pairs) if self.pairs else self.back.value_uusd

    @property
    def returned_pct(self) -> Fraction:
        """The part of all that went out that came back, per cent."""
        return Fraction(100 * self.returned_mg, self.out.content_mg)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip(PeriodRule):
    """Find goods that go out and come back."""

    name: ClassVar[str] = "round_trip"
    reach: ClassVar[int] = _MONTHS
    price_alert: ClassVar[bool] = False
    scale_free: ClassVar[bool] = False
    policy: EpisodePolicy = EpisodePolicy(expire_days=100)
    quantity_pct: Fraction = threshold(Fraction(5), "how far the quantities may differ, per cent of what went out")
    value_min_usd: Fraction = threshold(Fraction(10_000), "value of what came back that makes it worth a look")
    rows_min: int = threshold(3, "records each way, where nobody is named")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "records that are priced, per cent")
    bands: Bands = threshold(
        Bands(Fraction(10), Fraction(50), Fraction(90)),
        "severity by the part of what went out that came back, per cent",
    )

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge every way whose way back had goods in the month."""
        ways: dict[tuple[str, str], list[Lane]] = {}
        for lane in panel.lanes(product) + panel.lanes(product, kind=Kind.EXPORT):
            ways.setdefault((lane.key.origin, lane.key.destination), []).append(lane)
        for origin, destination in sorted(ways):
            back = ways.get((destination, origin), [])
            if origin != destination and _declared(panel, back, period):
                key = ScopeKey(self.name, product, origin, destination)
                out = ways[origin, destination]
                yield from _judge(key, _Way(panel, out, back, period, self.at(product, origin)))

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say how much came back, and between whom."""
        found: Trip = worst.detail
        returned, part = kg(found.returned_mg), decimal_text(found.returned_pct)
        hands = key.party.replace(">", " to ") if key.party else "nobody named"
        how = f"{len(found.pairs)} lots" if found.pairs else "all lots together"
        return Words(
            f"{key.product}: {short(returned, 0)} kg went from {key.origin} to {key.destination} ({hands}) and came "
            f"back within 180 days, {how}.",
            {
                "method": "lots out and back by hands, days and quantity"
                if found.pairs
                else "all that went out in six months against all that came back; nobody is named",
                "parties": key.party or None,
                "content_out_kg": kg(found.out.content_mg),
                "content_back_kg": kg(found.back.content_mg),
                "returned_kg": returned,
                "returned_value_usd": usd(found.value_uusd),
                "returned_pct": part,
                "pairs": [_facts(pair) for pair in found.pairs[:_PAIRS_MAX]],
                "pairs_found": len(found.pairs),
                "coverage_pct": decimal_text(found.coverage_pct),
                "thresholds": dict(found.thresholds),
                "arithmetic": [
                    line("part that came back", f"{returned} / {kg(found.out.content_mg)} * 100", part, "%"),
                    *(_line(pair) for pair in found.pairs[:_PAIRS_MAX]),
                ],
            },
        )


class _Way(NamedTuple):
    """A way, the way back, and the month in which goods came back."""

    panel: Panel
    out: list[Lane]
    """As declared on entry, then as declared on leaving."""
    back: list[Lane]
    period: int
    limits: RoundTrip

    def came_back(self) -> Sequence[Lot]:
        """Return the lots of the month on the way back, by day."""
        return _lots(self.panel, self.back, self.period)

    def went_out(self) -> list[Lot]:
        """Return the lots that may have come back in the month, by day."""
        months = range(self.period - _MONTHS, self.period + 1)
        first, last = first_day(self.period) - _DAYS, last_day(self.period)
        lots = (lot for month in months for lot in _lots(self.panel, self.out, month))
        return [lot for lot in lots if first <= lot.day <= last]

    def sums(self) -> tuple[Sums, Sums]:
        """Return what went out and what came back in the six months that end with the month."""
        return self._sum(self.out), self._sum(self.back)

    def _sum(self, lanes: list[Lane]) -> Sums:
        months = range(self.period - _MONTHS + 1, self.period + 1)
        declared = ((_declared(self.panel, lanes, month), month) for month in months)
        return added(self.panel.month(lane, month) for lane, month in declared if lane is not None)


def _judge(key: ScopeKey, way: _Way) -> Iterator[Finding]:
    limits, (out, back) = way.limits, way.sums()
    coverage = min(coverage_pct(out), coverage_pct(back))
    if coverage < limits.coverage_min_pct:
        yield Finding(key, Verdict.EMPTY, lack=UNPRICED)
        return
    thresholds = tuple((name, decimal_text(getattr(limits, name))) for name in ("quantity_pct", "value_min_usd"))
    nobody = Trip(way.period, (), out, back, coverage, thresholds)
    returned = way.came_back()
    if not any(lot.exporter or lot.importer for lot in returned):
        yield _finding(key, nobody, limits) if _all_came_back(nobody, limits) else Finding(key, Verdict.CLEAR)
        return
    yield Finding(key, Verdict.CLEAR)
    hands: dict[str, list[Pair]] = {}
    for pair in _pairs(way.went_out(), returned, limits.quantity_pct):
        hands.setdefault(f"{pair.out.exporter}>{pair.out.importer}", []).append(pair)
    for party in sorted(hands):
        found = nobody._replace(pairs=tuple(sorted(hands[party], key=lambda pair: pair.back)))
        if out.content_mg and found.value_uusd >= limits.value_min_usd * 1_000_000:
            yield _finding(key._replace(party=party), found, limits)


def _finding(key: ScopeKey, found: Trip, limits: RoundTrip) -> Finding:
    part = found.returned_pct
    return Finding(key, Verdict.BREACH, limits.bands.severity(part), part, found)


def _all_came_back(found: Trip, limits: RoundTrip) -> bool:
    """Return whether all that went out and all that came back are as good as equal."""
    out, back = found.out, found.back
    return (
        min(out.rows, back.rows) >= limits.rows_min
        and back.value_uusd >= limits.value_min_usd * 1_000_000
        and _alike(out.content_mg, back.content_mg, limits.quantity_pct)
    )


def _alike(out_mg: int, back_mg: int, pct: Fraction) -> bool:
    return 100 * abs(back_mg - out_mg) <= pct * out_mg


def _pairs(out: Iterable[Lot], back: Iterable[Lot], pct: Fraction) -> Iterator[Pair]:
    """Yield for each lot that came back the one that went out with the nearest quantity; none is taken twice."""
    by_hand: dict[tuple[str, str], list[Lot]] = {}
    for lot in sorted(out, key=_size):
        for hand in _hands(got=lot.importer, sent=lot.exporter):
            by_hand.setdefault(hand, []).append(lot)
    for lot in back:
        shelves = [by_hand[hand] for hand in _hands(got=lot.exporter, sent=lot.importer) if hand in by_hand]
        candidates = [each for shelf in shelves for each in _nearest(shelf, lot, pct)]
        if candidates:
            taken = min(candidates, key=partial(_distance, lot))
            for hand in _hands(got=taken.importer, sent=taken.exporter):
                shelf = by_hand[hand]
                del shelf[bisect_left(shelf, _size(taken), key=_size)]
            yield Pair(taken, lot)


def _nearest(shelf: Sequence[Lot], back: Lot, pct: Fraction) -> Iterator[Lot]:
    """Yield the nearest lot of at most the quantity that came back, and of more; *shelf* is in order of quantity."""
    place = bisect_left(shelf, (back.content_mg + 1, 0, ""), key=_size)
    for places in (range(place - 1, -1, -1), range(place, len(shelf))):
        for each in (shelf[at] for at in places):
            if not _alike(each.content_mg, back.content_mg, pct):
                break
            if back.day - _DAYS <= each.day <= back.day:
                yield each
                break


def _size(lot: Lot) -> tuple[int, int, str]:
    return lot.content_mg, lot.day, lot.record


def _hands(*, got: str, sent: str) -> Iterator[tuple[str, str]]:
    """Yield the hands that a lot can be known by again: who got the goods out there, and who had sent them."""
    if got:
        yield "got", got
    if sent:
        yield "sent", sent


def _distance(back: Lot, out: Lot) -> tuple[int, int, Lot]:
    """Return how far a lot is from the one that came back: in quantity, then in days."""
    return abs(back.content_mg - out.content_mg), back.day - out.day, out


def _declared(panel: Panel, lanes: Iterable[Lane], month: int) -> Lane | None:
    """Return the first of some lanes that has records in a month."""
    months = ((lane, panel.month(lane, month)) for lane in lanes)
    return next((lane for lane, sums in months if sums.rows or sums.unpriced_rows), None)


def _lots(panel: Panel, lanes: Iterable[Lane], month: int) -> tuple[Lot, ...]:
    """Return the lots of a way's month without a declared procedure, by day."""
    lane = _declared(panel, lanes, month)
    return () if lane is None else panel.summary("lots by day", lane, month, partial(_read_lots, panel))


def _read_lots(panel: Panel, rows: MonthRows) -> tuple[Lot, ...]:
    lots = (
        Lot(panel.row_day(row), content, panel.record_id(row), *panel.party(row), value)
        for row, content, value in zip(rows.rows, rows.content_mg, rows.value_uusd, strict=True)
        if not panel.shape(row).regime
    )
    return tuple(sorted(lots))


def _facts(pair: Pair) -> dict[str, str | int | None]:
    return {
        "out": pair.out.record,
        "out_on": day_text(pair.out.day),
        "out_kg": kg(pair.out.content_mg),
        "out_usd": usd(pair.out.value_uusd),
        "exporter": pair.out.exporter or None,
        "importer": pair.out.importer or None,
        "back": pair.back.record,
        "back_on": day_text(pair.back.day),
        "back_kg": kg(pair.back.content_mg),
        "back_usd": usd(pair.back.value_uusd),
        "sent_back_by": pair.back.exporter or None,
        "got_back_by": pair.back.importer or None,
        "days": pair.back.day - pair.out.day,
    }


def _line(pair: Pair) -> dict[str, str]:
    out, back = pair.out.content_mg, pair.back.content_mg
    difference = decimal_text(Fraction(100 * (back - out), out))
    label = f"difference in quantity, back on {date.fromordinal(pair.back.day)}"
    return line(label, f"({kg(back)} - {kg(out)}) / {kg(out)} * 100", difference, "%")
