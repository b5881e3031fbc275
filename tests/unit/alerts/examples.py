"""Alerts to test with: one that looks like the real ones, and changes of it."""

from msgspec.structs import replace

from alerts.model import Alert, AlertChange, ChangeKind, Severity, State, usual_reason

FIRING = Alert(
    id="3f0c5e1a9b7d24680ace",
    rule="floor_breach",
    rule_set="5a1e",
    severity=Severity.HIGH,
    state=State.FIRING,
    product="silicon|metal",
    origin="CN",
    destination="GB",
    zone="illustrative",
    opened_at="2025-03-01T00:00:00Z",
    updated_at="2025-03-04T00:00:00Z",
    resolved_at=None,
    summary="silicon|metal from CN landed in GB below the floor on 2 days.",
    evidence={
        "method": "each record against the floor of its day",
        "records": 10,
        "records_unjudged": 2,
        "coverage_pct": "83.333333",
        "levy_usd": "1580.62",
        "floors": [
            {"floor": "illustrative-si@2", "status": "illustrative", "source": "own schedule", "legal_basis": None}
        ],
        "worst_record": {
            "record_id": "GB-17",
            "notes": ["FOB taken to CIF", "VAT taken out"],
            "trail": [
                {"label": "landed value", "expression": "17500 * 1.10", "result": "19250", "unit": "USD"},
                {"label": "gap", "expression": "(22000 - 19250) / 22000 * 100", "result": "12.5", "unit": "%"},
            ],
        },
        "arithmetic": [
            {"label": "levy", "expression": "max(0, 22000 - 20419.38)", "result": "1580.62", "unit": "USD"},
        ],
        "story": [{"on": "2025-03-01", "severity": "high"}],
    },
    revision=1,
)
RESOLVED = replace(FIRING, state=State.RESOLVED, resolved_at="2025-03-11T00:00:00Z", revision=2)


def change_of(alert: Alert, seq: int = 1, kind: ChangeKind = ChangeKind.OPENED) -> AlertChange:
    """Return the change that leaves *alert* as it is given."""
    return AlertChange(
        id=f"{alert.id}:{seq}",
        alert_id=alert.id,
        seq=seq,
        kind=kind,
        reason=usual_reason(kind),
        at=alert.updated_at,
        alert=alert,
    )
