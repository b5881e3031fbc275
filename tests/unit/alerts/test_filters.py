"""Filters: one form everywhere, and whatever can match nothing is refused with what to write."""

import msgspec
import pytest
from msgspec.structs import replace

from alerts.filters import EVERYTHING, FilterError, Selection, checked
from alerts.model import Severity, State
from tests.unit.alerts.examples import FIRING, RESOLVED

PLACELESS = replace(FIRING, origin=None, destination=None, zone=None)


@pytest.mark.parametrize(
    ("wanted", "alert", "matches"),
    [
        pytest.param(EVERYTHING, FIRING, True, id="everything"),
        pytest.param(Selection(mineral="silicon"), FIRING, True, id="mineral"),
        pytest.param(Selection(mineral="silico"), FIRING, False, id="part-of-a-mineral"),
        pytest.param(Selection(mineral="gallium,silicon"), FIRING, True, id="one-of-two-minerals"),
        pytest.param(Selection(mineral="gallium,tungsten"), FIRING, False, id="neither-of-two"),
        pytest.param(Selection(stage="metal"), FIRING, True, id="stage"),
        pytest.param(Selection(product="silicon|metal"), FIRING, True, id="product"),
        pytest.param(Selection(origin="CN", destination="GB"), FIRING, True, id="lane"),
        pytest.param(Selection(origin="CN", destination="DE"), FIRING, False, id="half-a-lane"),
        pytest.param(Selection(origin="CN"), PLACELESS, False, id="no-origin-to-match"),
        pytest.param(Selection(zone="illustrative"), FIRING, True, id="zone"),
        pytest.param(Selection(rule="unit_error,floor_breach"), FIRING, True, id="rules"),
        pytest.param(Selection(severity=Severity.WARNING), FIRING, True, id="more-serious"),
        pytest.param(Selection(severity=Severity.HIGH), FIRING, True, id="as-serious"),
        pytest.param(Selection(severity=Severity.CRITICAL), FIRING, False, id="less-serious"),
        pytest.param(Selection(state=State.FIRING), RESOLVED, False, id="another-state"),
        pytest.param(Selection(is_open=True), RESOLVED, False, id="ended"),
        pytest.param(Selection(is_open=False), RESOLVED, True, id="only-ended"),
        pytest.param(Selection(severity=Severity.HIGH, origin="CN"), RESOLVED, True, id="an-ending-is-heard"),
    ],
)
def test_an_alert_is_wanted_that_has_one_value_of_every_field_given(wanted, alert, matches):
    """Fields narrow, values of a field widen."""
    assert wanted.matches(alert) is matches


def test_countries_may_be_written_small_and_with_spaces():
    """As people write lists."""
    assert checked(Selection(origin="cn, no")).origin == "CN,NO"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        pytest.param("origin", "China", id="name-of-a-country"),
        pytest.param("destination", "G", id="one-letter"),
        pytest.param("mineral", "", id="nothing"),
        pytest.param("mineral", "silicon,,gallium", id="nothing-between"),
        pytest.param("rule", " ", id="blank"),
    ],
)
def test_what_can_match_nothing_is_refused(field, text):
    """A stream that stays silent for good looks like one on which nothing happens."""
    with pytest.raises(FilterError) as raised:
        checked(Selection(**{field: text}))
    assert raised.value.field == field
    assert "write" in str(raised.value)


def test_a_misspelt_field_is_refused():
    """In JSON, as a socket sends it."""
    assert msgspec.json.decode(b'{"open":true,"severity":"high"}', type=Selection).is_open is True
    with pytest.raises(msgspec.ValidationError, match="minerl"):
        msgspec.json.decode(b'{"minerl":"silicon"}', type=Selection)
