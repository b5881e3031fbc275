"""Input that cannot be right: refused with its reason, and without a trace in what is said of the rest."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.engine import EngineSettings
from streams.memory import Outcome
from streams.records import Refusal
from streams.shapes import Kind
from tests.outcomes import END_MARKS, WRITTEN_ON, feed, new_engine, outcome, run, slices
from tests.strategies import CONTRACT, SILICON, Logged, plain_reference, worlds

TRADE = {
    "type": "trade",
    "id": "BAD",
    "source": "customs",
    "event_date": "2025-01-20",
    "origin": "CN",
    "destination": "GB",
    "product": "silicon|metal",
    "quantity": "20",
    "value": "20",
    "currency": "USD",
    "incoterm": "CIF",
}
TICK = {
    "type": "price-tick",
    "instrument": "BAD",
    "source": "bulletin",
    "event_date": "2025-01-20",
    "product": "silicon|metal",
    "price": "2",
    "currency": "USD",
}
TOO_FAR = (WRITTEN_ON + timedelta(days=2)).isoformat()


def trade(**fields) -> bytes:
    """Return a trade with *fields* in place of its own; those that are None are left out."""
    return _encoded(TRADE | fields)


def tick(**fields) -> bytes:
    """Return a tick with *fields* in place of its own; those that are None are left out."""
    return _encoded(TICK | fields)


def _encoded(record: dict[str, object]) -> bytes:
    return json.dumps({name: value for name, value in record.items() if value is not None}).encode()


BAD = [
    (Refusal.NOT_JSON, b"", "empty"),
    (Refusal.NOT_JSON, b"{", "brace"),
    (Refusal.NOT_JSON, trade()[:-1], "truncated"),
    (Refusal.NOT_JSON, trade()[:60], "cut-in-half"),
    (Refusal.NOT_JSON, trade() + trade(), "two-in-one"),
    (Refusal.NOT_JSON, trade() + b"\n" + trade(), "two-lines-in-one"),
    (Refusal.NOT_JSON, b"\xef\xbb\xbf" + trade(), "byte-order-mark"),
    (Refusal.NOT_JSON, trade().replace(b"BAD", b"\xe9"), "not-utf-8"),
    (Refusal.NOT_JSON, trade(id="\ud800"), "half-a-character"),
    (Refusal.NOT_JSON, trade().replace(b'"20"', b"NaN"), "nan-literal"),
    (Refusal.NOT_JSON, b'{"type":"trade","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested-without-end"),
    (Refusal.WRONG_TYPE, b"[]", "array"),
    (Refusal.WRONG_TYPE, b"null", "null"),
    (Refusal.WRONG_TYPE, b"{}", "no-type"),
    (Refusal.WRONG_TYPE, trade(type="sale"), "unknown-type"),
    (Refusal.WRONG_TYPE, trade(origin=None), "no-origin"),
    (Refusal.WRONG_TYPE, trade(value=20.5), "number-for-text"),
    (Refusal.WRONG_TYPE, trade(value=1e300), "number-without-bound"),
    (Refusal.WRONG_TYPE, trade(quantity=True), "truth-for-text"),
    (Refusal.WRONG_TYPE, trade(status="lost"), "unknown-status"),
    (Refusal.WRONG_TYPE, trade(id=""), "empty-id"),
    (Refusal.WRONG_TYPE, tick(source=""), "empty-source"),
    (Refusal.WRONG_TYPE, trade(revision=-1), "negative-revision"),
    (Refusal.WRONG_TYPE, trade(revision=2**32), "revision-without-bound"),
    (Refusal.WRONG_TYPE, tick(revision=1.5), "half-a-revision"),
    (Refusal.WRONG_TYPE, trade(event_date="2025-02-30"), "no-such-day"),
    (Refusal.WRONG_TYPE, trade(event_date="yesterday"), "no-date"),
    (Refusal.MISSING_FIELD, trade(origin=""), "empty-origin"),
    (Refusal.MISSING_FIELD, trade(product=None), "no-product"),
    (Refusal.MISSING_FIELD, trade(quantity=None), "no-quantity"),
    (Refusal.MISSING_FIELD, trade(value=None), "no-value-or-price"),
    (Refusal.MISSING_FIELD, trade(currency=None), "no-currency"),
    (Refusal.MISSING_FIELD, tick(price=None), "no-price"),
    (Refusal.MISSING_FIELD, tick(price=None, low="1"), "low-without-high"),
    (Refusal.NOT_A_DECIMAL, trade(value="NaN"), "nan"),
    (Refusal.NOT_A_DECIMAL, trade(value="Infinity"), "infinity"),
    (Refusal.NOT_A_DECIMAL, trade(value="1e300"), "1e300"),
    (Refusal.NOT_A_DECIMAL, trade(value="1,5"), "decimal-comma"),
    (Refusal.NOT_A_DECIMAL, trade(quantity=""), "empty-quantity"),
    (Refusal.NOT_A_DECIMAL, trade(value="9" * 20), "value-without-bound"),
    (Refusal.NOT_A_DECIMAL, trade(incoterm="FOB", freight="cheap"), "freight-in-words"),
    (Refusal.NOT_A_DECIMAL, trade(grade_pct="pure"), "grade-in-words"),
    (Refusal.NOT_A_DECIMAL, tick(price="NaN"), "nan-price"),
    (Refusal.OUT_OF_RANGE, trade(grade_pct="0"), "no-grade"),
    (Refusal.OUT_OF_RANGE, trade(grade_pct="100.1"), "more-than-pure"),
    (Refusal.OUT_OF_RANGE, trade(moisture_pct="100"), "all-water"),
    (Refusal.OUT_OF_RANGE, trade(vat_pct="-1"), "negative-tax"),
    (Refusal.OUT_OF_RANGE, trade(value=None, price="9" * 12, quantity="9" * 12), "product-without-bound"),
    (Refusal.OUT_OF_RANGE, trade(value="9223372036854", incoterm="FOB", freight="9"), "sum-without-bound"),
    (Refusal.QUANTITY_NOT_POSITIVE, trade(quantity="0"), "zero-quantity"),
    (Refusal.QUANTITY_NOT_POSITIVE, trade(quantity="-1"), "negative-quantity"),
    (Refusal.VALUE_NOT_POSITIVE, trade(value="0"), "zero-value"),
    (Refusal.VALUE_NOT_POSITIVE, trade(value="-0.01"), "negative-value"),
    (Refusal.VALUE_NOT_POSITIVE, trade(incoterm="FOB", freight="-20"), "freight-eats-value"),
    (Refusal.VALUE_NOT_POSITIVE, tick(price="0"), "zero-price"),
    (Refusal.UNKNOWN_PRODUCT, trade(product="silicone|metal"), "unknown-product"),
    (Refusal.UNKNOWN_PRODUCT, tick(product="silicon"), "no-stage"),
    (Refusal.UNKNOWN_PRODUCT, trade(product=None, hs_code="junk"), "no-commodity-code"),
    (Refusal.AMBIGUOUS_PRODUCT, trade(product=None, hs_code="280530"), "basket-code"),
    (Refusal.UNKNOWN_UNIT, trade(unit="stone"), "unknown-unit"),
    (Refusal.UNKNOWN_UNIT, trade(value=None, price="1", price_of="unobtainium"), "unknown-constituent"),
    (Refusal.UNKNOWN_INCOTERM, trade(incoterm="FREE"), "unknown-incoterm"),
    (Refusal.DATE_OUT_OF_RANGE, trade(event_date="0001-01-01"), "year-1"),
    (Refusal.DATE_OUT_OF_RANGE, trade(event_date="9999-12-31"), "year-9999"),
    (Refusal.DATE_OUT_OF_RANGE, b'{"type":"heartbeat","event_date":"9999-12-31","end":true}', "end-of-time"),
    (Refusal.FUTURE_DATE, trade(event_date=TOO_FAR), "future"),
    (Refusal.FUTURE_DATE, tick(event_date=TOO_FAR), "future-tick"),
    (Refusal.FUTURE_DATE, f'{{"type":"heartbeat","event_date":"{TOO_FAR}"}}'.encode(), "future-heartbeat"),
]

HELD = [
    pytest.param(trade(currency="XXX"), id="unknown-currency"),
    pytest.param(trade(currency="EUR"), id="no-rate-that-day"),
    pytest.param(trade(incoterm=None), id="no-incoterm"),
    pytest.param(trade(incoterm="CFR"), id="no-insurance"),
    pytest.param(trade(unit="mtu", product="silicon|metal", quantity="1"), id="content-of-known-grade"),
]


@pytest.mark.parametrize(("reason", "value"), [pytest.param(*case[:2], id=case[2]) for case in BAD])
def test_what_cannot_be_right_is_refused_with_its_reason(reason, value):
    """A bad record leaves no row behind, and its refusal says what was found."""
    engine = new_engine(plain_reference(SILICON))
    step = engine.step([value], logged_on=WRITTEN_ON.toordinal())

    assert [(0, reason)] == [(each.index, each.reason) for each in step.refused]
    assert step.refused[0].detail
    assert 0 == sum(len(market.memory) for market in engine.markets.values())


@CONTRACT
@given(worlds(), st.lists(st.tuples(st.sampled_from(BAD), st.floats(0, 1)), min_size=1, max_size=8), st.integers(1, 9))
def test_the_good_records_around_bad_ones_are_judged_the_same(world, bad, size):
    """Bad records anywhere in the log, alone or in one slice with good ones, change nothing of what these come to."""
    log = list(world.log)
    for (_, value, _), place in bad:
        log.insert(int(place * len(log)), Logged(Kind.TRADE, value))
    engine = new_engine(world.entries)
    steps = feed(engine, (*log, *END_MARKS), size=size)
    refused = [each.reason for step in steps for each in step.refused]

    assert run(world.entries, world.log) == outcome(engine)
    assert sorted(reason for (reason, _, _), _ in bad) == sorted(
        reason for reason in refused if reason is not Refusal.CONFLICTING_DUPLICATE
    )


@CONTRACT
@given(worlds(), st.lists(st.tuples(st.binary(max_size=80), st.integers(0, 50)), min_size=1, max_size=5))
def test_bytes_that_are_no_record_are_refused_one_by_one(world, junk):
    """Whatever bytes come, newlines among them, each value is taken or refused by itself."""
    log = list(world.log)
    for value, place in junk:
        log.insert(place % (len(log) + 1), Logged(Kind.TRADE, value))
    whole, single = new_engine(world.entries), new_engine(world.entries)
    refused = [[len(step.refused) for step in feed(each, log, size=size)] for each, size in ((whole, 99), (single, 1))]

    assert sum(refused[0]) == sum(refused[1]) >= len(junk)
    assert outcome(whole).cells == outcome(single).cells


@CONTRACT
@given(worlds(), st.lists(st.integers(0, 200), min_size=1, max_size=4))
def test_a_value_broken_in_two_spoils_only_itself(world, places):
    """A record whose producer split it over two values is lost; the ones before and after it are not."""
    log = list(world.log)
    broken = trade()
    for place in places:
        cut = 1 + place % (len(broken) - 1)
        halves = [Logged(Kind.TRADE, broken[:cut]), Logged(Kind.TRADE, broken[cut:])]
        log[place % len(log) : place % len(log)] = halves

    assert run(world.entries, world.log) == run(world.entries, log)


@pytest.mark.parametrize("value", HELD)
def test_what_cannot_be_priced_yet_is_held_and_said(value):
    """A record that lacks only something to price it by is accepted, counted, and waits."""
    engine = new_engine(plain_reference(SILICON))
    step = engine.step([value], logged_on=WRITTEN_ON.toordinal())

    assert ([], 1) == (step.refused, len(engine.market("silicon").memory))


@pytest.mark.parametrize(
    ("days_late", "refused"),
    [
        pytest.param(9, [], id="just-inside"),
        pytest.param(10, [], id="at"),
        pytest.param(11, [Refusal.TOO_LATE], id="just-outside"),
    ],
)
def test_a_record_may_be_as_late_as_is_allowed(days_late, refused):
    """The allowed lateness itself is not too late; it is counted from the latest day of the record's own source."""
    engine = new_engine(plain_reference(SILICON), settings=EngineSettings(allowed_lateness_days=10))
    late = (date(2025, 1, 20) - timedelta(days=days_late)).isoformat()
    other = trade(id="other", source="port", event_date="2025-03-01")
    step = engine.step([trade(), other, trade(id="late", event_date=late)])

    assert refused == [each.reason for each in step.refused]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        pytest.param(trade(), trade(quantity="0", event_date="2025-04-20"), id="trade"),
        pytest.param(tick(), tick(price="0", event_date="2025-04-20"), id="tick"),
    ],
)
def test_a_refused_record_moves_no_watermark(good, bad):
    """A record that cannot be right does not make those that can be right late."""
    engine = new_engine(plain_reference(SILICON), settings=EngineSettings(allowed_lateness_days=10))
    step = engine.step([good, bad, good])

    assert [1] == [each.index for each in step.refused]


@pytest.mark.parametrize(
    ("days_ahead", "refused"),
    [
        pytest.param(0, [], id="that-day"),
        pytest.param(1, [], id="at-the-skew"),
        pytest.param(2, [Refusal.FUTURE_DATE], id="past-the-skew"),
    ],
)
def test_a_record_is_of_the_future_when_it_lies_after_the_day_it_was_logged(days_ahead, refused):
    """Clocks and time zones may differ by a day, not by two; the day is the log's, never that of a clock."""
    engine = new_engine(plain_reference(SILICON))
    logged_on = date(2025, 1, 20) - timedelta(days=days_ahead)
    step = engine.step([trade()], logged_on=logged_on.toordinal())

    assert refused == [each.reason for each in step.refused]


def test_one_id_with_two_contents_is_a_conflict():
    """Of two contents of one revision the one ingested first stands, whichever came first, and the other is refused."""
    first, second = trade(ingested_at="2025-02-01T00:00:00Z"), trade(value="21", ingested_at="2025-02-01T00:00:01Z")
    outcomes = []
    for log in ([first, second], [second, first]):
        engine = new_engine(plain_reference(SILICON))
        step = engine.step(log)
        outcomes.append((outcome(engine).cells, sorted(step.outcomes, key=str), [each.reason for each in step.refused]))

    assert outcomes[0][0] == outcomes[1][0]
    assert ([Outcome.CONFLICT], [Refusal.CONFLICTING_DUPLICATE]) == outcomes[0][1:]
    assert ([Outcome.SUPERSEDES], []) == outcomes[1][1:]


def test_bad_records_do_not_stand_in_the_way_of_good_ones_like_them():
    """A record that lacks what others of its kind have does not decide how those are read."""
    bad = [trade(value=None), trade(product=None, hs_code="280530"), trade(currency=None, status="cancelled")]
    good = [trade(id="1"), trade(id="2", value=None, price="1"), trade(id="3", product=None, hs_code="28046900")]
    engines = [new_engine(plain_reference(SILICON)) for _ in range(2)]
    engines[0].step([*bad, *good])
    engines[1].step(good)

    assert outcome(engines[1]) == outcome(engines[0])
    assert 3 == len(engines[1].market("silicon").memory)


def test_slices_of_the_log_are_what_the_properties_say():
    """The log is cut where its topic changes and where a slice is full."""
    log = [Logged(Kind.TRADE, b"1"), Logged(Kind.TRADE, b"2"), Logged(Kind.TRADE, b"3"), Logged(Kind.TICK, b"4")]

    assert [(Kind.TRADE, [b"1", b"2"]), (Kind.TRADE, [b"3"]), (Kind.TICK, [b"4"])] == list(slices(log, 2))
