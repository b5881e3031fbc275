"""Goods that reach a zone through a country that did not make them."""

from datetime import date

import pytest

from alerts.model import Severity, State
from streams.records import Flow
from streams.reference.capacities import Capacity, CapacityRole
from streams.rules.coverage import UNPRICED
from streams.rules.transshipment import Transshipment
from tests.unit.rules.floors_of import zone
from tests.unit.rules.market_of import PRODUCT, breaches, found, lacks, monthly, wrong_lines

RULE = Transshipment()
ZONE = (zone("GB"),)
STEADY, STEP = [100] * 9, [100] * 9 + [200] * 6


def first(tonnes=STEP, **fields):
    """Return China's declarations of what it sends to Thailand."""
    usual = {"destination": "TH", "flow": Flow.EXPORT, "incoterm": "FOB", "source": "customs-cn"}
    return monthly(tonnes, 2, **usual | fields)


def second(tonnes=STEP, **fields):
    """Return what the United Kingdom takes from Thailand."""
    return monthly(tonnes, 2, **{"origin": "TH"} | fields)


def others(months=15):
    """Return what it takes from Brazil."""
    return monthly([1000] * months, 2, origin="BR")


def capacity(tonnes):
    """Return what Thailand could make in a year."""
    return Capacity(role=CapacityRole.CAPACITY, product=PRODUCT, country="TH", quantity=str(tonnes),
                    valid_from=date(2020, 1, 1), publisher="survey")  # fmt: skip


def test_two_legs_that_rise_together_are_found():
    """China to Thailand, Thailand to the United Kingdom, half a year at twice the rate."""
    (alert,) = found(RULE, [*first(), *second(), *others()], entries=ZONE)

    assert ("TH", "GB", "CN") == (alert.origin, alert.destination, alert.evidence["from"])
    assert "what it could make is not known" in alert.summary


@pytest.mark.parametrize(
    ("tonnes", "count"),
    [
        pytest.param(124.99, 0, id="just-short"),
        pytest.param(125, 1, id="at"),
        pytest.param(125.01, 1, id="just-over"),
    ],
)
def test_both_legs_have_to_rise_by_a_quarter(tonnes, count):
    """Six months against the six before; the other leg doubles."""
    step = [*STEADY, *[tonnes] * 6]

    assert count == len(found(RULE, [*first(), *second(step), *others()], entries=ZONE))
    assert count == len(found(RULE, [*first(step), *second(step), *others()], entries=ZONE))


def test_one_leg_alone_is_none():
    """Thailand may find goods at home, or use what it buys."""
    assert [] == breaches(RULE, [*first([100] * 15), *second(), *others()], entries=ZONE)
    assert [] == breaches(RULE, [*first(), *second([100] * 15), *others()], entries=ZONE)


def test_legs_that_do_not_move_together_are_none():
    """Both are higher than half a year ago, in other months."""
    one = [100] * 9 + [100, 400, 100, 400, 100, 400]
    other = [100] * 9 + [400, 100, 100, 100, 400, 100]

    assert [] == breaches(RULE, [*first(one), *second(other), *others()], entries=ZONE)


@pytest.mark.parametrize("lag", [pytest.param(lag, id=f"{lag}-months") for lag in range(4)])
def test_the_second_leg_may_follow_up_to_three_months_later(lag):
    """Goods lie in port, are relabelled, and go on."""
    sent = [100, 110] * 3 + [100, 110, 100, 300, 320, 310, 330, 300, 340, 320, 310, 330]
    records = [*first(sent), *second(([100] * lag + sent)[: len(sent)]), *others(len(sent))]

    assert {lag} == {alert.evidence["lag_months"] for alert in found(RULE, records, entries=ZONE)}


@pytest.mark.parametrize(
    ("tonnes", "count"),
    [
        pytest.param(2181, 1, id="makes-just-less"),
        pytest.param(2182, 0, id="could-make-it"),
        pytest.param(5000, 0, id="could-make-more"),
    ],
)
def test_what_the_country_between_could_make_itself_is_none(tonnes, count):
    """2,400 tonnes a year at the present rate are 1.1 times 2,181.8."""
    assert count == len(found(RULE, [*first(), *second(), *others()], entries=(*ZONE, capacity(tonnes))))


def test_what_goes_to_other_destinations_counts_against_capacity():
    """As many goods go to Germany."""
    germany = second(destination="DE")

    assert 1 == len(found(RULE, [*first(), *second(), *germany, *others()], entries=(*ZONE, capacity(4000))))


def test_without_its_capacity_no_more_than_a_warning_is_given():
    """The alert says that it is not known."""
    alone, known = (found(RULE, [*first(), *second()], entries=(*ZONE, *more))[0] for more in ((), (capacity(100),)))

    assert (Severity.WARNING, Severity.CRITICAL) == (alone.severity, known.severity)


def test_what_the_first_leg_cannot_explain_is_none():
    """Ten tonnes more in, two hundred more out."""
    assert [] == breaches(RULE, [*first([20] * 9 + [30] * 6), *second(), *others()], entries=ZONE)


def test_only_a_member_s_imports_are_looked_at():
    """What others take is no concern of the zone's."""
    assert [] == breaches(RULE, [*first(), *second(), *others()])


def test_goods_that_turn_back_are_another_rule_s():
    """From the destination to the country between and back."""
    assert [] == breaches(RULE, [*first(origin="GB"), *second(), *others()], entries=ZONE)


def test_a_negligible_way_is_left_out():
    """Below three per cent of the member's imports (Anti-Dumping Agreement, article 5.8)."""
    many = [each for _ in range(7) for each in others()]

    assert [] == breaches(RULE, [*first(), *second(), *many], entries=ZONE)


@pytest.mark.parametrize(
    ("records", "lack"),
    [
        pytest.param(
            [*second(), *others()], "no country's declarations of exports of the product are known", id="no-mirror",
        ),
        pytest.param(
            [*first()[1:], *second(), *others()], "exports are known for less than fifteen months", id="exports",
        ),
        pytest.param(
            [*first(), *second()[4:], *others()[4:]], "imports are known for less than twelve months", id="imports",
        ),
        pytest.param(
            [*first(), *second(), *others(), *second([1] * 4, start=8, incoterm=None)], UNPRICED, id="unpriced",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_said(records, lack):
    """And by that it is not taken for nothing wrong."""
    assert [lack] == [each.missing for each in lacks(RULE, records, entries=ZONE)]


def test_it_ends_when_the_new_rate_is_the_usual_one():
    """Half a year later the six months before are as high."""
    longer = [100] * 9 + [200] * 12

    (alert,) = found(RULE, [*first(longer), *second(longer), *others(21)], entries=ZONE)

    assert State.FIRING is not alert.state


def test_the_evidence_recomputes():
    """Rises, covariance, variances and the square of the correlation."""
    sent = [100, 110, 95, 105] * 3 + [210, 190, 205, 220, 200, 215]
    came = [98, 107, 97, 103] * 3 + [200, 195, 201, 210, 205, 211]
    alert = found(RULE, [*first(sent), *second(came), *others(18)], entries=(*ZONE, capacity(1000)))[-1]

    assert [] == wrong_lines(alert)
    assert "1000000" == alert.evidence["capacity_of_the_country_between_kg_per_year"]
