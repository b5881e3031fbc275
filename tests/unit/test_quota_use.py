"""How far tariff quotas are used up, day by day."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.cells import Lane, LaneKey
from streams.quota_use import MG_PER_KG, QuotaUse, QuotaUses
from streams.reference.quotas import Quota
from streams.rules.floor_breach import FloorBreach
from streams.shapes import Kind
from tests.sales import PLAIN, evidence, on, sale
from tests.strategies import SILICON, ZONE, usual_floor

RULE = FloorBreach()
FLOOR = "silicon-metal@1"
PERIOD = Quota(
    quota_id="quota",
    zone_id=ZONE,
    products=("silicon|metal",),
    period_from=on(0),
    period_to=on(30),
    quantity="1000",
    unit="kg",
)


def lane(origin="CN"):
    """Return a lane of silicon metal to the United Kingdom."""
    return Lane(LaneKey(Kind.TRADE, "silicon|metal", origin, "GB"))


def use(*draws, quota=PERIOD):
    """Return a lane after it drew kilograms by day."""
    drawing, used = lane(), QuotaUse(quota)
    for day, kg in draws:
        list(used.draw(drawing, FLOOR, day, kg * MG_PER_KG))
    return drawing


@pytest.mark.parametrize(
    ("kg", "share"),
    [
        pytest.param(999, Fraction(0), id="just-short"),
        pytest.param(1000, Fraction(0), id="at"),
        pytest.param(1001, Fraction(1, 1001), id="just-over"),
    ],
)
def test_goods_within_the_quota_are_all_in(kg, share):
    """The last kilogram of a quota is within it; what is more is out, as a part of the day."""
    assert share == use((1, kg)).out_of_quota[FLOOR, 1]


def test_a_quota_is_drawn_on_in_the_order_of_the_days():
    """What a day finds left is what the days before it have left, whatever the order of the records."""
    shares = {(FLOOR, 1): Fraction(0), (FLOOR, 2): Fraction(1, 2), (FLOOR, 3): Fraction(1)}

    assert shares == use((1, 800), (2, 400), (3, 10)).out_of_quota == use((3, 10), (2, 400), (1, 800)).out_of_quota


def test_lanes_share_what_is_left_of_a_day():
    """On the day a quota runs out what is left is shared in proportion (Regulation (EU) 2015/2447, article 51)."""
    used, one, other = QuotaUse(PERIOD), lane(), lane("NO")
    list(used.draw(one, FLOOR, 1, 1500 * MG_PER_KG))

    assert [(one, 1), (other, 1)] == list(used.draw(other, FLOOR, 1, 500 * MG_PER_KG))
    assert Fraction(1, 2) == one.out_of_quota[FLOOR, 1] == other.out_of_quota[FLOOR, 1]


def test_what_leaves_makes_room():
    """A declaration that was taken back, or is judged by another floor, gives its part to the days after it."""
    used, drawing = QuotaUse(PERIOD), lane()
    for day, kg in ((1, 800), (2, 400)):
        list(used.draw(drawing, FLOOR, day, kg * MG_PER_KG))

    assert [(drawing, 2)] == list(used.leave(drawing, FLOOR, 1))
    assert Fraction(0) == drawing.out_of_quota[FLOOR, 2]
    assert [] == list(used.leave(drawing, FLOOR, 1))


def test_a_lane_draws_on_what_it_was_last_said_to():
    """A day that draws on another quota, or on none, no longer draws on the first."""
    uses, drawing = QuotaUses(), lane()
    changes = [
        list(uses.draw(drawing, 1, draws))
        for draws in ({FLOOR: (PERIOD, 2000 * MG_PER_KG)}, {FLOOR: (PERIOD, 2000 * MG_PER_KG)}, {}, {})
    ]

    assert [[(drawing, 1)], [], [], []] == changes
    assert {} == drawing.out_of_quota


def test_a_lane_that_leaves_makes_room_for_another():
    """What one lane no longer draws is there for the rest of the day, and of the days after."""
    uses, one, other = QuotaUses(), lane(), lane("NO")
    for drawing in (one, other):
        list(uses.draw(drawing, 1, {FLOOR: (PERIOD, 1000 * MG_PER_KG)}))

    assert [(other, 1)] == list(uses.draw(one, 1, {}))
    assert ({}, {(FLOOR, 1): Fraction(0)}) == (one.out_of_quota, other.out_of_quota)


def test_a_lane_that_comes_to_a_quota_used_up_gets_none_of_it():
    """The share of a day that stays the same holds for a new lane too."""
    used, late = QuotaUse(PERIOD), lane("NO")
    list(used.draw(lane(), FLOOR, 1, 1000 * MG_PER_KG))
    list(used.draw(lane(), FLOOR, 2, 10 * MG_PER_KG))
    list(used.draw(late, FLOOR, 2, 10 * MG_PER_KG))

    assert {(FLOOR, 2): Fraction(1)} == late.out_of_quota


def test_a_quota_published_anew_is_drawn_on_from_nothing():
    """Its new quantity is what all days draw on; they are all judged again."""
    uses, drawing = QuotaUses(), lane()
    list(uses.draw(drawing, 1, {FLOOR: (PERIOD, 800 * MG_PER_KG)}))
    smaller = replace(PERIOD, quantity="400")

    assert [(drawing, 1)] == list(uses.draw(drawing, 1, {FLOOR: (smaller, 800 * MG_PER_KG)}))
    assert Fraction(1, 2) == drawing.out_of_quota[FLOOR, 1]


@given(st.dictionaries(st.integers(1, 20), st.integers(0, 700), min_size=1), st.randoms(use_true_random=False))
def test_a_quota_is_used_up_once(draws, dice):
    """However days come and change, no more than the quota is in it, and all of it where enough is drawn."""
    order = [(day, dice.randint(0, 700)) for day in draws] + list(draws.items())
    drawing = use(*order)
    inside = sum(kg * (1 - drawing.out_of_quota[FLOOR, day]) for day, kg in draws.items() if kg)

    assert min(1000, sum(draws.values())) == inside
    assert drawing.out_of_quota == use(*draws.items()).out_of_quota


def test_a_levy_is_charged_outside_the_quota_only():
    """Half of a day's goods find the quota used up: half of what lies below is a breach, with half of its levy."""
    floor = replace(usual_floor(SILICON), quota_id="quota")
    got = evidence(RULE, [sale(0, "2", kg="2000")], entries=(PLAIN[0], floor, PERIOD))

    assert ("1000", "200") == (got["content_below_kg"], got["levy_usd"])


@pytest.mark.parametrize(
    ("day", "content_below_kg"),
    [
        pytest.param(29, "1000", id="last-day"),
        pytest.param(30, "2000", id="the-day-after"),
    ],
)
def test_after_its_period_a_quota_covers_nothing(day, content_below_kg):
    """The end of a period is not part of it."""
    floor = replace(usual_floor(SILICON), quota_id="quota")
    got = evidence(RULE, [sale(day, "2", kg="2000")], entries=(PLAIN[0], floor, PERIOD))

    assert content_below_kg == got["content_below_kg"]


def test_a_quota_of_unknown_size_covers_nothing():
    """Where it is not known how much is let in, nothing is taken to be."""
    floor = replace(usual_floor(SILICON), quota_id="quota")
    entries = (PLAIN[0], floor, replace(PERIOD, quantity=None))

    assert "2000" == evidence(RULE, [sale(0, "2", kg="2000")], entries=entries)["content_below_kg"]
