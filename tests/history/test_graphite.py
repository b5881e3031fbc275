"""China's exports of graphite 2018 to 2024, before the petition in the United States of 18 December 2024."""

from datetime import date
from fractions import Fraction

import pytest

from streams.records import Trade
from streams.rules.surge_with_price_fall import SurgeWithPriceFall
from tests.history.customs_rows import GRAPHITE, china_graphite
from tests.history.detection_table import Said, firing, first_breach, is_documented, said_of, share_text
from tests.unit.rules.market_of import judged

PETITION = date(2024, 12, 18)
RULE = SurgeWithPriceFall()


@pytest.fixture(scope="module")
def exports(shared_data) -> list[Trade]:
    """Return what China declared."""
    return list(china_graphite(shared_data))


@pytest.fixture(scope="module")
def said(exports) -> list[Said]:
    """Return what the rule said of each destination and month."""
    return said_of(judged(RULE, exports), RULE.name)


@pytest.mark.parametrize(
    ("code", "first"),
    [
        pytest.param("250410", date(2024, 7, 31), id="natural"),
        pytest.param("380110", date(2024, 8, 31), id="artificial"),
    ],
)
def test_the_surge_into_the_united_states_is_told_before_the_petition(said, code, first):
    """More than three months before it, on both codes that it was about."""
    this_year = [each for each in said if each.ends_on.year == PETITION.year]
    on = first_breach(this_year, product=GRAPHITE[code], destination="US")
    beside = f"{(PETITION - on).days} days before the petition"

    assert on == first
    assert is_documented(RULE.name, f"China's graphite {code} to the US", f"{on}", beside)


def test_few_destinations_fire(said):
    """Below six per cent of the months of all destinations that could be judged."""
    fired, of = firing(said)

    assert 100 * fired < 6 * of
    assert is_documented(RULE.name, "China's graphite, 39 destinations, 2019 to 2024", share_text(said))


@pytest.mark.parametrize(
    ("settings", "choices"),
    [
        pytest.param("volume +10 %, price -5 %, share 3 %", {}, id="default"),
        pytest.param("volume +10 %, price -5 %, any share", {"share_min_pct": Fraction(0)}, id="any-share"),
        pytest.param(
            "volume +15 %, price -15 %, share 3 %",
            {"volume_min_pct": Fraction(15), "price_fall_min_pct": Fraction(15)},
            id="stricter",
        ),
    ],
)
def test_the_thresholds_are_chosen_knowing_what_they_cost(exports, settings, choices):
    """What other settings would have said of the same months, and when of the United States."""
    found = said_of(judged(SurgeWithPriceFall(**choices), exports), RULE.name)
    this_year = [each for each in found if each.ends_on.year == PETITION.year]
    firsts = [str(first_breach(this_year, product=each, destination="US")) for each in GRAPHITE.values()]

    assert is_documented(settings, share_text(found), *firsts)
