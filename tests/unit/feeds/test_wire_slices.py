"""Values of the wire made of rows without a record between: the same records and refusals as the long way."""

import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.feeds import FeedRecord, Rejected, open_feed
from streams.records import decode_record

COLUMNS = (
    *("id", "source", "event_date", "origin", "destination", "product", "quantity", "value", "description"),
    "hs_version",
)
PLAIN = ("GB-1", "hmrc", "2025-12-31", "CN", "GB", "silicon|metal", "20000", "30320.50", "lumps", "CN2025")
days = st.sampled_from(
    ["2025-12-31", "2025-12-30", "2025-02-30", "20251231", "2025-W01-1", "0000-01-01", " 2025-12-31"]
)
cells = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=6) | st.sampled_from(PLAIN)
rows = st.lists(
    st.tuples(*(days if name == "event_date" else cells for name in COLUMNS)) | st.just(PLAIN), min_size=1, max_size=12
)


def _both(content: bytes) -> tuple[list, list]:
    """Return the records and refused lines of a feed: the long way, and by values of the wire."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "feed")
        path.write_bytes(content)
        feed = open_feed(path)
        items = list(feed)
        slices = list(feed.read_wire())
    long = (
        [item.record for item in items if isinstance(item, FeedRecord)],
        [(item.line, item.reason) for item in items if isinstance(item, Rejected)],
    )
    short = (
        [decode_record(value) for each in slices for value in each.values],
        [(row.line, row.reason) for each in slices for row in each.rejected],
    )
    return long, short


def _csv(table, columns=COLUMNS) -> bytes:
    lines = [",".join(columns), *(",".join(_quoted(cell) for cell in row) for row in table)]
    return "\n".join(lines).encode()


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if {",", '"'} & set(cell) else cell


@given(table=rows)
def test_rows_of_text_come_out_the_same(table):
    """Whatever is in them: what needs escapes, blanks or a second look goes the long way."""
    long, short = _both(_csv(table))

    assert long == short


@settings(max_examples=60)
@given(table=st.lists(st.tuples(*(cells if name != "event_date" else st.dates() for name in COLUMNS)), min_size=1))
def test_rows_of_parquet_come_out_the_same(table):
    """Text of any kind and days of any year."""
    arrow = pytest.importorskip("pyarrow", reason="needs the extra `parquet`")

    long, short = _both(_parquet(arrow, dict(zip(COLUMNS, map(list, zip(*table, strict=True)), strict=True))))

    assert long == short


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="plain"),
        pytest.param({"quantity": [20000, 5], "value": [Decimal("30320.50"), Decimal("0.10")]}, id="numbers"),
        pytest.param({"value": [Decimal(2750), Decimal(10)]}, id="decimals-without-places"),
        pytest.param({"value": [Decimal("1E-9"), Decimal("2E-9")]}, id="decimals-of-nine-places"),
        pytest.param({"incoterm": ["CIF", None]}, id="a-field-left-out"),
        pytest.param({"id": ["", "GB-2"]}, id="no-id"),
        pytest.param({"source": ["s", None]}, id="no-source"),
        pytest.param({"description": ['say "so"', "back\\slash"]}, id="escapes"),
        pytest.param({"description": ["Türkiye", "\x85"]}, id="accents"),
        pytest.param({"type": ["trade", "trade"]}, id="type"),
        pytest.param({"type": ["trade", "price-tick"], "instrument": [None, "spot"]}, id="types"),
        pytest.param({"type": ["trade", "heartbeat"]}, id="no-type"),
        pytest.param({"revision": [1, 2]}, id="revision"),
        pytest.param({"event_date": ["2025-12-31", "2025-12-32"]}, id="no-day"),
        pytest.param({"event_date": [datetime(2025, 12, 31, 5), datetime(2025, 12, 30)]}, id="moments"),  # noqa: DTZ001
        pytest.param({"unknown": ["a", "b"]}, id="unknown-column"),
    ],
)
def test_columns_of_any_kind_come_out_the_same(changed):
    """Numbers, decimals, what is left out, what is no trade."""
    arrow = pytest.importorskip("pyarrow", reason="needs the extra `parquet`")
    columns = {name: [cell, cell] for name, cell in zip(COLUMNS, PLAIN, strict=True)}
    columns |= {"id": ["GB-1", "GB-2"], "event_date": [date(2025, 12, 31), date(2025, 12, 30)], **changed}

    long, short = _both(_parquet(arrow, columns))

    assert long == short
    assert sum(map(len, long))


def test_what_is_dated_before_one_above_it_is_counted():
    """In values as in records; the last day is the last value's."""
    arrow = pytest.importorskip("pyarrow", reason="needs the extra `parquet`")
    found = [date(2025, 1, day) for day in (3, 1, 4, 4, 2)]
    columns = {name: [cell] * 5 for name, cell in zip(COLUMNS, PLAIN, strict=True)} | {"event_date": found}
    table = [(*PLAIN[:2], day.isoformat(), *PLAIN[3:]) for day in found]
    needs_care = [(*row[:8], 'a "quote"', row[9]) for row in table]

    for content in (_csv(table), _csv(needs_care), _parquet(arrow, columns)):
        with TemporaryDirectory() as folder:
            path = Path(folder, "feed")
            path.write_bytes(content)
            slices = list(open_feed(path).read_wire())

        assert (2, date(2025, 1, 2)) == (sum(each.late for each in slices), slices[0].last_day)


def _parquet(arrow, columns: dict[str, list]) -> bytes:
    from pyarrow import parquet  # noqa: PLC0415 - an extra

    file = io.BytesIO()
    parquet.write_table(arrow.table(columns), file)
    return file.getvalue()
