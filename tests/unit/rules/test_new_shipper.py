"""A newcomer that at once takes a notable part of a market."""

import pytest
from msgspec.structs import replace

from alerts.model import Severity, State
from streams.records import Status
from streams.rules.new_shipper import NewShipper
from tests.unit.rules.market_of import breaches, day_in, found, lacks, monthly, shipment, wrong_lines

RULE = NewShipper()
OLD = {"exporter": "E1", "importer": "I1"}


def market(months=14, *, tonnes="10", lots=6, **parties):
    """Return steady trade of *lots* shipments a month."""
    named = OLD | parties
    return [each for lot in range(lots) for each in monthly([tonnes] * months, day=2 + lot, **named)]


def newcomer(tonnes="50", *, month=13, exporter="NEW", **fields):
    """Return a shipment of an exporter never seen before, in the last of fourteen months."""
    return shipment(month, tonnes, 2, exporter=exporter, **{"importer": "I1"} | fields)


def test_a_steady_market_is_silent():
    """Those who were always there are no newcomers."""
    assert [] == found(RULE, market(36))


def test_a_newcomer_with_a_large_part_is_told():
    """Fifty tonnes beside a hundred and twenty."""
    (alert,) = found(RULE, [*market(), newcomer()])

    assert ("exporter NEW", day_in(13).isoformat()) == (alert.evidence["party"], alert.evidence["first_seen_on"])


def test_a_new_importer_is_told_as_one():
    """Who buys may be the shell as well as who sells."""
    (alert,) = found(RULE, [*market(), newcomer(exporter="E1", importer="NEW")])

    assert "importer NEW" == alert.evidence["party"]


@pytest.mark.parametrize(
    ("tonnes", "fires"),
    [
        pytest.param("29.99", False, id="just-under-3-pct"),
        pytest.param("30", False, id="at-3-pct"),
        pytest.param("30.01", True, id="just-over-3-pct"),
    ],
)
def test_three_per_cent_have_to_be_exceeded(tonnes, fires):
    """Of a thousand tonnes in two months, the newcomer's among them."""
    rest = shipment(13, str(970 - 2 * 6 * 50 + (30 - float(tonnes))), 2, **OLD)

    assert fires == bool(found(RULE, [*market(tonnes="50"), rest, newcomer(tonnes)]))


@pytest.mark.parametrize(
    ("month", "fires"),
    [
        pytest.param(11, False, id="seen-before-the-window"),
        pytest.param(12, True, id="seen-in-the-first-month-of-the-window"),
        pytest.param(13, True, id="seen-in-the-last"),
    ],
)
def test_two_months_long_a_newcomer_is_new(month, fires):
    """A first small shipment, and a large one in the last month."""
    first = newcomer("0.1", month=month)

    assert fires == (13 in breaches(RULE, [*market(), first, newcomer("50")]))


def test_who_comes_back_after_two_years_is_new_again():
    """Nothing older than the two years is looked at."""
    seen = [newcomer("0.1", month=0), newcomer("50", month=26)]
    just_seen = [newcomer("0.1", month=1), newcomer("50", month=26)]

    assert 26 in breaches(RULE, [*market(27), *seen])
    assert 26 not in breaches(RULE, [*market(27), *just_seen])


def test_who_is_known_elsewhere_in_the_mineral_is_not_new():
    """Another product or destination shows that the party exists."""
    elsewhere = newcomer("0.1", month=5, destination="DE")
    other_product = newcomer("0.1", month=5, product="silicon|polysilicon")

    assert [] == found(RULE, [*market(), newcomer(), elsewhere])
    assert [] == found(RULE, [*market(), newcomer(), other_product])


@pytest.mark.parametrize(
    ("months", "fires"),
    [
        pytest.param(7, False, id="five-months-before"),
        pytest.param(8, True, id="six-months-before"),
        pytest.param(9, True, id="seven-months-before"),
    ],
)
def test_a_market_without_a_past_knows_no_newcomers(months, fires):
    """In the first months of a feed everybody is new."""
    records = [*market(months), newcomer(month=months - 1)]
    missing = {each.missing for each in lacks(RULE, records)}

    assert fires == (months - 1 in breaches(RULE, records))
    assert fires == ("fewer than 6 months of trade in the two years before" not in missing)


@pytest.mark.parametrize(
    ("lots", "fires"),
    [
        pytest.param(4, False, id="nine-records"),
        pytest.param(5, True, id="eleven-records"),
    ],
)
def test_in_a_thin_market_every_share_is_large(lots, fires):
    """Under ten records in two months nothing is concluded."""
    assert fires == bool(found(RULE, [*market(lots=lots), newcomer()]))


def test_small_change_is_left_alone():
    """A newcomer of under ten thousand dollars is not worth a look, whatever its share."""
    assert [] == found(RULE, [*market(tonnes="1"), newcomer("4.9")])
    assert 1 == len(found(RULE, [*market(tonnes="1"), newcomer("5")]))


def test_without_names_nothing_is_new_and_it_is_said():
    """Both in the window and before it."""
    unnamed = market(exporter=None)
    past = [replace(each, exporter=None) if each.event_date < day_in(12, 1) else each for each in market()]

    assert [] == found(RULE, [*unnamed, newcomer()])
    assert "too few records name their exporter" in {each.missing for each in lacks(RULE, [*unnamed, newcomer()])}
    assert [] == found(RULE, [*past, newcomer()])
    assert "too few records of the two years before name their exporter" in {
        each.missing for each in lacks(RULE, [*past, newcomer()])
    }


def test_goods_that_cannot_be_priced_are_said_to_lack_a_price():
    """Of a market that is priced in part only, no share is taken."""
    unpriced = market(incoterm=None, lots=2)

    assert [] == found(RULE, [*market(), newcomer(), *unpriced])
    assert any("price is not known" in each.missing for each in lacks(RULE, [*market(), newcomer(), *unpriced]))


def test_a_cancelled_declaration_takes_the_alert_back():
    """The alert is of what stands."""
    came = newcomer()

    assert [] == found(RULE, [*market(), came, replace(came, revision=2, status=Status.CANCELLED)])


def test_a_late_record_of_the_past_takes_the_alert_back():
    """What becomes known of earlier months is looked at again."""
    assert [] == found(RULE, [*market(), newcomer(), newcomer("0.1", month=3)])


def test_the_alert_ends_by_itself():
    """After two months a newcomer is one no longer."""
    records = [*market(20), *(newcomer(month=month) for month in range(13, 20))]
    (alert,) = found(RULE, records)

    assert (State.EXPIRED, 2) == (alert.state, alert.evidence["periods_in_breach"])


@pytest.mark.parametrize(
    ("tonnes", "severity"),
    [
        pytest.param("10", Severity.INFO, id="over-3-pct"),
        pytest.param("14", Severity.WARNING, id="over-10-pct"),
        pytest.param("41", Severity.HIGH, id="over-25-pct"),
        pytest.param("121", Severity.CRITICAL, id="over-50-pct"),
    ],
)
def test_the_larger_its_part_the_worse(tonnes, severity):
    """Beside a hundred and twenty tonnes of the others in two months."""
    (alert,) = found(RULE, [*market(), newcomer(tonnes)])

    assert severity is alert.severity


def test_the_evidence_recomputes():
    """Every figure follows from those beside it."""
    came = newcomer()
    (alert,) = found(RULE, [*market(), came])

    assert [] == wrong_lines(alert)
    assert [came.id] == alert.evidence["records"]
    assert ("29.411765", ["CN"], 12) == tuple(
        alert.evidence[name] for name in ("share_pct", "origins", "months_with_trade_before")
    )
