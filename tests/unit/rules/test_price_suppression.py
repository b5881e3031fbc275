"""A destination's industry that is squeezed while imports rise."""

from datetime import date

import pytest

from alerts.model import Severity
from streams.rules.price_suppression import PriceSuppression
from tests.unit.rules.figures_of import domestic_price, unit_cost
from tests.unit.rules.market_of import breaches, evidence, found, lacks, monthly, shipment, wrong_lines

RULE = PriceSuppression()
RISING = [100] * 6 + [110] * 6
TURN = date(2023, 7, 1)


def industry(prices, costs):
    """Return price and cost of the British industry in the first half of 2023, and from July on."""
    return [
        entry
        for make, (before, after) in ((domestic_price, prices), (unit_cost, costs))
        for entry in (
            make(before, valid_to=TURN, country="GB"),
            make(after, valid_from=TURN, country="GB"),
        )
    ]


SQUEEZED = industry(("2.00", "2.00"), ("1.60", "1.80"))
"""Cost from 80 to 90 per cent of an unchanged price."""


@pytest.mark.parametrize(
    ("cost", "months"),
    [
        pytest.param("1.699999", [], id="just-short-of-5-points"),
        pytest.param("1.70", [11], id="at-5-points"),
        pytest.param("1.700001", [11], id="just-over"),
    ],
)
def test_cost_in_per_cent_of_the_price_rises_by_five_points(cost, months):
    """From 80 to 85 per cent of the price."""
    squeezed = industry(("2.00", "2.00"), ("1.60", cost))

    assert months == [month for month in breaches(RULE, monthly(RISING), entries=squeezed) if month == 11]


@pytest.mark.parametrize(
    ("tonnes", "months"),
    [
        pytest.param("104.9", [], id="just-short-of-5-per-cent"),
        pytest.param("105", [11], id="at-5-per-cent"),
        pytest.param("105.1", [11], id="just-over"),
    ],
)
def test_imports_have_to_rise(tonnes, months):
    """Six months against the six before."""
    records = monthly([100] * 6 + [tonnes] * 6)

    assert months == [month for month in breaches(RULE, records, entries=SQUEEZED) if month == 11]


def test_imports_of_all_origins_are_added_up():
    """Who only takes another's place makes no imports rise."""
    swapped = [*monthly([100] * 6 + [200] * 6), *monthly([200] * 6 + [100] * 6, origin="NO")]

    assert [] == [month for month in breaches(RULE, swapped, entries=SQUEEZED) if month == 11]


def test_a_price_that_rises_with_its_cost_is_not_suppressed():
    """Ten per cent each."""
    passed_on = industry(("2.00", "2.20"), ("1.60", "1.76"))

    assert [] == breaches(RULE, monthly(RISING), entries=passed_on)


def test_a_price_that_falls_with_its_cost_is_not_squeezed():
    """It is depressed, but so is the cost: nothing is held back."""
    fallen = industry(("2.00", "1.60"), ("1.60", "1.20"))

    assert [] == breaches(RULE, monthly(RISING), entries=fallen)


def test_a_price_that_fell_is_called_depressed_and_one_that_stood_suppressed():
    """Article 3.2 has both."""
    depressed = industry(("2.00", "1.80"), ("1.60", "1.60"))

    assert ("suppressed", "depressed") == tuple(
        evidence(RULE, monthly(RISING), entries=entries)["effect"] for entries in (SQUEEZED, depressed)
    )


@pytest.mark.parametrize(
    ("cost", "severity"),
    [
        pytest.param("1.80", Severity.WARNING, id="10-points"),
        pytest.param("1.90", Severity.HIGH, id="15-points"),
        pytest.param("2.20", Severity.CRITICAL, id="30-points"),
    ],
)
def test_the_points_grade_the_alert(cost, severity):
    """The more of the price its cost eats up, the worse."""
    squeezed = industry(("2.00", "2.00"), ("1.60", cost))

    assert [severity] == [alert.severity for alert in found(RULE, monthly(RISING), entries=squeezed)]


def test_what_lacks_is_said():
    """The price, the cost, or half a year to compare with."""
    price, cost = SQUEEZED[:2], SQUEEZED[2:]

    assert ["no unit cost of silicon|metal in GB"] == [
        each.missing for each in lacks(RULE, monthly(RISING), entries=price)
    ]
    assert ["no domestic price of silicon|metal in GB"] == [
        each.missing for each in lacks(RULE, monthly(RISING), entries=cost)
    ]
    assert ["no imports in the 6 months before"] == [
        each.missing for each in lacks(RULE, monthly([100] * 3), entries=SQUEEZED)
    ]
    assert ["no imports in some of the 12 months that are compared"] == [
        each.missing for each in lacks(RULE, monthly(RISING)[1:], entries=SQUEEZED)
    ]


def test_records_without_a_price_are_not_concluded_from():
    """More than a fifth of them, and the market is left."""
    unpriced = [shipment(11, 1, 1, currency="EUR") for _ in range(2)]
    (lack,) = lacks(RULE, [*monthly(RISING), *unpriced], entries=SQUEEZED)

    assert lack.missing.startswith("too many records whose price is not known")


def test_a_trifle_is_passed_over():
    """Imports of less than 10,000 USD squeeze nobody."""
    assert [] == breaches(RULE, monthly([each / 200 for each in RISING]), entries=SQUEEZED)


def test_the_evidence_names_whose_imports_grew_and_recomputes():
    """The three that grew most, in order."""
    records = [*monthly(RISING), *monthly([50] * 6 + [150] * 6, origin="NO"), *monthly([50] * 12, origin="BR")]
    (alert,) = found(RULE, records, entries=SQUEEZED)

    assert ["NO", "CN"] == [each["origin"] for each in alert.evidence["origins_that_rose_most"]]
    assert [] == wrong_lines(alert)
    assert ("GB", None) == (alert.destination, alert.origin)


def test_it_ends_when_the_squeeze_is_over():
    """Half a year later both windows are at the new cost."""
    (alert,) = found(RULE, monthly([100 + 10 * month for month in range(20)]), entries=SQUEEZED)

    assert "2024-01" == alert.resolved_at[:7]
