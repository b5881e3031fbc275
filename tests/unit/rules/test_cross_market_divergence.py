"""The price outside China and the price at home in China, in an unusual distance."""

from fractions import Fraction

import pytest
from msgspec.structs import replace

from alerts.model import Severity, State
from streams.reference.fx import FxDaily
from streams.rules.cross_market_divergence import CrossMarketDivergence
from tests.unit.rules.market_of import found, lacks, wrong_lines
from tests.unit.rules.prices_of import on, price

RULE = CrossMarketDivergence()
FINE = CrossMarketDivergence(move_min=Fraction(2))
"""Tells small moves too, so that deviations alone decide."""
USUAL = 40
"""Days of a usual spread before what is tested."""


def abroad(day, usd, **fields):
    """Return a price outside China."""
    return price(day, usd, **{"instrument": "rotterdam", "place": "Rotterdam"} | fields)


def china(day, usd, **fields):
    """Return a price of the Chinese home market, in dollars for the sake of round figures."""
    return price(day, usd, **{"instrument": "domestic", "place": "China", "incoterm": "EXW"} | fields)


def usual(days=USUAL, *, high="2.04", low="2.00", home="1"):
    """Return prices whose ratio swings between two figures by turns."""
    return [each for day in range(days) for each in (abroad(day, high if day % 2 else low), china(day, home))]


def test_a_usual_spread_is_silent():
    """However far the two markets stand apart, when they always did."""
    assert [] == found(RULE, usual(100))


@pytest.mark.parametrize(
    ("usd", "fires"),
    [
        pytest.param("2.0807", False, id="just-under-three-above"),
        pytest.param("2.0809", True, id="just-over-three-above"),
        pytest.param("1.9608", False, id="just-under-three-below"),
        pytest.param("1.9607", True, id="just-over-three-below"),
    ],
)
def test_three_standard_deviations_are_unusual(usd, fires):
    """The logarithms of 2.04 and 2 differ by 0.0198: the average is 0.7030, its deviation 0.0099."""
    assert fires == bool(found(FINE, [*usual(), abroad(USUAL, usd), china(USUAL, "1")]))


@pytest.mark.parametrize(
    ("usd", "fires"),
    [
        pytest.param("2.1025", False, id="just-under-five-hundredths"),
        pytest.param("2.1026", True, id="just-over-five-hundredths"),
    ],
)
def test_a_small_move_is_none_however_still_it_was_before(usd, fires):
    """Where a spread never moved every move would be unusual."""
    assert fires == bool(found(RULE, [*usual(high="2", low="2"), abroad(USUAL, usd), china(USUAL, "1")]))


@pytest.mark.parametrize(
    ("usd", "flipped"),
    [
        pytest.param("0.99", False, id="hardly-cheaper"),
        pytest.param("0.9513", False, id="just-under-five-hundredths-cheaper"),
        pytest.param("0.9512", True, id="just-over-five-hundredths-cheaper"),
        pytest.param("1.01", False, id="still-dearer"),
    ],
)
def test_the_dearer_market_may_not_become_the_cheaper(usd, flipped):
    """Wild spreads, so that nothing is unusual but the sign."""
    records = [*usual(high="3", low="1"), abroad(USUAL, usd), china(USUAL, "1")]

    assert flipped == bool(found(RULE, records))
    assert all(alert.evidence["changed_sign"] for alert in found(RULE, records))


@pytest.mark.parametrize(
    ("days", "told"),
    [
        pytest.param(19, False, id="nineteen-days"),
        pytest.param(20, True, id="twenty-days"),
        pytest.param(21, True, id="twenty-one-days"),
    ],
)
def test_what_is_usual_has_to_be_known(days, told):
    """Twenty days on which both prices held."""
    records = [*usual(days), abroad(days, "4"), china(days, "1")]

    assert told == bool(found(RULE, records))
    assert told != ("fewer than 20 days on which both prices held" in {each.missing for each in lacks(RULE, records)})


def test_spreads_of_more_than_180_days_ago_are_forgotten():
    """What was usual a year ago is no measure."""
    old = usual(30)
    recent = [each for day in range(200, 240) for each in (abroad(day, "4.04" if day % 2 else "4"), china(day, "1"))]

    assert [] == found(RULE, [*old, *recent])


@pytest.mark.parametrize(
    ("age", "holds"),
    [
        pytest.param(10, True, id="ten-days-old"),
        pytest.param(11, False, id="eleven-days-old"),
    ],
)
def test_a_price_holds_for_ten_days(age, holds):
    """A weekly price is compared with a daily one."""
    records = [*usual(), abroad(USUAL - 1 + age, "4")]

    assert holds == bool(found(RULE, records))


def test_tax_is_taken_off_before_prices_are_compared():
    """A home price that includes 13 per cent is as high as one of 1 without."""
    records = [*usual(), abroad(USUAL, "2.02"), china(USUAL, "1.13", vat_pct="13")]

    assert [] == found(RULE, records)


def test_yuan_by_the_tonne_are_dollars_by_the_kilogram():
    """A price in yuan is one of the Chinese market where no place is told."""
    rates = [FxDaily(day=on(day), rates={"USD": "1", "CNY": "7"}) for day in range(50)]
    home = {"instrument": "yuan", "currency": "CNY", "unit": "t", "place": None, "incoterm": None}
    records = [*usual(), *(china(day, "7000", **home) for day in range(USUAL)), abroad(USUAL, "4"), china(USUAL, "1")]
    alerts = found(RULE, [*records, china(USUAL, "7000", **home)], entries=rates)

    assert {"domestic", "yuan"} == {alert.evidence["china"]["instrument"] for alert in alerts}
    assert ["4", "4"] == [alert.evidence["ratio"] for alert in alerts]


def test_an_export_quote_of_china_is_no_side():
    """Goods for export are priced for the world's buyers."""
    fob = [china(day, "1", incoterm="FOB") for day in range(USUAL + 1)]
    records = [*(abroad(day, "2") for day in range(USUAL)), *fob, abroad(USUAL, "4")]

    assert [] == found(RULE, records)
    assert ["no price of the Chinese home market to compare with"] == [each.missing for each in lacks(RULE, records)]


def test_without_a_price_outside_china_it_is_said_that_there_is_none():
    """One side alone has no spread."""
    assert ["no price outside China to compare with"] == [each.missing for each in lacks(RULE, [china(0, "1")])]


def test_a_spread_that_comes_back_ends_the_alert():
    """Within one and a half deviations it is usual again."""
    records = [*usual(), abroad(USUAL, "4"), china(USUAL, "1"), abroad(USUAL + 1, "2.02"), china(USUAL + 1, "1")]
    (alert,) = found(RULE, records)

    assert State.RESOLVED is alert.state


def test_a_corrected_price_takes_the_alert_back():
    """The alert is of what stands."""
    wrong = abroad(USUAL, "4")

    assert [] == found(RULE, [*usual(), wrong, china(USUAL, "1"), replace(wrong, price="2.02", revision=2)])


@pytest.mark.parametrize(
    ("usd", "severity"),
    [
        pytest.param("2.2", Severity.INFO, id="9-hundredths"),
        pytest.param("2.3", Severity.WARNING, id="13-hundredths"),
        pytest.param("2.6", Severity.HIGH, id="25-hundredths"),
        pytest.param("4", Severity.CRITICAL, id="68-hundredths"),
    ],
)
def test_the_further_the_worse(usd, severity):
    """Bands of how far the spread moved."""
    (alert,) = found(RULE, [*usual(), abroad(USUAL, usd), china(USUAL, "1")])

    assert severity is alert.severity


def test_the_evidence_recomputes():
    """Ratio, average and deviations."""
    (alert,) = found(RULE, [*usual(), abroad(USUAL, "4"), china(USUAL, "1", vat_pct="7")])
    (still,) = found(RULE, [*usual(high="2", low="2"), abroad(USUAL, "4"), china(USUAL, "1")])

    assert [] == wrong_lines(alert) + wrong_lines(still)
    assert (40, "4.28", "7") == (
        alert.evidence["days_compared"],
        alert.evidence["ratio"],
        alert.evidence["china"]["vat_taken_off_pct"],
    )
    assert Fraction(alert.evidence["standard_deviations"]) > 60
    assert still.evidence["standard_deviations"] is None
