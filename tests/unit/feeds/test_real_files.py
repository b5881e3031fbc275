"""Publishers' own files, read whole: rows, values and quantities are those that a plain CSV reader counts and sums."""

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from streams.feeds import FeedOptions, FeedRecord, Flow, FxDay, Rejected, open_feed
from streams.feeds.decimals import six_places
from streams.normalise import Normaliser
from streams.records import PriceTick, Refusal, Trade
from streams.reference.book import ReferenceBook


@pytest.fixture
def data_file(shared_data) -> Callable[[str], Path]:
    """Return a function that finds a file of real data, or skips."""

    def found(name: str) -> Path:
        path = shared_data / "data" / name
        if not path.is_file():
            pytest.skip(f"needs {name}, which is not in the folder `shared`")
        return path

    return found


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV as a reader that knows nothing of them does."""
    opened = gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="")  # noqa: SIM115
    with opened as file:
        yield from csv.DictReader(file)


class Reading:
    """A file read: its records, its refusals by reason, and what was passed over."""

    def __init__(self, path: Path, **options) -> None:
        self.feed = open_feed(path, FeedOptions(**options))
        self.items = list(self.feed)
        self.records = [item.record for item in self.items if isinstance(item, FeedRecord)]
        self.refused = Counter(item.reason for item in self.items if isinstance(item, Rejected))
        self.skipped = dict(self.feed.skipped)

    @property
    def rows(self) -> int:
        """How many rows are accounted for."""
        return len(self.items) + sum(self.skipped.values())

    def total(self, field: str) -> Decimal:
        """Return the sum of an amount over the records."""
        return sum((Decimal(getattr(record, field)) for record in self.records), Decimal())


def total(rows: list[dict[str, str]], field: str) -> Decimal:
    """Return the sum of a column, its figures at six decimals as records have them."""
    return sum((Decimal(six_places(row[field])) for row in rows), Decimal())


def test_baci_s_flows_are_all_there(data_file):
    """21,723 rows; the 1,030 without a quantity are refused; thousands of dollars are dollars."""
    path = data_file("crm_trade_flows/baci_2024_bilateral_31hs6.csv.gz")
    rows = list(rows_of(path))
    sound = [row for row in rows if row["qty_t"]]
    read = Reading(path)

    assert ("baci", 21_723, 20_693) == (read.feed.format, len(rows), len(sound))
    assert (len(rows), len(sound)) == (read.rows, len(read.records))
    assert {Refusal.MISSING_FIELD: 1_030} == read.refused
    assert {} == read.skipped
    assert 1000 * total(sound, "value_kusd") == read.total("value")
    assert total(sound, "qty_t") == read.total("quantity")
    assert Counter(row["hs6"] for row in sound) == Counter(trade.hs_code for trade in read.records)
    assert len(read.records) == len({trade.id for trade in read.records})


def test_baci_s_unit_values_are_all_there(data_file):
    """736 rows of three figures each; materials that share a commodity code are passed over."""
    path = data_file("crm_trade_flows/baci_uv_china_vs_row_2002_2024.csv")
    rows = list(rows_of(path))
    read = Reading(path)
    priced = {tick.instrument.split(":")[1] for tick in read.records}
    kept = [row for row in rows if row["material"] in priced]
    figures = [row[name] for row in kept for name in row if name.endswith("_uv_usd_per_t")]

    assert ("baci-unit-values", 736, 25) == (read.feed.format, len(rows), len(priced))
    assert {
        "materials whose commodity code covers several products": len(rows) - len(kept),
        "years without a unit value": figures.count(""),
    } == read.skipped
    assert len(figures) - figures.count("") == len(read.records) == len(read.items)
    assert sum(Decimal(figure) for figure in figures if figure) == read.total("price")


def test_china_s_exports_of_graphite_are_all_there(data_file):
    """6,442 rows; the imputed of 2017 are passed over, one without a mass is refused."""
    path = data_file("china_exports_graphite_gage_monthly/china_exports_by_destination_hs6_monthly.csv")
    rows = list(rows_of(path))
    sound = [row for row in rows if row["qty_quality"] == "reported" and Decimal(row["net_weight_kg"] or 0) > 0]
    read = Reading(path, flow=Flow.EXPORT)

    assert ("country-pairs", 6_442, 5_713) == (read.feed.format, len(rows), len(sound))
    assert (len(rows), len(sound)) == (read.rows, len(read.records))
    assert {Refusal.QUANTITY_NOT_POSITIVE: 1} == read.refused
    assert {"quantities that the publisher estimated": 728} == read.skipped
    assert total(sound, "value_usd") == read.total("value")
    assert total(sound, "net_weight_kg") == read.total("quantity")
    assert 39 == len({trade.destination for trade in read.records})
    assert len(read.records) == len({trade.id for trade in read.records})


def test_totals_of_groups_of_commodities_are_refused_row_by_row(data_file):
    """384 rows that have neither product nor partner; what they hold is in the refusals."""
    path = data_file("china_exports_graphite_gage_monthly/china_exports_world_groups_monthly.csv")
    rows = list(rows_of(path))
    read = Reading(path)
    kept = [item.raw.decode().split(",") for item in read.items]

    assert {Refusal.AMBIGUOUS_PRODUCT: 384} == read.refused
    assert len(rows) == read.rows == 384
    assert total(rows, "value_usd") == sum(Decimal(six_places(fields[2])) for fields in kept)
    assert total(rows, "net_weight_kg") == sum(Decimal(six_places(fields[3])) for fields in kept)


@pytest.mark.parametrize(
    ("name", "rows", "imports", "exports"),
    [
        pytest.param("crm_trade_flows/uk_hmrc_monthly_202406_202606.csv.gz", 11_634, 5_790, 5_467, id="hmrc"),
        pytest.param(
            "crm_trade_flows/brazil_comexstat_monthly_202501_202607.csv.gz", 2_822, 1_446, 1_110, id="comex-stat"
        ),
    ],
)
def test_customs_rows_are_all_there(data_file, name, rows, imports, exports):
    """Both sides, none passed over; what the records of each sum to is in tests of the adapter."""
    read = Reading(data_file(name))

    assert ("customs-flows", rows, {}) == (read.feed.format, read.rows, read.skipped)
    assert {Flow.IMPORT: imports, Flow.EXPORT: exports} == Counter(trade.flow for trade in read.records)


def test_the_pink_sheet_makes_the_same_ticks_in_either_form(data_file):
    """14,141 rows of the table, of which 7,969 price a product; the workbook has the same."""
    table = data_file("worldbank_pinksheet/pinksheet_metals_monthly.csv")
    read = Reading(table)
    workbook = Reading(data_file("worldbank_pinksheet/CMO-Historical-Data-Monthly.xlsx"))
    rows = list(rows_of(table))
    names = {"series that price no product of the catalogue"}

    assert ("pink-sheet-table", "pink-sheet") == (read.feed.format, workbook.feed.format)
    assert (14_141, 14_141, 7_969) == (len(rows), read.rows, len(read.records))
    assert names == set(read.skipped)
    assert _by_instrument(workbook.records) == _by_instrument(read.records)
    assert {} == read.refused + workbook.refused


def _by_instrument(ticks: list[PriceTick]) -> dict[tuple, str | None]:
    return {(tick.instrument, tick.event_date, tick.unit): tick.price for tick in ticks}


def test_the_central_bank_s_rates_are_all_there(data_file):
    """7,126 days; every figure that is set is read as it stands."""
    path = data_file("ecb_fx/eurofxref_hist_daily.csv.gz")
    rows = list(rows_of(path))
    read = Reading(path)
    figures = [row[name] for row in rows for name in row if name != "date" and row[name] not in {"", "N/A"}]

    assert [FxDay] * 7_126 == [type(item) for item in read.items]
    assert (7_126, {}) == (len(rows), read.skipped)
    assert len(figures) == sum(len(day.rates) for day in read.items)
    assert sum(map(Decimal, figures)) == sum(Decimal(rate) for day in read.items for rate in day.rates.values())


@pytest.mark.parametrize(
    ("name", "rows", "others"),
    [
        pytest.param("usgs_mcs2026/mcs2026_prices_only.csv", 799, 0, id="prices"),
        pytest.param("usgs_mcs2026/mcs2026_commodities_data.csv.gz", 8_886, 8_087, id="all-statistics"),
    ],
)
def test_prices_of_the_mineral_summaries_are_all_there(data_file, name, rows, others):
    """346 prices of 70 series of the catalogue's products; each other row is counted by why."""
    path = data_file(name)
    read = Reading(path)
    expected = {
        "statistics that are no price": others,
        "prices of no product of the catalogue": 449,
        "prices withheld, not available, or given as a range": 4,
    }
    lines = {item.line for item in read.items}
    figures = [row["Value"] for line, row in enumerate(rows_of(path), 2) if line in lines]

    assert ("usgs-mcs", rows, rows) == (read.feed.format, read.rows, sum(1 for _ in rows_of(path)))
    assert (346, 70) == (len(read.records), len({tick.instrument for tick in read.records}))
    assert {why: count for why, count in expected.items() if count} == read.skipped
    assert len(figures) == len(read.records)
    assert sum(_dollars(tick) for tick in read.records) == sum(Decimal(text.replace(",", "")) for text in figures)


def _dollars(tick: PriceTick) -> Decimal:
    """Return the figure as published: some prices per pound are in cents."""
    cents = {
        "aluminium-us-market", "copper-us-producer", "copper-comex", "copper-lme", "lead-north-american",
        "ferrosilicon-75", "silicon", "tin-new-york", "tin-lme", "zinc-north-american", "zinc-lme",
    }  # fmt: skip
    return Decimal(tick.price or 0) * (100 if tick.instrument.partition(":")[2] in cents else 1)


def test_lithium_s_unit_values_are_all_there(data_file):
    """122 years since 1900, of which 71 have one."""
    path = data_file("usgs_mcs2026/ds140-lithium-2021.xlsx")
    read = Reading(path)
    book = openpyxl.load_workbook(path, read_only=True)
    years = [row for row in book.worksheets[0].iter_rows(values_only=True) if isinstance(row[0], int)]
    book.close()
    figures = [row[5] for row in years if isinstance(row[5], int | float)]

    assert ("usgs-ds140", 122, 71) == (read.feed.format, read.rows, len(figures))
    assert {"years without a unit value": 51} == read.skipped
    assert (len(figures), sum(map(Decimal, figures))) == (len(read.records), read.total("price"))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param("crm_trade_flows/baci_2024_bilateral_31hs6.csv.gz", {}, id="baci"),
        pytest.param("crm_trade_flows/baci_uv_china_vs_row_2002_2024.csv", {}, id="unit-values"),
        pytest.param("crm_trade_flows/uk_hmrc_monthly_202406_202606.csv.gz", {}, id="hmrc"),
        pytest.param("crm_trade_flows/brazil_comexstat_monthly_202501_202607.csv.gz", {}, id="comex-stat"),
        pytest.param(
            "china_exports_graphite_gage_monthly/china_exports_by_destination_hs6_monthly.csv",
            {"flow": Flow.EXPORT},
            id="country-pairs",
        ),
        pytest.param("usgs_mcs2026/mcs2026_prices_only.csv", {}, id="mineral-summaries"),
        pytest.param("usgs_mcs2026/ds140-lithium-2021.xlsx", {}, id="lithium"),
    ],
)
def test_the_engine_takes_what_a_commodity_code_identifies(data_file, name, options):
    """Only a code that covers several products is refused later, and then by that reason."""
    normaliser = Normaliser(ReferenceBook())
    read = Reading(data_file(name), **options)

    for record in read.records:
        if isinstance(record, Trade) and record.product is None:
            continue
        normaliser.route(record).amounts(record)
