"""Whether a market price can be leaned on."""

import pytest
from msgspec.structs import replace

from alerts.model import Severity, State
from streams.records import Status
from streams.rules.benchmark_integrity import BenchmarkIntegrity
from tests.unit.rules.market_of import found, lacks, shipment, wrong_lines
from tests.unit.rules.prices_of import on, price, prices

RULE = BenchmarkIntegrity()


def goods(days, usd="2", **fields):
    """Return an import on each of *days*."""
    return [replace(shipment(0, "10", usd, **fields), event_date=on(day)) for day in days]


def faults(records, **choices):
    """Return the alerts by their fault."""
    return {alert.evidence["fault"]: alert for alert in found(RULE, records, **choices)}


# -- stale -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "stale"),
    [
        pytest.param(30, False, id="ten-days"),
        pytest.param(31, True, id="eleven-days"),
        pytest.param(112, True, id="ninety-two-days"),
        pytest.param(113, False, id="ended"),
    ],
)
def test_an_instrument_that_is_not_assessed_for_more_than_ten_days_is_stale(day, stale):
    """Assessed on every day until the twentieth, while goods go on to come."""
    assert stale == ("stale" in faults([*prices(range(21), 2), *goods([day])]))


@pytest.mark.parametrize(
    ("age", "stale"),
    [
        pytest.param(59, False, id="just-less-than-twice-its-gap"),
        pytest.param(60, False, id="twice-its-gap"),
        pytest.param(61, True, id="just-more"),
    ],
)
def test_a_monthly_instrument_has_its_own_rhythm(age, stale):
    """A gap of thirty days between assessments is no silence."""
    assert stale == ("stale" in faults([*prices((0, 30, 60, 90), 2), *goods([90 + age])]))


def test_two_assessments_are_no_rhythm():
    """An instrument has to be known before it can be missed."""
    assert {} == faults([*prices((0, 1), 2), *goods([60])])


def test_a_new_assessment_ends_the_silence():
    """The alert is resolved by the price that comes."""
    alert = faults([*prices([*range(21), 40], 2), *goods([35])])["stale"]

    assert State.RESOLVED is alert.state


def test_an_assessment_taken_back_was_none():
    """What was cancelled does not keep an instrument fresh."""
    wrong = price(30, 2)

    assert "stale" not in faults([*prices(range(21), 2), wrong, *goods([35])])
    assert "stale" in faults(
        [*prices(range(21), 2), wrong, replace(wrong, status=Status.CANCELLED, revision=2), *goods([35])]
    )


def test_an_assessment_without_a_rate_is_one_all_the_same():
    """That a price cannot be converted is no silence of its publisher."""
    assert "stale" not in faults([*prices(range(40), 2, currency="EUR"), *goods([40])])


# -- thin ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contributors", "severity"),
    [
        pytest.param(1, Severity.HIGH, id="one"),
        pytest.param(2, Severity.WARNING, id="two"),
        pytest.param(3, None, id="three"),
        pytest.param(4, None, id="four"),
    ],
)
def test_an_assessment_rests_on_three_contributors_at_least(contributors, severity):
    """Two can agree with one another."""
    alert = faults([price(0, 2, contributors=contributors)]).get("thin")

    assert severity is (alert.severity if alert else None)


def test_contributors_that_are_not_told_are_said_to_lack():
    """Nothing is concluded from silence."""
    assert {} == faults([price(0, 2)])
    assert "the assessments do not say how many contributed" in {each.missing for each in lacks(RULE, [price(0, 2)])}


def test_a_correction_of_the_contributors_counts():
    """The last revision of an assessment is the one that stands."""
    thin = price(0, 2, contributors=2)

    assert {} == faults([thin, replace(thin, contributors=7, revision=2)])


# -- one print -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("usd", "told"),
    [
        pytest.param("109.999999", False, id="just-under-10-pct"),
        pytest.param("110", True, id="up-10-pct"),
        pytest.param("110.000001", True, id="just-over-10-pct"),
        pytest.param("90.000001", False, id="down-just-under-10-pct"),
        pytest.param("90", True, id="down-10-pct"),
        pytest.param("89.999999", True, id="down-just-over-10-pct"),
    ],
)
def test_a_tenth_on_a_few_contributors_is_one_print(usd, told):
    """Up as well as down."""
    assert told == ("one_print" in faults([price(0, 100, contributors=4), price(1, usd, contributors=4)]))


@pytest.mark.parametrize(
    ("contributors", "told"),
    [
        pytest.param(4, True, id="four"),
        pytest.param(5, False, id="five"),
        pytest.param(6, False, id="six"),
        pytest.param(None, False, id="not-told"),
    ],
)
def test_a_move_on_enough_contributors_is_a_move(contributors, told):
    """What five report is not one print."""
    assert told == ("one_print" in faults([price(0, 100), price(1, 120, contributors=contributors)]))


@pytest.mark.parametrize(
    ("other", "told"),
    [
        pytest.param("109.999999", True, id="less-than-half-as-far"),
        pytest.param("110", False, id="half-as-far"),
        pytest.param("120", False, id="as-far"),
        pytest.param("80", True, id="the-other-way"),
    ],
)
def test_a_move_that_another_instrument_makes_too_is_the_market(other, told):
    """Half of the move in the same direction is enough."""
    records = [
        price(0, 100, contributors=4),
        price(1, 120, contributors=4),
        *(price(day, usd, instrument="term", contributors=9) for day, usd in ((0, 100), (1, other))),
    ]

    assert told == ("one_print" in faults(records))


def test_an_instrument_that_was_not_assessed_meanwhile_confirms_nothing():
    """Its price is of before the move."""
    records = [price(0, 100), price(1, 120, contributors=4), price(0, 100, instrument="term")]

    assert "one_print" in faults(records)


# -- disagrees -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("usd", "told"),
    [
        pytest.param("1.8", False, id="10-pct-below"),
        pytest.param("1.799999", True, id="just-more-below"),
        pytest.param("2.2", False, id="10-pct-above"),
        pytest.param("2.200001", True, id="just-more-above"),
    ],
)
def test_a_price_a_tenth_from_what_goods_cost_disagrees(usd, told):
    """Imports of January at 2 dollars, the price of February."""
    assert told == ("disagrees" in faults([*goods(range(5)), price(40, usd)]))


def test_a_price_that_goods_followed_late_is_no_disagreement():
    """Goods were priced when the price was lower: the price came by."""
    rise = [price(day, 2 + day / 10) for day in range(0, 70, 5)]

    assert "disagrees" in faults([*goods(range(31, 36)), *rise[-1:]])
    assert "disagrees" not in faults([*goods(range(31, 36)), *rise])


@pytest.mark.parametrize(
    ("records", "told"),
    [
        pytest.param(4, False, id="four"),
        pytest.param(5, True, id="five"),
        pytest.param(6, True, id="six"),
    ],
)
def test_a_few_imports_are_no_market(records, told):
    """Five records of the month at least."""
    lot = [*goods(range(records)), price(40, 4)]

    assert told == ("disagrees" in faults(lot))
    assert told != (
        "too few priced imports in the month before to compare with" in {e.missing for e in lacks(RULE, lot)}
    )


@pytest.mark.parametrize(
    "home",
    [
        pytest.param({"incoterm": "EXW"}, id="ex-works"),
        pytest.param({"vat_pct": "13"}, id="with-tax"),
        pytest.param({"place": "China", "incoterm": "EXW"}, id="in-china"),
    ],
)
def test_a_price_of_a_home_market_is_not_compared_with_imports(home):
    """That home prices differ from the world's is what other rules look at."""
    assert "disagrees" not in faults([*goods(range(5)), price(40, 4, **home)])


def test_a_price_by_the_tonne_is_compared_by_the_kilogram():
    """Whatever the unit it is quoted in."""
    assert "disagrees" not in faults([*goods(range(5)), price(40, 2000, unit="t")])
    assert "disagrees" in faults([*goods(range(5)), price(40, 4000, unit="t")])


# -- all of them -----------------------------------------------------------------------------------------------------


def test_each_instrument_and_fault_is_an_alert_of_its_own():
    """A price may be thin and disagree."""
    records = [*goods(range(5)), price(40, 4, contributors=1), price(40, 4, instrument="term", contributors=1)]

    assert {("spot", "thin"), ("spot", "disagrees"), ("term", "thin"), ("term", "disagrees")} == {
        (alert.origin, alert.evidence["fault"]) for alert in found(RULE, records)
    }


def test_the_evidence_recomputes():
    """Of each fault."""
    records = [
        *goods(range(5)),
        *prices(range(40, 60), 4, contributors=2),
        price(60, "5.5", contributors=2),
        *goods([80]),
    ]
    alerts = faults(records)

    assert {"stale", "thin", "one_print", "disagrees"} == alerts.keys()
    assert [] == [wrong for alert in alerts.values() for wrong in wrong_lines(alert)]
    assert ("37.5", "100", 20, 2) == (
        alerts["one_print"].evidence["move_pct"],
        alerts["disagrees"].evidence["gap_pct"],
        alerts["stale"].evidence["age_days"],
        alerts["thin"].evidence["contributors"],
    )
