"""Alerts in plain words."""

import msgspec
import pytest
from msgspec.structs import replace

from alerts.explain import explain, render_text, steps_of
from alerts.model import State, decode_alert, encode_alert
from tests.unit.alerts.examples import FIRING, RESOLVED


def test_an_explanation_reads_as_text():
    """A reader sees what, where, since when, the arithmetic with its check, the facts, the coverage and the notice."""
    assert (
        render_text(explain(FIRING))
        == """\
HIGH floor breach: silicon|metal from CN to GB (firing)
3f0c5e1a9b7d24680ace

silicon|metal from CN landed in GB below the floor on 2 days. It opened on 2025-03-01, was last
judged on 2025-03-04 and is still open.

Arithmetic
  [ok] levy: max(0, 22000 - 20419.38) = 1580.62 USD

Arithmetic of worst record
  [ok] landed value: 17500 * 1.10 = 19250 USD
  [ok] gap: (22000 - 19250) / 22000 * 100 = 12.5 %

Facts
  rule: floor_breach
  rule set: 5a1e
  zone: illustrative
  revision: 1
  story: 2025-03-01 high
  method: each record against the floor of its day
  records: 10
  levy usd: 1580.62

Floors, illustrative-si@2
  floor: illustrative-si@2
  status: illustrative
  source: own schedule

Worst record
  record id: GB-17
  notes: FOB taken to CIF; VAT taken out

10 of 12 records could be judged (83.333333 %). Signal, not a determination.
"""
    )


def test_every_line_of_arithmetic_is_recomputed_wherever_it_stands():
    """Lines in the evidence itself and inside of a record are both found."""
    explanation = explain(FIRING)
    assert [(each.section, each.step.label) for each in explanation.steps] == [
        ("worst record", "landed value"),
        ("worst record", "gap"),
        ("", "levy"),
    ]
    assert explanation.holds
    assert [each.step for each in explanation.steps] == steps_of(FIRING.evidence)


def test_a_figure_that_does_not_hold_is_shown_with_the_difference():
    """A tampered or mistaken figure stands out, and the explanation as a whole does not hold."""
    step = {"label": "levy", "expression": "22000 - 20419.38", "result": "1580.72", "unit": "USD"}
    explanation = explain(replace(FIRING, evidence={"arithmetic": [step]}))
    assert not explanation.holds
    assert (
        "[NOT SO] levy: 22000 - 20419.38 = 1580.72 USD: printed 1580.72, recomputed 1580.62, a difference of 0.10"
        in render_text(explanation)
    )


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        pytest.param(FIRING, "was last judged on 2025-03-04 and is still open.", id="open"),
        pytest.param(RESOLVED, "It opened on 2025-03-01 and was resolved on 2025-03-11.", id="resolved"),
        pytest.param(
            replace(RESOLVED, state=State.EXPIRED),
            "expired, because no trade came to say that it was over on 2025-03-11.",
            id="expired",
        ),
        pytest.param(replace(FIRING, state=State.RETRACTED), "was retracted", id="retracted"),
    ],
)
def test_the_paragraph_says_what_became_of_the_alert(alert, words):
    """Each state has its own words."""
    assert words in explain(alert).paragraph


def test_what_the_alert_does_not_say_is_said_to_be_missing():
    """Without counts there is no coverage to show, and that is told."""
    assert (
        explain(replace(FIRING, evidence={})).coverage == "The alert does not say how many records it could not judge."
    )


def test_a_rule_that_tells_no_places_apart_has_none_in_its_title():
    """Only what the alert is about is named."""
    alert = replace(FIRING, origin=None, destination=None)
    assert explain(alert).title == "HIGH floor breach: silicon|metal (firing)"


def test_an_alert_read_from_json_is_explained_alike():
    """What is explained is in the alert, whatever way it came."""
    came, made = explain(decode_alert(encode_alert(FIRING))), explain(FIRING)
    assert (came.title, came.paragraph, came.coverage) == (made.title, made.paragraph, made.coverage)
    assert sorted(map(repr, came.steps)) == sorted(map(repr, made.steps))
    assert sorted(map(repr, came.facts)) == sorted(map(repr, made.facts))


def test_an_explanation_is_json_too():
    """Structure for programs: no markup and no numbers with a fraction in it."""
    written = msgspec.json.decode(msgspec.json.encode(explain(FIRING)))
    assert written["steps"][0]["mismatch"] is None
    assert written["facts"][0] == {"section": "", "label": "rule", "value": "floor_breach"}
