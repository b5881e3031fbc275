"""Sales below cost to the export market."""

from datetime import date
from fractions import Fraction

import pytest

from alerts.model import Severity
from streams.reference.basis import BasisRatio
from streams.rules.below_cost import BelowCost
from tests.unit.rules.figures_of import unit_cost
from tests.unit.rules.market_of import breaches, evidence, found, lacks, monthly, shipment, wrong_lines

RULE = BelowCost()
COST = (unit_cost("1.80", valid_to=date(2030, 1, 1)),)


def sold(part_below, *, months=6, price="1.79"):
    """Return 100 tonnes a month, of which a part (in per cent) is sold below cost."""
    return [
        *monthly([part_below] * months, price),
        *monthly([100 - Fraction(part_below)] * months, 3),
    ]


@pytest.mark.parametrize(
    ("part", "alerts"),
    [
        pytest.param("19.999", 0, id="just-short-of-a-fifth"),
        pytest.param("20", 1, id="at-a-fifth"),
        pytest.param("20.001", 1, id="just-over"),
    ],
)
def test_a_fifth_of_the_quantity_below_cost_is_much(part, alerts):
    """As in the law's test for home sales (footnote 5)."""
    assert alerts == len(found(RULE, sold(part), entries=COST))


@pytest.mark.parametrize(
    ("price", "alerts"),
    [
        pytest.param("1.799999", 1, id="just-below-cost"),
        pytest.param("1.80", 0, id="at-cost"),
        pytest.param("1.800001", 0, id="just-above"),
    ],
)
def test_at_cost_is_not_below(price, alerts):
    """A price equal to the cost earns nothing and loses nothing."""
    assert alerts == len(found(RULE, monthly([100] * 6, price), entries=COST))


@pytest.mark.parametrize(
    ("months", "first"),
    [pytest.param(5, [], id="one-short"), pytest.param(6, [5], id="at"), pytest.param(7, [5], id="one-more")],
)
def test_it_takes_six_months(months, first):
    """Never less (footnote 4)."""
    assert first == breaches(RULE, monthly([100] * months, 1), entries=COST)[:1]


def test_an_average_above_cost_hides_nothing():
    """A fifth at half the cost is found though the whole earned well."""
    got = evidence(RULE, sold(25, price="0.95"), entries=COST)

    assert ("25", False) == (got["below_cost_pct"], got["average_below_cost"])


@pytest.mark.parametrize(
    ("part", "severity"),
    [
        pytest.param(49, Severity.WARNING, id="under-half"),
        pytest.param(50, Severity.HIGH, id="half"),
        pytest.param(80, Severity.CRITICAL, id="four-fifths"),
    ],
)
def test_the_part_below_grades_the_alert(part, severity):
    """The more of it, the worse."""
    assert [severity] == [alert.severity for alert in found(RULE, sold(part), entries=COST)]


def test_freight_is_no_part_of_what_covers_the_cost():
    """1.90 CIF is 1.79 FOB at a ratio of 1.06, under the cost of 1.80."""
    ratio = BasisRatio(publisher="IMF", ratio="1.06")
    records = monthly([100] * 6, "1.90")

    assert ([], [5]) == (breaches(RULE, records, entries=COST), breaches(RULE, records, entries=(*COST, ratio)))


def test_the_cost_of_each_month_is_the_limit_of_that_month():
    """A cost that falls with the price is covered."""
    falling = (unit_cost("1.80", valid_to=date(2023, 4, 1)), unit_cost("1.00", valid_from=date(2023, 4, 1)))

    assert [] == breaches(RULE, monthly([100] * 6, [2] * 3 + ["1.1"] * 3), entries=falling)


def test_sales_between_related_parties_are_left_out():
    """Their prices say nothing of the cost."""
    related = monthly([500] * 6, 1, related_party=True)
    (lack,) = lacks(RULE, related, entries=COST)

    assert [] == breaches(RULE, [*related, *monthly([100] * 6, 3)], entries=COST)
    assert "no sales but those between related parties" == lack.missing


def test_without_a_cost_it_says_so():
    """Nothing fires, and it is not silent either; a cost that is too old is none."""
    assert ["no unit cost of silicon|metal in CN"] == [each.missing for each in lacks(RULE, monthly([100] * 6, 1))]
    assert ["no unit cost of silicon|metal in CN of the last 24 months"] == [
        each.missing
        for each in lacks(RULE, monthly([100] * 6, 1), entries=(unit_cost("2", valid_from=date(2020, 1, 1)),))
    ]


def test_too_few_months_and_too_little_of_the_quantity_are_said():
    """Six months with a cost, and four fifths of the quantity."""
    late = (unit_cost("1.8", valid_from=date(2023, 4, 1)),)
    short = lacks(RULE, monthly([100] * 8, 1), entries=late)
    thin = lacks(RULE, monthly([100] * 3 + [10] * 6, 1), entries=late)

    assert ["fewer than 6 months of trade with a known cost"] == [each.missing for each in short]
    assert ["no unit cost of silicon|metal in CN"] == [each.missing for each in thin]


@pytest.mark.parametrize(
    ("tonnes", "alerts"),
    [pytest.param("0.925", 0, id="just-short"), pytest.param("0.926", 1, id="just-over")],
)
def test_a_trifle_is_passed_over(tonnes, alerts):
    """10,000 USD at cost."""
    assert alerts == len(found(RULE, monthly([tonnes] * 6, 1), entries=COST))


def test_records_without_a_price_are_not_concluded_from():
    """More than a fifth of them, and the lane is left."""
    unpriced = [shipment(5, 1, 1, currency="EUR") for _ in range(2)]
    (lack,) = lacks(RULE, [*monthly([100] * 6, 1), *unpriced], entries=COST)

    assert lack.missing.startswith("too many records whose price is not known")


def test_it_ends_below_half_of_a_fifth():
    """As the months below cost leave the window."""
    (alert,) = found(RULE, [*monthly([100] * 6, 1), *monthly([100] * 15, 3, start=6)], entries=COST)

    assert "2024-05-31T00:00:00Z" == alert.resolved_at


def test_the_label_and_the_evidence_are_plain():
    """It is no finding of the law's test, and says so; its figures recompute."""
    (alert,) = found(
        RULE,
        monthly([3, 7, 11, 13, 17, 19], ["1.71", "1.83", "2.30", "1.77", "1.53", "1.49"]),
        entries=(*COST, BasisRatio(publisher="IMF", ratio="1.06")),
    )

    assert alert.summary.startswith("Sales below cost to the export market")
    assert "not the home-market test" in alert.evidence["method"]
    assert [] == wrong_lines(alert)
