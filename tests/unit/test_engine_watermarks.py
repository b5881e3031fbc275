"""What moves a source's watermark: what the engine took, and nothing else."""

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from streams.engine import Engine, EngineSettings
from streams.market import Rules
from streams.normalise import Normaliser
from streams.records import PriceTick, Status, Trade, encode_record
from streams.reference.book import ReferenceBook
from streams.shapes import Kind

EARLY, LATE = date(2025, 3, 10), date(2025, 6, 30)
TRADE = Trade(
    id="R1",
    source="customs",
    event_date=EARLY,
    origin="CN",
    destination="GB",
    product="vanadium|ore",
    quantity="10",
    value="900",
    currency="USD",
    incoterm="FOB",
    revision=2,
    ingested_at=datetime(2025, 7, 1, tzinfo=UTC),
)
TICK = PriceTick(
    instrument="ore",
    source="customs",
    event_date=EARLY,
    product="vanadium|ore",
    price="9",
    currency="USD",
    revision=2,
    ingested_at=datetime(2025, 7, 1, tzinfo=UTC),
)


def watermark(*records, kind=Kind.TRADE, allowed=None):
    """Return the source's watermark after *records*, and the latest day read."""
    settings = EngineSettings(allowed_lateness_days=allowed)
    engine = Engine(rules=Rules((), ""), normaliser=Normaliser(ReferenceBook()), settings=settings)
    engine.step([encode_record(each) for each in records], kind=kind)
    day = engine.market("vanadium").watermarks.sources[kind].get("customs")
    return day and date.fromordinal(day), date.fromordinal(engine.latest_day)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"id": "R2"}, id="new"),
        pytest.param({"revision": 3}, id="a correction"),
        pytest.param({"revision": 3, "status": Status.CANCELLED}, id="a cancellation"),
        pytest.param({"ingested_at": datetime(2025, 6, 30, tzinfo=UTC)}, id="the earlier of two conflicting contents"),
        pytest.param({"id": "R2", "value": None, "price": "90"}, id="by price"),
    ],
)
def test_a_trade_that_is_taken_moves_its_sources_watermark(fields):
    """Whether it is new or takes the place of another."""
    assert watermark(TRADE, replace(TRADE, event_date=LATE, **fields)) == (LATE, LATE)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"id": "R2", "quantity": "x"}, id="amount that is no number"),
        pytest.param({"id": "R2", "value": "0"}, id="amount that is no price"),
        pytest.param({"id": "R2", "currency": None}, id="no currency"),
        pytest.param({"id": "R2", "unit": "bushel"}, id="unit that is none"),
        pytest.param({"revision": 1}, id="stale"),
        pytest.param({"revision": 1, "status": Status.CANCELLED}, id="stale cancellation"),
        pytest.param({"ingested_at": datetime(2025, 7, 2, tzinfo=UTC)}, id="conflict"),
    ],
)
def test_a_trade_that_is_not_taken_moves_no_watermark(fields):
    """Its date may be as wrong as the rest of it; it counts for the latest day read all the same."""
    assert watermark(TRADE, replace(TRADE, event_date=LATE, **fields)) == (EARLY, LATE)


def test_a_record_that_comes_too_late_moves_no_watermark():
    """It is a dead letter, and behind anyway."""
    late = replace(TRADE, id="R2", event_date=LATE)
    assert watermark(late, TRADE, allowed=0) == (LATE, LATE)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, LATE, id="new"),
        pytest.param({"status": Status.CANCELLED}, LATE, id="a cancellation ahead of its record"),
        pytest.param({"price": "0"}, EARLY, id="price that is none"),
        pytest.param({"price": "x"}, EARLY, id="price that is no number"),
        pytest.param({"unit": "bushel"}, EARLY, id="unit that is none"),
    ],
)
def test_a_tick_moves_its_sources_watermark_where_it_is_taken(fields, expected):
    """As a trade does."""
    assert watermark(TICK, replace(TICK, event_date=LATE, **fields), kind=Kind.TICK) == (expected, LATE)


@pytest.mark.parametrize(
    "fields", [pytest.param({"revision": 1}, id="stale"), pytest.param({"price": "8"}, id="conflict")]
)
def test_a_tick_that_is_not_taken_adds_no_source(fields):
    """A paper that only repeats what another has corrected holds back no day."""
    other = replace(TICK, source="paper", ingested_at=datetime(2025, 7, 2, tzinfo=UTC), **fields)
    engine = Engine(rules=Rules((), ""), normaliser=Normaliser(ReferenceBook()))
    engine.step([encode_record(TICK), encode_record(other)], kind=Kind.TICK)
    assert engine.market("vanadium").watermarks.sources[Kind.TICK] == {"customs": EARLY.toordinal()}
