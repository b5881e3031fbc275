"""The levy in an alert's evidence: written so that it can be worked out by hand."""

from datetime import date

import pytest

from alerts import arithmetic
from streams.records import Trade, encode_record
from streams.reference.basis import BasisRatio
from streams.reference.floor import Band, Floor, FloorStatus
from streams.reference.levy import Instrument
from streams.reference.zones import Member, Zone
from tests.outcomes import new_engine

DAY = date(2025, 3, 10)
TERMS = {
    "floor_id": "silicon",
    "status": FloorStatus.IN_FORCE,
    "instrument": Instrument.VARIABLE_LEVY,
    "zone_id": "zone",
    "mineral": "silicon",
    "stage": "metal",
    "value": "2000",
    "currency": "USD",
    "unit": "t",
    "effective_from": date(2025, 1, 1),
    "announced_at": date(2025, 1, 1),
}
STEPS = (Band(above_pct="10", rate_pct="30"), Band(above_pct="40", rate_pct="50"))


def breach(*prices, entries=(), **terms):
    """Return the evidence of a breach by three tonnes at each of *prices*, under a floor of *terms*."""
    zone = Zone(zone_id="zone", members=(Member(country="GB"),))
    engine = new_engine((zone, Floor(**TERMS | terms), *entries))
    sales = [
        Trade(
            id=str(number),
            source="customs",
            event_date=DAY,
            origin="CN",
            destination="GB",
            product="silicon|metal",
            quantity="3",
            unit="t",
            price=price,
            currency="USD",
            incoterm="CIF",
        )
        for number, price in enumerate(prices)
    ]
    engine.step([encode_record(each) for each in sales])
    return next(alert.evidence for alert in engine.alerts() if alert.rule == "floor_breach")


def levy_of(lines):
    """Return the line of the levy, recomputed; None where there is none."""
    steps = [arithmetic.Step(**each) for each in lines]
    assert arithmetic.check(steps) == []
    return next(((each.expression, each.result) for each in steps if each.label == "levy"), None)


def test_a_whole_gap_is_the_levy_of_the_record_and_of_the_lane():
    """Floor less landed value, for one as for all."""
    evidence = breach("1500", "1800")
    assert levy_of(evidence["worst_record"]["trail"]) == ("max(0, 6000 - 4500)", "1500")
    assert levy_of(evidence["arithmetic"]) == ("12000 - 9900", "2100")
    assert "levy_note" not in evidence


@pytest.mark.parametrize(
    ("terms", "expression", "result"),
    [
        pytest.param({"levy_cap_pct": "20"}, "max(0, min(6000 - 4500, 4500 * 20 / 100))", "900", id="capped in %"),
        pytest.param({"levy_cap_abs": "100"}, "max(0, min(6000 - 4500, 3 * 100))", "300", id="capped by the tonne"),
        pytest.param({"levy_cap_abs": "900"}, "max(0, min(6000 - 4500, 3 * 900))", "1500", id="under its cap"),
        pytest.param(
            {"graduated_table": STEPS},
            "max(0, (max(0, min((6000 - 4500) / 6000 * 100, 40) - 10) * 30"
            " + max(0, min((6000 - 4500) / 6000 * 100, 100) - 40) * 50) / 10000 * 6000)",
            "270",
            id="by steps: 30 % of the 15 % above 10 %",
        ),
    ],
)
def test_other_levies_are_written_with_their_terms(terms, expression, result):
    """The expression is the whole rule."""
    evidence = breach("1500", "1990", **terms)
    assert levy_of(evidence["worst_record"]["trail"]) == (expression, result)


@pytest.mark.parametrize(
    "terms",
    [
        pytest.param({"levy_cap_pct": "20"}, id="capped in per cent"),
        pytest.param({"levy_cap_abs": "100"}, id="capped by the tonne"),
        pytest.param({"graduated_table": STEPS}, id="by steps"),
    ],
)
def test_a_sum_of_levies_that_are_not_the_gap_has_a_note_for_a_line(terms):
    """It is no expression over the lane's sums."""
    evidence = breach("1500", "1990", **terms)
    assert levy_of(evidence["arithmetic"]) is None
    assert "record by record" in evidence["levy_note"]


@pytest.mark.parametrize(
    ("terms", "kind"),
    [
        pytest.param({"instrument": Instrument.PROHIBITION}, "prohibited", id="prohibition"),
        pytest.param({"instrument": Instrument.UNDERTAKING}, "undertaking", id="undertaking"),
    ],
)
def test_a_floor_that_charges_nothing_has_a_note_for_a_line(terms, kind):
    """The kind of what comes of a breach is named."""
    evidence = breach("1500", **terms)
    assert levy_of(evidence["worst_record"]["trail"]) is None
    assert f"no levy is charged: {kind}" in evidence["worst_record"]["notes"]
    assert levy_of(evidence["arithmetic"]) is None
    assert evidence["levy_note"].startswith("no levy is charged")


def test_a_levy_on_another_basis_starts_from_the_value_on_that_basis():
    """Under a floor for FOB prices the landed value is brought back to FOB, in a line of its own."""
    evidence = breach("1650", entries=(BasisRatio(publisher="own", ratio="1.1"),), incoterm="FOB")
    trail = {each["label"]: each for each in evidence["worst_record"]["trail"]}
    assert trail["landed value on the floor's own basis"]["result"] == "4500"
    assert levy_of(evidence["worst_record"]["trail"]) == ("max(0, 6000 - 4500)", "1500")
