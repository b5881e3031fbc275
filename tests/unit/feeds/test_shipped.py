"""The feed that ships: sound, in order, and what its README says of it."""

import io
from collections import defaultdict
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from streams.exact import decimal_text
from streams.feeds import FeedRecord, open_feed, shipped_feed
from streams.feeds.shipped import restate
from streams.records import PriceTick, Trade
from streams.reference.catalogue import load_catalogue

CUSTOMS, TICKS = shipped_feed()


def _records(path: Path) -> list[Trade | PriceTick]:
    items = list(open_feed(path))
    assert [] == [item for item in items if not isinstance(item, FeedRecord)]
    return [item.record for item in items]


@pytest.fixture(scope="module")
def trades():
    """Return the shipped trades."""
    return _records(CUSTOMS)


@pytest.fixture(scope="module")
def ticks():
    """Return the shipped price ticks."""
    return _records(TICKS)


@pytest.mark.parametrize("path", shipped_feed(), ids=lambda path: path.stem)
def test_every_row_is_sound_and_of_our_own_form(path):
    """No row is refused, no column is unread."""
    feed = open_feed(path)

    assert all(isinstance(item, FeedRecord) for item in feed)
    assert ("csv", [], {}) == (feed.format, feed.notes, feed.skipped)


def test_rows_are_in_the_order_of_days_and_ids(trades, ticks):
    """Each id comes once; a replay meets the days as they were."""
    keys = [(trade.event_date, trade.id) for trade in trades]
    tick_keys = [(tick.event_date, tick.instrument) for tick in ticks]

    assert sorted(set(keys)) == keys
    assert sorted(set(tick_keys)) == tick_keys


def test_the_rows_are_as_many_as_the_readme_says(trades, ticks):
    """Two codes for 25 months, six metals for 29."""
    assert (672, 174) == (len(trades), len(ticks))
    assert (date(2024, 6, 30), date(2026, 6, 30)) == (trades[0].event_date, trades[-1].event_date)
    assert (date(2024, 1, 31), date(2026, 5, 31)) == (ticks[0].event_date, ticks[-1].event_date)
    assert {"silicon|metal", "tungsten|metal"} == {trade.product for trade in trades}


def test_every_product_is_one_of_the_catalogue(trades, ticks):
    """And for the trades it is the one that the commodity code tells."""
    catalogue = load_catalogue()

    assert all(catalogue.product(record.product) for record in [*trades, *ticks])
    assert all(trade.product == catalogue.match_hs(trade.hs_code, trade.hs_version).product.name for trade in trades)


def test_the_publishers_and_their_licences_are_named():
    """In the files themselves, for whoever gets one without the README; each tick carries its licence."""
    assert "HM Revenue & Customs, uktradeinfo" in CUSTOMS.read_text()
    assert "Open Government Licence v3.0" in CUSTOMS.read_text()
    assert "World Bank" in TICKS.read_text()
    assert "CC BY 4.0" in TICKS.read_text().partition("\ntype,")[0]


@pytest.mark.parametrize(
    ("month", "unit_value", "share_pct"),
    [
        pytest.param(date(2024, 6, 30), "2.37", "16", id="before"),
        pytest.param(date(2025, 12, 31), "1.52", "92", id="after"),
    ],
)
def test_china_took_the_market_at_a_falling_price(trades, month, unit_value, share_pct):
    """USD per kilogram, and per cent of the month's silicon metal by mass."""
    value: dict[str, Fraction] = defaultdict(Fraction)
    mass: dict[str, Fraction] = defaultdict(Fraction)
    for trade in trades:
        if (trade.event_date, trade.product) == (month, "silicon|metal"):
            value[trade.origin] += Fraction(trade.value)
            mass[trade.origin] += Fraction(trade.quantity)

    assert unit_value == decimal_text(value["CN"] / mass["CN"], 2)
    assert share_pct == decimal_text(100 * mass["CN"] / sum(mass.values()), 0)


@pytest.mark.parametrize(("month", "unit_value"), [(date(2025, 3, 31), "45"), (date(2026, 6, 30), "274")])
def test_tungsten_became_scarce(trades, month, unit_value):
    """USD per kilogram of all origins: the control on which nothing may fire."""
    rows = [trade for trade in trades if (trade.event_date, trade.product) == (month, "tungsten|metal")]
    price = sum(Fraction(row.value) for row in rows) / sum(Fraction(row.quantity) for row in rows)

    assert unit_value == decimal_text(price, 0)


def test_the_customs_rows_are_what_the_adapter_makes_of_the_table(trade_flows):
    """Ids, days and amounts are the adapter's: the file can be made again."""
    file = io.StringIO()
    restate.restate_customs(trade_flows / "uk_hmrc_monthly_202406_202606.csv.gz", file)

    assert file.getvalue() == CUSTOMS.read_text()


def test_the_ticks_are_what_the_adapter_makes_of_the_workbook(pink_sheet):
    """The file can be made again."""
    file = io.StringIO()
    restate.restate_pink_sheet(pink_sheet / "CMO-Historical-Data-Monthly.xlsx", file)

    assert file.getvalue() == TICKS.read_text()
