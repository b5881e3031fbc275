"""An origin that sells a stock."""

from datetime import date
from fractions import Fraction

import pytest

from alerts.model import Severity, State
from streams.records import Flow
from streams.reference.capacities import Capacity, CapacityRole
from streams.rules.coverage import UNPRICED
from streams.rules.lumpiness import LUMPY
from streams.rules.stockpile_flush import StockpileFlush
from tests.unit.rules.market_of import PRODUCT, breaches, found, lacks, monthly, wrong_lines

RULE = StockpileFlush()
YEAR = [90, 110] * 6


def production(tonnes):
    """Return what China makes in a year."""
    return Capacity(role=CapacityRole.PRODUCTION, product=PRODUCT, country="CN", quantity=str(tonnes),
                    valid_from=date(2020, 1, 1), publisher="survey")  # fmt: skip


def flush(tonnes=200, price="1.80", *, before=YEAR, **fields):
    """Return a year at about 100 tonnes and 2 USD/kg, and three months after it."""
    return monthly([*before, *[tonnes] * 3], [2] * len(before) + [price] * 3, **fields)


@pytest.mark.parametrize(
    ("makes", "months"),
    [
        pytest.param(801, [], id="just-more"),
        pytest.param(800, [], id="at"),
        pytest.param("799.9", [2], id="just-less"),
    ],
)
def test_more_than_one_and_a_half_times_production_is_a_stock_being_sold(makes, months):
    """300 tonnes in three months are 1,200 a year; it takes no history."""
    assert months == breaches(RULE, monthly([100] * 3), entries=(production(makes),))


def test_shipments_to_all_destinations_are_added_up():
    """Whether they were declared on entry or, where that is not known, on leaving."""
    records = [*monthly([50] * 3), *monthly([50] * 3, destination="US", flow=Flow.EXPORT, incoterm="FOB")]

    assert [2] == breaches(RULE, records, entries=(production(700),))


def test_an_origin_that_makes_none_sells_what_it_did_not_make():
    """Any amount is more than one and a half times nothing."""
    (alert,) = found(RULE, monthly([100] * 3), entries=(production(0),))

    assert alert.evidence["multiple_of_production"] is None
    assert ("0", Severity.CRITICAL) == (alert.evidence["production_kg_per_year"], alert.severity)
    assert alert.summary.endswith("and makes none.")


def test_without_production_volume_and_price_have_to_tell():
    """Twice the volume at ten per cent less."""
    (alert,) = found(RULE, flush())

    assert ("CN", None, None) == (alert.origin, alert.destination, alert.evidence["production_kg_per_year"])
    assert "what it makes is not known" in alert.summary


@pytest.mark.parametrize(
    ("tonnes", "months"),
    [
        pytest.param("117.32", [], id="within-three-deviations"),
        pytest.param("117.33", [14], id="beyond"),
    ],
)
def test_the_volume_has_to_exceed_three_standard_deviations(tonnes, months):
    """Months of 90 and 110: 10 by themselves, 5.774 for three of them."""
    assert months == breaches(RULE, flush(tonnes))


@pytest.mark.parametrize(
    ("price", "months"),
    [
        pytest.param("1.900001", [], id="just-short"),
        pytest.param("1.90", [14], id="at"),
        pytest.param("1.899999", [14], id="just-over"),
    ],
)
def test_the_unit_value_has_to_fall_by_a_twentieth(price, months):
    """A stock that is sold presses the price; more goods at a higher price are demand."""
    assert months == breaches(RULE, flush(price=price))


def test_an_origin_that_makes_what_it_ships_sells_no_stock():
    """However much more it ships than it used to."""
    assert [] == breaches(RULE, flush(), entries=(production(2400),))


def test_above_production_volume_and_price_tell_of_a_stock():
    """2,400 tonnes a year of 2,000 made: less than one and a half times, and yet."""
    assert 14 in breaches(RULE, flush(), entries=(production(2000),))


def test_a_season_is_no_flush():
    """As much was shipped in the same months of the year before."""
    assert [] == breaches(RULE, flush(150, before=[150] * 3 + [90] * 9))


@pytest.mark.parametrize(
    ("records", "lack"),
    [
        pytest.param(
            monthly([100] * 6), "shipments are known for less than fifteen months, and production is not known",
            id="short",
        ),
        pytest.param(flush(before=[10, 10, 10, 300] * 3), LUMPY, id="lumpy"),
        pytest.param([*flush(), *monthly([1] * 4, start=5, incoterm=None)], UNPRICED, id="unpriced"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_said(records, lack):
    """And by that it is not taken for nothing wrong."""
    assert [lack] == [each.missing for each in lacks(RULE, records)]


def test_a_negligible_origin_is_left_out():
    """Below three per cent of all shipments (Anti-Dumping Agreement, article 5.8)."""
    many = [each for _ in range(7) for each in monthly([1000] * 15, origin="BR")]
    alerts = found(RULE, [*flush(), *many])

    assert [] == [alert for alert in alerts if alert.origin == "CN"]


def test_a_trifle_is_left_out():
    """A hundred kilograms in three months are worth a look."""
    assert [] == breaches(RULE, monthly(["0.03"] * 3), entries=(production("0.01"),))


@pytest.mark.parametrize(
    ("makes", "severity"),
    [
        pytest.param(799, Severity.WARNING, id="1.5"),
        pytest.param(600, Severity.HIGH, id="2"),
        pytest.param(400, Severity.CRITICAL, id="3"),
    ],
)
def test_the_multiple_decides_how_serious_it_is(makes, severity):
    """Of production, or else of the usual volume."""
    (alert,) = found(RULE, monthly([100] * 3), entries=(production(makes),))

    assert severity == alert.severity


def test_it_ends_when_shipments_are_what_is_made():
    """The stock is gone."""
    records = monthly([100] * 3 + [10] * 3)

    assert [State.RESOLVED] == [alert.state for alert in found(RULE, records, entries=(production(700),))]


def test_the_evidence_recomputes():
    """The rate, its multiple, and both changes against the twelve months before."""
    others = monthly([500] * 15, [2] * 12 + ["1.90"] * 3, origin="BR")
    (alert,) = found(RULE, [*flush(), *others], entries=(production(1500),))
    got = alert.evidence

    assert [] == wrong_lines(alert)
    assert ("2400000", "1500000", "1.6", "-10", "-5") == (
        got["shipped_at_present_rate_kg_per_year"], got["production_kg_per_year"], got["multiple_of_production"],
        got["price_change_pct"], got["others_price_change_pct"],
    )  # fmt: skip


def test_the_limits_are_to_be_chosen():
    """Here, twice of production."""
    rule = StockpileFlush(production_ratio_above=Fraction(2))

    assert [] == breaches(rule, monthly([100] * 3), entries=(production(700),))
