"""What the worked cases turn on, a step before, at and after it, each through the engine."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import permutations

import pytest

from streams.cells import Judged
from streams.conformance.arrivals import declaration, run_combined, run_events
from streams.conformance.border import Border, DisagreementError
from streams.conformance.case import CaseError
from streams.conformance.entries import ALWAYS, chained_rates, floor, monthly_rates, schedule, versions
from streams.conformance.floor_levies import run_floor_levy
from streams.engine import EngineSettings
from streams.memory import Outcome
from streams.records import Refusal
from streams.reference.fx import FxRate

DAY = date(2025, 3, 10)


def event(record_id="R1", *, day=DAY, price="90", qty="10", **fields):
    """Return an event of a case."""
    return {"record_id": record_id, "event_date": day.isoformat(), "price": price, "qty": qty} | fields


def declare(border, *events, **how):
    """Send events to *border* one after the other and return what became of the last."""
    return [border.declare(declaration(each, position), **how) for position, each in enumerate(events)][-1]


def crossings(*events, entries=()):
    """Return what crossed a border with a floor of 100 USD/kg, or with *entries*."""
    border = Border(entries or [floor("100", ALWAYS)])
    declare(border, *events)
    border.reconcile()
    return border.crossings()


@pytest.mark.parametrize(
    ("behind", "refusal"),
    [
        pytest.param(1, None, id="within"),
        pytest.param(2, None, id="at the limit"),
        pytest.param(3, Refusal.TOO_LATE, id="a day past it"),
    ],
)
def test_a_record_may_be_as_late_as_the_limit(behind, refusal):
    """Lateness is counted from the latest day accepted; the limit itself is allowed."""
    border = Border([], settings=EngineSettings(allowed_lateness_days=2))
    arrival = declare(border, event(), event("R2", day=DAY - timedelta(days=behind)))

    assert (arrival.refusal, arrival.late) == (refusal, True)


@pytest.mark.parametrize(
    ("ahead", "refusal"),
    [
        pytest.param(0, None, id="today"),
        pytest.param(1, None, id="at the limit"),
        pytest.param(2, Refusal.FUTURE_DATE, id="a day past it"),
    ],
)
def test_a_record_may_be_dated_as_far_ahead_as_the_limit(ahead, refusal):
    """A date is measured by the day the record was logged."""
    border = Border([], settings=EngineSettings(future_skew_days=1))

    assert declare(border, event(day=DAY + timedelta(days=ahead)), logged_on=DAY).refusal == refusal


def test_a_date_too_far_ahead_makes_nothing_late():
    """What is set aside does not move the watermark."""
    border = Border([], settings=EngineSettings(allowed_lateness_days=0, future_skew_days=1))
    arrival = declare(border, event(day=DAY + timedelta(days=2)), event("R2", day=DAY), logged_on=DAY)

    assert (arrival.outcome, arrival.late) == (Outcome.NEW, False)


@pytest.mark.parametrize(
    ("price", "below", "levy"),
    [
        pytest.param("99.999999", True, Fraction(1, 100_000), id="a millionth below"),
        pytest.param("100", False, 0, id="equal"),
        pytest.param("100.000001", False, 0, id="a millionth above"),
    ],
)
def test_a_price_equal_to_the_floor_is_no_breach(price, below, levy):
    """The floor is the lowest price allowed."""
    (crossing,) = crossings(event(price=price))

    assert (crossing.below, crossing.levy_usd) == (below, levy)


@pytest.mark.parametrize(
    ("days", "judged", "levy"),
    [
        pytest.param(-1, Judged.MISSING, 0, id="day before the first"),
        pytest.param(0, Judged.FLOOR, 100, id="first day"),
        pytest.param(4, Judged.FLOOR, 100, id="last day before the suspension"),
        pytest.param(5, Judged.SUSPENDED, 0, id="first day suspended"),
        pytest.param(9, Judged.SUSPENDED, 0, id="last day suspended"),
        pytest.param(10, Judged.FLOOR, 50, id="first day of the next"),
    ],
)
def test_a_floor_holds_from_its_first_day_until_the_next_begins(days, judged, levy):
    """The entry date decides; a price of null suspends the floor; the order of a schedule does not matter."""
    steps = [(10, "95"), (0, "100"), (5, None)]
    entries = schedule({"from": (DAY + timedelta(days=start)).isoformat(), "price": price} for start, price in steps)
    (crossing,) = crossings(event(day=DAY + timedelta(days=days)), entries=entries)

    assert (crossing.judged, crossing.levy_usd) == (judged, levy)


@pytest.mark.parametrize(
    ("day", "value"),
    [
        pytest.param("2025-02-28", None, id="last day of a month without a rate"),
        pytest.param("2025-03-01", 990, id="first day of the month"),
        pytest.param("2025-03-31", 990, id="last day of the month"),
        pytest.param("2025-04-01", None, id="first day of the next: nothing is carried over"),
    ],
)
def test_a_monthly_rate_holds_for_its_month_alone(day, value):
    """Without a rate a record is neither a breach nor compliant."""
    entries = [floor("100", ALWAYS), *monthly_rates({"2025-03": {"EUR": "1.1"}})]
    (crossing,) = crossings(event(day=date.fromisoformat(day), currency="EUR"), entries=entries)

    assert (crossing.unpriced is None, crossing.below) == (value is not None, value is not None)
    assert value is None or crossing.value_usd == value


VERSIONS = (
    event(version=1, price="80"),
    event(version=2, op="amend", price="85"),
    event(version=3, op="cancel"),
    event(version=4, price="90"),
)


@pytest.mark.parametrize(
    ("known", "levy"),
    [
        pytest.param(2, [150], id="amended"),
        pytest.param(3, [], id="cancelled"),
        pytest.param(4, [100], id="reinstated"),
    ],
)
def test_the_highest_version_counts_in_whatever_order_it_comes(known, levy):
    """Every order of the versions of a record ends in the same judgement."""
    found = {tuple(crossing.levy_usd for crossing in crossings(*order)) for order in permutations(VERSIONS[:known])}

    assert found == {tuple(levy)}


def test_the_content_ingested_first_stands_in_whatever_order_it_comes():
    """One version with two contents is a conflict, and what was first said of it holds."""
    first, second = declaration(event(price="80"), 0), declaration(event(price="90"), 1)
    levies = []
    for order in ((first, second), (second, first)):
        border = Border([floor("100", ALWAYS)])
        outcomes = [border.declare(trade).outcome for trade in order]
        levies.append((outcomes, [crossing.levy_usd for crossing in border.crossings()]))

    assert levies == [
        ([Outcome.NEW, Outcome.CONFLICT], [200]),
        ([Outcome.NEW, Outcome.SUPERSEDES], [200]),
    ]


@pytest.mark.parametrize(
    ("fields", "twins"),
    [
        pytest.param({}, [("R1", "R2")], id="alike"),
        pytest.param({"version": 7, "op": "amend"}, [("R1", "R2")], id="alike but for the version"),
        pytest.param({"price": "90.000001"}, [], id="another price"),
        pytest.param({"qty": "10.000001"}, [], id="another quantity"),
        pytest.param({"day": DAY + timedelta(days=1)}, [], id="another day"),
        pytest.param({"importer": "I2"}, [], id="another importer"),
        pytest.param({"exporter": "X2"}, [], id="another exporter"),
        pytest.param({"origin": "RU"}, [], id="another origin"),
        pytest.param({"op": "cancel"}, [], id="cancelled"),
    ],
)
def test_records_that_agree_in_all_but_their_id_are_twins(fields, twins):
    """They all count; whether they are one consignment is for the declarant to say."""
    border = Border([])
    declare(border, event(importer="I1"), event("R2", **{"importer": "I1"} | fields))

    assert border.market.twins() == twins


def test_a_record_that_is_corrected_is_no_twin_any_more():
    """Twins are those that count now."""
    border = Border([])
    declare(border, event(), event("R2"), event("R2", version=2, op="amend", price="91"))

    assert border.market.twins() == []


@pytest.mark.parametrize(
    ("day", "inside"),
    [
        pytest.param("2025-02-28", False, id="day before"),
        pytest.param("2025-03-01", True, id="first day"),
        pytest.param("2025-03-07", True, id="last day"),
        pytest.param("2025-03-08", False, id="day after"),
    ],
)
def test_a_window_includes_both_of_its_ends(day, inside):
    """A record outside is held and not counted."""
    events = [event(day=date.fromisoformat(day))]
    outputs = run_events({"window": ["2025-03-01", "2025-03-07"], "floor": "100", "events": events})

    assert (outputs["accepted"], outputs["active"]) == (["R1"], ["R1"] if inside else [])
    assert (outputs["breach"], outputs["wa_price"]) == ((True, 90) if inside else (False, None))


def test_an_unpriced_record_is_in_no_sum():
    """What has no price has no quantity either, and no levy."""
    outputs = run_combined({"schedule": [], "events": [event(currency="EUR", unit="t", qty_unit="t", basis="FOB")]})

    assert (outputs["unpriced"], outputs["qty"], outputs["levy_total"]) == (["R1"], 0, 0)


def test_a_record_that_cannot_be_right_stops_the_case():
    """A refusal that no rule of the cases foresees is said with its reason."""
    with pytest.raises(CaseError, match="R1 is refused: quantity_not_positive: quantity must be positive, was 0"):
        run_events({"events": [event(qty="0")]})


def test_cells_that_are_not_what_their_rows_come_to_are_found():
    """The engine's sums are held to its exact prices."""
    border = Border([floor("100", ALWAYS)])
    declare(border, event())
    (lane,) = border.market.lanes.values()
    (tally,) = lane.cells[DAY.toordinal()].tallies.values()
    tally.value_uusd += 1

    with pytest.raises(DisagreementError, match=r"cells of 2025-03-10 hold .*'value_uusd': 900000001"):
        border.reconcile()


def test_alerts_that_are_not_what_the_cells_add_up_to_are_found():
    """The levy that alerts claim is that of the cells, to the micro-dollar."""
    border = Border([floor("100", ALWAYS)])
    declare(border, event())
    border.engine.end()
    (lane,) = border.market.lanes.values()
    (tally,) = lane.cells[DAY.toordinal()].tallies.values()
    tally.below_levy_uusd += 1

    with pytest.raises(DisagreementError, match="claim a levy of 100 USD, the cells add up to 100000001/1000000"):
        border.reconcile()


def test_a_chain_of_rates_is_multiplied_out():
    """Each link says what one unit of a currency is worth in the next."""
    links = [{"from": "CNY", "to": "EUR", "rate": "0.13"}, {"from": "EUR", "to": "USD", "rate": "1.1"}]
    border = Border(chained_rates(links, "USD", DAY))
    rates = [border.book.fx.rate(currency, "USD", DAY) for currency in ("CNY", "EUR", "USD")]

    assert [rate.rate for rate in rates if isinstance(rate, FxRate)] == [Fraction("0.143"), Fraction("1.1"), 1]


@pytest.mark.parametrize(
    ("links", "said"),
    [
        pytest.param([("USD", "EUR"), ("CNY", "GBP")], "the rates end in EUR and GBP", id="two ends"),
        pytest.param([("USD", "EUR"), ("EUR", "USD"), ("CNY", "GBP")], "go round in a circle through USD", id="circle"),
    ],
)
def test_rates_that_lead_nowhere_are_refused(links, said):
    """No rate is guessed."""
    with pytest.raises(CaseError, match=said):
        list(chained_rates([{"from": start, "to": end, "rate": "2"} for start, end in links], "USD", DAY))


def test_a_version_is_known_from_the_day_it_is_published():
    """The day before there is nothing to be judged by."""
    published = [{"published": DAY.isoformat(), "schedule": [{"from": "2025-01-01", "price": "100"}]}]

    assert [len(versions(published, DAY + timedelta(days=days))) for days in (-1, 0, 1)] == [0, 1, 1]


@pytest.mark.parametrize(
    ("rounding", "levy"),
    [
        pytest.param(None, Fraction("0.005"), id="as it is"),
        pytest.param(2, Fraction("0.01"), id="half up at so many decimals"),
        pytest.param({"dp": 2}, Fraction("0.01"), id="half up unless said otherwise"),
        pytest.param({"dp": 2, "rounding": "truncate"}, 0, id="cut off"),
    ],
)
def test_a_levy_is_rounded_as_the_case_says(rounding, levy):
    """Half a cent is where ways of rounding part."""
    per = {"unit": "kg", "of": "product"}
    inputs = {
        "compare_in": {"currency": "EUR", "unit": "kg"},
        "import": {"price": "0.995", "currency": "EUR", "per": per, "qty": "1", "qty_unit": "kg"},
        "floor": {"price": "1", "currency": "EUR", "per": per},
        "levy_rounding": rounding,
    }

    assert run_floor_levy(inputs)["levy_total"] == levy


def test_a_floor_by_another_assay_than_the_price_is_restated_exactly():
    """A price per mtu of WO3 and a floor per kg of W, both contents given, neither derived from the other."""
    outputs = run_floor_levy(
        {
            "compare_in": {"currency": "USD", "unit": "t"},
            "import": {
                "price": "100",
                "currency": "USD",
                "per": {"unit": "mtu", "of": "WO3"},
                "qty": "2",
                "qty_unit": "t",
            },
            "content_pct": {"WO3": "65", "W": "51"},
            "floor": {"price": "20", "currency": "USD", "per": {"unit": "kg", "of": "W"}},
        }
    )

    assert (outputs["import_price"], outputs["floor_price"], outputs["levy_total"]) == (6500, 10_200, 7400)
