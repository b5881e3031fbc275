"""The wire form of reference data."""

from datetime import date

import msgspec
import pytest
from msgspec.structs import replace

from streams.reference.basis import BasisRatio
from streams.reference.floor import AppliesTo, Scope
from streams.reference.fx import FxDaily, FxMonthly
from streams.reference.quotas import Quota
from streams.reference.schedule_file import SHIPPED, load_shipped
from streams.reference.values import ValueStatus
from streams.reference.wire import decode, encode, key
from streams.reference.zones import Member, Zone
from tests.unit.reference.examples import CAPACITY, FLOOR, MEASURE, VALUE

GOLDEN = [
    pytest.param(
        replace(FLOOR, applies_to=AppliesTo(scope=Scope.ORIGINS, origins=("CN",))),
        "floor/si/1/2024-01-01",
        b'{"type":"floor","floor_id":"si","status":"in_force","instrument":"variable_levy","zone_id":"forge",'
        b'"mineral":"silicon","stage":"metal","value":"2.20","currency":"USD","unit":"kg",'
        b'"effective_from":"2024-01-01","announced_at":"2023-12-01",'
        b'"applies_to":{"scope":"origins","origins":["CN"]}}',
        id="floor",
    ),
    pytest.param(
        Zone(zone_id="forge", members=(Member(country="GB", valid_from=date(2026, 2, 4)),)),
        "zone/forge",
        b'{"type":"zone","zone_id":"forge","members":[{"country":"GB","valid_from":"2026-02-04"}]}',
        id="zone",
    ),
    pytest.param(
        FxDaily(day=date(2025, 4, 17), rates={"USD": "1.1360", "CNY": "8.2965"}),
        "fx-daily/ECB/2025-04-17",
        b'{"type":"fx-daily","day":"2025-04-17","rates":{"CNY":"8.2965","USD":"1.1360"},'
        b'"publisher":"ECB","base":"EUR","v":1}',
        id="fx-daily",
    ),
    pytest.param(
        FxMonthly(month="2025-03", rates={"EUR": "1.10"}, publisher="customs"),
        "fx-monthly/customs/USD/2025-03",
        b'{"type":"fx-monthly","month":"2025-03","rates":{"EUR":"1.10"},"publisher":"customs","quote":"USD","v":1}',
        id="fx-monthly",
    ),
    pytest.param(
        Quota(
            quota_id="fesi",
            zone_id="eu",
            products=("ferro-silicon|alloy",),
            period_from=date(2025, 11, 18),
            period_to=date(2026, 2, 18),
            quantity=None,
        ),
        "quota/fesi/2025-11-18/*",
        b'{"type":"quota","quota_id":"fesi","zone_id":"eu","products":["ferro-silicon|alloy"],'
        b'"period_from":"2025-11-18","period_to":"2026-02-18","quantity":null}',
        id="quota",
    ),
    pytest.param(
        BasisRatio(publisher="OECD", ratio="1.05", product="silicon|metal", origin="CN"),
        "basis-ratio/silicon|metal/CN/*/OECD/*",
        b'{"type":"basis-ratio","publisher":"OECD","ratio":"1.05","product":"silicon|metal","origin":"CN"}',
        id="basis-ratio",
    ),
    pytest.param(
        VALUE,
        "reference-value/normal_value/silicon|metal/CN/exchange/2025-03-01/*",
        b'{"type":"reference-value","role":"normal_value","product":"silicon|metal","country":"CN","value":"11300",'
        b'"currency":"CNY","unit":"t","valid_from":"2025-03-01","publisher":"exchange","method":"price_proxy",'
        b'"vat_pct":"13","rebate_pct":"13","valid_to":"2025-04-01"}',
        id="reference-value",
    ),
    pytest.param(
        replace(VALUE, exporter="Yunnan Co", status=ValueStatus.DETERMINED, grade_pct="99.5"),
        "reference-value/normal_value/silicon|metal/CN/exchange/2025-03-01/Yunnan Co",
        b'{"type":"reference-value","role":"normal_value","product":"silicon|metal","country":"CN","value":"11300",'
        b'"currency":"CNY","unit":"t","valid_from":"2025-03-01","publisher":"exchange","method":"price_proxy",'
        b'"exporter":"Yunnan Co","grade_pct":"99.5","vat_pct":"13","rebate_pct":"13","valid_to":"2025-04-01",'
        b'"status":"determined"}',
        id="reference-value-of-an-exporter",
    ),
    pytest.param(
        replace(CAPACITY, content_basis="Si"),
        "capacity/production/silicon|metal/CN/survey/2024-01-01",
        b'{"type":"capacity","role":"production","product":"silicon|metal","country":"CN","quantity":"1000",'
        b'"valid_from":"2024-01-01","publisher":"survey","content_basis":"Si","valid_to":"2025-01-01"}',
        id="capacity",
    ),
    pytest.param(
        MEASURE,
        "measure/ad-si/2024-12-01",
        b'{"type":"measure","measure_id":"ad-si","kind":"anti_dumping",'
        b'"products":["silicon|metal","ferro-silicon|alloy"],"announced_at":"2024-06-01",'
        b'"effective_from":"2024-12-01","origins":["CN"],"destinations":["GB"],"rate_pct":"12.5"}',
        id="measure",
    ),
]


@pytest.mark.parametrize(("entry", "name", "golden"), GOLDEN)
def test_the_first_version_of_the_wire_stays_as_it_is(entry, name, golden):
    """Published bytes are read for ever, and equal entries are equal bytes under one key."""
    assert encode(entry) == golden
    assert decode(golden) == entry
    assert key(entry) == name


@pytest.mark.parametrize(("entry", "name", "golden"), GOLDEN)
def test_an_unknown_field_is_ignored(entry, name, golden):
    """A later version adds fields; this one reads what it knows."""
    assert decode(golden[:-1] + b',"added_later":{"a":[1]}}') == entry
    assert name


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_schedules_survive_the_wire(name):
    """Every entry is read back as it was written."""
    for entry in load_shipped(name):
        assert decode(encode(entry)) == entry


@pytest.mark.parametrize(
    ("value", "error", "complaint"),
    [
        pytest.param(b"{", msgspec.DecodeError, "truncated", id="truncated"),
        pytest.param(b'{"type":"tariff"}', msgspec.ValidationError, "Invalid value 'tariff'", id="unknown-type"),
        pytest.param(b'{"type":"zone","zone_id":"z"}', msgspec.ValidationError, "members", id="missing-field"),
        pytest.param(
            b'{"type":"zone","zone_id":"z","members":[{"country":"uk"}]}',
            msgspec.ValidationError,
            "expected two capital letters such as CN, found 'uk'",
            id="cannot-be-right",
        ),
    ],
)
def test_a_value_that_is_no_entry_is_refused_in_words(value, error, complaint):
    """For the dead letter."""
    with pytest.raises(error, match=complaint):
        decode(value)
