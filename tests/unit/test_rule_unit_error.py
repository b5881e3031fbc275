"""A unit value that only a slip of the unit explains."""

import pytest
from msgspec.structs import replace

from alerts.model import Severity, State
from streams.rules import RULES
from streams.rules.unit_error import RECORDS_SHOWN, UnitError
from tests.outcomes import ended, new_engine
from tests.sales import PLAIN, evidence, found, on, sale
from tests.strategies import logged

RULE = UnitError()
HISTORY = [sale(day, "2.50", id=f"h{day}") for day in range(10, 15)]
"""Five days of trade in January: the price level of February."""
FEBRUARY = 31


@pytest.mark.parametrize(
    ("price", "slip"),
    [
        pytest.param("2500", "tonnes declared as kg", id="x1000"),
        pytest.param("0.0025", "kg declared as tonnes", id="a-thousandth"),
        pytest.param("5.5115", "kg declared as lb", id="x2.2046"),
        pytest.param("1.134", "lb declared as kg", id="x0.4536"),
    ],
)
def test_a_slip_of_the_unit_is_a_question_to_the_declarant(price, slip):
    """The record is shown with what was probably mistaken for what, and the level it is measured by."""
    got = evidence(RULE, [*HISTORY, sale(FEBRUARY, price)])
    (suspect,) = got["suspects"]

    assert (slip, "2.5", 1) == (suspect["slip"], suspect["usual_unit_value_usd_per_kg"], got["records"])


@pytest.mark.parametrize(
    "price", [pytest.param("1.25", id="half"), pytest.param("5", id="double"), pytest.param("25", id="tenfold")]
)
def test_a_price_that_moved_is_no_slip(price):
    """Prices halve and spike: only the very ratio of two units tells a slip."""
    assert [] == found(RULE, [*HISTORY, sale(FEBRUARY, price)])


def test_a_spike_of_all_prices_is_no_slip():
    """A market that multiplies within months raises nothing here, because its level follows."""
    spike = [sale(day, str(2 * 1.02**day), id=str(day)) for day in range(0, 120, 2)]

    assert [] == found(RULE, spike)


def test_without_a_history_nothing_is_known():
    """Four days of trade are no price level, and nothing is in doubt."""
    assert [] == found(RULE, [*HISTORY[:4], sale(FEBRUARY, "2500")])


def test_a_suspect_enters_no_price_test():
    """A unit that is in doubt is no price: it makes no breach, and no part of an average or of the coverage."""
    log = [*HISTORY, sale(FEBRUARY, "0.0025"), sale(FEBRUARY, "2", id="real")]
    engine = ended(new_engine(PLAIN), map(logged, log))
    by_rule = {alert.rule: alert for alert in engine.alerts()}

    assert {"floor_breach", "unit_error"} == set(by_rule)
    assert (1, 0) == tuple(by_rule["floor_breach"].evidence[name] for name in ("records", "records_unjudged"))
    assert len(RULES) > 2


def test_a_correction_settles_it():
    """Declared anew in the right unit, the record is an ordinary one and the question is withdrawn."""
    wrong = sale(FEBRUARY, "2500")

    assert [] == found(RULE, [*HISTORY, wrong, replace(wrong, revision=2, unit="t")])


@pytest.mark.parametrize(
    ("price", "suspects"),
    [
        pytest.param("1249.999999", 0, id="x1000-just-outside"),
        pytest.param("1250", 1, id="x1000-at-half"),
        pytest.param("1250.000001", 1, id="x1000-just-inside"),
        pytest.param("5.401325", 0, id="x2.2046-just-outside"),
        pytest.param("5.401327", 1, id="x2.2046-just-inside"),
    ],
)
def test_a_slip_is_told_within_the_tolerance_of_its_ratio(price, suspects):
    """Prices differ: a thousandfold is met by half of it, the limit included, a pound within two per cent."""
    assert suspects == len(found(RULE, [*HISTORY, sale(FEBRUARY, price)]))


@pytest.mark.parametrize(
    ("clear_on", "resolved_on"),
    [
        pytest.param(6, 7, id="before-the-week-is-over"),
        pytest.param(7, 7, id="after-a-week"),
        pytest.param(8, 8, id="after-more-than-a-week"),
    ],
)
def test_a_week_of_right_records_resolves_it(clear_on, resolved_on):
    """Seven days after the last suspect an ordinary record ends the alert."""
    records = [*HISTORY, sale(FEBRUARY, "2500"), sale(FEBRUARY + clear_on, "2.50")]
    (alert,) = found(RULE, records)

    assert (State.RESOLVED, f"{on(FEBRUARY + resolved_on)}T00:00:00Z") == (alert.state, alert.resolved_at)


def test_many_suspects_are_one_alert_that_shows_the_first_few():
    """A batch with the wrong unit is one question; the first records by day and id stand for the rest."""
    batch = [sale(FEBRUARY + day, "2500", id=f"s{day}{number}") for day in range(3) for number in range(3)]
    (alert,) = found(RULE, [*HISTORY, *reversed(batch)])
    shown = [each["record_id"] for each in alert.evidence["suspects"]]

    assert (9, ["s00", "s01", "s02", "s10", "s11"]) == (alert.evidence["records"], shown)
    assert (RECORDS_SHOWN, Severity.WARNING) == (len(shown), alert.severity)
