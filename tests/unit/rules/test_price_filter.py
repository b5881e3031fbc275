"""Unit values that stand out, downwards and upwards."""

from dataclasses import replace
from fractions import Fraction

import pytest

from alerts.model import Severity
from streams.rules.over_invoicing import OverInvoicing
from streams.rules.under_invoicing import UnderInvoicing
from tests.unit.rules.market_of import breaches, evidence, found, lacks, shipment, wrong_lines

UNDER = UnderInvoicing()
OVER = OverInvoicing()
FINE_UNDER, FINE_OVER = UnderInvoicing(gap_min_pct=Fraction(0)), OverInvoicing(gap_min_pct=Fraction(0))
"""They tell small steps too, so that the fences alone decide."""
TIGHT = ("1.98", "1.99", "2.00", "2.01", "2.02")
"""Quartiles 1.99 and 2.01, fences 1.96 and 2.04; median distance from the median 0.01."""
WIDE = ("1.2", "1.6", "2.0", "2.4", "2.8")
"""Quartiles 1.6 and 2.4: no fence within half of the average."""


def usual(prices=TIGHT, *, months=4, parties=False, **fields):
    """Return five unit values a month, of five days or of five importers."""
    return [
        shipment(
            month,
            10,
            price,
            day=5 * place + 1,
            **({"exporter": "E", "importer": f"I{place}"} if parties else {}) | fields,
        )
        for month in range(months)
        for place, price in enumerate(prices)
    ]


def and_then(price, *, tonnes=10, prices=WIDE, **fields):
    """Return four usual months and in the fifth one more unit value."""
    return [*usual(prices), shipment(4, tonnes, price, **fields)]


# -- too low ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "months"),
    [
        pytest.param("1.001", [], id="just-above"),
        pytest.param("1.00", [], id="at"),
        pytest.param("0.999", [4], id="just-below"),
    ],
)
def test_less_than_half_of_the_cleaned_average_is_too_low(price, months):
    """Half is OLAF's; the unit value under test is not one of those that are averaged."""
    assert months == breaches(UNDER, and_then(price))


@pytest.mark.parametrize(
    ("price", "months"),
    [
        pytest.param("1.961", [], id="within-the-fence"),
        pytest.param("1.945", [4], id="beyond-the-fence-and-far-out"),
        pytest.param("1.90", [4], id="further"),
    ],
)
def test_beyond_the_fence_and_far_out_is_too_low(price, months):
    """Where prices lie close together, a few per cent stand out."""
    assert months == breaches(FINE_UNDER, and_then(price, prices=TIGHT))


@pytest.mark.parametrize(
    ("rule", "price", "months"),
    [
        pytest.param(UNDER, "1.701", [], id="just-less-below"),
        pytest.param(UNDER, "1.700", [4], id="15-pct-below"),
        pytest.param(UNDER, "1.699", [4], id="just-more-below"),
        pytest.param(OVER, "2.299", [], id="just-less-above"),
        pytest.param(OVER, "2.300", [4], id="15-pct-above"),
        pytest.param(OVER, "2.301", [4], id="just-more-above"),
    ],
)
def test_a_step_of_less_than_fifteen_per_cent_is_none_however_close_prices_lie(rule, price, months):
    """Of many unit values some are far out by chance; the cleaned average is 2."""
    assert months == breaches(rule, and_then(price, prices=TIGHT))


def test_beyond_the_fence_but_within_chance_is_not():
    """Both have to say so: the fence alone, or the robust z alone, is passed over."""
    strict = replace(FINE_UNDER, robust_z=Fraction(20))

    assert ([4], []) == (
        breaches(FINE_UNDER, and_then("1.90", prices=TIGHT)),
        breaches(strict, and_then("1.90", prices=TIGHT)),
    )
    assert [] == breaches(replace(FINE_UNDER, fence_k=Fraction(10)), and_then("1.90", prices=TIGHT))


@pytest.mark.parametrize(
    ("count", "months"),
    [pytest.param(18, [], id="one-short"), pytest.param(19, [4], id="at"), pytest.param(20, [4], id="one-more")],
)
def test_a_population_is_twenty_unit_values(count, months):
    """The one under test is the twentieth."""
    records = [*usual(WIDE)[:count], shipment(4, 10, "0.5")]

    assert months == breaches(UNDER, records)


def test_too_few_unit_values_are_said():
    """Monthly statistics of one country never come to twenty."""
    (lack,) = lacks(UNDER, [shipment(month, 10, 1) for month in range(12)])

    assert "fewer than 20 unit values of silicon|metal from CN in a year" == lack.missing


def test_unit_values_of_all_destinations_make_the_population():
    """It is of a commodity code and origin."""
    records = [*usual(WIDE, destination="DE"), shipment(4, 10, "0.5")]

    assert [4] == breaches(UNDER, records)


def test_another_commodity_code_is_another_population():
    """What is cheap for one kind is usual for another."""
    records = [*usual(WIDE, hs_code="28046900"), shipment(4, 10, "0.5", hs_code="28046910")]

    assert [] == breaches(UNDER, records)


def test_another_origin_is_another_population():
    """Its goods may be others."""
    assert [] == breaches(UNDER, [*usual(WIDE), shipment(4, 10, "0.5", origin="NO")])


def test_unit_values_older_than_twelve_months_count_no_more():
    """Four months, and then in the month thirteen after the first only fifteen are left."""
    records = [*usual(WIDE), shipment(11, 10, "0.5"), shipment(12, 10, "0.5")]

    assert [11] == breaches(UNDER, records)


@pytest.mark.parametrize(
    ("tonnes", "months"),
    [pytest.param("4.9", [], id="just-short"), pytest.param("5.1", [4], id="just-over")],
)
def test_a_trifle_is_passed_over(tonnes, months):
    """10,000 USD at the cleaned average price, about 2 USD/kg."""
    assert months == breaches(UNDER, and_then("0.5", tonnes=tonnes))


def test_a_fall_of_all_prices_excuses_a_fall():
    """Other origins fell to a quarter as well: nothing stands out; had they not, it would."""
    steady, fallen = (
        [shipment(month, 50, 2 if month < 4 else last, origin="NO") for month in range(5)] for last in (2, "0.5")
    )

    assert [4] == breaches(UNDER, [*and_then("0.5"), *steady])
    assert [] == breaches(UNDER, [*and_then("0.5"), *fallen])


def test_the_goods_under_test_are_no_part_of_the_move_that_excuses_them():
    """A large consignment does not make its own price usual."""
    records = [*and_then("0.5", tonnes=500), shipment(4, 1, 2, day=20)]

    assert [4] == breaches(UNDER, records)


def test_parties_are_judged_apart():
    """Each exporter and importer by its month as a whole."""
    records = [
        *usual(WIDE, parties=True),
        shipment(4, 10, "0.5", exporter="E", importer="I0"),
        shipment(4, 10, "2.0", exporter="E", importer="I1"),
    ]
    got = evidence(UNDER, records)

    assert ("E", "I0") == (got["exporter"], got["importer"])


def test_a_partys_month_is_averaged():
    """One cheap consignment among dear ones is not its price."""
    records = [
        *usual(WIDE, parties=True),
        shipment(4, 10, "0.5", exporter="E", importer="I0"),
        shipment(4, 10, "3.0", exporter="E", importer="I0"),
    ]

    assert [] == breaches(UNDER, records)


def test_a_lot_larger_than_all_others_is_held_against_the_others():
    """With itself among them the average would lie beside it."""
    assert [4] == breaches(UNDER, and_then("0.999", tonnes=10_000))
    assert [] == breaches(UNDER, and_then("1.001", tonnes=10_000))


@pytest.mark.parametrize("backwards", [pytest.param(False, id="in-order"), pytest.param(True, id="late")])
def test_a_partys_alert_ends_with_its_usual_price(backwards):
    """In whatever order its months become known."""
    low, high = (shipment(month, 10, price, exporter="E", importer="I0") for month, price in ((4, "0.5"), (6, "2.0")))
    records = [*usual(WIDE, months=7, parties=True, exporter="F"), low, high]
    (alert,) = found(UNDER, records[::-1] if backwards else records)

    assert ("E", "2023-07-31T00:00:00Z") == (alert.evidence["exporter"], alert.resolved_at)


def test_an_alert_ends_with_a_usual_price():
    """The next month that the party trades at the usual price."""
    records = [*and_then("0.5"), shipment(5, 10, 2)]
    (alert,) = found(UNDER, records)

    assert "2023-06-30T00:00:00Z" == alert.resolved_at


@pytest.mark.parametrize(
    ("price", "severity"),
    [
        pytest.param("1.40", Severity.WARNING, id="a-quarter-below"),
        pytest.param("0.97", Severity.HIGH, id="half-below"),
        pytest.param("0.40", Severity.CRITICAL, id="three-quarters-below"),
    ],
)
def test_the_distance_from_the_average_grades_the_alert(price, severity):
    """In per cent of the cleaned average."""
    assert [severity] == [alert.severity for alert in found(UNDER, and_then(price, prices=TIGHT))]


def test_records_without_a_price_are_not_concluded_from():
    """More than a fifth of the month's records, and the lane is left."""
    (lack,) = lacks(UNDER, [*and_then("0.5"), shipment(4, 1, 1, currency="EUR")])

    assert lack.missing.startswith("too many records whose price is not known")


def test_the_evidence_names_its_records_and_recomputes():
    """Record ids in order, the population's figures and the tests that failed."""
    records = [*usual(TIGHT), shipment(4, 7, "0.713", id="b"), shipment(4, 3, "0.7", id="a")]
    records += [shipment(month, 50, 2 if month < 4 else "1.9", origin="NO") for month in range(5)]
    (alert,) = found(UNDER, records)

    assert ["a", "b"] == alert.evidence["record_ids"]
    assert ["below the lowest acceptable price", "below the lower fence"] == alert.evidence["tests_failed"]
    assert "OLAF" == alert.evidence["thresholds"]["lowest_acceptable_pct"]["basis"]
    assert "0.95" == alert.evidence["other_goods_price_ratio"]
    assert [] == wrong_lines(alert)


# -- too high --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "months"),
    [
        pytest.param("2.039", [], id="within-the-fence"),
        pytest.param("2.055", [4], id="beyond-the-fence-and-far-out"),
        pytest.param("4", [4], id="further"),
    ],
)
def test_above_the_fence_and_far_out_is_too_high(price, months):
    """And nothing that is too low."""
    records = and_then(price, prices=TIGHT)

    assert (months, []) == (breaches(FINE_OVER, records), breaches(FINE_UNDER, records))


def test_twice_the_average_within_the_fence_is_no_finding():
    """Above there is no multiple of the average that is too much."""
    assert [] == breaches(OVER, and_then("3.5", prices=WIDE))


def test_a_rise_of_all_prices_excuses_a_rise():
    """In a supply shock all prices rise together."""
    steady, risen = (
        [shipment(month, 50, 2 if month < 4 else last, origin="NO") for month in range(5)] for last in (2, 8)
    )

    assert [4] == breaches(OVER, [*and_then("8", prices=TIGHT), *steady])
    assert [] == breaches(OVER, [*and_then("8", prices=TIGHT), *risen])


def test_a_fall_of_others_makes_no_price_too_high():
    """Who kept his price is not called dear for it."""
    fallen = [shipment(month, 50, 2 if month < 4 else 1, origin="NO") for month in range(5)]

    assert [] == breaches(OVER, [*and_then("2", prices=TIGHT), *fallen])


def test_the_evidence_of_an_invoice_too_high_recomputes():
    """The upper fence among it."""
    (alert,) = found(OVER, and_then("2.6", prices=TIGHT))

    assert [] == wrong_lines(alert)
    assert "upper fence" in [line["label"] for line in alert.evidence["arithmetic"]]
    assert "from CN entered GB on 2023-05-15 at 2.6" in alert.summary
