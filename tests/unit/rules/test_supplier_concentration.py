"""A member of a zone that depends on one origin."""

import pytest

from alerts.model import Severity, State
from streams.rules.supplier_concentration import SupplierConcentration
from tests.unit.rules.floors_of import zone
from tests.unit.rules.market_of import breaches, found, judged, lacks, monthly, shipment, text_of, wrong_lines

RULE = SupplierConcentration()
ZONE = (zone("GB", "AU"),)


def year(months=12, **tonnes):
    """Return the same tonnes a month from each origin."""
    return [each for origin, amount in tonnes.items() for each in monthly([amount] * months, origin=origin)]


@pytest.mark.parametrize(
    ("china", "months"),
    [
        pytest.param(59.9, [], id="just-short"),
        pytest.param(60, [11], id="at"),
        pytest.param(60.1, [11], id="just-over"),
    ],
)
def test_one_origin_has_to_bring_three_fifths(china, months):
    """Sixty per cent of twelve months' imports, the rest from two others."""
    assert months == breaches(RULE, year(CN=china, BR=30, NO=70 - china), entries=ZONE)


@pytest.mark.parametrize(
    ("hhi_min", "months"),
    [
        pytest.param(4599, [11], id="just-over"),
        pytest.param(4600, [11], id="at"),
        pytest.param(4601, [], id="just-short"),
    ],
)
def test_the_index_of_all_shares_has_to_reach_its_limit_too(hhi_min, months):
    """60, 30 and 10 per cent: 3,600 and 900 and 100."""
    assert months == breaches(SupplierConcentration(hhi_min=hhi_min), year(CN=60, BR=30, NO=10), entries=ZONE)


def test_one_large_consignment_makes_no_dependence():
    """Without its largest month the largest origin has half."""
    records = [*year(CN=50, BR=50), shipment(5, 600, 2)]

    assert [] == breaches(RULE, records, entries=ZONE)


def test_only_members_of_a_zone_are_looked_at():
    """What others buy, and from whom, is no concern of the zone's."""
    assert [] == breaches(RULE, year(CN=100))
    assert [] == breaches(RULE, year(CN=100), entries=(zone("DE"),))


def test_a_fellow_member_as_the_only_supplier_is_for_information():
    """The zone exists to buy from each other, and yet it is one supplier."""
    ours, theirs = (found(RULE, year(**{origin: 100}), entries=ZONE)[0] for origin in ("AU", "CN"))

    assert (Severity.INFO, Severity.CRITICAL) == (ours.severity, theirs.severity)


@pytest.mark.parametrize(
    ("china", "severity"),
    [
        pytest.param(60, Severity.WARNING, id="60"),
        pytest.param(75, Severity.HIGH, id="75"),
        pytest.param(90, Severity.CRITICAL, id="90"),
    ],
)
def test_the_share_decides_how_serious_it_is(china, severity):
    """From three fifths to nine tenths."""
    (alert,) = found(RULE, year(CN=china, BR=100 - china), entries=ZONE)

    assert severity == alert.severity


def test_the_alert_is_of_a_product_at_a_destination():
    """Whoever the largest origin is: it is named in the evidence and tells no alerts apart."""
    (alert,) = found(RULE, year(CN=90, BR=10), entries=ZONE)

    assert (None, "GB", "CN") == (alert.origin, alert.destination, alert.evidence["largest_origin"])


def test_it_ends_well_below_its_limits():
    """A share about the limit is one alert, not many: it ends at nine tenths of the limit."""
    hovers = [*monthly([60] * 16), *monthly([40] * 12 + [50] * 4, origin="BR")]
    ends = [*monthly([60] * 24), *monthly([40] * 12 + [70] * 12, origin="BR")]

    assert [State.FIRING] == [alert.state for alert in found(RULE, hovers, entries=ZONE)]
    assert [State.RESOLVED] == [alert.state for alert in found(RULE, ends, entries=ZONE)]


def test_imports_of_less_than_a_year_are_not_judged():
    """Shares of a part of a year are not those of the year; that is said."""
    records = year(11, CN=100)

    assert [] == breaches(RULE, records, entries=ZONE)
    assert ["imports are known for less than twelve months"] == [
        each.missing for each in lacks(RULE, records, entries=ZONE)
    ]


def test_few_records_are_not_judged():
    """A consignment every other month has an origin, not a concentration."""
    assert [] == breaches(RULE, monthly([100, 0] * 12), entries=ZONE)


def test_imports_of_which_too_much_has_no_price_are_not_judged():
    """What is not priced is in no share."""
    records = [*year(CN=100), *monthly([100] * 4, origin="BR", incoterm=None)]

    assert [] == breaches(RULE, records, entries=ZONE)
    assert "price is not known" in lacks(RULE, records, entries=ZONE)[0].missing


def test_a_country_that_joins_later_is_looked_at_from_then_on():
    """Membership is that of the month's last day."""
    entry = zone("GB")
    member = entry.members[0].__class__(country="GB", valid_from=shipment(13, 1, 1, day=1).event_date)
    joins = (entry.__class__(zone_id=entry.zone_id, members=(member,)),)

    assert [13, 14] == breaches(RULE, year(15, CN=100), entries=joins)


def test_the_alert_says_how_the_share_changed_over_a_year():
    """From half to three quarters, and the index with it."""
    records = [*monthly([50] * 12 + [75] * 12), *monthly([50] * 12 + [25] * 12, origin="BR")]
    (alert,) = found(RULE, records, entries=ZONE)
    got = alert.evidence

    assert [] == wrong_lines(alert)
    assert ("75", "50", "25", "6250", "5000", "1250") == (
        got["top_share_pct"], got["share_a_year_before_pct"], got["share_change_points"],
        got["hhi"], got["hhi_a_year_before"], got["hhi_change"],
    )  # fmt: skip
    assert ("CN", f"{text_of(12)} to {text_of(23)}") == (got["largest_origin"], got["window"])
    assert "a year before it was 50 %" in alert.summary


def test_without_the_year_before_no_change_is_said():
    """It is left out, not nought."""
    (alert,) = found(RULE, year(CN=100), entries=ZONE)

    assert alert.evidence["share_change_points"] is None
    assert "a year before" not in alert.summary


def test_the_order_of_records_says_nothing():
    """Shares are of sums."""
    records = year(CN=80, BR=20)
    one, two = (found(RULE, each, entries=ZONE)[0].evidence for each in (records, records[::-1]))

    assert one == two
    assert 1 == len(list(judged(RULE, records, entries=ZONE).alerts()))
