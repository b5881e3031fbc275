"""Files as they come: packed, damaged, empty, or no file at all."""

import subprocess
import sys

import pytest

from streams.feeds import ADAPTERS, FeedError, FeedOptions, open_feed

CSV = b"id,source,event_date,origin,destination\nGB-1,hmrc,2025-12-31,CN,GB\n"


@pytest.fixture
def ids(feed_file):
    """Return a function that reads bytes as a feed: the ids of its records."""

    def of(content, **options):
        return [item.record.id for item in open_feed(feed_file(content), FeedOptions(**options))]

    return of


def test_what_packs_a_file_is_found_by_content(ids, gzipped, zipped):
    """Gzip and zip are undone, one in the other too, whatever the file is called."""
    assert [["GB-1"]] * 4 == [
        ids(content)
        for content in (gzipped(CSV), zipped(feed=CSV), gzipped(zipped(feed=CSV)), zipped(feed=gzipped(CSV)))
    ]


def test_what_is_packed_without_end_is_refused(ids, gzipped):
    """A file in a file in a file in a file is a mistake or a trap."""
    with pytest.raises(FeedError, match="packed more than 2 times"):
        ids(gzipped(gzipped(gzipped(CSV))))


def test_an_archive_of_several_files_is_asked_which(ids, zipped):
    """The message names them; the one named is read; what an archiver adds for itself does not count."""
    archive = zipped(notes=b"read me", feed=CSV)

    with pytest.raises(FeedError, match=r"feed\.dat: the archive holds 2 files \(feed, notes\): --declare member=NAME"):
        ids(archive)
    with pytest.raises(FeedError, match="'other' is not among them"):
        ids(archive, member="other")
    assert ["GB-1"] == ids(archive, member="feed")
    assert ["GB-1"] == ids(zipped(**{"__MACOSX/._feed": b"?", "feed": CSV}))


@pytest.mark.parametrize("kept", [5, 30, -5], ids=["within-the-header", "within-the-data", "within-the-checksum"])
def test_a_packed_file_that_ends_early_is_no_complete_feed(ids, gzipped, kept):
    """What is missing is not known, so the reader hears of it instead of a short feed."""
    with pytest.raises(FeedError, match="ends early or is damaged"):
        ids(gzipped(CSV * 100)[:kept])


def test_an_archive_that_ends_early_is_told(ids, zipped):
    """A zip or workbook without its end has no table of contents."""
    with pytest.raises(FeedError, match="ends early or is damaged"):
        ids(zipped(feed=CSV)[:-10])


@pytest.mark.parametrize("content", [b"", b"\n \r\n", b"\xef\xbb\xbf"], ids=["nothing", "blanks", "byte-order-mark"])
def test_an_empty_file_is_told(ids, gzipped, content):
    """No bytes, or blanks alone, packed or not: the message says so."""
    for each in (content, gzipped(content)):
        with pytest.raises(FeedError, match="is empty"):
            ids(each)


def test_a_file_that_is_not_there_is_told(tmp_path):
    """The message has the path and the system's reason."""
    with pytest.raises(FeedError, match=r"nowhere\.csv cannot be read: No such file"):
        open_feed(tmp_path / "nowhere.csv")
    with pytest.raises(FeedError, match="cannot be read: Is a directory"):
        open_feed(tmp_path)


def test_utf_16_text_is_named_as_what_it_is(ids):
    """The message says how to save it."""
    with pytest.raises(FeedError, match=r"feed\.dat is UTF-16 text: save it as UTF-8"):
        ids(CSV.decode().encode("utf-16"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(
            "# United Kingdom, 2025\n\nmonth,Commodity,hs6,partner\n1,2,3,4\n",
            ["its header (line 3) is month, Commodity, hs6, partner", "nearest is ", ": the file lacks "],
            id="below-comments",
        ),
        pytest.param(
            "MonthId;CommodityId;Value\n202501;1;2\n",
            ["nearest is hmrc-ots, HMRC uktradeinfo, entity OTS (JSON or CSV): the file lacks FlowTypeId, NetMass"],
            id="half-a-format",
        ),
        pytest.param(",".join(f"c{n}" for n in range(40)), ["c10, c11 and 28 more"], id="wide"),
        pytest.param("<html><body>moved</body></html>", ["is <html><body>moved</body></html>"], id="no-table"),
        pytest.param(b"%PDF-1.7\x00\x01\x02", [r"it begins b'%PDF-1.7\x00\x01\x02'"], id="no-text"),
        pytest.param("[7, 8]", ["it begins b'[7, 8]'"], id="json"),
    ],
)
def test_an_unknown_format_is_shown_and_set_beside_the_known_ones(ids, content, words):
    """The header that was found, not the comment above it; the format it is nearest to; the names of all, briefly."""
    with pytest.raises(FeedError) as found:
        ids(content.encode() if isinstance(content, str) else content)
    said = str(found.value)

    assert [] == [each for each in words if each not in said]
    assert all(adapter.name in said for adapter in ADAPTERS)
    assert 4 >= len(said.splitlines())


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        pytest.param({"encoding": "latin-9"}, "encoding must be one of utf-8, cp1252, was 'latin-9'", id="encoding"),
        pytest.param({"decimal": "'"}, "decimal must be '.' or ','", id="decimal"),
        pytest.param({"delimiter": ""}, "delimiter must be one character", id="delimiter"),
        pytest.param({"flow": "transit"}, "flow must be one of import, export, was 'transit'", id="flow"),
        pytest.param({"revision": 0}, "revision must be at least 1, was 0", id="revision"),
        pytest.param({"format": "excel"}, "format must be one of parquet, jsonl", id="format"),
    ],
)
def test_a_declaration_that_is_none_is_refused(ids, options, complaint):
    """What may be declared is said."""
    with pytest.raises(FeedError, match=complaint):
        ids(CSV, **options)


def test_a_declared_format_is_not_looked_for(ids):
    """Then the file is read as that, and says what it lacks for it."""
    with pytest.raises(FeedError, match=r"Comex Stat .* missing columns CO_ANO"):
        ids(CSV, format="comex-stat")


def test_a_declared_delimiter_is_obeyed(ids):
    """A header with more commas than delimiters is then no riddle."""
    text = CSV.replace(b",", b";").replace(b"destination", b"destination;a,b,c,d,e,f,g,h")

    assert ["GB-1"] == ids(text.replace(b"CN;GB", b"CN;GB;"), delimiter=";")


def test_feeds_need_no_extra(feed_file):
    """Without the extra ``parquet`` every other format is there, and Parquet says what to install."""
    program = (
        "import sys; sys.modules['pyarrow'] = None; from pathlib import Path; import streams.feeds as feeds\n"
        "try: feeds.open_feed(Path(sys.argv[1]))\n"
        "except feeds.FeedError as e: print(e)\n"
    )
    path = feed_file(b"PAR1....PAR1")
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)

    assert "pip install 'floorwatch[parquet]'" in done.stdout
