"""
Hypothesis strategies: reference data with gaps and overlaps, and logs as contrary sources write them.

Amounts are round numbers near the floors, days are few and close together, so that records meet in cells, on
boundaries and on the days where something begins or ends.  Everything is made of choices, and there are two
ways to choose: one by one, which shrinks to a few records, and by seeded dice, which makes long, dense logs.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Final, NamedTuple, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.exact import micros_text, round_half_up
from streams.records import Heartbeat, PriceTick, Record, Status, Trade, encode_record
from streams.reference.basis import BasisRatio
from streams.reference.floors import AppliesTo, Floor, FloorStatus, Scope
from streams.reference.fx import FxDaily
from streams.reference.levy import Instrument
from streams.reference.quotas import Quota
from streams.reference.units import UNITS
from streams.reference.wire import Entry, key
from streams.reference.zones import Member, Zone
from streams.shapes import Kind

CONTRACT: Final = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
"""For properties that run whole logs, several times an example."""

EVERY_RULE: Final = settings(CONTRACT, max_examples=10)
"""For those of them that do so for each rule."""

FIRST_DAY: Final = date(2025, 1, 1)
LAST_DAY: Final = FIRST_DAY + timedelta(days=120)
ZONE: Final = "zone"
SHOWN: Final = 30
"""Records of a failing log that are printed."""

T = TypeVar("T")
Pick = Callable[[Sequence[T]], T]
"""A way to choose one of several."""


class Goods(NamedTuple):
    """A product as the strategies trade it."""

    product: str
    unit: str
    """Of its floors and ticks."""
    content_basis: str
    floor_usd: str
    """The usual floor per unit."""
    kg_price_milli: int
    """What a kilogram of the goods costs at the usual floor, thousandths of a USD."""
    trade_units: tuple[str, ...]


SILICON: Final = Goods("silicon|metal", "kg", "gross", "2.20", 2200, ("kg", "t", "lb"))
POLYSILICON: Final = Goods("silicon|polysilicon", "kg", "gross", "12", 12_000, ("kg", "t"))
CONCENTRATE: Final = Goods("tungsten|concentrate", "mtu", "WO3", "300", 19_500, ("dmt", "wmt", "t", "mtu"))
"""At its usual grade of 65 % WO3 a kilogram holds 0.065 mtu."""
GALLIUM: Final = Goods("gallium|metal", "kg", "gross", "250", 250_000, ("kg",))

ALL_GOODS: Final = (SILICON, POLYSILICON, CONCENTRATE, GALLIUM)

PER_USD: Final = {"USD": Fraction(1), "EUR": Fraction(92, 100), "CNY": Fraction(72, 10), "JPY": Fraction(150)}
"""Round figures that the strategies price by; the books' own rates move around them, and have none of the yen."""


class Logged(NamedTuple):
    """One record in the log."""

    kind: Kind
    value: bytes


class World(NamedTuple):
    """Reference data and a log that is judged by it."""

    entries: tuple[Entry, ...]
    log: tuple[Logged, ...]

    def __repr__(self) -> str:
        """Show a failure so that it can be read: rates as a list of days, records one a line."""
        rate_days = [str(entry.day) for entry in self.entries if isinstance(entry, FxDaily)]
        others = [entry for entry in self.entries if not isinstance(entry, FxDaily)]
        records = [each.value.decode() for each in self.log[:SHOWN]] + ["..."] * (len(self.log) > SHOWN)
        return "\n".join(["World", f"rates on {' '.join(rate_days)}", *map(repr, others), *records])


def logged(record: Record, kind: Kind = Kind.TRADE) -> Logged:
    """Return a record as its topic carries it; a heartbeat on the topic of *kind*."""
    return Logged(Kind.TICK if isinstance(record, PriceTick) else kind, encode_record(record))


def day(offset: int) -> date:
    """Return the day *offset* days after the first."""
    return FIRST_DAY + timedelta(days=offset)


# -- reference data --------------------------------------------------------------------------------------------

TURNS: Final = (date(2024, 12, 1), date(2025, 1, 1), date(2025, 1, 16), date(2025, 2, 1), date(2025, 3, 3))
"""Days on which floors begin, end and are announced."""

SCOPES: Final = (
    AppliesTo(),
    AppliesTo(),
    AppliesTo(),
    AppliesTo(scope=Scope.NON_MEMBERS),
    AppliesTo(scope=Scope.ORIGINS, origins=("CN",)),
    AppliesTo(scope=Scope.EXPORTERS, exporters=("E1",)),
    AppliesTo(except_origins=("NO",)),
)


def usual_floor(goods: Goods) -> Floor:
    """Return a plain floor of *goods*, in force throughout."""
    mineral, _, stage = goods.product.partition("|")
    return Floor(
        floor_id=f"{mineral}-{stage}",
        status=FloorStatus.IN_FORCE,
        instrument=Instrument.VARIABLE_LEVY,
        zone_id=ZONE,
        mineral=mineral,
        stage=stage,
        value=goods.floor_usd,
        currency="USD",
        unit=goods.unit,
        content_basis=goods.content_basis,
        effective_from=date(2024, 12, 1),
        announced_at=date(2024, 11, 1),
    )


def floor(pick: Pick, goods: Goods) -> Floor:
    """Choose one period of one version of a floor, in one of its statuses and for some of the goods."""
    begin = pick(TURNS)
    lasts = pick((None, None, 10, 40))
    percent = pick((80, 90, 100, 100, 110, 130))
    value = micros_text(int(Fraction(goods.floor_usd) * percent * 10_000))
    return replace(
        usual_floor(goods),
        floor_id=f"{goods.product.replace('|', '-')}{pick(('', '-b'))}",
        version=pick((1, 2, 3)),
        status=pick((FloorStatus.IN_FORCE,) * 5 + tuple(FloorStatus)),
        instrument=pick((Instrument.VARIABLE_LEVY,) * 3 + (Instrument.PROHIBITION,)),
        value=pick((value,) * 5 + (None,)),
        currency=pick(("USD", "USD", "EUR")),
        effective_from=begin,
        effective_to=None if lasts is None else begin + timedelta(days=lasts),
        announced_at=begin + timedelta(days=pick((-30, -30, 0, 5))),
        tolerance_pct=pick((None, None, "2")),
        applies_to=pick(SCOPES),
        grade_min_pct=pick((None,) * 5 + ("60",)),
        incoterm=pick(("CIF", "CIF", "FOB")),
        members_exempt=pick((False, True)),
        levy_cap_pct=pick((None, None, "20")),
        min_lot=pick((None, None, "100")),
        quota_id=pick((None, None, "quota")),
        legal_basis=pick((None, "Order 1", "Order 2")),
    )


def zone(pick: Pick) -> Zone:
    """Choose a zone that the United Kingdom is in, Germany perhaps, the United States now and then for a time."""
    members = [Member(country="GB")]
    if pick((True, False)):
        members.append(Member(country="DE", valid_from=pick((None, *TURNS))))
    if pick((False, True)):
        begin = pick(TURNS)
        members.append(Member(country="US", valid_from=begin, valid_to=begin + timedelta(days=30)))
    if pick((False, True)):
        members.append(Member(country="NO"))
    return Zone(zone_id=ZONE, members=tuple(members))


def rates(pick: Pick) -> list[FxDaily]:
    """Choose daily rates that change, with a gap of some days and a currency that comes late."""
    gap, lasts, yuan_from = pick(range(120)), pick((0, 3, 12, 30)), pick((0, 0, 40))
    return [
        FxDaily(day=day(offset), rates=_rates_of(offset, yuan=offset >= yuan_from))
        for offset in range(-2, 124, 2)
        if not gap <= offset < gap + lasts
    ]


def _rates_of(offset: int, *, yuan: bool) -> dict[str, str]:
    table = {"USD": f"1.0{offset % 5 + 5}", "GBP": "0.84"}
    return table | {"CNY": f"7.8{offset % 3}"} if yuan else table


def quota(pick: Pick, all_goods: Iterable[Goods] = ALL_GOODS) -> Quota:
    """Choose a period of the quota that floors may draw on, for one origin or all, small enough to be used up."""
    begin = pick(TURNS)
    return Quota(
        quota_id="quota",
        zone_id=ZONE,
        products=tuple(goods.product for goods in all_goods),
        period_from=begin,
        period_to=begin + timedelta(days=pick((20, 90))),
        quantity=pick(("0", "1", "4", "12", None)),
        unit="t",
        origin=pick((None, None, "CN")),
    )


def reference_of(pick: Pick) -> tuple[Entry, ...]:
    """Choose a reference book: a zone, floors in all their states, rates with gaps, a ratio and a quota perhaps."""
    found: list[Entry] = [zone(pick), *rates(pick)]
    for goods in ALL_GOODS:
        usual = goods is not GALLIUM and pick((True, True, False))
        found += [usual_floor(goods)] if usual else []
        found += [floor(pick, goods) for _ in range(pick((0, 0, 1, 1, 2, 3)))]
    if pick((False, True)):
        found.append(BasisRatio(publisher="OECD", ratio="1.06", valid_from=pick((None, *TURNS))))
    if pick((False, True)):
        found.append(quota(pick))
    return tuple({key(entry): entry for entry in found}.values())


def plain_reference(*all_goods: Goods) -> tuple[Entry, ...]:
    """Return a zone of GB and DE with a plain floor for each of the goods and no rates: for exact comparisons."""
    members = (Member(country="GB"), Member(country="DE"))
    return (Zone(zone_id=ZONE, members=members), *(usual_floor(goods) for goods in all_goods))


# -- records -----------------------------------------------------------------------------------------------------


class Lane(NamedTuple):
    """Goods from one origin to one destination, and how they are declared there."""

    goods: Goods
    origin: str
    destination: str
    unit: str
    currency: str
    incoterm: str | None


class Trading(NamedTuple):
    """What the records of one log have in common, so that they meet in lanes, days and windows."""

    lanes: tuple[Lane, ...]
    days: tuple[date, ...]
    percents: tuple[int, ...]
    """Prices in per cent of the usual floor."""
    slips: tuple[Fraction, ...]
    """By what a declared value is off now and then, because the unit was mistaken."""


WIDE: Final = (30, 60, 80, 90, 95, 97, 99, 100, 100, 101, 105, 110, 120, 150)
NARROW: Final = (97, 99, 100, 101, 102)
LOW: Final = (88, 89, 90)
CLOSE: Final = (80, 90, 97, 99, 100, 105, 110)
SLIPS: Final = (Fraction(1000), Fraction(1, 1000), Fraction(100_000, 45_359), Fraction(45_359, 100_000))
NO_SLIP: Final = (Fraction(1),)


def lane(pick: Pick, all_goods: Sequence[Goods] = ALL_GOODS) -> Lane:
    """Choose a lane: into the zone or not, in one of several units, currencies and terms."""
    goods = pick(all_goods)
    return Lane(
        goods=goods,
        origin=pick(("CN", "CN", "NO", "BR")),
        destination=pick(("GB",) * 4 + ("DE", "US")),
        unit=pick(goods.trade_units),
        currency=pick(("USD",) * 4 + ("EUR", "EUR", "CNY", "JPY")),
        incoterm=pick(("CIF",) * 9 + ("FOB", "CFR", None)),
    )


def trading_of(pick: Pick, all_goods: Sequence[Goods] = ALL_GOODS, *, days: int = 12) -> Trading:
    """Choose what a log's records have in common."""
    return Trading(
        lanes=tuple(lane(pick, all_goods) for _ in range(pick((1, 2, 3, 4)))),
        days=tuple({day(pick(range(120))): None for _ in range(days)}),
        percents=pick((WIDE, NARROW, LOW)),
        slips=pick(((), SLIPS)),
    )


def trade(pick: Pick, record_id: str, trading: Trading) -> Trade:
    """Choose a trade on one of the lanes and days, its unit right or slipped."""
    on = pick(trading.lanes)
    quantity = pick((1, 20, 20, 800, 5000))
    ore = on.goods is CONCENTRATE
    return Trade(
        id=record_id,
        source=pick(("customs", "port")),
        event_date=pick(trading.days),
        origin=on.origin,
        destination=on.destination,
        product=on.goods.product,
        quantity=str(quantity),
        unit=on.unit,
        value=_value(on, quantity, Fraction(pick(trading.percents), 100) * pick(NO_SLIP * 16 + trading.slips)),
        currency=on.currency,
        incoterm=on.incoterm,
        exporter=pick((None, "E1", "E2")),
        importer=pick((None, "I1")),
        grade_pct=pick((None, "65", "55")) if ore else None,
        moisture_pct=pick((None, "5")) if ore else None,
        ingested_at=_ingested(pick),
    )


def _value(on: Lane, quantity: int, factor: Fraction) -> str:
    kg = UNITS[on.unit].kg * (Fraction(100, 65) if on.unit == "mtu" else 1)
    usd = Fraction(on.goods.kg_price_milli, 1000) * kg * quantity * factor
    return micros_text(max(1, round_half_up(usd * PER_USD[on.currency] * 1_000_000)))


def _ingested(pick: Pick) -> datetime | None:
    second = pick((None, 0, 1, 2, 3))
    return None if second is None else datetime(2025, 7, 1, 0, 0, second, tzinfo=UTC)


def tick(pick: Pick, trading: Trading) -> PriceTick:
    """Choose one day's price of an instrument, on either side of its floor; its id is instrument and day."""
    goods = pick(trading.lanes).goods
    currency = pick(("USD", "USD", "EUR"))
    price = Fraction(goods.floor_usd) * pick(trading.percents) / 100 * PER_USD[currency]
    return PriceTick(
        instrument=f"{goods.product.partition('|')[0]}-{pick(('spot', 'spot', 'term'))}",
        source="bulletin",
        event_date=pick(trading.days),
        product=goods.product,
        price=micros_text(round_half_up(price * 1_000_000)),
        currency=currency,
        unit=goods.unit,
        price_of=None if goods.content_basis == "gross" else goods.content_basis,
        ingested_at=_ingested(pick),
    )


def amended(pick: Pick, record: Trade | PriceTick) -> Trade | PriceTick:
    """Choose the next revision of a record: other amounts, another day, party or lane, or its cancellation."""
    revision = record.revision + pick((1, 2))
    if pick((False, False, True)):
        return replace(record, revision=revision, status=Status.CANCELLED)
    changes: Sequence[dict[str, object]]
    if isinstance(record, PriceTick):
        changes = ({"price": _times(record.price, 105)}, {"price": _times(record.price, 80)})
    else:
        changes = (
            {"quantity": _times(record.quantity, 110)},
            {"value": _times(record.value, 90)},
            {"value": _times(record.value, 120)},
            {"event_date": record.event_date + timedelta(days=3)},
            {"exporter": "E9"},
            {"origin": "BR"},
            {},
        )
    return replace(record, revision=revision, status=Status.AMENDED, **pick(changes))


def _times(text: str | None, percent: int) -> str:
    return micros_text(max(1, round_half_up(Fraction(text or "1") * percent * 10_000)))


History = tuple[Trade | PriceTick, ...]
"""The revisions of one record in order."""


def histories_of(pick: Pick, trading: Trading, *, trades: int, ticks: int) -> tuple[History, ...]:
    """Choose records, and later revisions of some."""
    first: list[Trade | PriceTick] = [trade(pick, f"R{number}", trading) for number in range(trades)]
    prices = [tick(pick, trading) for _ in range(ticks)]
    first += {(price.instrument, price.event_date): price for price in prices}.values()
    return tuple(_revised(pick, record) for record in first)


def _revised(pick: Pick, record: Trade | PriceTick) -> History:
    found = [record]
    for _ in range(pick((0, 0, 0, 0, 1, 2))):
        found.append(amended(pick, found[-1]))
    return tuple(found)


def conflict(pick: Pick, record: Trade | PriceTick) -> Trade | PriceTick:
    """Choose the same revision of a record with other content, ingested at another time or at one not known."""
    changed = {"price": "777"} if isinstance(record, PriceTick) else {"quantity": "777"}
    return replace(record, ingested_at=_ingested(pick), **changed)


def heartbeat(pick: Pick) -> Logged:
    """Choose a source's or every source's word on how far it has come."""
    beat = Heartbeat(event_date=day(pick(range(120))), source=pick(("*", "*", "customs", "bulletin")))
    return logged(beat, pick((Kind.TRADE, Kind.TICK)))


def log_of(pick: Pick, histories: Iterable[History]) -> list[Logged]:
    """Choose a log: the revisions of all records, some twice, some in conflict, heartbeats; by date or in no order."""
    revisions = [each for history in histories for each in history]
    again = [pick(revisions) for _ in range(pick((0, 1, 3)))]
    against = [conflict(pick, pick(revisions)) for _ in range(pick((0, 0, 1, 3)))]
    records = [*revisions, *again, *against]
    if pick((False, True)):
        log = [logged(each) for each in sorted(records, key=lambda each: each.event_date)]
    else:
        log = [logged(records.pop(pick(range(len(records))))) for _ in range(len(records))]
    for _ in range(pick((0, 0, 1, 4))):
        log.insert(pick(range(len(log) + 1)), heartbeat(pick))
    return log


# -- strategies --------------------------------------------------------------------------------------------------


@st.composite
def picks(draw: st.DrawFn) -> tuple[Pick, int]:
    """Draw a way to choose, and how many records are worth choosing by it."""
    if draw(st.booleans()):
        return Random(draw(st.integers(0, 2**32))).choice, draw(st.sampled_from([40, 80]))
    return lambda options: draw(st.sampled_from(options)), draw(st.integers(3, 10))


@st.composite
def books(draw: st.DrawFn) -> tuple[Entry, ...]:
    """Draw reference data."""
    pick, _ = draw(picks())
    return reference_of(pick)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw reference data and a log."""
    return world_of(*draw(picks()))


def world_of(pick: Pick, size: int) -> World:
    """Choose reference data and a log of about *size* records."""
    return World(reference_of(pick), tuple(log_of(pick, _histories(pick, size))))


def _histories(pick: Pick, size: int) -> tuple[History, ...]:
    trading = trading_of(pick, days=4 + size // 4)
    return histories_of(pick, trading, trades=size, ticks=pick(range(size // 2 + 1)))


class Archive(NamedTuple):
    """Reference data and the whole history of every record, in no log yet."""

    entries: tuple[Entry, ...]
    histories: tuple[History, ...]
    pick: Pick


@st.composite
def archives(draw: st.DrawFn) -> Archive:
    """Draw reference data and records with their revisions, and the means to write them into logs."""
    pick, size = draw(picks())
    return Archive(reference_of(pick), _histories(pick, size), pick)


@st.composite
def clean_logs(
    draw: st.DrawFn, all_goods: Sequence[Goods] = ALL_GOODS, units: frozenset[str] = frozenset(UNITS)
) -> tuple[Trade | PriceTick, ...]:
    """Draw records without corrections, whose prices lie too close together for a slip of the unit."""
    pick, size = draw(picks())
    trading = trading_of(pick, all_goods, days=4 + size // 4)
    lanes = tuple(each._replace(unit=each.unit if each.unit in units else "kg") for each in trading.lanes)
    trading = trading._replace(lanes=lanes, percents=pick((NARROW, LOW, CLOSE)), slips=())
    return tuple(each for (each, *_) in histories_of(pick, trading, trades=size, ticks=pick(range(size // 2 + 1))))
