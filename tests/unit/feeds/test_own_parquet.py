"""Records as Parquet: exact columns are read, binary floats are refused."""

import io
from datetime import date, datetime
from decimal import Decimal

import pytest

from streams.feeds import FeedError, Rejected, open_feed
from streams.records import PriceTick, Refusal, Trade

pyarrow = pytest.importorskip("pyarrow", reason="needs the extra `parquet`")
parquet = pytest.importorskip("pyarrow.parquet")

ROWS = {
    "id": ["GB-1", "GB-2"],
    "source": ["hmrc", "hmrc"],
    "event_date": [date(2025, 12, 31), date(2026, 1, 31)],
    "origin": ["CN", "NO"],
    "destination": ["GB", "GB"],
    "quantity": ["20000", "5000"],
    "value": ["30320.50", "14500"],
    "currency": ["USD", None],
    "revision": [1, 2],
}
TRADES = [
    Trade(
        id="GB-1",
        source="hmrc",
        event_date=date(2025, 12, 31),
        origin="CN",
        destination="GB",
        quantity="20000",
        value="30320.50",
        currency="USD",
    ),
    Trade(
        id="GB-2",
        source="hmrc",
        event_date=date(2026, 1, 31),
        origin="NO",
        destination="GB",
        quantity="5000",
        value="14500",
        revision=2,
    ),
]


def _bytes(columns, **options) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), file, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param(ROWS, id="text-amounts"),
        pytest.param(
            ROWS | {"value": [Decimal("30320.50"), Decimal("14500.00")], "quantity": [20000, 5000]}, id="exact"
        ),
        pytest.param(ROWS | {"event_date": ["2025-12-31", "2026-01-31"]}, id="text-days"),
        pytest.param(ROWS | {"event_date": [datetime(2025, 12, 31), datetime(2026, 1, 31)]}, id="instants"),  # noqa: DTZ001
        pytest.param(ROWS | {"type": ["trade", "trade"]}, id="typed"),
    ],
)
def test_a_row_is_the_same_record_in_whatever_columns(records, columns):
    """Text, decimal and whole-number columns, days and instants make the same records."""
    assert [(trade.id, Decimal(trade.value)) for trade in TRADES] == [
        (found.id, Decimal(found.value)) for found in records(_bytes(columns))
    ]
    assert [trade.event_date for trade in TRADES] == [found.event_date for found in records(_bytes(columns))]


def test_text_columns_are_read_as_they_stand(records):
    """Absent cells are absent fields."""
    trades = records(_bytes(ROWS))

    assert ["30320.50", "14500"] == [trade.value for trade in trades]
    assert [None, 2] == [trades[1].currency, trades[1].revision]


def test_row_groups_are_read_one_after_the_other(records):
    """The rows of every group come, in order."""
    assert ["GB-1", "GB-2"] == [found.id for found in records(_bytes(ROWS, row_group_size=1))]


def test_a_packed_file_is_read(records, gzipped, zipped):
    """It is unpacked beside, since Parquet is read from its end."""
    assert ["GB-1", "GB-2"] == [found.id for found in records(gzipped(_bytes(ROWS)))]
    assert ["GB-1", "GB-2"] == [found.id for found in records(zipped(feed=_bytes(ROWS)))]


def test_ticks_are_read(records):
    """The column ``type`` tells what the rows are."""
    [found] = records(
        _bytes(
            {
                "type": ["price-tick"],
                "instrument": ["lme:tin"],
                "source": ["lme"],
                "event_date": [date(2025, 12, 31)],
                "product": ["tin|metal"],
                "price": [Decimal("40500.25")],
            }
        )
    )

    assert (PriceTick, "40500.25") == (type(found), found.price)


def test_amounts_in_binary_floats_are_refused(feed_file):
    """What such a column stored need not be what was declared."""
    path = feed_file(_bytes(ROWS | {"value": [30320.5, 14500.0]}))

    with pytest.raises(FeedError, match="value are binary floats: write amounts as decimal or text"):
        open_feed(path)


def test_a_missing_column_is_named(feed_file):
    """The message has the ones found."""
    columns = {name: cells for name, cells in ROWS.items() if name != "origin"}

    with pytest.raises(FeedError, match="missing column origin; found id, source, event_date"):
        open_feed(feed_file(_bytes(columns)))


def test_one_bad_row_is_rejected_and_the_next_is_read(read):
    """The refusal has the row's number and its cells as JSON."""
    found, after = read(_bytes(ROWS | {"event_date": ["31/12/2025", "2026-01-31"]}))

    assert isinstance(found, Rejected)
    assert (1, Refusal.WRONG_TYPE) == (found.line, found.reason)
    assert b'"event_date":"31/12/2025"' in found.raw
    assert (2, "GB-2") == (after.line, after.record.id)


def test_a_file_that_ends_early_is_told(feed_file):
    """Parquet keeps its table of contents at the end."""
    with pytest.raises(FeedError, match="no Parquet file that can be read, or ends early"):
        open_feed(feed_file(_bytes(ROWS)[:-20]))


def test_columns_the_wire_does_not_know_are_told(feed_file):
    """They are not even read."""
    feed = open_feed(feed_file(_bytes(ROWS | {"port": ["DOV", "FXT"]})))

    assert 2 == len(list(feed))
    assert ["columns not read: port"] == feed.notes
