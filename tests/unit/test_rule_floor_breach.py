"""Goods landed below the reference floor."""

from fractions import Fraction

import pytest
from msgspec.structs import replace

from alerts.model import Severity, State
from streams.exact import decimal_text
from streams.records import Status
from streams.reference.floors import AppliesTo, FloorStatus, Scope
from streams.reference.fx import FxDaily
from streams.reference.levy import Instrument
from streams.rules.floor_breach import FloorBreach
from tests.sales import PLAIN, evidence, found, on, sale
from tests.strategies import SILICON, usual_floor

RULE = FloorBreach()


def under(**terms):
    """Return the plain reference data with *terms* in place of the floor's own."""
    return (PLAIN[0], replace(usual_floor(SILICON), **terms))


def test_ordinary_sales_above_the_floor_are_silent():
    """A lane that trades above its floor raises nothing, however long."""
    assert [] == found(RULE, [sale(day, "2.50") for day in range(60)])


@pytest.mark.parametrize(
    ("price", "alerts"),
    [
        pytest.param("2.199999", 1, id="just-below"),
        pytest.param("2.20", 0, id="at"),
        pytest.param("2.200001", 0, id="just-above"),
    ],
)
def test_the_floor_is_the_lowest_price_allowed(price, alerts):
    """A price equal to the floor is no breach (Implementing Regulation (EU) 2025/2351, article 1)."""
    assert alerts == len(found(RULE, [sale(0, price)]))


@pytest.mark.parametrize(
    ("price", "alerts"),
    [
        pytest.param("2.155999", 1, id="past-the-tolerance"),
        pytest.param("2.156", 0, id="at-the-tolerance"),
        pytest.param("2.156001", 0, id="within-the-tolerance"),
    ],
)
def test_a_tolerance_lets_a_gap_of_its_size_pass(price, alerts):
    """Two per cent of 2.20 are let pass, and not a micro-dollar more."""
    assert alerts == len(found(RULE, [sale(0, price)], entries=under(tolerance_pct="2")))


@pytest.mark.parametrize(
    ("kg", "alerts"),
    [
        pytest.param("999.999999", 0, id="just-short"),
        pytest.param("1000", 1, id="at"),
        pytest.param("1000.000001", 1, id="just-over"),
    ],
)
def test_a_lot_smaller_than_the_smallest_is_let_pass(kg, alerts):
    """The smallest lot that the floor charges is charged."""
    assert alerts == len(found(RULE, [sale(0, "1", kg=kg)], entries=under(min_lot="1000")))


@pytest.mark.parametrize(
    ("value", "alerts"),
    [
        pytest.param("149.999999", 0, id="just-short"),
        pytest.param("150", 1, id="at"),
        pytest.param("150.000001", 1, id="just-over"),
    ],
)
def test_a_value_under_the_de_minimis_is_let_pass(value, alerts):
    """The least value that the floor charges is charged."""
    assert alerts == len(found(RULE, [sale(0, "1", value=value)], entries=under(de_minimis_value="150")))


@pytest.mark.parametrize(
    ("gap_pct", "severity"),
    [
        pytest.param("9.999", Severity.INFO, id="under-10"),
        pytest.param("10", Severity.WARNING, id="10"),
        pytest.param("39.999", Severity.WARNING, id="under-40"),
        pytest.param("40", Severity.HIGH, id="40"),
        pytest.param("60", Severity.HIGH, id="60"),
        pytest.param("60.001", Severity.CRITICAL, id="over-60"),
    ],
)
def test_the_bands_of_the_gap_grade_the_breach(gap_pct, severity):
    """10, 40 and 60 per cent of the floor part the severities (Agreement on Agriculture, article 5.5)."""
    of_a_hundred = under(value="100")
    (alert,) = found(RULE, [sale(0, decimal_text(100 - Fraction(gap_pct)))], entries=of_a_hundred)

    assert (severity, gap_pct) == (alert.severity, alert.evidence["gap_pct"])


def test_a_worsening_is_a_chapter_and_easing_is_none():
    """The story tells each time the breach became worse than ever before; the severity is the worst so far."""
    (alert,) = found(RULE, [sale(0, "2.10"), sale(1, "1.60"), sale(2, "2.10"), sale(3, "1.00")], end=3)

    assert [
        {"on": "2025-01-01", "severity": "info"},
        {"on": "2025-01-02", "severity": "warning"},
        {"on": "2025-01-04", "severity": "high"},
    ] == alert.evidence["story"]
    assert (Severity.HIGH, State.FIRING, 3) == (alert.severity, alert.state, alert.revision)


@pytest.mark.parametrize(
    ("clear_on", "resolved_on"),
    [
        pytest.param(6, 7, id="before-the-week-is-over"),
        pytest.param(7, 7, id="after-a-week"),
        pytest.param(30, 30, id="after-a-month"),
    ],
)
def test_a_breach_is_resolved_by_trade_at_the_floor_after_a_week(clear_on, resolved_on):
    """A week without breach and a sale at or above the floor end it, on the day when both are there."""
    (alert,) = found(RULE, [sale(0, "2"), sale(clear_on, "2.20")])

    assert (State.RESOLVED, f"{on(resolved_on)}T00:00:00Z") == (alert.state, alert.resolved_at)


@pytest.mark.parametrize(
    ("end", "state"),
    [
        pytest.param(91, State.FIRING, id="a-day-short"),
        pytest.param(92, State.EXPIRED, id="at"),
        pytest.param(93, State.EXPIRED, id="a-day-more"),
    ],
)
def test_a_breach_that_nothing_follows_expires(end, state):
    """After 92 days without trade nobody said that it was over, and it is no longer news."""
    assert [state] == [alert.state for alert in found(RULE, [sale(0, "2")], end=end)]


def test_a_month_below_the_floor_is_one_alert():
    """An alert is an episode with a history, not one for each record."""
    (alert,) = found(RULE, [sale(day, "2", id=f"{day}/{number}") for day in range(30) for number in range(5)])

    assert (30, 150, 150) == tuple(alert.evidence[name] for name in ("breach_days", "records", "records_below"))


def test_sales_above_the_floor_give_no_credit():
    """The levy is added up record by record: what one sale is above does not make up for what another is below."""
    got = evidence(RULE, [sale(0, "2"), sale(0, "5")])

    assert ("200", "2", "2.2") == (got["levy_usd"], got["landed_price_usd_per_kg"], got["floor_usd_per_kg"])


def test_the_worst_record_is_the_one_furthest_below_of_equals_the_first_by_id():
    """The alert shows one record whole: which one does not depend on the order in which they came."""
    records = [sale(0, "2.10"), sale(3, "1.10", id="c"), sale(3, "1.10", id="b", kg="5"), sale(5, "1.50")]
    worst = evidence(RULE, records)["worst_record"]

    assert ("b", "50", "2025-01-04") == (worst["record_id"], worst["gap_pct"], worst["event_date"])


def test_of_two_days_as_bad_the_first_is_shown():
    """The worst record is of the first day with the largest gap."""
    records = [sale(0, "2.10"), sale(5, "1.10", id="later"), sale(3, "1.10", id="earlier")]

    assert "earlier" == evidence(RULE, records)["worst_record"]["record_id"]


def test_lanes_are_judged_apart():
    """Another origin or destination has an alert of its own, of the same rule and floor."""
    records = [sale(0, "2"), sale(0, "2", id="NO", origin="NO"), sale(0, "2", id="DE", destination="DE")]

    assert {("CN", "GB"), ("NO", "GB"), ("CN", "DE")} == {
        (alert.origin, alert.destination) for alert in found(RULE, records)
    }


def test_a_cancelled_declaration_takes_its_breach_back():
    """A breach that stood on one record is gone with it."""
    lodged = sale(0, "2")

    assert [] == found(RULE, [lodged, replace(lodged, revision=2, status=Status.CANCELLED)])


def test_what_cannot_be_judged_is_counted_beside_what_can():
    """Coverage says how much of the lane's trade the alert speaks for."""
    records = [sale(0, "2"), sale(0, "2", id="unpriced", currency="EUR"), sale(0, "2", id="basis", incoterm=None)]
    got = evidence(RULE, records)

    assert (1, 2, "33.333333") == (got["records"], got["records_unjudged"], got["coverage_pct"])


def test_an_episode_across_two_versions_names_both_floors():
    """Each record is judged by the floor of its own day; the alert names every floor that took part."""
    later = replace(usual_floor(SILICON), version=2, value="3", effective_from=on(10))
    got = evidence(RULE, [sale(5, "2"), sale(12, "2")], entries=(*PLAIN, later))

    assert [("silicon-metal@1", "2.20"), ("silicon-metal@2", "3")] == [
        (floor["floor"], floor["value"]) for floor in got["floors"]
    ]
    assert ("4000", "5200") == (got["landed_value_below_usd"], got["floor_value_below_usd"])


def test_a_floor_shows_the_period_that_held():
    """A version of several periods is shown as it was on the last day of the breach, not as it first was."""
    later = replace(usual_floor(SILICON), value="3", effective_from=on(10))
    got = evidence(RULE, [sale(12, "2.5")], entries=(*PLAIN, later))

    assert ["3"] == [floor["value"] for floor in got["floors"]]


@pytest.mark.parametrize(
    ("day", "alerts"),
    [
        pytest.param(9, 0, id="the-day-before"),
        pytest.param(10, 1, id="its-first-day"),
        pytest.param(19, 1, id="its-last-day"),
        pytest.param(20, 0, id="the-day-after"),
    ],
)
def test_a_floor_holds_from_its_first_day_to_the_day_before_its_end(day, alerts):
    """The day a declaration was accepted selects the floor; the first day is included, the end is not."""
    entries = under(effective_from=on(10), effective_to=on(20))

    assert alerts == len(found(RULE, [sale(day, "2")], entries=entries))


@pytest.mark.parametrize(
    ("announced_at", "alerts"),
    [
        pytest.param(on(4), 1, id="the-day-before"),
        pytest.param(on(5), 1, id="that-day"),
        pytest.param(on(6), 0, id="the-day-after"),
    ],
)
def test_goods_are_judged_by_what_was_known_when_they_entered(announced_at, alerts):
    """A floor announced after an entry does not reach back to it."""
    assert alerts == len(found(RULE, [sale(5, "2")], entries=under(announced_at=announced_at)))


@pytest.mark.parametrize(
    ("terms", "alerts"),
    [
        pytest.param({"status": FloorStatus.PROPOSED}, 0, id="proposed"),
        pytest.param({"status": FloorStatus.REVOKED}, 0, id="revoked"),
        pytest.param({"value": None}, 0, id="suspended"),
        pytest.param({"applies_to": AppliesTo(except_origins=("CN",))}, 0, id="origin-left-out"),
        pytest.param({"applies_to": AppliesTo(scope=Scope.EXPORTERS, exporters=("E1",))}, 0, id="exporter-not-named"),
        pytest.param({"instrument": Instrument.PROHIBITION}, 1, id="prohibition"),
        pytest.param({"status": FloorStatus.ILLUSTRATIVE}, 1, id="illustrative"),
    ],
)
def test_only_a_floor_that_applies_is_a_floor(terms, alerts):
    """Neither a proposal nor what was revoked or suspended, nor a floor for others, makes a breach."""
    assert alerts == len(found(RULE, [sale(0, "2")], entries=under(**terms)))


def test_a_named_exporter_is_held_to_its_own_floor():
    """Where a floor names exporters, their goods and no others are judged by it; on the same lane and day."""
    own = replace(
        usual_floor(SILICON), floor_id="own", value="3", applies_to=AppliesTo(scope=Scope.EXPORTERS, exporters=("E1",))
    )
    records = [sale(0, "2.5", id="named", exporter="E1"), sale(0, "2.5", id="other", exporter="E2")]
    got = evidence(RULE, records, entries=(*PLAIN, own))

    assert (2, 1, "named") == (got["records"], got["records_below"], got["worst_record"]["record_id"])


@pytest.mark.parametrize(
    ("value", "currency", "levy_usd"),
    [
        pytest.param("3", "USD", "1000", id="the-other-is-higher"),
        pytest.param("2.10", "USD", "200", id="the-other-is-lower"),
        pytest.param("2", "EUR", "400", id="higher-by-the-rate"),
    ],
)
def test_of_overlapping_floors_the_higher_is_used_and_that_is_said(value, currency, levy_usd):
    """Two floors that are equally specific are both law: goods have to meet the higher, in one currency or two."""
    other = replace(usual_floor(SILICON), floor_id="other", value=value, currency=currency)
    rate = FxDaily(day=on(0), rates={"USD": "1.20"})
    worst = evidence(RULE, [sale(0, "2")], entries=(*PLAIN, other, rate))["worst_record"]

    assert levy_usd == worst["levy_usd"]
    assert any("equally specific" in note for note in worst["notes"])


def test_a_prohibition_is_a_breach_without_a_levy():
    """What may not enter cannot be cured by paying."""
    got = evidence(RULE, [sale(0, "2")], entries=under(instrument=Instrument.PROHIBITION))

    assert ("0", True) == (got["levy_usd"], "levy_note" in got)


def test_a_price_that_rounds_to_nothing_divides_by_nothing():
    """A gram under a floor of 300 yen a kilogram, for a hundredth of a yen: a floor value of no micro-dollar."""
    yen = FxDaily(day=on(0), rates={"JPY": "160000000", "USD": "1"})
    tiny = sale(0, "1", kg="0.001", value="0.01", currency="JPY")

    assert [] == found(RULE, [tiny], entries=(*under(value="300", currency="JPY"), yen))
