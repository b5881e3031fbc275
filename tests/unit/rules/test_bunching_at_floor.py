"""Prices that gather just above the floor, where they did not before."""

from fractions import Fraction

import pytest
from msgspec.structs import replace

from alerts.model import Severity, State
from streams.reference.basis import BasisRatio
from streams.rules.bunching_at_floor import BunchingAtFloor
from tests.unit.rules.floors_of import floored
from tests.unit.rules.market_of import breaches, day_in, found, lacks, monthly, shipment, text_of, wrong_lines

RULE = BunchingAtFloor()
AT, HIGHER, FREE = "2.01", "2.06", "2.6"
"""USD per kg, where the floor is 2: at it, a little above, well above."""


def trade(prices, *, start=0, lots=2, exporter="E1", importer="I1", **fields):
    """Return *lots* shipments of ten tonnes a month at each month's price."""
    return [
        each
        for lot in range(lots)
        for each in monthly(
            ["10"] * len(prices), prices, start=start, day=10 + lot, exporter=exporter, importer=importer, **fields
        )
    ]


def gathers(prices=(AT,) * 3, before=(FREE,) * 12):
    """Return a year at the prices *before*, then three months at *prices*."""
    return trade([*before, *prices])


def exporters(records, **choices):
    """Return the alerts of exporters: those that name an origin."""
    return [alert for alert in found(RULE, records, entries=floored(), **choices) if alert.origin]


def test_prices_that_come_down_to_the_floor_are_told_of_both_parties():
    """Who sells and who buys at the floor are a matter each."""
    alerts = found(RULE, gathers(), entries=floored())

    assert {("CN", "exporter E1"), (None, "importer I1")} == {(each.origin, each.evidence["party"]) for each in alerts}


def test_prices_that_always_stood_at_the_floor_are_no_news():
    """What was so before the window is no change."""
    assert [] == exporters(gathers(before=(AT,) * 12))


def test_prices_well_above_the_floor_are_silent():
    """Nobody gathers where nobody comes near."""
    assert [] == exporters(gathers((FREE,) * 3))


@pytest.mark.parametrize(
    ("price", "fires"),
    [
        pytest.param("1.999999", False, id="just-below-the-floor"),
        pytest.param("2", True, id="at-the-floor"),
        pytest.param("2.02", True, id="one-per-cent-above"),
        pytest.param("2.020001", False, id="just-more"),
    ],
)
def test_at_the_floor_is_from_it_to_one_per_cent_above(price, fires):
    """A price below is a breach, which other rules find."""
    assert fires == bool(exporters(gathers((price,) * 3)))


@pytest.mark.parametrize(
    ("tonnes", "fires"),
    [
        pytest.param("39.999", False, id="just-under-40-pct"),
        pytest.param("40", True, id="at-40-pct"),
        pytest.param("40.001", True, id="just-over-40-pct"),
    ],
)
def test_four_tenths_of_the_volume_are_enough(tonnes, fires):
    """The share is that of the three months together."""
    rest = Fraction(100) - Fraction(tonnes)
    lots = [
        shipment(14, tonnes, AT, exporter="E1"),
        *(shipment(14, f"{float(rest) / 4:.6f}", FREE, exporter="E1"),) * 0,
    ]
    lots += [shipment(14, str(rest / 4), FREE, exporter="E1", day=20 + each) for each in range(4)]

    assert fires == bool(exporters([*trade([FREE] * 12), *lots]))


@pytest.mark.parametrize(
    ("months_before", "fires"),
    [
        pytest.param(3, True, id="a-quarter-before"),
        pytest.param(4, True, id="a-third-before"),
        pytest.param(5, False, id="more-than-a-third-before"),
    ],
)
def test_the_share_has_to_be_three_times_what_it_was(months_before, fires):
    """All of the volume now, and a part of the twelve months before."""
    before = [AT] * months_before + [FREE] * (12 - months_before)

    assert fires == (14 in breaches(RULE, gathers(before=before), entries=floored()))


@pytest.mark.parametrize(
    ("higher", "fires"),
    [
        pytest.param("9.9", True, id="less-a-little-higher"),
        pytest.param("10", True, id="as-much"),
        pytest.param("10.1", False, id="more"),
    ],
)
def test_what_lies_a_little_higher_may_not_be_more(higher, fires):
    """A market whose prices are spread over the whole neighbourhood does not gather at the floor."""
    lots = [
        shipment(month, tonnes, price, exporter="E1", day=day)
        for month in (12, 13, 14)
        for day, (tonnes, price) in enumerate([("10", AT), (higher, HIGHER)], start=10)
    ]

    assert fires == bool(exporters([*trade([FREE] * 12), *lots]))


def test_goods_of_before_the_floor_are_measured_by_it():
    """A floor that begins with the window: what was usual before can still be told."""
    entries = floored(begins=12)
    came_down, was_there = gathers(), gathers(before=(AT,) * 12)

    assert 2 == len(found(RULE, came_down, entries=entries))
    assert [] == found(RULE, was_there, entries=entries)
    assert "0" == found(RULE, came_down, entries=entries)[0].evidence["share_at_floor_before_pct"]


def test_a_floor_free_on_board_is_compared_with_prices_free_on_board():
    """Goods at 2.14 CIF stand at 2.0189 free on board where the ratio is 1.06."""
    entries = (*floored(incoterm="FOB"), BasisRatio(publisher="OECD", ratio="1.06"))
    alerts = found(RULE, gathers(("2.14",) * 3), entries=entries)

    assert 2 == len(alerts)


@pytest.mark.parametrize(
    ("lots", "fires"),
    [
        pytest.param(4, False, id="four-records"),
        pytest.param(5, True, id="five-records"),
        pytest.param(6, True, id="six-records"),
    ],
)
def test_a_few_records_are_no_pattern(lots, fires):
    """Five records of the window, whatever their size."""
    now = [shipment(14, "10", AT, exporter="E1", day=1 + each) for each in range(lots)]

    assert fires == bool(exporters([*trade([FREE] * 12), *now]))


def test_small_change_is_left_alone():
    """Under ten thousand dollars nothing is worth a look."""
    now = [shipment(14, "0.1", AT, exporter="E1", day=1 + each) for each in range(6)]

    assert [] == exporters([*trade([FREE] * 12), *now])


def test_a_party_without_a_past_is_said_to_lack_one():
    """A newcomer cannot have changed its prices."""
    (lack, *_) = [each for each in lacks(RULE, trade([AT] * 3, start=12), entries=floored()) if each.origin]

    assert ("E1", "fewer than 5 records of the party in the twelve months before") == (lack.party, lack.missing)


def test_declarations_without_parties_are_said_to_lack_them():
    """Where too few name who sells, nothing is concluded of those who are named."""
    records = [*gathers(), *trade([AT] * 15, exporter=None, importer=None)]
    missing = {each.missing for each in lacks(RULE, records, entries=floored())}

    assert [] == exporters(records)
    assert {"too few records name their exporter", "too few records name their importer"} == missing


def test_goods_that_cannot_be_priced_are_said_to_lack_a_price():
    """Under four fifths of the records priced, nothing is concluded of the rest."""
    records = [*gathers(), *trade([AT] * 3, start=12, incoterm=None)]

    assert [] == exporters(records)
    assert any("price is not known" in each.missing for each in lacks(RULE, records, entries=floored()))


def test_a_corrected_price_takes_the_alert_back():
    """The alert is of what stands."""
    records = gathers()
    raised = [replace(each, value="26000", revision=2) for each in records if each.event_date >= day_in(12, 1)]

    assert 1 == len(exporters(records))
    assert [] == exporters([*records, *raised])


def test_an_alert_ends_when_nothing_more_comes():
    """A hundred days without a further month of it, and it is over."""
    (alert,) = exporters(gathers(), end=20)

    assert State.EXPIRED is alert.state


@pytest.mark.parametrize(
    ("at", "severity"),
    [
        pytest.param(12, Severity.WARNING, id="40-pct"),
        pytest.param(18, Severity.HIGH, id="60-pct"),
        pytest.param(24, Severity.CRITICAL, id="80-pct"),
    ],
)
def test_the_more_gathers_the_worse(at, severity):
    """Bands of the share at the floor."""
    now = [shipment(14, "1", AT if lot < at else FREE, exporter="E1", day=1 + lot % 28) for lot in range(30)]
    (alert,) = exporters([*trade([FREE] * 12), *now])

    assert severity is alert.severity


def test_the_evidence_recomputes():
    """Every figure follows from those beside it."""
    others = trade([FREE] * 15, exporter="E2", importer="I2")
    (alert,) = exporters([*gathers(), *others])
    got = alert.evidence

    assert [] == wrong_lines(alert)
    assert ("100", "0", "0") == (
        got["share_at_floor_pct"],
        got["share_at_floor_before_pct"],
        got["share_next_to_it_pct"],
    )
    assert ["silicon-metal@1"] == [each["floor"] for each in got["floors"]]
    assert text_of(14) in alert.summary
