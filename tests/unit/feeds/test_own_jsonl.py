"""Records as JSON lines: read one by one, and handed on undecoded."""

import json
from datetime import date

import pytest

from streams.feeds import FeedError, FeedOptions, FeedRecord, open_feed, read_chunks
from streams.records import Heartbeat, Refusal, Trade, decode_lines, encode_record


def _trade(number: int) -> Trade:
    return Trade(
        id=f"GB-{number}", source="hmrc", event_date=date(2025, 12, 31), origin="CN", destination="GB", value="1"
    )


TRADES = [_trade(number) for number in range(1, 4)]
LINES = [encode_record(trade) for trade in TRADES]
UNTYPED = [line.replace(b'"type":"trade",', b"") for line in LINES]
BEAT = encode_record(Heartbeat(event_date=date(2026, 1, 1)))


def test_what_is_nested_without_end_is_refused_in_words(read):
    """Not in those of the decoder, which speaks of its stack."""
    first, refused, last = read(b"\n".join([LINES[0], b'{"a":' * 100_000, LINES[1]]))

    assert TRADES[:2] == [first.record, last.record]
    assert (2, Refusal.NOT_JSON, "nested too deep: a record is one object of plain fields") == (
        refused.line,
        refused.reason,
        refused.detail,
    )


def test_chunks_of_an_archive_are_of_the_file_that_is_declared(feed_file, zipped):
    """Of those it holds."""
    feed = open_feed(feed_file(zipped(notes=b"read me", feed=b"\n".join(LINES))), FeedOptions(member="feed"))

    assert [LINES] == list(feed.read_chunks(1000))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\n".join(LINES) + b"\n", id="plain"),
        pytest.param(b"\n".join(LINES), id="no-newline-at-the-end"),
        pytest.param(b"\r\n".join(LINES) + b"\r\n", id="crlf"),
        pytest.param(b"\xef\xbb\xbf" + b"\n".join(LINES) + b"\n", id="byte-order-mark"),
        pytest.param(b"\n" + b"\n\n".join(LINES) + b"\n \r\n\n", id="blank-lines"),
        pytest.param(b"\n".join(UNTYPED), id="untyped"),
        pytest.param(b"\n".join([UNTYPED[0], *LINES[1:]]), id="typed-in-part"),
    ],
)
def test_a_line_is_the_same_record_however_the_file_was_saved(records, content):
    """Marks, line ends and blanks change nothing; a line without type is a trade where the first has none either."""
    assert TRADES == records(content)


def test_lines_are_numbered_as_in_the_file(read):
    """Blank lines count, with or without a bad line among them."""
    content = b"\n".join([LINES[0], b"", LINES[1], b"", b"", LINES[2]])

    assert [1, 3, 6] == [item.line for item in read(content)]
    assert [1, 3, 6, 7] == [item.line for item in read(content + b"\nnonsense")]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param(LINES[1][:-9], Refusal.NOT_JSON, id="truncated"),
        pytest.param(LINES[1].replace(b'"value":"1"', b'"value":NaN'), Refusal.NOT_JSON, id="nan"),
        pytest.param(LINES[1].replace(b"hmrc", b"h\xe9"), Refusal.NOT_JSON, id="not-utf-8"),
        pytest.param(LINES[1] + LINES[1], Refusal.NOT_JSON, id="two-on-a-line"),
        pytest.param(LINES[1].replace(b'"value":"1"', b'"value":1.5'), Refusal.WRONG_TYPE, id="amount-as-number"),
        pytest.param(LINES[1].replace(b'"GB-2"', b"2"), Refusal.WRONG_TYPE, id="number-for-text"),
        pytest.param(LINES[1].replace(b'"hmrc"', b"null"), Refusal.WRONG_TYPE, id="null-for-text"),
        pytest.param(LINES[1].replace(b"2025-12-31", b"2025-12-32"), Refusal.WRONG_TYPE, id="no-such-day"),
        pytest.param(b"[1,2]", Refusal.WRONG_TYPE, id="no-object"),
    ],
)
def test_one_bad_line_is_rejected_and_the_others_are_read(read, bad, reason):
    """The refusal keeps the line's bytes; the whole block was decoded in vain, and none of it is lost."""
    before, found, after = read(b"\n".join([LINES[0], bad, LINES[2]]))

    assert (FeedRecord(TRADES[0], 1), FeedRecord(TRADES[2], 3)) == (before, after)
    assert (2, reason, bad) == (found.line, found.reason, found.raw)
    assert found.detail


def test_a_bad_first_line_leaves_the_format_in_no_doubt(read):
    """What the file is, the lines after it tell."""
    found, *after = read(b"\n".join([LINES[0][:40], *LINES[1:]]))

    assert (1, Refusal.NOT_JSON) == (found.line, found.reason)
    assert TRADES[1:] == [item.record for item in after]


def test_heartbeats_of_a_recorded_topic_are_passed_over(feed_file):
    """They belong to the log they were written to: a replay writes its own."""
    feed = open_feed(feed_file(b"\n".join([LINES[0], BEAT, LINES[1]])))

    assert TRADES[:2] == [item.record for item in feed]
    assert {"heartbeats": 1} == feed.skipped


def test_counts_are_those_of_the_last_iteration(feed_file):
    """A feed may be read again; it counts anew."""
    feed = open_feed(feed_file(b"\n".join([LINES[0], BEAT])))

    assert list(feed) == list(feed)
    assert {"heartbeats": 1} == feed.skipped


@pytest.mark.parametrize(
    "bytes_per_chunk",
    [
        pytest.param(1, id="one-byte"),
        pytest.param(len(LINES[0]), id="just-short-of-a-line's-end"),
        pytest.param(len(LINES[0]) + 1, id="one-line"),
        pytest.param(len(LINES[0]) + 2, id="one-byte-more"),
        pytest.param(1 << 20, id="everything"),
    ],
)
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n\r\n"], ids=["open-end", "newline", "blank-end"])
def test_chunks_hold_every_line_once_and_whole(feed_file, bytes_per_chunk, end):
    """Whatever the chunk's size, its lines decode to the records of the file."""
    chunks = list(read_chunks(feed_file(b"\xef\xbb\xbf" + b"\n".join(LINES) + end), bytes_per_chunk))

    assert TRADES == [record for chunk in chunks for record in decode_lines(b"\n".join(chunk))]
    assert all(chunks)


def test_chunks_are_unpacked(feed_file, gzipped):
    """A packed feed is handed on as its lines."""
    assert [LINES] == list(read_chunks(feed_file(gzipped(b"\n".join(LINES))), 1 << 20))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\n".join(UNTYPED), id="untyped"),
        pytest.param(b"id,source,event_date,origin,destination\n", id="csv"),
    ],
)
def test_only_a_wire_feed_is_handed_on_undecoded(feed_file, content):
    """Lines that do not say their type are no values of a topic."""
    path = feed_file(content)

    assert not open_feed(path).is_wire
    with pytest.raises(FeedError, match="read it as a feed"):
        read_chunks(path)


def test_a_wire_feed_says_that_it_is(feed_file):
    """Then the feed hands its own lines on."""
    feed = open_feed(feed_file(b"\n".join(LINES)))

    assert feed.is_wire
    assert [LINES] == list(feed.read_chunks(1 << 20))


def test_an_endless_line_is_cut_and_refused(read):
    """A line that outgrows its block is no record; the next one is."""
    endless = json.dumps({"type": "trade", "description": "x" * (7 << 20)}).encode()
    found, after = read(b"\n".join([endless, LINES[0]]))

    assert (1, Refusal.NOT_JSON) == (found.line, found.reason)
    assert len(found.raw) < len(endless)
    assert FeedRecord(TRADES[0], 2) == after
