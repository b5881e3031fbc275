"""What the metrics show of prices, floors, shares and alerts: the figures of the cells, on their latest day."""

from datetime import date

import pytest
from msgspec.structs import replace

from alerts.metrics.catalogue import (
    ALERTS_OPEN,
    BENCHMARK_AGE,
    CONCENTRATION,
    CONCENTRATION_INDEX,
    DUMPING_MARGIN,
    FLOOR_PRICE,
    HEADROOM,
    IMPORT_CONTENT,
    IMPORT_DAY,
    IMPORT_FLOOR,
    IMPORT_RECORDS,
    IMPORT_VALUE,
    JUDGED,
    LEVY_DUE,
    MARKET_PRICE,
    MINERAL,
    NORMAL_VALUE,
    PRODUCT,
    REASON,
    RULE,
    STATE_CELLS,
    STATE_EPISODES,
    STATE_ROWS,
    UNIT_VALUE,
    UNSEALED,
    WATERMARK,
    WATERMARK_LAG,
)
from streams.cells import Judged
from streams.records import PriceTick, Refusal, encode_record
from streams.reference.catalogue import load_catalogue
from streams.rules import RULES
from streams.shapes import Kind
from streams.survey import DAY_S, SURVEYED, survey
from tests.outcomes import new_engine
from tests.sales import PLAIN, on, price, sale
from tests.unit.alerts.examples import FIRING

SILICON = "silicon|metal"
EPOCH = date(1970, 1, 1)
NOW = 2_000_000_000


def stepped(*records):
    """Return an engine that has taken sales and prices, each a slice of its own."""
    engine = new_engine(PLAIN)
    for record in records:
        kind = Kind.TICK if type(record) is PriceTick else Kind.TRADE
        engine.step([encode_record(record)], kind=kind)
    return engine


def surveyed(*records):
    """Return what a survey of those records finds."""
    engine = stepped(*records)
    return survey(engine.markets.values(), engine.alerts(), now=NOW)


def midnight(day):
    """Return the first second of a day of the tests."""
    return (on(day) - EPOCH).days * DAY_S


def test_unit_value_floor_and_volume_are_those_of_the_latest_day_of_an_origin():
    """All destinations of that day together; days before it, and destinations that did not trade on it, left out."""
    found = surveyed(
        sale(1, "9", kg="500"),
        sale(1, "9", kg="500", destination="DE", id="de"),
        sale(2, "2", kg="1000"),
        sale(2, "3", kg="3000"),
        sale(5, "4", origin="NO", id="no"),
    )
    assert {(SILICON, "CN"): pytest.approx(2.75), (SILICON, "NO"): pytest.approx(4)} == found[UNIT_VALUE]
    assert {(SILICON, "CN"): 4000, (SILICON, "NO"): 1000} == found[IMPORT_CONTENT]
    assert {(SILICON, "CN"): pytest.approx(2.2), (SILICON, "NO"): pytest.approx(2.2)} == found[IMPORT_FLOOR]
    assert {(SILICON,): midnight(5)} == found[IMPORT_DAY]
    assert [pytest.approx(2.2)] == list(found[FLOOR_PRICE].values())


def test_shares_are_told_by_what_they_are_shares_of():
    """Records held without a price are counted and have no value; goods that no floor covers have one."""
    found = surveyed(
        sale(2, "2"),
        sale(2, "3", destination="US", id="us"),
        sale(2, "5", currency="NOK", id="nok"),
    )
    records = {judged: number for (_, judged), number in found[IMPORT_RECORDS].items()}
    assert {"floor": 1, "out_of_zone": 1, "unpriced": 1} == {judged: n for judged, n in records.items() if n}
    assert {"floor": 2000, "out_of_zone": 3000} == {
        judged: value for (_, judged), value in found[IMPORT_VALUE].items() if value
    }


def test_headroom_is_the_latest_price_above_its_floor_as_a_part_of_it():
    """Negative below; the age is event time, from the price to the latest day known of the mineral."""
    found = surveyed(price(1, "3.30"), price(3, "1.98"), sale(10, "3"))
    assert [pytest.approx(-0.1)] == list(found[HEADROOM].values())
    assert {(SILICON, "spot"): pytest.approx(1.98)} == found[MARKET_PRICE]
    assert {(SILICON, "spot"): 7 * DAY_S} == found[BENCHMARK_AGE]


def test_open_alerts_are_counted_and_their_levies_added_up():
    """What an alert's evidence says, no second calculation."""
    found = surveyed(sale(1, "1", kg="1000"), sale(1, "1", kg="1000", origin="NO", id="no"), sale(1, "5", origin="BR"))
    breaches = {labels: n for labels, n in found[ALERTS_OPEN].items() if labels[0] == "floor_breach"}
    assert 2 == sum(breaches.values())
    assert {(SILICON, "CN"): pytest.approx(1200), (SILICON, "NO"): pytest.approx(1200)} == found[LEVY_DUE]


def test_figures_that_rules_state_are_shown_where_they_do():
    """Margin, normal value and the largest supplier's share; nothing where no alert states them, nor for nonsense."""
    stated = {"dumping_margin_pct": "25", "normal_value_usd_per_kg": "3.5", "top_share_pct": "80", "hhi": "6800"}
    alerts = [
        _alert(stated),
        _alert(stated | {"dumping_margin_pct": "40"}),
        _alert({"dumping_margin_pct": "n/a", "top_share_pct": None}),
    ]
    found = survey([], alerts, now=NOW)
    assert [0.4] == list(found[DUMPING_MARGIN].values())
    assert [3.5] == list(found[NORMAL_VALUE].values())
    assert [0.8] == list(found[CONCENTRATION].values())
    assert [6800] == list(found[CONCENTRATION_INDEX].values())
    none = survey([], [], now=NOW)
    assert {} == none[DUMPING_MARGIN] == none[NORMAL_VALUE] == none[CONCENTRATION]


def _alert(evidence):
    return replace(FIRING, evidence=evidence)


def test_the_watermark_is_the_end_of_the_last_sealed_day():
    """Three days of grace: what is dated the twentieth seals the sixteenth."""
    found = surveyed(sale(1, "5"), sale(20, "5"))
    assert {("silicon",): midnight(17)} == found[WATERMARK]
    assert {("silicon",): NOW - midnight(17)} == found[WATERMARK_LAG]
    assert {("silicon",): 4 * DAY_S} == found[UNSEALED]


def test_a_mineral_with_nothing_sealed_has_no_watermark():
    """Not one of 1970."""
    assert {} == survey([], [], now=NOW)[WATERMARK]


def test_the_state_is_counted():
    """Rows, cells and the episodes that were told."""
    found = surveyed(sale(1, "1"), sale(2, "1"), sale(2, "1.1"))
    assert 3 == found[STATE_ROWS]["silicon",]
    assert 2 == found[STATE_CELLS]["silicon",]
    assert 1 <= found[STATE_EPISODES]["silicon",]


def test_a_survey_finds_every_metric_it_is_for():
    """So that what is gone is gone from the exposition too."""
    assert set(SURVEYED) == survey([], [], now=NOW).keys()


def test_the_catalogue_and_the_rules_have_room_within_the_bounds_of_their_labels():
    """What is known beforehand is never added up as other."""
    products = list(load_catalogue())
    assert len(products) <= PRODUCT.bound
    assert len({product.mineral for product in products}) <= MINERAL.bound
    assert len(RULES) <= RULE.bound
    assert len(Refusal) <= REASON.bound
    assert {str(judged) for judged in Judged if judged is not Judged.EXPORT} == set(JUDGED.values)
