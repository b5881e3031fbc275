"""The wire: golden bytes of every version, and that it only ever grows."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from streams.records import (
    WIRE_VERSION,
    Heartbeat,
    PriceTick,
    Status,
    Trade,
    decode_lines,
    decode_record,
    encode_record,
    mineral_of,
)

BARE_TRADE = Trade(id="GB-1", source="hmrc", event_date=date(2025, 12, 31), origin="CN", destination="GB")
FULL_TRADE = Trade(
    id="GB-2",
    source="hmrc",
    event_date=date(2025, 12, 31),
    origin="CN",
    destination="GB",
    product="silicon|metal",
    quantity="20",
    unit="t",
    value="30320.50",
    price="1516.025",
    price_unit="t",
    price_of="Si",
    currency="USD",
    incoterm="CIF",
    exporter="Seller",
    importer="Buyer",
    hs_code="28046900",
    hs_version="CN2025",
    revision=2,
    status=Status.AMENDED,
    grade_pct="99.1",
    moisture_pct="0.2",
    vat_pct="13",
    freight="100",
    insurance="3.5",
    regime="inward-processing",
    provisional=True,
    related_party=True,
    consignment_country="NL",
    producer="Maker",
    place="Rotterdam",
    description="lumps",
    quota_id="Q1",
    contract_date=date(2025, 10, 1),
    sale_date=date(2025, 10, 2),
    ship_date=date(2025, 11, 3),
    ingested_at=datetime(2026, 1, 15, 8, 30, tzinfo=UTC),
)
FULL_TICK = PriceTick(
    instrument="worldbank:tin",
    source="worldbank",
    event_date=date(2026, 5, 31),
    product="tin|metal",
    price="53562.79",
    currency="USD",
    unit="t",
    price_of="Sn",
    low="53000",
    high="54000",
    incoterm="CIF",
    place="Rotterdam",
    vat_pct="0",
    grade_pct="99.85",
    contributors=7,
    revision=3,
    status=Status.CANCELLED,
    published_at=datetime(2026, 6, 2, tzinfo=UTC),
    ingested_at=datetime(2026, 6, 2, 9, tzinfo=UTC),
    licence="CC BY 4.0",
)

# Version 1.  Bytes already written to a topic or a file never change: add a case for what a new version adds.
GOLDEN = [
    pytest.param(
        BARE_TRADE,
        b'{"type":"trade","id":"GB-1","source":"hmrc","event_date":"2025-12-31","origin":"CN","destination":"GB"}',
        id="bare-trade",
    ),
    pytest.param(
        FULL_TRADE,
        b'{"type":"trade","id":"GB-2","source":"hmrc","event_date":"2025-12-31","origin":"CN","destination":"GB",'
        b'"product":"silicon|metal","quantity":"20","unit":"t","value":"30320.50","price":"1516.025",'
        b'"price_unit":"t","price_of":"Si","currency":"USD","incoterm":"CIF","exporter":"Seller",'
        b'"importer":"Buyer","hs_code":"28046900","hs_version":"CN2025","revision":2,"status":"amended",'
        b'"grade_pct":"99.1","moisture_pct":"0.2","vat_pct":"13","freight":"100","insurance":"3.5",'
        b'"regime":"inward-processing","provisional":true,"related_party":true,"consignment_country":"NL",'
        b'"producer":"Maker","place":"Rotterdam","description":"lumps","quota_id":"Q1",'
        b'"contract_date":"2025-10-01","sale_date":"2025-10-02","ship_date":"2025-11-03",'
        b'"ingested_at":"2026-01-15T08:30:00Z"}',
        id="full-trade",
    ),
    pytest.param(
        FULL_TICK,
        b'{"type":"price-tick","instrument":"worldbank:tin","source":"worldbank","event_date":"2026-05-31",'
        b'"product":"tin|metal","price":"53562.79","currency":"USD","unit":"t","price_of":"Sn","low":"53000",'
        b'"high":"54000","incoterm":"CIF","place":"Rotterdam","vat_pct":"0","grade_pct":"99.85",'
        b'"contributors":7,"revision":3,"status":"cancelled","published_at":"2026-06-02T00:00:00Z",'
        b'"ingested_at":"2026-06-02T09:00:00Z","licence":"CC BY 4.0"}',
        id="full-tick",
    ),
    pytest.param(
        Heartbeat(event_date=date(2026, 1, 1)),
        b'{"type":"heartbeat","event_date":"2026-01-01"}',
        id="heartbeat-of-every-source",
    ),
    pytest.param(
        Heartbeat(event_date=date(2026, 1, 1), source="hmrc", end=True),
        b'{"type":"heartbeat","event_date":"2026-01-01","source":"hmrc","end":true}',
        id="end-of-a-replay",
    ),
]

REQUIRED_OF_VERSION_1 = {
    Trade: {"id", "source", "event_date", "origin", "destination"},
    PriceTick: {"instrument", "source", "event_date", "product"},
    Heartbeat: {"event_date"},
}


@pytest.mark.parametrize(("record", "golden"), GOLDEN)
def test_a_record_is_written_as_version_1_wrote_it(record, golden):
    """The encoded bytes of a record are those that version 1 put on the topics."""
    assert golden == encode_record(record)


@pytest.mark.parametrize(("record", "golden"), GOLDEN)
def test_what_version_1_wrote_is_read_for_good(record, golden):
    """Bytes of version 1 decode to the record they were made of, alone and in a batch."""
    assert record == decode_record(golden)
    assert [record, record] == decode_lines(golden + b"\n" + golden)


@pytest.mark.parametrize("golden", [case.values[1] for case in GOLDEN])
def test_a_field_of_a_later_version_is_ignored(golden):
    """A reader of this version reads what a later one writes: the field it does not know changes nothing."""
    later = golden[:-1] + b',"v":2,"field_of_v2":{"anything":[1.5,null]}}'

    assert msgspec.structs.replace(decode_record(golden), v=2) == decode_record(later)


@pytest.mark.parametrize(("kind", "required"), REQUIRED_OF_VERSION_1.items())
def test_no_version_requires_more_than_the_first(kind, required):
    """A field added since version 1 has a default, so that records written before it stay readable."""
    assert required == {field.name for field in msgspec.structs.fields(kind) if field.required}


@pytest.mark.parametrize("record", [FULL_TRADE, FULL_TICK], ids=["trade", "price-tick"])
def test_no_field_is_without_golden_bytes(record):
    """Whoever adds a field adds bytes that hold it, or this fails."""
    unset = [name for name in record.__struct_fields__ if getattr(record, name) in {None, False}]

    assert [] == unset


def test_every_record_carries_its_version():
    """The version travels only where it is not the current default."""
    assert WIRE_VERSION == 1
    assert b'"v"' not in encode_record(BARE_TRADE)
    assert 2 == decode_record(encode_record(msgspec.structs.replace(BARE_TRADE, v=2))).v


@pytest.mark.parametrize(
    ("value", "error"),
    [
        pytest.param(b'{"type":"trade","id":"GB-1"', msgspec.DecodeError, id="truncated"),
        pytest.param(GOLDEN[0].values[1].replace(b'"GB-1"', b"1"), msgspec.ValidationError, id="number-for-text"),
        pytest.param(b'{"type":"barter","id":"GB-1"}', msgspec.ValidationError, id="unknown-type"),
        pytest.param(GOLDEN[0].values[1].replace(b"12-31", b"12-32"), msgspec.ValidationError, id="no-such-day"),
        pytest.param(GOLDEN[0].values[1][:-1] + b',"value":1184.5}', msgspec.ValidationError, id="amount-as-number"),
        pytest.param(GOLDEN[0].values[1][:-1] + b',"value":NaN}', msgspec.DecodeError, id="not-a-number"),
    ],
)
def test_what_is_no_record_is_told_apart_from_what_is_no_json(value, error):
    """Broken JSON and a record of the wrong shape raise errors of their own."""
    with pytest.raises(error) as found:
        decode_record(value)

    assert error is found.type


def test_the_mineral_is_what_all_stages_share():
    """Every stage of a mineral has one Kafka key."""
    assert ["tungsten", "tungsten"] == [mineral_of("tungsten|apt"), mineral_of("tungsten|metal")]
