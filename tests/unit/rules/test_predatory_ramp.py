"""Prices that are driven down while quantities are driven up."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from alerts.model import Severity
from streams.reference.basis import BasisRatio
from streams.rules.predatory_ramp import PredatoryRamp
from tests.unit.rules.figures_of import unit_cost
from tests.unit.rules.market_of import breaches, evidence, found, lacks, monthly, shipment, wrong_lines

RULE = PredatoryRamp()
YEAR = replace(RULE, windows=(12,))


def ramp(last_price="1.40", last_tonnes=200, *, months=12, **fields):
    """Return a year from 2.00 USD/kg and 100 tonnes a month, step by even step, to the last."""
    down, up = Fraction(last_price) - 2, last_tonnes - 100
    steps = [Fraction(month, months - 1) for month in range(months)]
    return monthly(
        [100 + up * step for step in steps], [(2 + down * step).limit_denominator(10**5) for step in steps], **fields
    )


def flat(price=2, tonnes=100, *, months=12, **fields):
    """Return another origin that changes nothing."""
    return monthly([tonnes] * months, price, **{"origin": "NO"} | fields)


def thirds(before, after, *, tonnes=(100, 200)):
    """Return four months of one price and four of another, and between them even steps; the quantity likewise."""
    low, high = Fraction(after), Fraction(before)
    prices = [high, high, high, high, *(high - (high - low) * Fraction(k, 5) for k in (1, 2, 3, 4)), low, low, low, low]
    start, end = map(Fraction, tonnes)
    amounts = [start] * 4 + [start + (end - start) * Fraction(k, 5) for k in (1, 2, 3, 4)] + [end] * 4
    return monthly(amounts, prices)


def in_the_last(rule, records, **choices):
    """Return whether the twelfth month is in breach."""
    return 11 in breaches(rule, records, **choices)


def test_a_price_driven_down_and_a_quantity_driven_up_are_found():
    """Fifteen per cent and thirty, over a year."""
    (alert,) = found(YEAR, [*ramp(), *flat()])

    assert "the price was driven down" in alert.summary
    assert [] == wrong_lines(alert)


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        pytest.param("1.701", False, id="just-short-of-15-per-cent"),
        pytest.param("1.70", True, id="at"),
        pytest.param("1.699", True, id="just-past"),
    ],
)
def test_the_price_falls_by_fifteen_per_cent(price, expected):
    """From the first third of the window to the last."""
    assert expected is in_the_last(YEAR, [*thirds("2.00", price), *flat()])


@pytest.mark.parametrize(
    ("tonnes", "expected"),
    [
        pytest.param("129.9", False, id="just-short-of-30-per-cent"),
        pytest.param("130", True, id="at"),
        pytest.param("130.1", True, id="just-past"),
    ],
)
def test_the_quantity_rises_by_thirty_per_cent(tonnes, expected):
    """From the first third of the window to the last."""
    assert expected is in_the_last(YEAR, [*thirds("2.00", "1.60", tonnes=("100", tonnes)), *flat()])


def test_a_fall_that_all_origins_share_is_no_ramp():
    """What others fell by is taken off; had they risen, nothing is added."""
    shared = [*ramp(), *monthly([100] * 12, [2 - Fraction(month, 28) for month in range(12)], origin="NO")]

    assert [] == breaches(YEAR, shared)


def test_a_fall_that_is_lost_in_the_noise_is_none():
    """Ups and downs of a tenth from month to month make a fifth over the year too little."""
    prices = [2, "1.7", 2, "1.7", 2, "1.7", "1.9", "1.6", "1.9", "1.5", "1.8", "1.4"]
    noisy = monthly([100 + 10 * month for month in range(12)], prices)
    loose = replace(YEAR, noise_multiple_min=Fraction(0), price_fall_min_pct=Fraction(10))

    assert [11] == breaches(loose, [*noisy, *flat()])
    assert [] == breaches(replace(loose, noise_multiple_min=Fraction(5, 2)), [*noisy, *flat()])


def test_a_fall_of_more_than_three_fifths_is_another_good():
    """A new kind under the old code."""
    assert not in_the_last(YEAR, [*thirds("2.00", "0.79"), *flat()])
    assert in_the_last(YEAR, [*thirds("2.00", "0.80"), *flat()])


def test_one_step_is_no_trend():
    """A price cut once, with the quantity as it was before and after, shows no trend that chance would not."""
    quarter = replace(RULE, windows=(6,))
    step = monthly([100, 100, 100, 200, 200, 200], [2, 2, 2, "1.6", "1.6", "1.6"])
    even = monthly([100, 120, 140, 160, 180, 200], [2, "1.9", "1.8", "1.7", "1.6", "1.5"])

    assert 5 in breaches(quarter, [*even, *flat(months=6)])
    assert [] == breaches(replace(quarter, trend_z=Fraction(2)), [*step, *flat(months=6)])


@pytest.mark.parametrize(
    ("cost", "count", "severity"),
    [
        pytest.param("1.60", 0, None, id="nothing-below-cost"),
        pytest.param("1.600001", 1, Severity.WARNING, id="the-last-months-below"),
        pytest.param("2.50", 1, Severity.WARNING, id="all-below"),
    ],
)
def test_some_of_it_is_below_cost_where_the_cost_is_known(cost, count, severity):
    """At cost is not below."""
    alerts = found(YEAR, [*thirds("2.00", "1.60"), *flat()], entries=(unit_cost(cost, valid_to=date(2030, 1, 1)),))

    assert [severity] * count == [alert.severity for alert in alerts]


def test_without_a_cost_the_alert_is_a_warning_at_most_and_says_so():
    """With one it is graded by the fall."""
    records = [*thirds("2.00", "1.10"), *flat()]
    known = found(YEAR, records, entries=(unit_cost("1.5"),))
    unknown = found(YEAR, records)

    assert ([Severity.CRITICAL], [Severity.WARNING]) == (
        [each.severity for each in known],
        [each.severity for each in unknown],
    )
    assert "the unit cost is not known" in unknown[0].summary
    assert 6 == len(known[0].evidence["months_below_cost"])


def test_freight_does_not_cover_a_cost():
    """1.60 CIF is 1.51 FOB, below 1.55."""
    entries = (unit_cost("1.55"), BasisRatio(publisher="IMF", ratio="1.06"))
    records = [*thirds("2.00", "1.60"), *flat()]

    assert in_the_last(YEAR, records, entries=entries)
    assert not in_the_last(YEAR, records, entries=entries[:1])


def test_exporters_are_judged_apart():
    """The one that does it is named."""
    records = [*ramp(exporter="E1"), *flat(origin="CN", exporter="E2"), *flat()]

    assert "E1" == evidence(YEAR, records)["exporter"]


def test_the_longest_window_that_shows_it_is_told():
    """A year and a half before a year, a year before half of one."""
    assert [18, 12, 6] == [
        found(RULE, [*ramp(months=months), *flat(months=months)])[0].evidence["window_months"] for months in (18, 12, 6)
    ]


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        pytest.param((2, 3), False, id="too-few"),
        pytest.param((2,), True, id="four-fifths-of-six"),
        pytest.param((), True, id="all"),
        pytest.param((0,), False, id="the-first-is-missing"),
    ],
)
def test_most_months_have_trade_and_the_first_of_them(without, expected):
    """What is not there shows no trend; the lack is said."""
    half = [record for month, record in enumerate(ramp(months=6)) if month not in without]
    loose = replace(RULE, windows=(6,), quantity_rise_min_pct=Fraction(10), trend_z=Fraction(1))
    missing = {each.missing for each in lacks(loose, [*half, *flat(months=6)]) if each.origin == "CN"}

    assert expected is (5 in breaches(loose, [*half, *flat(months=6)]))
    assert (len(without) == 2) is ("fewer than 6 months of trade" in missing)


def test_negligible_and_trifling_goods_are_passed_over():
    """Less than three per cent of the imports, or less than 10,000 USD."""
    small = [each for each in ramp() if each.origin == "CN"]

    assert [] == breaches(YEAR, [*small, *flat(tonnes=10_000)])
    assert [] == breaches(replace(YEAR, value_min_usd=Fraction(10**7)), [*small, *flat()])


def test_records_without_a_price_are_not_concluded_from():
    """More than a fifth of them, and the lane is left."""
    unpriced = [shipment(11, 1, 1, currency="EUR") for _ in range(4)]
    missing = [each.missing for each in lacks(YEAR, [*ramp(), *unpriced, *flat()]) if each.origin == "CN"]

    assert missing[0].startswith("too many records whose price is not known")
