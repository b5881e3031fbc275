"""The goods that a lane's are compared with."""

import pytest

from streams.records import Flow
from streams.rules.peers import Peers, peers_text
from streams.rules.surge import Surge
from streams.shapes import Kind
from tests.unit.rules.market_of import FIRST, PRODUCT, judged, monthly

ENTERED = [*monthly([100]), *monthly([20], origin="BR"), *monthly([3], origin="NO"), *monthly([7], destination="US")]
LEFT = [
    each
    for destination, tonnes in (("GB", 100), ("US", 20), ("DE", 3))
    for each in monthly([tonnes], flow=Flow.EXPORT, incoterm="FOB", destination=destination)
]


@pytest.mark.parametrize(
    ("records", "kind", "tonnes", "others"),
    [
        pytest.param(ENTERED, Kind.TRADE, 23, "other origins' goods", id="on-entry"),
        pytest.param(LEFT, Kind.EXPORT, 23, "other destinations' goods", id="on-leaving"),
    ],
)
def test_the_peers_of_a_lane_are_told_by_its_side(records, kind, tonnes, others):
    """Other origins at the destination, or other destinations of the origin; never the lane itself."""
    panel = judged(Surge(), records).markets["silicon"]._periods._panel
    lanes = panel.lanes(PRODUCT, kind=kind)
    (lane,) = (each for each in lanes if each.key.origin == "CN" and each.key.destination == "GB")

    assert tonnes * 10**9 == Peers(panel, lanes).sums(lane, FIRST, 1).content_mg
    assert others == peers_text(lane)


def test_a_lane_without_trade_in_the_window_has_the_peers_it_has():
    """Nothing of its own is taken away from them."""
    panel = judged(Surge(), [*monthly([0, 5]), *monthly([20, 0], origin="BR")]).markets["silicon"]._periods._panel
    lanes = panel.lanes(PRODUCT)
    (lane,) = (each for each in lanes if each.key.origin == "CN")

    assert 20 * 10**9 == Peers(panel, lanes).sums(lane, FIRST, 1).content_mg
