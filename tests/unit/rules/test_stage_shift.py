"""An element that is sent as goods without a floor."""

from fractions import Fraction

import pytest
from msgspec.structs import replace

from alerts.model import Severity, State
from streams.reference.catalogue import load_catalogue
from streams.rules.contained import are_adjacent, element_share
from streams.rules.coverage import UNPRICED
from streams.rules.stage_shift import StageShift
from tests.strategies import POLYSILICON, usual_floor
from tests.unit.rules.floors_of import floor, zone
from tests.unit.rules.market_of import breaches, day_in, found, lacks, monthly, wrong_lines

RULE = StageShift()
METAL, POLY = "silicon|metal", "silicon|polysilicon"
FLOORED = (zone(), floor("1"))
GRADE = Fraction(985, 1000)
"""The silicon in a kilogram of metal, of which all is silicon in polysilicon but for a trace."""


def trade(metal=(80, 60), poly=(20, 40), months=3, **fields):
    """Return six months before and some since: tonnes of *silicon* as metal and as polysilicon."""
    return [
        *monthly([_goods(metal[0])] * 6 + [_goods(metal[1])] * months, **fields),
        *monthly(_poly(poly, months), 12, product=POLY, hs_code="280461", **fields),
    ]


def _goods(tonnes):
    return f"{int(Fraction(str(tonnes)) / GRADE * 1_000_000_000)}/1000000000"


def _poly(poly, months):
    pure = Fraction(999999, 1000000)
    tonnes = [poly[0]] * 6 + [poly[1]] * months
    return [f"{int(Fraction(str(each)) / pure * 1_000_000_000)}/1000000000" for each in tonnes]


@pytest.mark.parametrize(
    ("metal", "poly", "months"),
    [
        pytest.param(70.01, 29.99, [], id="just-short"),
        pytest.param(69.99, 30.01, [8], id="just-over"),
    ],
)
def test_ten_points_of_the_element_have_to_move(metal, poly, months):
    """From 80 to 70 of 100 tonnes of silicon."""
    assert months == breaches(RULE, trade((80, metal), (20, poly)), entries=FLOORED)


def test_without_a_floor_there_is_nothing_to_evade():
    """Refineries open and close."""
    assert [] == breaches(RULE, trade())


def test_a_move_towards_the_floored_stage_evades_nothing():
    """Nobody goes under a floor to avoid it."""
    assert [] == breaches(RULE, trade((20, 60), (80, 40)), entries=FLOORED)


@pytest.mark.parametrize(
    ("poly_floor", "months"),
    [
        pytest.param("0.50", [8], id="lower"),
        pytest.param("12", [], id="higher"),
    ],
)
def test_a_floor_on_the_other_stage_counts_by_the_element(poly_floor, months):
    """A stage with a lower floor is a way out, one with a higher floor is none."""
    other = replace(usual_floor(POLYSILICON), value=poly_floor, effective_from=day_in(-24), announced_at=day_in(-24))

    assert months == breaches(RULE, trade(), entries=(*FLOORED, other))


def test_a_share_without_the_amount_is_no_move():
    """The floored stage shrinks and the other stays what it was: nothing took its place."""
    assert [] == breaches(RULE, trade((80, 20), (20, 20)), entries=FLOORED)


@pytest.mark.parametrize(
    ("poly", "months"),
    [
        pytest.param(59.9, [8], id="more-than-half"),
        pytest.param(60.1, [], id="less-than-half"),
    ],
)
def test_half_of_what_one_stage_gains_the_other_has_to_lose(poly, months):
    """Twenty tonnes less of the one and forty more of the other: beyond that the market grew."""
    assert months == breaches(RULE, trade((80, 60), (20, poly)), entries=FLOORED)


def test_each_origin_is_judged_by_itself():
    """One origin's metal and another's polysilicon are no shift of anybody's."""
    metal = [each for each in trade() if each.product == METAL]
    poly = [replace(each, origin="KR") for each in trade() if each.product == POLY]

    assert [] == breaches(RULE, [*metal, *poly], entries=FLOORED)


def test_a_stage_that_is_new_may_be_the_one_that_gained():
    """Nothing of it came before."""
    (alert,) = found(RULE, trade((100, 70), (0, 30)), entries=FLOORED)

    assert ("30.000000", "30.000000") == (alert.evidence["rise_points"], alert.evidence["fall_points"])


@pytest.mark.parametrize(
    ("records", "lack"),
    [
        pytest.param(
            [each for each in trade() if each.event_date > day_in(1, 1)],
            "trade is known for less than nine months",
            id="known-too-late",
        ),
        pytest.param(trade()[:1] + trade()[6:9] + trade()[15:], "too little trade in the six months before", id="thin"),
        pytest.param([*trade(), *monthly([1] * 4, start=5, incoterm=None)], UNPRICED, id="unpriced"),
    ],
)
def test_what_cannot_be_compared_is_said(records, lack):
    """Too little before, or too much without a price."""
    assert [lack] == [each.missing for each in lacks(RULE, records, entries=FLOORED)]


def test_a_floor_that_cannot_be_compared_is_said():
    """Its currency has no rate."""
    other = replace(usual_floor(POLYSILICON), currency="EUR", effective_from=day_in(-24), announced_at=day_in(-24))
    missing = [each.missing for each in lacks(RULE, trade(), entries=(*FLOORED, other))]

    assert ["the floor of silicon|polysilicon cannot be brought to a kilogram of content"] == missing


@pytest.mark.parametrize(
    ("gain", "severity"),
    [
        pytest.param(11, Severity.WARNING, id="11"),
        pytest.param(21, Severity.HIGH, id="21"),
        pytest.param(41, Severity.CRITICAL, id="41"),
    ],
)
def test_the_points_gained_decide_how_serious_it_is(gain, severity):
    """From a tenth of the element to two fifths."""
    (alert,) = found(RULE, trade((80, 80 - gain), (20, 20 + gain)), entries=FLOORED)

    assert severity == alert.severity


def test_it_ends_when_the_new_pattern_is_the_usual_one():
    """Against the six months before, that is."""
    assert [State.RESOLVED] == [alert.state for alert in found(RULE, trade(months=9), entries=FLOORED)]


def test_the_evidence_shows_both_stages_and_recomputes():
    """The floor that was left, and that the other keeps none."""
    (alert,) = found(RULE, trade(), entries=FLOORED)
    left, entered = alert.evidence["stages"]

    assert [] == wrong_lines(alert)
    assert (POLY, "CN", "GB", "Si") == (alert.product, alert.origin, alert.destination, alert.evidence["element"])
    assert ("silicon-metal@1", "1.015228", None) == (
        left["floor"], left["floor_usd_per_kg_of_element"], entered["floor_usd_per_kg_of_element"],
    )  # fmt: skip


def test_the_element_counts_through_the_stages():
    """A kilogram of WO3 holds 0.793 kg of tungsten; goods counted as they are stand at their usual grade."""
    catalogue = load_catalogue()
    apt, metal = catalogue.product("tungsten|apt"), catalogue.product("tungsten|metal")

    assert Fraction(999, 1000) == element_share(metal)
    assert Fraction("0.792") < element_share(apt) < Fraction("0.794")
    assert are_adjacent(catalogue.product("tungsten|oxide"), apt)
    assert not are_adjacent(metal, apt)
