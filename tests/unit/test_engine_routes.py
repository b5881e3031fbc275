"""What a record is taken for does not depend on the records before it."""

from datetime import date

import pytest
from msgspec.structs import replace

from streams.engine import Engine
from streams.market import Rules
from streams.normalise import Normaliser
from streams.records import PriceTick, Status, Trade, encode_record
from streams.reference.book import ReferenceBook
from streams.shapes import Kind

TRADE = Trade(
    id="R1",
    source="customs",
    event_date=date(2025, 3, 10),
    origin="CN",
    destination="GB",
    product="vanadium|ore",
    quantity="10",
    value="900",
    currency="USD",
    incoterm="FOB",
)
TICK = PriceTick(
    instrument="ore", source="paper", event_date=date(2025, 3, 10), product="vanadium|ore", price="9", currency="USD"
)


def refused(*records, kind=Kind.TRADE):
    """Return the reasons for which an engine refuses each of *records*, by position."""
    engine = Engine(rules=Rules((), ""), normaliser=Normaliser(ReferenceBook()))
    return {
        each.index: str(each.reason)
        for each in engine.step([encode_record(each) for each in records], kind=kind).refused
    }


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        pytest.param({"currency": None}, "missing_field", id="no currency"),
        pytest.param({"value": None}, "missing_field", id="neither value nor price"),
        pytest.param(
            {"value": None, "price": "9", "price_of": "V2O5"}, "missing_field", id="price by content, no assay"
        ),
        pytest.param({"quantity": None}, "missing_field", id="no quantity"),
        pytest.param({"value": "0"}, "value_not_positive", id="no value"),
        pytest.param({"freight": "x"}, "not_a_decimal", id="freight that is no number"),
    ],
)
@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"status": Status.CANCELLED, "revision": 2}, id="cancelled"),
        pytest.param({}, id="by value"),
        pytest.param({"value": None, "price": "9"}, id="by price"),
        pytest.param({"price": "9"}, id="by both"),
        pytest.param({"freight": "1"}, id="with freight"),
        pytest.param({"freight": "1", "insurance": "1"}, id="with freight and insurance"),
        pytest.param({"insurance": "1"}, id="with insurance"),
    ],
)
def test_a_trade_is_refused_whatever_came_before_it(record, reason, other):
    """A route that a record leaves behind carries no other that could not have made it."""
    wrong = replace(TRADE, id="wrong", **record)
    right = replace(TRADE, price_of=record.get("price_of"), **other)

    assert refused(wrong) == {0: reason}
    assert refused(right, wrong).get(1) == reason


@pytest.mark.parametrize("currency", [None, "USD"], ids=["no currency", "currency"])
def test_a_cancellation_makes_way_for_nothing_else(currency):
    """To take a record back needs no amounts and no currency; to declare one needs both."""
    cancelled = replace(TRADE, value=None, quantity=None, currency=currency, status=Status.CANCELLED)
    wrong = replace(TRADE, id="wrong", value=None, currency=currency)

    assert refused(cancelled, wrong, cancelled) == {1: "missing_field"}


def test_a_price_can_follow_a_cancellation_without_one():
    """The records of a lane may say their amounts in different ways."""
    cancelled = replace(TRADE, id="R2", value=None, quantity=None, status=Status.CANCELLED)
    by_price = replace(TRADE, id="R3", value=None, price="9")

    assert refused(cancelled, by_price, TRADE, cancelled, by_price) == {}


def test_a_tick_without_a_currency_is_refused_whatever_came_before_it():
    """A tick that is taken back needs none."""
    cancelled = replace(TICK, currency=None, price=None, status=Status.CANCELLED)

    assert refused(cancelled, replace(TICK, currency=None), kind=Kind.TICK) == {1: "missing_field"}
