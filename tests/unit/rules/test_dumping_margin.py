"""Exporters that sell below normal value, over a full period and as an early sign."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from alerts.model import Severity
from streams.reference.basis import BasisRatio
from streams.reference.fx import FxMonthly
from streams.reference.values import Method, ValueStatus
from streams.rules.dumping_margin import DumpingMargin
from streams.rules.dumping_margin_early import DumpingMarginEarly
from tests.unit.rules.figures_of import normal_value
from tests.unit.rules.market_of import breaches, evidence, found, lacks, monthly, shipment, wrong_lines

RULE = DumpingMargin()
EARLY = DumpingMarginEarly()
VALUE = (normal_value("2.04"),)


@pytest.mark.parametrize(
    ("value", "alerts"),
    [
        pytest.param("2.039999", 0, id="just-under-2-per-cent"),
        pytest.param("2.04", 1, id="at-2-per-cent"),
        pytest.param("2.040001", 1, id="just-over-2-per-cent"),
    ],
)
def test_de_minimis_is_less_than_two_per_cent_of_the_export_price(value, alerts):
    """Exactly 2 per cent is no longer de minimis (article 5.8, read strictly); the export price is the base."""
    assert alerts == len(found(RULE, monthly([100] * 12, 2), entries=(normal_value(value),)))


@pytest.mark.parametrize(
    ("value", "severity"),
    [
        pytest.param("2.4999", Severity.WARNING, id="under-25"),
        pytest.param("2.50", Severity.HIGH, id="at-25"),
        pytest.param("3.20", Severity.CRITICAL, id="at-60"),
    ],
)
def test_the_margin_grades_the_alert(value, severity):
    """25 per cent is about where importers are taken to know of it."""
    assert [severity] == [each.severity for each in found(RULE, monthly([100] * 12, 2), entries=(normal_value(value),))]


@pytest.mark.parametrize(
    ("months", "first"),
    [pytest.param(5, [], id="one-short"), pytest.param(6, [5], id="at"), pytest.param(7, [5], id="one-more")],
)
def test_a_full_period_takes_six_months(months, first):
    """Never less than six months (footnote 4)."""
    assert first == breaches(RULE, monthly([100] * months, "1.5"), entries=VALUE)[:1]


@pytest.mark.parametrize(
    ("months", "first"),
    [pytest.param(1, [], id="one-short"), pytest.param(2, [1], id="at"), pytest.param(3, [1], id="one-more")],
)
def test_an_early_sign_takes_two(months, first):
    """Of the three that it looks at."""
    assert first == breaches(EARLY, monthly([100] * months, "1.5"), entries=VALUE)[:1]


def test_an_early_sign_sees_what_the_full_period_does_not_yet():
    """Nine months above normal value offset three below; the early sign is graded lower."""
    records = monthly([100] * 12, ["2.2"] * 9 + ["1.7"] * 3)

    assert [] == breaches(RULE, records, entries=VALUE)
    assert [10, 11] == breaches(EARLY, records, entries=VALUE)
    assert [Severity.INFO] == [each.severity for each in found(EARLY, records, entries=VALUE)]


def test_months_above_normal_value_offset_those_below_and_zeroing_is_only_told():
    """Ten tonnes at 1.80 and twenty at 2.10 against 2.00: nothing with offset, 3.33 per cent of it zeroed."""
    prices, tonnes = ["1.80", "2.10"] * 3, [100, 200] * 3
    assert [] == breaches(RULE, monthly(tonnes, prices), entries=(normal_value("2.00"),))

    got = evidence(RULE, monthly(tonnes, prices), entries=(normal_value("2.10"),))
    assert ("5", "5") == (got["dumping_margin_pct"], got["dumping_margin_zeroed_pct"])

    mixed = evidence(RULE, monthly(tonnes, prices), entries=(normal_value("2.05"),))
    assert ("2.5", "4.166667") == (mixed["dumping_margin_pct"], mixed["dumping_margin_zeroed_pct"])


def test_exporters_are_judged_apart():
    """Who sells above normal value is none of the dumping of others; who is not declared is one of them."""
    records = [
        *monthly([100] * 6, "1.5", exporter="E1"),
        *monthly([100] * 6, "2.5", exporter="E2"),
        *monthly([100] * 6, "1.8"),
    ]
    alerts = found(RULE, records, entries=VALUE)

    assert {"E1", None} == {each.evidence["exporter"] for each in alerts}


def test_an_exporters_own_normal_value_goes_before_everybodys():
    """Its costs or home sales may be other than those of the origin."""
    own = normal_value("1.50", exporter="E1")
    records = [*monthly([100] * 6, "1.5", exporter="E1"), *monthly([100] * 6, "1.5", exporter="E2")]

    assert ["E2"] == [each.evidence["exporter"] for each in found(RULE, records, entries=(*VALUE, own))]


def test_the_normal_value_of_each_month_is_compared_with_that_month():
    """Prices that fall together are no dumping, though the first normal value lies above the last price."""
    falling = (
        normal_value("2.00", valid_to=date(2023, 4, 1)),
        normal_value("1.00", valid_from=date(2023, 4, 1)),
    )
    assert [] == breaches(RULE, monthly([100] * 6, [2] * 3 + [1] * 3), entries=falling)


def test_freight_and_insurance_are_taken_off_where_a_ratio_is_known():
    """2.12 CIF is 2.00 FOB at a ratio of 1.06, and 2.04 then is a margin of 2 per cent; without it there is none."""
    ratio = BasisRatio(publisher="IMF", ratio="1.06")
    records = monthly([100] * 6, "2.12")
    got = evidence(RULE, records, entries=(*VALUE, ratio))

    assert [] == breaches(RULE, records, entries=VALUE)
    assert ("2", "FOB, estimated: CIF / 1.06 (IMF)") == (
        got["dumping_margin_pct"],
        got["inputs"][0]["export_price_basis"],
    )
    assert "1.886792" == got["dumping_margin_of_cif_pct"]


def test_without_a_ratio_the_export_price_says_that_it_is_cif():
    """Which understates the margin."""
    got = evidence(RULE, monthly([100] * 6, "1.5"), entries=VALUE)

    assert got["inputs"][0]["export_price_basis"].startswith("CIF: no ratio is known")


def test_a_normal_value_in_another_currency_is_converted_on_the_day_of_trade():
    """16.32 yuan at 8 to the dollar are 2.04; value added tax that is rebated falls away."""
    yuan = normal_value("18.4416", currency="CNY", vat_pct="13", rebate_pct="13", method=Method.PRICE_PROXY)
    rates = [
        FxMonthly(month=f"2023-{month:02}", rates={"CNY": "0.125"}, publisher="customs", quote="USD")
        for month in range(1, 7)
    ]
    (alert,) = found(RULE, monthly([100] * 6, 2), entries=(yuan, *rates))

    assert ("2", ["price_proxy"]) == (alert.evidence["dumping_margin_pct"], alert.evidence["normal_value_methods"])
    assert [] == wrong_lines(alert)


@pytest.mark.parametrize(
    ("others", "share", "negligible"),
    [
        pytest.param(9700, "3", False, id="at-3-per-cent"),
        pytest.param(9701, "2.999700", True, id="just-under"),
        pytest.param(9699, "3.000300", False, id="just-over"),
    ],
)
def test_negligible_imports_are_said_to_be(others, share, negligible):
    """Below 3 per cent of all imports (article 5.8): said in the evidence, the margin stands."""
    got = evidence(RULE, [*monthly([50] * 6, "1.5"), shipment(5, others, 3, origin="NO")], entries=VALUE)

    assert (share, negligible) == (got["share_of_imports_pct"], got["negligibility"]["negligible"])


def test_small_origins_that_are_many_together_are_not_negligible():
    """More than 7 per cent together and none of them is negligible."""
    small = [shipment(5, 300, 3, origin=origin) for origin in ("NO", "BR")]
    got = evidence(RULE, [*monthly([40] * 6, "1.5"), *small, shipment(5, 10_000, 3, origin="FR")], entries=VALUE)

    assert (True, False) == (got["negligibility"]["below_3_pct"], got["negligibility"]["negligible"])


def test_what_lacks_is_said_once_for_the_lane():
    """Not for each exporter, and not with figures that change every month."""
    records = [*monthly([100] * 6, 1, exporter="E1"), *monthly([100] * 6, 1, exporter="E2")]

    assert ["no normal value of silicon|metal in CN"] == [each.missing for each in lacks(RULE, records)]
    assert ["no normal value of silicon|metal in CN"] == [
        each.missing for each in lacks(RULE, records, entries=(normal_value("2", valid_from=date(2030, 1, 1)),))
    ]


def test_too_few_months_are_said():
    """With a normal value, but not long enough."""
    (lack,) = lacks(RULE, monthly([100] * 3, 1), entries=VALUE)

    assert "fewer than 6 months of exports within 12" == lack.missing


@pytest.mark.parametrize(
    ("priced", "count"),
    [pytest.param(4, 0, id="under-four-fifths"), pytest.param(5, 1, id="at-least-four-fifths")],
)
def test_most_of_the_value_has_to_have_a_normal_value(priced, count):
    """A margin of a part is none of the whole."""
    entries = (normal_value("2.04", valid_to=date(2023, priced + 1, 1)),)

    assert count == len(found(RULE, monthly([100] * 6, 1), entries=entries))


@pytest.mark.parametrize(
    ("first", "count"),
    [pytest.param(date(2021, 1, 1), 0, id="older"), pytest.param(date(2021, 8, 1), 1, id="young-enough")],
)
def test_a_stale_normal_value_measures_nothing(first, count):
    """One without an end holds for two years at most; one with an end as long as its publisher says."""
    records = monthly([100] * 6, 1)

    assert count == len(found(RULE, records, entries=(normal_value("2.04", valid_from=first),)))
    assert 1 == len(found(RULE, records, entries=(normal_value("2.04", valid_from=first, valid_to=date(2024, 1, 1)),)))


def test_a_withdrawn_normal_value_holds_on_no_day():
    """Its publisher took it back."""
    withdrawn = normal_value("2.04", status=ValueStatus.WITHDRAWN)

    assert [] == breaches(RULE, monthly([100] * 6, 1), entries=(withdrawn,))


@pytest.mark.parametrize(
    ("kg", "count"),
    [pytest.param(816, 0, id="just-short"), pytest.param(817, 1, id="just-over")],
)
def test_a_trifle_is_passed_over(kg, count):
    """10,000 USD at normal value."""
    assert count == len(found(RULE, monthly([Fraction(kg, 1000)] * 6, 1), entries=VALUE))


def test_prices_between_related_parties_are_no_export_prices():
    """They are left out, and how much of the goods that was is told; where nothing else is there, that is said."""
    related = monthly([50] * 6, 1, related_party=True)
    got = evidence(RULE, [*monthly([100] * 6, "1.7"), *related], entries=VALUE)
    (lack,) = lacks(RULE, related, entries=VALUE)

    assert ("20", "300000") == (got["dumping_margin_pct"], got["left_out_between_related_parties_kg"])
    assert lack.missing.startswith("no sales but those between related parties")


def test_records_without_a_price_are_not_concluded_from():
    """More than a fifth of them, and the lane is left."""
    unpriced = [shipment(5, 1, 1, currency="EUR") for _ in range(2)]
    (lack,) = lacks(RULE, [*monthly([100] * 6, 1), *unpriced], entries=VALUE)

    assert lack.missing.startswith("too many records whose price is not known")


def test_a_margin_ends_below_half_of_de_minimis():
    """What hovers about two per cent is one alert."""
    single = replace(EARLY, window_months=1, months_min=1)
    hovering = found(single, monthly([100] * 4, ["1.9", "2.01", "1.9", "2.03"]), entries=VALUE)

    assert [2] == [each.evidence["periods_in_breach"] for each in hovering]
    assert ["2023-04-30T00:00:00Z"] == [each.resolved_at for each in hovering]


def test_the_evidence_recomputes():
    """Line by line, each month and the whole."""
    ratio = BasisRatio(publisher="IMF", ratio="1.06")
    records = monthly([3, 7, 11, 13, 17, 19], ["1.71", "1.83", "2.30", "1.97", "1.53", "1.49"])
    (alert,) = found(RULE, records, entries=(*VALUE, ratio))

    assert [] == wrong_lines(alert)
    assert 9 == len(alert.evidence["arithmetic"])
    assert "full period of 12 months" == alert.evidence["signal"]
