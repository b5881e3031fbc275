"""Records as delimited text: what spreadsheets and exports do to them, and what is refused of it."""

import io
from datetime import date

import pytest

from streams.feeds import FeedError, FeedRecord, Rejected, open_feed, write_csv
from streams.records import PriceTick, Refusal, Status, Trade

HEADER = "id,source,event_date,origin,destination,product,quantity,value,currency,incoterm\n"
ROW = "GB-1,hmrc,2025-12-31,CN,GB,silicon|metal,20000,30320.50,USD,CIF\n"
TRADE = Trade(
    id="GB-1",
    source="hmrc",
    event_date=date(2025, 12, 31),
    origin="CN",
    destination="GB",
    product="silicon|metal",
    quantity="20000",
    value="30320.50",
    currency="USD",
    incoterm="CIF",
)


def _semicolons(text: str) -> str:
    return text.replace(",", ";")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(HEADER + ROW, id="plain"),
        pytest.param((HEADER + ROW).encode("utf-8-sig"), id="byte-order-mark"),
        pytest.param((HEADER + ROW).replace("\n", "\r\n"), id="crlf"),
        pytest.param((HEADER + ROW).encode("utf-8-sig").replace(b"\n", b"\r\n"), id="byte-order-mark-and-crlf"),
        pytest.param(_semicolons(HEADER + ROW), id="semicolons"),
        pytest.param((HEADER + ROW).replace(",", "\t"), id="tabs"),
        pytest.param((HEADER + ROW).replace(",", "|").replace("silicon|metal", '"silicon|metal"'), id="bars"),
        pytest.param(HEADER + "\n\r\n" + ROW + "\n", id="blank-lines"),
        pytest.param("\n" + HEADER + ROW, id="blank-line-first"),
        pytest.param("# whose figures these are, and since when\n" + HEADER + ROW, id="comment"),
        pytest.param(HEADER + ROW.rstrip("\n"), id="no-newline-at-the-end"),
        pytest.param(HEADER.rstrip("\n") + ",\n" + ROW.rstrip("\n") + ",\n", id="comma-at-the-line's-end"),
        pytest.param(HEADER + ROW.rstrip("\n") + ",,,\n,,,,,,,,,\n", id="empty-fields-and-rows"),
        pytest.param(HEADER + ROW.replace("CN,", '"CN" ,'.replace('" ,', '",')).replace(",GB", ", GB "), id="spaces"),
        pytest.param(HEADER.upper() + ROW, id="upper-case-header"),
        pytest.param(HEADER.replace(",product", ",product,type") + ROW.replace("metal,", "metal,trade,"), id="typed"),
    ],
)
def test_a_row_is_the_same_record_however_the_file_was_saved(records, content):
    """Marks, line ends, delimiters, blanks and comments change nothing."""
    assert [TRADE] == records(content)


def test_a_feed_may_mix_trades_and_price_ticks(records):
    """The column ``type`` tells the rows apart; a row's other columns are empty."""
    found = records(
        "type,id,instrument,source,event_date,origin,destination,product,price\n"
        "trade,GB-1,,hmrc,2025-12-31,CN,GB,silicon|metal,1.52\n"
        "price-tick,,lme:tin,lme,2025-12-31,,,tin|metal,40500\n"
    )

    assert [Trade, PriceTick] == [type(record) for record in found]
    assert ["1.52", "40500"] == [record.price for record in found]


def test_every_kind_of_field_is_read(records):
    """Whole numbers, yes or no, status and days arrive as what they are."""
    [found] = records(
        "id,source,event_date,origin,destination,revision,status,provisional,sale_date\n"
        "GB-1,hmrc,2025-12-31,CN,GB,3,amended,true,2025-11-30\n"
    )

    assert (3, Status.AMENDED, True, date(2025, 11, 30)) == (
        found.revision,
        found.status,
        found.provisional,
        found.sale_date,
    )


@pytest.mark.parametrize(
    ("text", "options", "read_as"),
    [
        pytest.param("1.234,50", {}, "1234.50", id="both-marks"),
        pytest.param("1.234.567", {}, "1234567", id="two-groups"),
        pytest.param("1234,5", {}, "1234.5", id="comma"),
        pytest.param("0,125", {}, "0.125", id="nought-comma"),
        pytest.param("0.125", {}, "0.125", id="nought-point"),
        pytest.param("1234.50", {}, "1234.50", id="point"),
        pytest.param("-1.234,5", {}, "-1234.5", id="negative"),
        pytest.param("1\u00a0234,50", {}, "1234.50", id="hard-space"),
        pytest.param("1234", {}, "1234", id="whole"),
        pytest.param("1.234", {"decimal": ","}, "1234", id="comma-declared"),
        pytest.param("1,234", {"decimal": ","}, "1.234", id="comma-declared-three-decimals"),
        pytest.param("1.234", {"decimal": "."}, "1.234", id="point-declared"),
    ],
)
def test_a_decimal_comma_is_read_where_semicolons_part_the_fields(records, text, options, read_as):
    """In such a file both marks are understood, as far as they can mean one thing."""
    [found] = records(_semicolons(HEADER + ROW).replace("30320.50", text), **options)

    assert read_as == found.value


@pytest.mark.parametrize("text", ["1.234", "1,234", "-12.345", "999,999"])
def test_what_may_be_a_thousand_or_one_and_a_bit_is_refused(rejected, text):
    """A number of two readings is not guessed at; the message names both and says what to declare."""
    [found] = rejected(_semicolons(HEADER) + _semicolons(ROW).replace("30320.50", text))

    assert Refusal.NOT_A_DECIMAL is found.reason
    assert f"value: {text!r} is {text.replace('.', '').replace(',', '')} or" in found.detail
    assert "declare the decimal mark" in found.detail


def test_a_comma_is_no_decimal_mark_where_commas_part_the_fields(records):
    """The number is handed on as it is: whether it is one, the normaliser judges for every way in."""
    [found] = records(HEADER + ROW.replace("30320.50", '"1.234,50"'))

    assert "1.234,50" == found.value


def test_a_declared_decimal_comma_is_read_with_any_delimiter(records):
    """What the sender declares needs no sign in the file."""
    [found] = records(HEADER + ROW.replace("30320.50", '"1.234,50"'), decimal=",")

    assert "1234.50" == found.value


def test_quotes_may_hold_delimiters_quotes_and_ends_of_line(read):
    """A quoted field is read whole, and the next row still knows its line."""
    text = "id,source,event_date,origin,destination,description\n"
    first, second = read(
        text + 'GB-1,hmrc,2025-12-31,CN,GB,"lumps, ""grade 441""\r\nin bags"\nGB-2,hmrc,2025-12-31,CN,GB,\n'
    )

    assert ('lumps, "grade 441"\r\nin bags', 2) == (first.record.description, first.line)
    assert ("GB-2", 4) == (second.record.id, second.line)


def test_text_that_is_not_utf_8_is_rejected_with_its_place(read):
    """One such line is refused with its bytes; the lines around it are read."""
    bad = ROW.replace("hmrc", "h\u00e9").encode("cp1252")
    before, found, after = read(HEADER.encode() + ROW.encode() + bad + ROW.encode())

    assert [2, 3, 4] == [before.line, found.line, after.line]
    assert (Refusal.WRONG_TYPE, bad.rstrip(b"\n")) == (found.reason, found.raw)
    assert "byte 7 of line 3 (0xE9) is not utf-8 text" in found.detail


def test_windows_text_is_read_where_it_is_declared(records):
    """``cp1252`` is never guessed, only obeyed."""
    [found] = records((HEADER + ROW.replace("hmrc", "Zürich")).encode("cp1252"), encoding="cp1252")

    assert "Zürich" == found.source


def test_a_quoted_field_that_holds_bytes_of_no_text_refuses_the_whole_row(read):
    """A record is never made from what is left of it."""
    content = HEADER.encode() + ROW.replace("hmrc", '"hm\nX\nrc"').encode().replace(b"X", b"\xff") + ROW.encode()
    found, after = read(content)

    assert (2, Refusal.WRONG_TYPE) == (found.line, found.reason)
    assert b"\xff" in found.raw
    assert (5, TRADE) == (after.line, after.record)


def test_a_quote_that_never_closes_costs_one_line(read):
    """The rows it seemed to swallow are read again."""
    found, *after = read(HEADER + ROW.replace("GB-1", '"GB-1') + ROW * 3)

    assert (2, Refusal.WRONG_TYPE) == (found.line, found.reason)
    assert "check its quotes" in found.detail
    assert ROW.replace("GB-1", '"GB-1').rstrip("\n").encode() == found.raw
    assert [(3, TRADE), (4, TRADE), (5, TRADE)] == [(item.line, item.record) for item in after]


def test_a_line_without_end_is_refused_and_not_held(read):
    """Beyond a mebibyte nothing is a row; of its bytes the first are kept."""
    found, after = read(HEADER + "x" * (3 << 20) + "\n" + ROW)

    assert (2, Refusal.WRONG_TYPE, 1 << 10) == (found.line, found.reason, len(found.raw))
    assert "longer than 1048576 bytes" in found.detail
    assert (3, TRADE) == (after.line, after.record)


@pytest.mark.parametrize(
    ("row", "reason", "detail"),
    [
        pytest.param(ROW.replace("GB-1", ""), Refusal.MISSING_FIELD, "id is empty", id="empty-id"),
        pytest.param(
            ROW.replace("2025-12-31", "31/12/2025"),
            Refusal.WRONG_TYPE,
            "event_date: expected a day such as 2025-03-31, found '31/12/2025'",
            id="day-first",
        ),
        pytest.param(
            ROW.replace("2025-12-31", "2025-02-29"), Refusal.WRONG_TYPE, "found '2025-02-29'", id="no-such-day"
        ),
        pytest.param("GB-1,hmrc\n", Refusal.MISSING_FIELD, "found 2 fields where the header names 10", id="cut-short"),
        pytest.param(
            ROW.replace("30320.50", "30,320.50"), Refusal.WRONG_TYPE, "found 11 fields", id="unquoted-delimiter"
        ),
    ],
)
def test_one_bad_row_is_rejected_and_the_next_is_read(read, row, reason, detail):
    """The refusal says which field and what was found, and keeps the bytes."""
    found, after = read(HEADER + row + ROW)

    assert isinstance(found, Rejected)
    assert (2, reason, row.rstrip("\n").encode()) == (found.line, found.reason, found.raw)
    assert detail in found.detail
    assert (3, TRADE) == (after.line, after.record)


@pytest.mark.parametrize(
    ("column", "text", "detail"),
    [
        pytest.param("revision", "two", "revision: Expected `int`", id="word-for-number"),
        pytest.param("status", "void", "status: Invalid enum value 'void'", id="unknown-status"),
        pytest.param("provisional", "perhaps", "provisional: Expected `bool`", id="neither-yes-nor-no"),
        pytest.param("type", "barter", "type: expected trade or price-tick, found 'barter'", id="unknown-type"),
    ],
)
def test_a_field_of_the_wrong_type_is_named(rejected, column, text, detail):
    """Each message names field and found value."""
    header = f"{column},id,source,event_date,origin,destination\n"
    [found] = rejected(header + f"{text},GB-1,hmrc,2025-12-31,CN,GB\n")

    assert Refusal.WRONG_TYPE is found.reason
    assert detail in found.detail


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        pytest.param("id,source,event_date,origin,quantity\n", "missing column destination;", id="one"),
        pytest.param("id,source,origin\n", "missing columns event_date, destination;", id="two"),
        pytest.param("type,instrument,source,product\n", "missing column event_date;", id="of-ticks"),
    ],
)
def test_a_missing_column_stops_the_file_before_its_first_row(feed_file, header, missing):
    """The message names what is missing and what was found."""
    with pytest.raises(FeedError) as found:
        open_feed(feed_file(header))

    assert missing in str(found.value)
    assert "found " + header.rstrip("\n").replace(",", ", ") in str(found.value)


def test_a_column_named_twice_stops_the_file(feed_file):
    """Which of the two is meant is not guessed."""
    with pytest.raises(FeedError, match="names value more than once"):
        open_feed(feed_file(HEADER.replace("incoterm", "value")))


def test_columns_the_wire_does_not_know_are_told(feed_file):
    """They are ignored, as an unknown field of the wire is, but not in silence."""
    feed = open_feed(feed_file(HEADER.replace("incoterm", "port") + ROW))

    assert [None] == [item.record.incoterm for item in feed]
    assert ["columns not read: port"] == feed.notes


def test_a_header_alone_is_an_empty_feed(read):
    """A month without imports is no error."""
    assert [] == read(HEADER)


def test_what_is_written_is_read_back(records):
    """Writing and reading gives the same records, types and all."""
    tick = PriceTick(instrument="lme:tin", source="lme", event_date=date(2025, 12, 31), product="tin|metal", price="1")
    amended = Trade(
        id='GB "2", ä',
        source="hmrc",
        event_date=date(2025, 12, 31),
        origin="CN",
        destination="GB",
        revision=2,
        status=Status.AMENDED,
        provisional=True,
    )
    file = io.StringIO()

    assert 3 == write_csv(file, [TRADE, tick, amended], ["published by nobody"])
    assert file.getvalue().startswith("# published by nobody\ntype,id,instrument,source,")
    assert [TRADE, tick, amended] == records(file.getvalue())


def test_trades_alone_are_written_without_a_type(records):
    """Where every row is a trade the column says nothing."""
    file = io.StringIO()
    write_csv(file, [TRADE])

    assert HEADER + ROW == file.getvalue()
    assert [FeedRecord(TRADE, 2)] == [FeedRecord(record, 2) for record in records(file.getvalue())]


@pytest.mark.parametrize("edition", ["C", "CN", "CN202", "H"])
def test_a_row_cut_within_its_edition_is_refused(feed_file, edition):
    """The last field of a file that breaks off would pass for a whole one; a direct replay refuses it too."""
    rows = f"{ROW.strip()},CN2025\n{ROW.strip()},{edition}"
    feed = open_feed(feed_file(f"{HEADER.strip()},hs_version\n{rows}"))
    sound, refused = feed
    [made] = feed.read_wire()

    assert ("CN2025", 3, Refusal.WRONG_TYPE) == (sound.record.hs_version, refused.line, refused.reason)
    assert "is the row cut short?" in refused.detail
    assert (1, [3]) == (len(made.values), [each.line for each in made.rejected])


@pytest.mark.parametrize("edition", ["CN2025", "HS2017", "HTS2024", "2022", ""])
def test_an_edition_is_a_nomenclature_and_a_year_or_a_year(records, edition):
    """None is the latest."""
    [record] = records(f"{HEADER.strip()},hs_version\n{ROW.strip()},{edition}\n")

    assert (edition or None) == record.hs_version


@pytest.mark.parametrize(("end", "notes"), [("\n", 0), ("\r\n", 0), ("", 1)], ids=["newline", "crlf", "none"])
def test_a_file_that_ends_within_a_line_is_told(feed_file, end, notes):
    """It may be whole, and it may be cut: the row it ends with cannot say."""
    feed = open_feed(feed_file(HEADER + ROW.strip() + end))

    assert [TRADE] == [item.record for item in feed]
    assert notes == sum("the last line has no end" in note for note in feed.notes)
