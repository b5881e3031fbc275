"""The feeds that the tests of the live path run: reference data, a log, and the mark that ends it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from bench import feed as bench
from streams.feeds import FeedRecord, open_feed, shipped_feed
from streams.records import Heartbeat, PriceTick, Status, Trade, encode_record
from streams.reference.schedule_file import load_shipped
from streams.reference.wire import Entry
from streams.shapes import Kind
from tests.live import LogRecord, keyed

DAYS: Final = 60


@dataclass(frozen=True)
class TestFeed:
    """A whole run's input."""

    __test__ = False

    entries: tuple[Entry, ...]
    log: tuple[LogRecord, ...]
    end_mark: bytes


def benchmark(count: int, *, seed: int = 1) -> TestFeed:
    """Return trades in order of date, all of them right."""
    trades = list(bench.trades(count, days=DAYS, seed=seed))
    log = keyed(map(encode_record, trades), (trade.product or "" for trade in trades))
    return TestFeed(tuple(bench.reference(DAYS)), tuple(log), bench.end_mark(DAYS))


def contrary(count: int, *, seed: int = 1, one_in: int = 5, days_late: int = 3) -> TestFeed:
    """
    Return trades and ticks as contrary sources write them: corrected, repeated, out of order, some of them wrong.

    About *one_in* so many trades is anything but plain; they come up to *days_late* days late.
    """
    dice = random.Random(seed)
    late = range(-days_late, 1)
    dated = [
        (trade.event_date + timedelta(days=dice.choice(late)), LogRecord(Kind.TRADE, _mineral(trade), value))
        for trade in bench.trades(count, days=DAYS, seed=seed)
        for value in _trade_values(trade, dice, one_in)
    ]
    dated += [
        (tick.event_date, LogRecord(Kind.TICK, tick.product.partition("|")[0], encode_record(tick)))
        for tick in _ticks(dice)
    ]
    log = tuple(each for _, each in sorted(dated, key=lambda each: each[0]))
    return TestFeed(tuple(bench.reference(DAYS)), log, bench.end_mark(DAYS))


def shipped() -> TestFeed:
    """Return the feed that ships with the project, judged by the schedules that do."""
    records = [item.record for path in shipped_feed() for item in open_feed(path) if isinstance(item, FeedRecord)]
    entries = load_shipped("forge-illustrative") + load_shipped("eu-2025-2351")
    kinds = {Trade: Kind.TRADE, PriceTick: Kind.TICK}
    log = tuple(LogRecord(kinds[type(each)], _mineral(each), encode_record(each)) for each in records)
    last = max(record.event_date for record in records)
    return TestFeed(entries, log, encode_record(Heartbeat(event_date=last, end=True)))


def _mineral(record: Trade | PriceTick) -> str:
    return (record.product or "").partition("|")[0]


def _trade_values(trade: Trade, dice: random.Random, one_in: int) -> Iterator[bytes]:
    """Yield what a contrary source writes for one trade."""
    fate = dice.randrange(9 * one_in)
    if fate == 0:
        yield encode_record(trade)[: dice.randrange(10, 60)]
        return
    if fate == 1:
        yield encode_record(replace(trade, quantity=dice.choice(["0", "-5", "1e400", "NaN", "much"])))
        return
    if fate == 2:
        yield encode_record(replace(trade, product=f"{_mineral(trade)}|no-such-stage"))
        return
    if fate == 3:  # The correction comes first.
        yield encode_record(replace(trade, revision=2, status=Status.AMENDED, value="1.00"))
    yield encode_record(trade)
    if fate == 4:
        yield encode_record(trade)
    if fate == 5:
        yield encode_record(replace(trade, revision=2, status=Status.CANCELLED))
    if fate == 6:
        yield encode_record(replace(trade, revision=2, status=Status.AMENDED, origin="CN"))
        yield encode_record(trade)
    if fate == 7:
        yield encode_record(replace(trade, exporter="other"))
    if fate == 8:
        yield encode_record(replace(trade, currency="XXX", id=f"{trade.id}-x"))


def _ticks(dice: random.Random) -> Iterator[PriceTick]:
    for day in range(DAYS):
        for product, floor, milli in bench.PRODUCTS:
            price = f"{milli * dice.randrange(700, 1200) // 1000 / 1000:.3f}"
            tick = PriceTick(
                instrument=f"{product}-spot",
                source="assessor",
                event_date=bench.FIRST_DAY + timedelta(days=day),
                product=product,
                price=price,
                currency="USD",
            )
            yield tick
            if dice.random() < 0.1:
                yield replace(tick, revision=2, status=Status.AMENDED, price=floor)
            if dice.random() < 0.05:
                yield replace(tick, price="0")
