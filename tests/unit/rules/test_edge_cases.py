"""The edge cases of price comparison, and what becomes of each: nothing is divided by nothing, nothing is guessed."""

import pytest

from alerts.model import Severity
from streams.records import Refusal
from streams.rules.floor_breach import FloorBreach
from streams.shapes import Kind
from tests.outcomes import END_MARKS, feed, new_engine, standing
from tests.property.test_bad_input import trade
from tests.strategies import SILICON, Logged, plain_reference


def judged(*values):
    """Return the engine that took the trades *values* and their end by the rule of floor breaches, and its steps."""
    engine = new_engine(plain_reference(SILICON), rules=(FloorBreach(),))
    steps = feed(engine, (*(Logged(Kind.TRADE, value) for value in values), *END_MARKS))
    return engine, steps


def breach(*values):
    """Return the only alert over the trades *values*."""
    (alert,) = standing(judged(*values)[0])
    return alert


def refusals(value):
    """Return why a trade was refused."""
    return [refused.reason for step in judged(value)[1] for refused in step.refused]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"value": "0"}, Refusal.VALUE_NOT_POSITIVE, id="free-sample"),
        pytest.param({"value": "-5"}, Refusal.VALUE_NOT_POSITIVE, id="negative-price"),
        pytest.param({"quantity": None}, Refusal.MISSING_FIELD, id="no-quantity"),
        pytest.param({"quantity": "0"}, Refusal.QUANTITY_NOT_POSITIVE, id="zero-quantity"),
        pytest.param({"currency": None}, Refusal.MISSING_FIELD, id="no-currency"),
        pytest.param({"product": None, "hs_code": "811292"}, Refusal.AMBIGUOUS_PRODUCT, id="basket-code"),
    ],
)
def test_what_gives_no_price_is_refused_and_never_made_up(fields, reason):
    """A quantity is never worked out of a price, a currency never taken for granted, a basket never split."""
    assert [reason] == refusals(trade(**fields))


@pytest.mark.parametrize(
    ("value", "final", "provisional"),
    [
        pytest.param("38", Severity.WARNING, Severity.INFO, id="warning"),
        pytest.param("24", Severity.HIGH, Severity.WARNING, id="high"),
        pytest.param("10", Severity.CRITICAL, Severity.HIGH, id="critical"),
    ],
)
def test_a_provisional_price_is_one_band_less_serious(value, final, provisional):
    """Until the final invoice the alert is lower, and says why."""
    waiting = breach(trade(value=value, provisional=True))

    assert (provisional, 1) == (waiting.severity, waiting.evidence["records_below_provisional"])
    assert final is breach(trade(value=value)).severity


def test_one_settled_price_below_is_enough_for_the_full_band():
    """Provisional prices beside it take nothing away."""
    alert = breach(trade(value="10"), trade(id="other", value="10", provisional=True))

    assert (Severity.CRITICAL, 1) == (alert.severity, alert.evidence["records_below_provisional"])


def test_a_final_invoice_confirms_or_takes_back_what_a_provisional_one_said():
    """It is the same declaration at a higher revision: the alert rises to its full band, or is retracted."""
    waiting = trade(value="10", provisional=True)

    assert Severity.CRITICAL is breach(waiting, trade(value="10", revision=2)).severity
    assert [] == standing(judged(waiting, trade(value="60", revision=2))[0])


def test_goods_between_related_parties_are_held_to_the_floor():
    """Their price is no export price, but a floor is a floor."""
    assert breach(trade(value="10", related_party=True)).evidence["records_below"] == 1


def test_goods_weighed_wet_without_an_assay_wait_for_it():
    """No moisture is taken for granted: the record is held, counted and unjudged."""
    engine, steps = judged(trade(product="tungsten|concentrate", unit="wmt", quantity="1", value="100"))

    assert [] == [refused for step in steps for refused in step.refused]
    assert [] == standing(engine)


def test_scrap_has_its_own_product_and_no_floor_of_the_metal():
    """A floor of the metal does not reach it."""
    assert [] == standing(judged(trade(product="tungsten|scrap", value="1"))[0])
