"""Feeds met with anything at all: every row is a record or a refusal, and what is sound comes through."""

import io
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.feeds import FeedRecord, Rejected, open_feed, read_chunks, write_csv
from streams.records import PriceTick, Status, Trade, decode_record, encode_record

HEADER = b"id,source,event_date,origin,destination,description\n"
TRADE = Trade(id="GB-1", source="hmrc", event_date=date(2025, 12, 31), origin="CN", destination="GB")
LINE = encode_record(TRADE)

# Text as a file may hold it: a field's own blanks at its ends are not kept, nor a text of blanks alone.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1).map(str.strip).filter(bool)
amounts = st.decimals(0, 10**9, places=2).map(str)
days = st.dates()
trades = st.builds(
    Trade,
    id=texts,
    source=texts,
    event_date=days,
    origin=texts,
    destination=texts,
    value=st.none() | amounts,
    description=st.none() | texts,
    revision=st.integers(1, 9),
    status=st.sampled_from(Status),
    provisional=st.booleans(),
)
ticks = st.builds(PriceTick, instrument=texts, source=texts, event_date=days, product=texts, price=st.none() | amounts)


def _items(content: bytes):
    with TemporaryDirectory() as folder:
        path = Path(folder, "feed")
        path.write_bytes(content)
        return list(open_feed(path))


@pytest.mark.parametrize(
    ("start", "sound"),
    [pytest.param(HEADER, b"GB-1,hmrc,2025-12-31,CN,GB,\n", id="csv"), pytest.param(LINE + b"\n", LINE, id="jsonl")],
)
@given(noise=st.binary(max_size=400) | st.text('",;\n\r\té1{}').map(str.encode))
def test_whatever_stands_between_sound_rows_they_come_through(start, sound, noise):
    """A row is a record or a refusal, nothing is raised, and the last row is read unless the noise quoted it in."""
    items = _items(start + noise + b"\n" + sound)

    assert {FeedRecord, Rejected} >= {type(item) for item in items}
    if b'"' not in noise:
        assert TRADE == items[-1].record


@given(rows=st.lists(trades | ticks))
def test_records_written_as_csv_are_read_back(rows):
    """Whatever their text holds: delimiters, quotes, ends of line, marks of comments."""
    file = io.StringIO()
    write_csv(file, [TRADE, *rows])

    assert [TRADE, *rows] == [item.record for item in _items(file.getvalue().encode())]


@given(rows=st.lists(trades | ticks), bytes_per_chunk=st.integers(1, 2000))
def test_chunks_are_the_file_s_lines_whatever_their_size(rows, bytes_per_chunk):
    """Joined, the lines of all chunks are the lines of the file."""
    lines = [encode_record(record) for record in [TRADE, *rows]]
    with TemporaryDirectory() as folder:
        path = Path(folder, "feed")
        path.write_bytes(b"\n".join(lines))
        found = [line for chunk in read_chunks(path, bytes_per_chunk) for line in chunk]

    assert lines == found
    assert [TRADE, *rows] == [decode_record(line) for line in found]
