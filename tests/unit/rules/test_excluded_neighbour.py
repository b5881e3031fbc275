"""Goods without a floor that are imported in place of floored ones."""

from fractions import Fraction

import pytest
from msgspec.structs import replace

from alerts.model import Severity, State
from streams.reference.floor import AppliesTo, Scope
from streams.rules.coverage import UNPRICED
from streams.rules.excluded_neighbour import ExcludedNeighbour
from streams.rules.lumpiness import LUMPY
from tests.strategies import POLYSILICON, usual_floor
from tests.unit.rules.floors_of import floor, floored, zone
from tests.unit.rules.market_of import breaches, day_in, found, lacks, monthly, wrong_lines

RULE = ExcludedNeighbour()
POLY = "silicon|polysilicon"
FLOORED = floored("1", begins=12)
"""A floor on silicon metal from month 12 on; polysilicon keeps none."""


def poly(tonnes=125, *, before=(100,) * 12, months=3, **fields):
    """Return twelve months of polysilicon before the floor and some after it."""
    return monthly([*before, *[tonnes] * months], 12, product=POLY, hs_code="280461", **fields)


@pytest.mark.parametrize(
    ("tonnes", "months"),
    [
        pytest.param(124.999, [], id="just-short"),
        pytest.param(125, [14], id="at"),
        pytest.param(125.001, [14], id="just-over"),
    ],
)
def test_a_quarter_more_of_the_neighbour_is_found(tonnes, months):
    """In the three months since the floor, against the twelve before it."""
    assert months == breaches(RULE, poly(tonnes), entries=FLOORED)


def test_without_a_floor_next_door_there_is_nothing_to_find():
    """A rise alone is the surge rule's business."""
    assert [] == breaches(RULE, poly(200))


def test_a_season_is_no_evasion():
    """As much came in the same months a year ago."""
    assert [] == breaches(RULE, poly(130, before=[130] * 3 + [90] * 9), entries=FLOORED)


def test_a_market_that_grows_as_a_whole_is_no_evasion():
    """The floored product itself is imported a quarter more as well."""
    metal = monthly([100] * 12 + [125] * 3)

    assert [] == breaches(RULE, [*poly(140), *metal], entries=FLOORED)
    assert [14] == breaches(RULE, [*poly(151), *metal], entries=FLOORED)


def test_a_rise_has_to_stand_out_from_the_usual_noise():
    """Months of 50 and 150 make three months of 125 nothing special."""
    assert [] == breaches(RULE, poly(125, before=[50, 150] * 6), entries=FLOORED)


def test_a_floor_on_the_neighbour_itself_leaves_nothing_to_evade():
    """Then it is not excluded."""
    own = replace(usual_floor(POLYSILICON), effective_from=day_in(12, 1), announced_at=day_in(12, 1))

    assert [] == breaches(RULE, poly(200), entries=(*FLOORED, own))


def test_only_goods_of_origins_under_the_floor_count():
    """Norway's may come as metal as before."""
    chinese = AppliesTo(scope=Scope.ORIGINS, origins=("CN",))
    entries = floored("1", begins=12, applies_to=chinese)

    assert [] == breaches(RULE, poly(200, origin="NO"), entries=entries)
    assert [14] == breaches(RULE, poly(200), entries=entries)


def test_a_floor_that_is_renewed_is_no_news():
    """What trade does about it, it did when the floor was new."""
    first = floor("1", begins=0)
    second = floor("1.10", begins=12, version=2)

    assert [] == breaches(RULE, poly(200), entries=(zone(), first, second))


def test_goods_rushed_in_after_the_announcement_are_no_base():
    """The twelve months end where the floor was announced."""
    announced = floored("1", begins=12, announced_at=day_in(9, 1))
    records = monthly([100] * 12 + [400] * 3 + [130] * 3, 12, product=POLY, hs_code="280461", start=-3)

    assert [14] == breaches(RULE, records, entries=announced)


@pytest.mark.parametrize(
    ("months", "found_in"),
    [
        pytest.param(2, [], id="too-soon"),
        pytest.param(3, [14], id="three"),
        pytest.param(8, [14, 15, 16, 17], id="up-to-six"),
    ],
)
def test_only_the_first_half_year_is_looked_at(months, found_in):
    """What rises later has other reasons."""
    assert found_in == breaches(RULE, poly(150, months=months), entries=FLOORED)


@pytest.mark.parametrize(
    ("records", "lack"),
    [
        pytest.param(
            poly(150)[1:], "imports are not known for the twelve months before the floor was announced", id="short",
        ),
        pytest.param(poly(500, before=[10, 10, 10, 300] * 3), LUMPY, id="lumpy"),
        pytest.param(
            [*poly(150), *monthly([1] * 4, product=POLY, incoterm=None)], UNPRICED, id="unpriced",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_said(records, lack):
    """And by that it is not taken for nothing wrong."""
    assert [lack] == [each.missing for each in lacks(RULE, records, entries=FLOORED)]


def test_a_trifle_is_left_out():
    """A hundred kilograms since the floor are worth a look."""
    assert [] == breaches(RULE, poly("0.0333", before=["0.02"] * 12), entries=FLOORED)


@pytest.mark.parametrize(
    ("tonnes", "severity"),
    [
        pytest.param(125, Severity.WARNING, id="25"),
        pytest.param(150, Severity.HIGH, id="50"),
        pytest.param(200, Severity.CRITICAL, id="100"),
    ],
)
def test_the_rise_decides_how_serious_it_is(tonnes, severity):
    """From a quarter to twice as much."""
    (alert,) = found(RULE, poly(tonnes), entries=FLOORED)

    assert severity == alert.severity


def test_it_ends_when_half_of_the_rise_is_gone():
    """The mean since the floor comes back to what it was."""
    records = monthly([100] * 12 + [130, 130, 130, 60, 60], 12, product=POLY, hs_code="280461")

    assert [State.RESOLVED] == [alert.state for alert in found(RULE, records, entries=FLOORED)]


def test_the_evidence_names_the_floor_and_recomputes():
    """Whose neighbour it is, since when, and by how much."""
    records = [*poly(160, before=[90, 110] * 6), *monthly([100] * 12 + [110] * 3)]
    (alert,) = found(RULE, records, entries=FLOORED)
    got = alert.evidence

    assert [] == wrong_lines(alert)
    assert (POLY, None, "GB", "silicon|metal") == (
        alert.product, alert.origin, alert.destination, got["floored_product"],
    )  # fmt: skip
    assert ("silicon-metal@1", "10", "50") == (
        got["measure"]["measure"], got["floored_product_change_pct"], got["rise_beyond_the_floored_product_pct"],
    )  # fmt: skip


def test_the_floored_product_may_be_of_another_mineral():
    """Ferro-silicon keeps a floor, silicon metal none: the floor is known though its trade is elsewhere."""
    alloy = replace(floor("1", begins=12), floor_id="ferro-silicon", mineral="ferro-silicon", stage="alloy")
    (alert,) = found(RULE, monthly([100] * 12 + [150] * 3), entries=(zone(), alloy))

    assert ("silicon|metal", "ferro-silicon|alloy", None) == (
        alert.product, alert.evidence["floored_product"], alert.evidence["floored_product_change_pct"],
    )  # fmt: skip


def test_the_limits_are_to_be_chosen():
    """Here, a half more."""
    assert [] == breaches(ExcludedNeighbour(rise_min_pct=Fraction(50)), poly(149), entries=FLOORED)
