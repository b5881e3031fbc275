"""Cases under the headings of a petition: what the thresholds of trade law say, and what lacks to say it."""

import pytest

from alerts.model import Severity
from streams.month_series import FloorInForce
from streams.report.cases import Case, cases_of
from streams.report.headings import parts_of
from streams.report.markets import markets_of
from streams.report.part import Verdict
from tests.unit.report.reported import alert, line

LATER = [f"2025-{month:02}" for month in range(1, 13)]
MONTHS = [f"2024-{month:02}" for month in range(1, 13)]


def case_of(lines, *alerts) -> Case:
    """Return the case of the alerts on the only lane that has any."""
    (case,) = cases_of(markets_of(lines, alerts))
    return case


def part_of(case, heading):
    """Return what is said under a heading."""
    (found,) = [part for part in parts_of(case) if part.heading == heading]
    return found


def imports(**tonnes):
    """Return a year of imports, so many tonnes a month from each origin."""
    return [
        line(month, origin, qty_kg=str(round(1000 * each)), value_usd=str(round(2000 * each)))
        for origin, each in tonnes.items()
        for month in MONTHS
    ]


@pytest.mark.parametrize(
    ("share", "verdict"),
    [
        pytest.param(2.9, Verdict.NEGLIGIBLE, id="below-3"),
        pytest.param(3, Verdict.NOT_NEGLIGIBLE, id="at-3"),
        pytest.param(3.1, Verdict.NOT_NEGLIGIBLE, id="above-3"),
    ],
)
def test_below_three_per_cent_of_imports_is_negligible(share, verdict):
    """Article 5.8: exactly three per cent is not."""
    part = part_of(case_of(imports(CN=share, BR=100 - share), alert()), "Volume")

    assert part.verdict is verdict
    assert [row[::3] for row in part.rows[:2]] == [
        ("Brazil", "at or above 3 %"),
        ("China", "below 3 %" if share < 3 else "at or above 3 %"),
    ]


@pytest.mark.parametrize(
    ("others", "verdict"),
    [
        pytest.param((2, 2), Verdict.NEGLIGIBLE, id="6.9-together"),
        pytest.param((2.1, 2), Verdict.NEGLIGIBLE, id="7-together"),
        pytest.param((2.5, 2), Verdict.NOT_NEGLIGIBLE, id="7.4-together"),
    ],
)
def test_small_origins_count_together(others, verdict):
    """More than seven per cent together and none of them is negligible."""
    shares = {"CN": 2.9, "BR": others[0], "IN": others[1]}
    lines = imports(NO=100 - sum(shares.values()), **shares)
    part = part_of(case_of(lines, alert()), "Volume")
    said = "more than 7 %" if verdict is Verdict.NOT_NEGLIGIBLE else "not more than 7 %"

    assert part.verdict is verdict
    assert part.rows[-1][::3] == ("3 origins below 3 %", said)


def test_shares_of_imports_that_are_half_known_are_not_told():
    """Where a fifth of the records and more have no price, a share would mean nothing."""
    lines = [line(month, rows=3, unpriced_rows=1) for month in MONTHS]
    part = part_of(case_of(lines, alert()), "Volume")

    assert part.verdict is Verdict.UNKNOWN
    assert "Only 75.0 % of the records" in part.lacks[0]


def test_exports_tell_no_share_of_imports():
    """What the destination takes from others is not in the exporter's figures; that is said."""
    lines = [line(month, "CN", flow="export", destination="US") for month in MONTHS]
    part = part_of(case_of(lines, alert(destination="US", rule="surge")), "Volume")

    assert part.verdict is Verdict.UNKNOWN
    assert part.words == ("China declared 12 t from Jan 2024 to Dec 2024 (100.0 % of its exports of the product).",)
    (lack,) = part.lacks
    assert lack.startswith("What the United States imports from other origins is not in this run: there is no share")
    assert lack.endswith("to set against 3 % and 7 %.")


@pytest.mark.parametrize(
    ("margin", "verdict", "said"),
    [
        pytest.param("1.99", Verdict.NONE, "below 2 %", id="below-2"),
        pytest.param("2", Verdict.SIGNAL, "at or above 2 %", id="at-2"),
        pytest.param("2.01", Verdict.SIGNAL, "at or above 2 %", id="above-2"),
    ],
)
def test_a_margin_below_two_per_cent_is_de_minimis(margin, verdict, said):
    """Article 5.8, read strictly: exactly two per cent is no longer de minimis."""
    found = alert(rule="dumping_margin", evidence={"dumping_margin_pct": margin})
    part = part_of(case_of(imports(CN=1), found), "Margin of dumping")

    assert part.verdict is verdict
    assert said in part.words[0]


def test_without_a_normal_value_there_is_no_margin():
    """It is said that one lacks, not that nothing is dumped."""
    part = part_of(case_of(imports(CN=1), alert()), "Margin of dumping")

    assert part.verdict is Verdict.UNKNOWN
    assert "No normal value of silicon|metal in China" in part.lacks[0]


def test_a_normal_value_without_an_alert_is_told_beside_the_price():
    """The two averages, and that no margin was alleged."""
    lines = [line(month, normal_value_usd_per_kg="2.5") for month in MONTHS]
    part = part_of(case_of(lines, alert()), "Margin of dumping")

    assert part.verdict is Verdict.NONE
    assert "lie 25.0 % of the price apart, at or above 2 %: an indication and no margin" in part.words[1]
    assert "at 2.000 USD/kg on average in 12 months with a normal value, which averaged 2.500 USD/kg" in part.words[0]


def test_a_proxy_for_the_domestic_price_is_called_one():
    """Undercutting of other origins is not undercutting of the industry."""
    found = alert(rule="undercutting", evidence={"measured_by": "other origins (proxy)"})
    part = part_of(case_of(imports(CN=1), found), "Effects on prices")

    assert part.verdict is Verdict.SIGNAL
    assert "a proxy" in part.lacks[0]


def test_prices_of_other_origins_stand_beside_the_goods():
    """Now and a year before: where the domestic price is not known, the nearest that can be said of price effects."""
    lines = [line(month, "CN") for month in (*MONTHS, *LATER)]
    lines += [line(month, "NO", usd_per_kg="4", value_usd="4000") for month in MONTHS]
    lines += [line(month, "NO", usd_per_kg="3", value_usd="3000") for month in LATER]
    part = part_of(case_of(lines, alert()), "Effects on prices")

    assert part.columns == (
        "Unit value, USD/kg", "Jan 2024 to Dec 2024", "Jan 2025 to Dec 2025", "Change",
    )  # fmt: skip
    assert part.rows == (
        ("From China", "2.000", "2.000", "0.0 %"),
        ("All other origins", "4.000", "3.000", "-25.0 %"),
    )
    assert "the goods went at 2.000 USD/kg, 33.3 % below the average of all other origins" in part.words[-1]
    assert part.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("effect", "answered", "open_still"),
    [
        pytest.param("depressed", "Depression", "Suppression", id="prices-fell"),
        pytest.param("suppressed", "Suppression", "Depression", id="prices-were-held-down"),
    ],
)
def test_depression_and_suppression_are_answered_apart(effect, answered, open_still):
    """An alert on one says nothing of the other, and what lacks to answer that is said."""
    found = alert(2, rule="price_suppression", origin=None, evidence={"effect": effect})
    part = part_of(case_of(imports(CN=1), alert(), found), "Effects on prices")
    lacks = " ".join(part.lacks)

    assert part.verdict is Verdict.SIGNAL
    assert (f"{answered}:" in lacks, f"{open_still}:" in lacks) == (False, True)


def test_exports_are_set_beside_the_floor_that_they_would_meet():
    """Which floor, how far the declared value lies from it, and that it is no judgement."""
    floor = FloorInForce(name="f@1", usd_per_kg="2.5", status="in_force")
    lines = [line(month, flow="export", destination="US", floor_in_force=floor) for month in MONTHS]
    part = part_of(case_of(lines, alert(destination="US", rule="surge")), "Reference floor")

    assert part.verdict is Verdict.UNKNOWN
    assert part.words[0] == "On entry into the United States the floor f@1 holds (in force): 2.500 USD/kg CIF."
    assert "declared at 2.000 USD/kg on leaving: 20.0 % below it before freight and insurance" in part.words[1]
    assert part.lacks == ("Goods declared on leaving are not judged by a floor, which holds on entry.",)


def test_each_case_says_what_data_it_rests_on():
    """Records, months, gaps, and the least that its alerts could judge."""
    lines = [line("2024-01", rows=3, unpriced_rows=1), line("2024-04", rows=2, suspect_rows=1)]
    found = [alert(number, evidence={"coverage_pct": pct}) for number, pct in enumerate(("100", "87.5"))]
    part = part_of(case_of(lines, *found), "Data and coverage")

    assert part.words == (
        "7 records in 2 months from Jan 2024 to Apr 2024, 1 of them without a price and 1 of unsure unit.",
        "At least 87.5 % of the records that an alert is about could be judged.",
    )
    assert part.lacks == ("No goods were declared in 2 months of that time.",)


def test_two_years_are_compared_only_where_there_are_two():
    """One year of figures says so."""
    found = alert(rule="surge")
    short = part_of(case_of(imports(CN=1), found), "Increase")
    long = part_of(
        case_of([*imports(CN=1), *(line(each.replace("2024", "2025"), qty_kg="1500") for each in MONTHS)], found),
        "Increase",
    )

    assert short.rows == ()
    assert short.lacks == ("There are not two full years to compare.",)
    assert long.rows[-1] == ("Change", "+50.0 %", "-33.3 %")


def test_the_floor_is_told_with_what_landed_below_it():
    """Tonnes and levy of all breaches of the lane."""
    evidence = {"content_below_kg": "5000", "levy_usd": "1250"}
    part = part_of(case_of(imports(CN=1), alert(evidence=evidence)), "Reference floor")

    assert part.verdict is Verdict.SIGNAL
    assert part.words[0] == "5 t landed below the floor; the levy comes to USD 1,250."


@pytest.mark.parametrize(
    ("floor", "said"),
    [
        pytest.param(None, "No floor applies to these goods", id="none-in-force"),
        pytest.param(
            FloorInForce(name="f@1", usd_per_kg="3", status="in_force"), "(f@1), but these goods did not", id="exempt"
        ),
    ],
)
def test_goods_that_no_floor_was_applied_to_say_why(floor, said):
    """Whether there is none, or one that left them out."""
    lines = [line(month, floor_in_force=floor) for month in MONTHS]

    assert said in part_of(case_of(lines, alert(rule="surge")), "Reference floor").lacks[0]


def test_a_code_that_holds_other_goods_is_said_to():
    """Gallium's HS code is a basket: it does not identify the product."""
    lines = [line(month, product="gallium|metal") for month in MONTHS]
    part = part_of(case_of(lines, alert(product="gallium|metal")), "Like product")

    assert any("does not identify the product alone" in each for each in part.lacks)


def test_a_slip_of_the_unit_is_no_case():
    """It is about the data, not about the goods."""
    assert cases_of(markets_of(imports(CN=1), [alert(rule="unit_error")])) == []


def test_an_alert_without_an_origin_joins_the_case_of_the_largest():
    """A dependence is about the origin that its evidence names."""
    whole = alert(2, rule="supplier_concentration", origin=None, evidence={"largest_origin": "CN"})

    assert [each.rule for each in case_of(imports(CN=9, BR=1), alert(), whole).alerts] == [
        "floor_breach",
        "supplier_concentration",
    ]


def test_the_gravest_case_comes_first_and_few_goods_last():
    """Goods that are not negligible before those that are, then by severity."""
    alerts = [
        alert(1, origin="IN", severity=Severity.CRITICAL),
        alert(2, origin="BR", severity=Severity.WARNING),
        alert(3, origin="CN", severity=Severity.HIGH),
    ]
    cases = cases_of(markets_of(imports(CN=50, BR=49, IN=1), alerts))

    assert [(each.number, each.origin) for each in cases] == [(1, "CN"), (2, "BR"), (3, "IN")]
