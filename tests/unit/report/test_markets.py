"""Markets: what is drawn as one, where an alert is drawn, and which prices mean something."""

from fractions import Fraction
from itertools import pairwise

import pytest

from streams.report.charts import beginnings, price_range, spread
from streams.report.markets import Side, markets_of
from streams.report.multiples import panels_of
from streams.report.timeline import timeline, told_apart
from tests.unit.report.reported import QUOTE, alert, line

EXPORT = {"flow": "export", "origin": "CN", "destination": "US"}


@pytest.mark.parametrize(
    ("found", "side", "country"),
    [
        pytest.param({}, Side.IMPORT, "GB", id="on-entry"),
        pytest.param({"destination": "US"}, Side.EXPORT, "CN", id="on-leaving"),
        pytest.param({"origin": "lme:x", "destination": None}, Side.QUOTE, "", id="quote"),
        pytest.param({"origin": None}, Side.IMPORT, "GB", id="all-origins"),
        pytest.param({"destination": None}, Side.EXPORT, "CN", id="all-destinations"),
    ],
)
def test_an_alert_is_drawn_on_the_market_it_is_about(found, side, country):
    """By its lane, an instrument's on the quotes, one without a destination on what leaves its origin."""
    lines = [line("2025-01"), line("2025-01", **EXPORT), line("2025-01", **QUOTE)]
    (market,) = [each for each in markets_of(lines, [alert(**found)]) if each.alerts]

    assert (market.key.side, market.key.country) == (side, country)


def test_an_alert_of_goods_that_the_run_has_no_figures_of_is_drawn_nowhere():
    """It is in the table of episodes all the same."""
    markets = markets_of([line("2025-01")], [alert(product="tin|metal")])

    assert [each.alerts for each in markets] == [()]


def test_prices_of_partners_are_averaged_by_volume():
    """Three tonnes at 2 and one at 6 come to 3."""
    lines = [
        line("2025-01", "CN", qty_kg="3000", value_usd="6000"),
        line("2025-01", "BR", qty_kg="1000", value_usd="6000", usd_per_kg="6"),
    ]
    (market,) = markets_of(lines, [])

    assert [(each.qty_kg, each.price) for each in market.total] == [(4000, 3)]


def test_a_month_of_hardly_any_goods_has_no_price_to_draw():
    """Less than a twentieth of the average volume says little of the price."""
    lines = [line("2025-01", qty_kg="1000"), line("2025-02", qty_kg="20"), line("2025-03", qty_kg="1000")]
    (market,) = markets_of(lines, [])

    assert [each.price for each in market.partners[0].representative] == [2, None, 2]
    assert [each.price for each in market.partners[0].months] == [2, 2, 2]


def test_a_freak_price_does_not_press_the_others_flat():
    """What is far above all but a fiftieth of the volume is cut off; limits never are."""
    values = [(Fraction(2), Fraction(100)), (Fraction(1000), Fraction(1))]

    assert price_range(values)[1] < 4
    assert price_range(values, [Fraction(50)])[1] > 50
    assert price_range([]) == (0, Fraction(108, 100))


def test_labels_are_moved_apart():
    """No two nearer than their height, their order kept."""
    moved = spread([10, 11, 12, 80], 15)

    assert sorted(moved) == moved
    assert all(later - earlier >= 14.9 for earlier, later in pairwise(moved))


@pytest.mark.parametrize(
    ("months", "first"),
    [
        pytest.param(["2025-03", "2025-09"], ["2025-03", "2025-04", "2025-05"], id="months"),
        pytest.param(["2024-06", "2026-06"], ["2024-07", "2024-10", "2025-01"], id="quarters"),
        pytest.param(["2018-01", "2024-12"], ["2018-01", "2019-01", "2020-01"], id="years"),
        pytest.param(["1990-05", "2024-12"], ["1992-01", "1996-01", "2000-01"], id="every-fourth-year"),
    ],
)
def test_ticks_stand_at_the_beginnings_of_periods(months, first):
    """As many as fit."""
    assert beginnings(months)[:3] == first
    assert len(beginnings(months)) <= 10


def test_three_ways_are_told_apart_and_the_rest_is_one_line():
    """Those whose alerts deserve most attention; few goods come after many."""
    lines = [line(month, code) for month in ("2025-01", "2025-02") for code in ("CN", "BR", "IN", "NO", "FR")]
    lines += [line("2025-01", "MY", qty_kg="1")]
    alerts = [alert(number, origin=code) for number, code in enumerate(("MY", "NO", "IN", "BR"))]
    (market,) = markets_of(lines, alerts)
    names = [trace["name"] for trace in timeline(market)["data"] if trace.get("mode") == "lines+markers"]

    assert [each.code for each in told_apart(market)] == ["BR", "IN", "NO"]
    assert names == ["3 other origins", "Brazil", "India", "Norway"]


def test_ways_are_told_apart_without_colour():
    """Each of the three has a mark of its own, for a page that is printed in black."""
    lines = [line("2025-01", code) for code in ("CN", "BR", "IN", "NO")]
    (market,) = markets_of(lines, [alert(number, origin=code) for number, code in enumerate(("CN", "BR", "IN"))])
    ways = [trace["marker"] for trace in timeline(market)["data"] if trace.get("mode") == "lines+markers"][1:]

    assert len({each["symbol"] for each in ways}) == len({each["color"] for each in ways}) == 3


@pytest.mark.parametrize(
    ("name", "room"),
    [pytest.param("lme:ni", 128, id="short"), pytest.param("fastmarkets:mb-si-0004-99-ddp", 203, id="long")],
)
def test_a_long_name_at_the_end_of_a_line_has_room(name, room):
    """The name of an instrument is not cut off by the edge of the chart."""
    (market,) = markets_of([line(month, **QUOTE | {"instrument": name}) for month in ("2025-01", "2025-02")], [])

    assert timeline(market)["layout"]["margin"]["r"] == room


def test_panels_are_of_those_with_alerts_and_of_the_largest():
    """Less than half a per cent without an alert gets none."""
    lines = [line("2025-01", "CN"), line("2025-01", "BR", qty_kg="1"), line("2025-01", "IN", qty_kg="1")]
    (market,) = markets_of(lines, [alert(origin="IN")])

    assert [each.code for each in panels_of(market)] == ["CN", "IN"]


def test_the_normal_value_drawn_is_that_of_the_origin_with_the_alerts():
    """Each origin has its own; the mean of several would be nobody's."""
    lines = [
        line("2025-01", "CN", normal_value_usd_per_kg="3"),
        line("2025-02", "CN", normal_value_usd_per_kg="3"),
        line("2025-01", "BR", normal_value_usd_per_kg="9"),
        line("2025-02", "BR", normal_value_usd_per_kg="9"),
    ]
    (market,) = markets_of(lines, [alert()])
    (drawn,) = [trace["y"] for trace in timeline(market)["data"] if trace.get("name") == "normal value"]

    assert drawn == [3, 3]
