"""Undercutting, underselling and the lesser duty."""

from fractions import Fraction

import pytest

from streams.antidumping.price_gap import Denominator, ImportedType
from streams.antidumping.profit import ProfitBase
from streams.antidumping.undercutting import undercutting
from streams.antidumping.underselling import duty_pct, lesser_duty_applies, target_price, underselling

CHEAP = ImportedType("cheap", 100, 40_000, 50_000)
DEAR = ImportedType("dear", 200, 66_000, 60_000)


def test_a_type_above_its_measure_offsets_those_below():
    """(10,000 - 6,000) / 110,000; with negatives zeroed 10,000 / 110,000."""
    found = undercutting([CHEAP, DEAR])

    assert (found.weighted_pct, found.weighted_pct_zeroed) == (Fraction(40, 11), Fraction(100, 11))
    assert [20, -10] == [each.gap_pct for each in found.types]


@pytest.mark.parametrize(
    ("landed", "gap_pct"),
    [
        pytest.param(49_999, Fraction(1, 500), id="below"),
        pytest.param(50_000, 0, id="equal"),
        pytest.param(50_001, Fraction(-1, 500), id="above"),
    ],
)
def test_the_sign_tells_undercutting_from_overcutting(landed, gap_pct):
    """A landed price equal to the domestic one undercuts nothing."""
    assert undercutting([CHEAP._replace(landed=landed)]).weighted_pct == gap_pct


@pytest.mark.parametrize(
    ("denominator", "gap_pct"),
    [
        pytest.param(Denominator.DOMESTIC_PRICE, 20, id="domestic price"),
        pytest.param(Denominator.LANDED_VALUE, 25, id="landed value"),
    ],
)
def test_the_denominator_of_practice_is_said(denominator, gap_pct):
    """The same gap of 100 is 20 % of 500 and 25 % of 400."""
    assert undercutting([CHEAP], denominator=denominator).weighted_pct == gap_pct


def test_undercutting_is_not_expressed_in_cif():
    """That is the denominator of underselling."""
    with pytest.raises(ValueError, match="not of cif"):
        undercutting([CHEAP], denominator=Denominator.CIF)


@pytest.mark.parametrize(
    "unclear",
    [
        pytest.param({"measure": None}, id="no domestic price"),
        pytest.param({"measure": 0}, id="domestic price of zero"),
        pytest.param({"measure": -1}, id="domestic price negative"),
        pytest.param({"landed": 0}, id="free sample"),
        pytest.param({"landed": -5}, id="negative import price"),
    ],
)
def test_a_type_that_cannot_be_compared_is_left_out_and_shows_in_the_matched_share(unclear):
    """It is no undercutting of 0 %: it has none."""
    found = undercutting([CHEAP, DEAR._replace(**unclear)])

    assert (found.weighted_pct, found.matched_pct) == (20, Fraction(100, 3))
    assert (found.types[1].gap, found.types[1].gap_pct) == (None, None)


def test_a_type_without_a_quantity_has_no_price():
    """A quantity is never worked out of a price."""
    found = undercutting([CHEAP._replace(quantity=0)])

    assert (found.weighted_pct, found.matched_pct, found.types[0].landed) == (None, None, None)


def test_without_imports_nothing_is_said():
    """Undefined, never 0."""
    found = undercutting([])

    assert (found.weighted_pct, found.weighted_pct_zeroed, found.matched_pct) == (None, None, None)


def test_underselling_is_in_per_cent_of_the_cif_value():
    """Target 1,000, landed 850, CIF 800: 18.75 %."""
    found = underselling([ImportedType("T1", 10, 8_500, 10_000, 8_000)])

    assert found.weighted_pct == Fraction(75, 4)


def test_a_type_without_its_denominator_is_refused():
    """The error names the type and what it lacks."""
    with pytest.raises(ValueError, match="type cheap has no cif value"):
        underselling([CHEAP])


@pytest.mark.parametrize(
    ("base", "target"),
    [pytest.param(ProfitBase.TURNOVER, 1_000, id="turnover"), pytest.param(ProfitBase.COST, 990, id="cost")],
)
def test_a_target_profit_must_say_what_it_is_a_part_of(base, target):
    """10 % of turnover and 10 % on cost lead to two prices; costs to come are added to either."""
    assert target_price(900, profit_pct=10, base=base) == target
    assert target_price(900, profit_pct=10, base=base, costs_to_come=5) == target + 5


@pytest.mark.parametrize(
    ("dumping", "injury", "lesser", "full"),
    [
        pytest.param(29, 20, 20, 29, id="injury lower"),
        pytest.param(20, 20, 20, 20, id="equal"),
        pytest.param(12, 20, 12, 12, id="dumping lower"),
        pytest.param(12, -3, 0, 12, id="no injury"),
        pytest.param(-2, 20, 0, 0, id="no dumping"),
        pytest.param(12, None, None, 12, id="injury not known"),
    ],
)
def test_the_lesser_of_dumping_and_injury_is_the_duty(dumping, injury, lesser, full):
    """Art. 9.1; without the rule the dumping margin is the duty."""
    assert duty_pct(dumping, injury, lesser_duty_rule=True) == lesser
    assert duty_pct(dumping, injury, lesser_duty_rule=False) == full


@pytest.mark.parametrize(
    ("part", "applies"),
    [
        pytest.param("16.99", True, id="under"),
        pytest.param("17", False, id="17 %"),
        pytest.param("17.01", False, id="over"),
    ],
)
def test_a_distorted_raw_material_of_17_pct_sets_the_rule_aside(part, applies):
    """Regulation (EU) 2016/1036, art. 7(2a)."""
    assert lesser_duty_applies(Fraction(part)) is applies
