"""What of an alert differs from what the log comes to: said path by path."""

from msgspec.structs import replace

from alerts.model import Severity
from streams.recompute import differences
from tests.unit.alerts.examples import FIRING


def test_an_alert_does_not_differ_from_itself():
    """Nothing is said."""
    assert [] == differences(FIRING, FIRING)


def test_what_differs_is_named_with_both_values():
    """Wherever it stands in the evidence."""
    evidence = FIRING.evidence | {"arithmetic": [{"label": "levy", "result": "1"}]}
    told = replace(FIRING, evidence=evidence)
    other = replace(
        told, severity=Severity.INFO, evidence=evidence | {"arithmetic": [{"label": "levy", "result": "2"}]}
    )

    assert ["evidence.arithmetic[0].result: told 1, comes to 2"] == differences(told, other)[:1]
    assert f"severity: told {told.severity}, comes to info" == differences(told, other)[-1]
