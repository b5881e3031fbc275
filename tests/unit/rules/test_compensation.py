"""A floor kept on paper, and made up for elsewhere."""

import pytest
from msgspec.structs import replace

from alerts.model import Severity, State
from streams.records import Status
from streams.rules.compensation import Compensation
from tests.unit.rules.floors_of import floored
from tests.unit.rules.market_of import found, lacks, shipment, wrong_lines

RULE = Compensation()
OTHER = "silicon|polysilicon"
FLOORED = floored()
"""A floor of 2 USD/kg of silicon metal, none of polysilicon."""


def at_floor(usd="2.01", *, tonnes="10", **fields):
    """Return silicon metal, E1 to I1."""
    return shipment(0, tonnes, usd, **{"exporter": "E1", "importer": "I1"} | fields)


def other_goods(usd="12", *, tonnes="1", **fields):
    """Return polysilicon of the same pair."""
    return shipment(0, tonnes, usd, product=OTHER, **{"exporter": "E1", "importer": "I1"} | fields)


def others(usd="10", *, lots=3):
    """Return what others pay for polysilicon."""
    return [shipment(0, "1", usd, product=OTHER, day=day, exporter="E2", importer="I2") for day in range(1, lots + 1)]


def alerts(*records, entries=FLOORED, **choices):
    """Return the alerts over records."""
    return found(RULE, records, entries=entries, **choices)


def test_other_goods_above_the_market_are_told():
    """Polysilicon at twelve dollars where others pay ten, while the metal sits at its floor."""
    (alert,) = alerts(at_floor(), other_goods(), *others())

    assert ("silicon|metal", "GB", "E1", "I1", "20") == (
        alert.product,
        alert.destination,
        alert.evidence["exporter"],
        alert.evidence["importer"],
        alert.evidence["premium_pct"],
    )


def test_goods_above_their_floor_have_nothing_to_make_up_for():
    """Whoever pays more than the floor does so freely."""
    assert [] == alerts(at_floor("2.5"), other_goods(), *others())


@pytest.mark.parametrize(
    ("usd", "fires"),
    [
        pytest.param("10.999", False, id="just-under-10-pct"),
        pytest.param("11", True, id="10-pct"),
        pytest.param("11.001", True, id="just-over-10-pct"),
    ],
)
def test_a_tenth_above_the_others_is_dear(usd, fires):
    """Prices differ a little everywhere."""
    assert fires == bool(alerts(at_floor(), other_goods(usd), *others()))


@pytest.mark.parametrize(
    ("metal", "fires"),
    [
        pytest.param("23.99", True, id="just-over-20-pct"),
        pytest.param("24", True, id="20-pct"),
        pytest.param("24.01", False, id="just-under-20-pct"),
    ],
)
def test_a_fifth_of_the_pairs_trade_has_to_be_dear(metal, fires):
    """Twelve thousand dollars of other goods beside metal at two dollars."""
    assert fires == bool(alerts(at_floor("2", tonnes=metal), other_goods(), *others()))


@pytest.mark.parametrize(
    ("above", "fires"),
    [
        pytest.param("9.99", True, id="just-over-half"),
        pytest.param("10", True, id="half"),
        pytest.param("10.01", False, id="just-under-half"),
    ],
)
def test_half_of_the_floored_goods_have_to_sit_at_the_floor(above, fires):
    """Ten tonnes at the floor, the rest well above."""
    assert fires == bool(alerts(at_floor(), at_floor("2.5", tonnes=above), other_goods(), *others()))


@pytest.mark.parametrize(
    "hands",
    [
        pytest.param({"exporter": "E3"}, id="another-exporter"),
        pytest.param({"importer": "I3"}, id="another-importer"),
        pytest.param({"destination": "DE"}, id="elsewhere"),
    ],
)
def test_only_goods_between_the_same_hands_make_up_for_it(hands):
    """What others trade is no benefit of the pair."""
    assert [] == alerts(at_floor(), other_goods(**hands), *others())


@pytest.mark.parametrize(
    ("lots", "fires"),
    [pytest.param(2, False, id="two"), pytest.param(3, True, id="three"), pytest.param(4, True, id="four")],
)
def test_the_price_of_others_has_to_be_known(lots, fires):
    """Three records of others; where there are fewer it is said."""
    records = [at_floor(), other_goods(), *others(lots=lots)]
    missing = {each.missing for each in lacks(RULE, records, entries=FLOORED)}

    assert fires == bool(alerts(*records))
    assert fires != ("nobody else trades the pair's other goods there to compare prices with" in missing)


def test_small_change_is_left_alone():
    """A pair that trades for less than ten thousand dollars."""
    records = [at_floor(tonnes="1"), other_goods(tonnes="0.5"), *others()]

    assert [] == alerts(*records)


def test_goods_of_a_pair_that_names_nobody_are_said_to_lack_it():
    """Who makes up for what can only be told of those who are named."""
    records = [at_floor(exporter=None), other_goods(), *others()]

    assert [] == alerts(*records)
    assert "too few records name both their parties" in {each.missing for each in lacks(RULE, records, entries=FLOORED)}


def test_goods_that_cannot_be_priced_are_said_to_lack_a_price():
    """Under four fifths of the records priced, nothing is concluded."""
    unpriced = [replace(each, incoterm=None) for each in others()]
    records = [at_floor(), other_goods(), *others(), *unpriced]

    assert [] == alerts(*records)
    assert any("price is not known" in each.missing for each in lacks(RULE, records, entries=FLOORED))


def test_the_other_goods_are_looked_at_for_three_months():
    """What was dear in January still counts in March."""
    dear = [other_goods(), *others()]
    march, april = (shipment(month, "10", "2.01", exporter="E1", importer="I1") for month in (2, 3))

    assert 1 == len(alerts(*dear, march))
    assert [] == alerts(*dear, april)


def test_a_declaration_taken_back_takes_the_alert_with_it():
    """The alert is of what stands."""
    dear = other_goods()

    assert [] == alerts(at_floor(), dear, replace(dear, status=Status.CANCELLED, revision=2), *others())


def test_the_alert_ends_when_the_pair_stops():
    """When nothing more comes at the floor."""
    (alert,) = alerts(at_floor(), other_goods(), *others(), end=8)

    assert State.EXPIRED is alert.state


@pytest.mark.parametrize(
    ("usd", "severity"),
    [
        pytest.param("11", Severity.WARNING, id="10-pct"),
        pytest.param("12.5", Severity.HIGH, id="25-pct"),
        pytest.param("15", Severity.CRITICAL, id="50-pct"),
    ],
)
def test_the_dearer_the_worse(usd, severity):
    """Bands of the premium."""
    (alert,) = alerts(at_floor(), other_goods(usd), *others())

    assert severity is alert.severity


def test_the_evidence_recomputes():
    """Each product that is dear, and all together."""
    (alert,) = alerts(at_floor(), other_goods(), other_goods("13", day=20), *others())
    (goods,) = alert.evidence["other_goods"]

    assert [] == wrong_lines(alert)
    assert (OTHER, 2, 3, "25") == tuple(goods[name] for name in ("product", "records", "others_records", "premium_pct"))
    assert ["silicon-metal@1"] == [each["floor"] for each in alert.evidence["floors"]]
