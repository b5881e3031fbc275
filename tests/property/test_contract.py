"""
The contract of the engine, line by line: what the alerts are a function of, and what changes nothing.

Outcomes are compared byte for byte: the standing alerts as they are published, and the sums of every cell.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alerts import arithmetic
from streams.engine import EngineSettings
from streams.records import Heartbeat, PriceTick, Refusal, Status, Trade
from streams.reference.floors import Floor
from streams.reference.fx import FxDaily
from streams.reference.quotas import Quota
from streams.reference.wire import Entry
from streams.reference.zones import Zone
from streams.shapes import Kind
from tests.conftest import CHECKOUT
from tests.outcomes import (
    END_MARKS,
    WRITTEN_ON,
    LiveRun,
    ended,
    feed,
    left_standing,
    new_engine,
    outcome,
    run,
    slices,
    standing,
)
from tests.strategies import (
    ALL_GOODS,
    CONTRACT,
    SILICON,
    Archive,
    Logged,
    Pick,
    archives,
    day,
    log_of,
    logged,
    plain_reference,
    worlds,
)

LATENESS_DAYS = 10

ends = st.sampled_from([WRITTEN_ON, day(125)])
"""The day that a log is ended on: long after its records, or with them, before anything can expire."""

# -- order, repetition, cutting up -------------------------------------------------------------------------------


@CONTRACT
@given(worlds(), st.randoms(use_true_random=False), ends)
def test_the_order_of_records_changes_nothing(world, dice, end):
    """The outcome is a function of the set of records: any order of the log ends the same."""
    shuffled = list(world.log)
    dice.shuffle(shuffled)

    assert run(world.entries, world.log, end=end) == run(world.entries, shuffled, end=end, size=2)


@CONTRACT
@given(archives(), st.data())
def test_disorder_within_the_allowed_lateness_changes_nothing(archive, data):
    """Where lateness is bounded, records that come no later than allowed end as if they had come in order."""
    settings = EngineSettings(allowed_lateness_days=LATENESS_DAYS)
    records = _in_order(archive)
    delays = data.draw(st.lists(st.integers(0, LATENESS_DAYS), min_size=len(records), max_size=len(records)))
    arrivals = sorted(zip(records, delays, strict=True), key=lambda each: each[0].event_date.toordinal() + each[1])
    engine = new_engine(archive.entries, settings=settings)
    steps = feed(engine, [*(logged(record) for record, _ in arrivals), *END_MARKS], size=3)

    assert not [each for step in steps for each in step.refused if each.reason is Refusal.TOO_LATE]
    assert run(archive.entries, map(logged, records), settings=settings) == outcome(engine)


def _in_order(archive: Archive) -> list[Trade | PriceTick]:
    records = [each for history in archive.histories for each in history]
    return sorted(records, key=lambda each: each.event_date)


@CONTRACT
@given(worlds(), st.data())
def test_duplicates_change_nothing(world, data):
    """Records that come again, at any later place in the log, end the same."""
    log = list(world.log)
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(log) - 1))
        log.insert(data.draw(st.integers(place + 1, len(log))), log[place])

    assert run(world.entries, world.log) == run(world.entries, log)


@CONTRACT
@given(worlds(), st.sets(st.integers(0, 20)), st.integers(1, 9))
def test_redelivered_slices_change_nothing(world, again, size):
    """A slice that is delivered a second time, at once or with the one after it, ends the same."""
    engine = new_engine(world.entries)
    cut = list(slices((*world.log, *END_MARKS), size))
    for place, (kind, values) in enumerate(cut):
        for each in [cut[place - 1]] if place in again and place else []:
            engine.step(each[1], kind=each[0])
        for _ in range(1 + (place in again)):
            engine.step(values, kind=kind)

    assert run(world.entries, world.log) == outcome(engine)


@CONTRACT
@given(worlds(), st.integers(1, 7), ends)
def test_the_size_of_slices_changes_nothing(world, size, end):
    """Records one by one, in small runs or all at once end the same."""
    assert run(world.entries, world.log, end=end) == run(world.entries, world.log, end=end, size=size)


@CONTRACT
@given(worlds())
def test_which_minerals_share_an_engine_changes_nothing(world):
    """One engine for all minerals and one for each end the same: partitions are a matter of scale."""
    minerals = {goods.product.partition("|")[0] for goods in ALL_GOODS}
    engines = []
    for mineral in sorted(minerals):
        engines.append(new_engine(world.entries))
        feed(engines[-1], [each for each in (*world.log, *END_MARKS) if _mineral(each) in (mineral, None)])

    assert run(world.entries, world.log) == outcome(*engines)


def _mineral(each: Logged) -> str | None:
    product = json.loads(each.value).get("product")
    return product.partition("|")[0] if product else None


@CONTRACT
@given(worlds())
def test_how_trades_and_ticks_interleave_changes_nothing(world):
    """All trades before all ticks, or the other way round, end as the two interleaved."""
    trades = [each for each in world.log if each.kind is Kind.TRADE]
    ticks = [each for each in world.log if each.kind is Kind.TICK]

    assert run(world.entries, world.log) == run(world.entries, trades + ticks) == run(world.entries, ticks + trades)


@CONTRACT
@given(worlds(), st.lists(st.integers(0, 119), max_size=6))
def test_when_time_moves_changes_nothing(world, days):
    """Heartbeats decide when days are sealed and alerts told, never what stands in the end."""
    log = list(world.log)
    for number, offset in enumerate(days):
        beat = Heartbeat(event_date=day(offset), source="*")
        log.insert(offset * len(log) // 120, logged(beat, (Kind.TRADE, Kind.TICK)[number % 2]))

    assert run(world.entries, world.log) == run(world.entries, log, size=2)


@CONTRACT
@given(worlds(), st.integers(0, 100), st.integers(1, 9))
def test_late_records_revise_what_was_told(world, percent, size):
    """Records that come after their days were sealed are judged too, and end as if they had come in time."""
    cut = len(world.log) * percent // 100
    engine = ended(new_engine(world.entries), world.log[:cut], size=size)
    feed(engine, world.log[cut:], size=size)

    assert run(world.entries, world.log) == outcome(engine)


SEEDED_RUN = """
import hashlib
from random import Random
from tests.outcomes import run
from tests.strategies import world_of
worlds = (world_of(Random(seed).choice, 60) for seed in range(8))
print(hashlib.sha256(repr([run(world.entries, world.log, size=7) for world in worlds]).encode()).hexdigest())
"""


def test_the_seed_of_hashes_changes_nothing():
    """Two processes that order their sets and dictionaries of text otherwise end the same."""
    ends = {
        subprocess.run(
            [sys.executable, "-c", SEEDED_RUN], env=os.environ | {"PYTHONHASHSEED": seed}, cwd=CHECKOUT, check=True,
            stdout=subprocess.PIPE,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip

    assert 1 == len(ends)


# -- stopping and going on ---------------------------------------------------------------------------------------


@CONTRACT
@given(worlds(), st.sets(st.integers(-5, 20), min_size=1, max_size=3), st.integers(1, 9), st.booleans())
def test_a_run_cut_anywhere_goes_on_as_if_it_had_not_been(world, cuts, size, reread):
    """An engine restored from the ledger, however often, ends as one never stopped; a slice read again is no matter."""
    live = LiveRun(world.entries)
    log = list(slices((*world.log, *END_MARKS), size))
    for place, (kind, values) in enumerate(log):
        live.step(kind, values)
        if {place, place - len(log)} & cuts:
            live.crash()
            if reread:
                live.step(kind, values)

    assert run(world.entries, world.log) == outcome(live.engine)
    assert left_standing(live.told) == standing(live.engine)


@CONTRACT
@given(worlds(), st.integers(1, 9))
def test_what_was_told_adds_up_to_what_stands(world, size):
    """The changes of an alert are numbered without gaps, none has two contents, and the last says what stands."""
    live = LiveRun(world.entries)
    for kind, values in slices((*world.log, *END_MARKS), size):
        live.step(kind, values)

    assert left_standing(live.told) == standing(live.engine)


@CONTRACT
@given(worlds(), st.integers(0, 20))
def test_a_restart_by_itself_tells_nothing(world, size):
    """An engine that comes back to the same reference data after its last day was sealed has nothing to say."""
    live = LiveRun(world.entries)
    for kind, values in slices((*world.log, *END_MARKS), size + 1):
        live.step(kind, values)
    told = len({change.id for change in live.told})
    live.crash()

    assert told == len({change.id for change in live.told})


# -- corrections and reference data ------------------------------------------------------------------------------


@CONTRACT
@given(archives())
def test_a_corrected_history_ends_as_if_it_had_been_right_at_once(archive):
    """Amendments and cancellations, in any order, end as the last revisions alone; what was cancelled is not there."""
    log = [logged(each) for history in archive.histories for each in history]
    shuffled = [log.pop(archive.pick(range(len(log)))) for _ in range(len(log))]
    last = [history[-1] for history in archive.histories if history[-1].status is not Status.CANCELLED]

    assert run(archive.entries, map(logged, last)) == run(archive.entries, shuffled, size=3)


@CONTRACT
@given(archives(), st.data())
def test_reference_data_may_come_late(archive, data):
    """Floors, rates, zones and quotas that come, or are corrected, after the records end as if they had been there."""
    log = log_of(archive.pick, archive.histories)
    late = data.draw(st.sets(st.integers(0, len(archive.entries) - 1), max_size=5))
    early = [_before(archive.pick, each, place in late) for place, each in enumerate(archive.entries)]
    engine = new_engine([each for each in early if each is not None])
    log += END_MARKS
    cut = data.draw(st.just(len(log)) | st.integers(0, len(log)))
    feed(engine, log[:cut], size=5)
    for place in data.draw(st.permutations(sorted(late))):
        engine.judge_again(engine.normaliser.book.apply(archive.entries[place]))
    feed(engine, log[cut:], size=5)

    assert run(archive.entries, log[:-2]) == outcome(engine)


def _before(pick: Pick, entry: Entry, late: bool) -> Entry | None:  # noqa: FBT001
    """Choose what is known of *entry* at first: all, or where it is *late* nothing, or something else."""
    if not late or pick((True, False)):
        return None if late else entry
    match entry:
        case Floor():
            return replace(entry, **pick(({"value": "1"}, {"legal_basis": "Order 0"}, {"effective_to": None})))
        case FxDaily():
            return replace(entry, rates={"USD": "1.2"})
        case Zone():
            return replace(entry, members=entry.members[1:])
        case Quota():
            return replace(entry, quantity="2")
    return None


@CONTRACT
@given(worlds(), st.sets(st.integers(0, 70), max_size=4), st.integers(1, 20))
def test_a_worker_comes_back_to_other_reference_data(world, missing, size):
    """Reference data that came while a worker was away is judged by at once, and what that changes is told."""
    live = LiveRun([each for place, each in enumerate(world.entries) if place not in missing])
    for kind, values in slices((*world.log, *END_MARKS), size):
        live.step(kind, values)
    live.come_back(world.entries)

    assert run(world.entries, world.log) == outcome(live.engine)
    assert left_standing(live.told) == standing(live.engine)


# -- figures -----------------------------------------------------------------------------------------------------


@CONTRACT
@given(worlds())
def test_no_figure_of_an_alert_is_a_binary_float(world):
    """Amounts and ratios are decimal text, thresholds beside their basis too; numbers in the JSON are counts."""
    engine = ended(new_engine(world.entries), world.log)
    for encoded in outcome(engine).alerts:
        alert = json.loads(encoded, parse_float=_refuse)
        for name, value in _fields(alert):
            if name.rpartition("_")[2] in {"usd", "kg", "pct", "uusd"} or name.endswith("per_kg"):
                figure = value["value"] if isinstance(value, dict) and "basis" in value else value
                assert figure is None or isinstance(figure, str), name


def _refuse(text: str) -> None:
    pytest.fail(f"the number {text} has a fraction")


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every field of every object, however deep."""
    if isinstance(value, dict):
        yield from value.items()
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _fields(each)


@CONTRACT
@given(worlds())
def test_every_line_of_arithmetic_recomputes(world):
    """Each figure that evidence derives is what its expression comes to, wherever in the evidence it stands."""
    engine = ended(new_engine(world.entries), world.log)
    found = [step for alert in engine.alerts() for step in _steps(alert.evidence)]

    assert [] == arithmetic.check(found)


def _steps(value: Any) -> Iterator[arithmetic.Step]:
    if isinstance(value, dict) and "expression" in value:
        yield arithmetic.Step(**value)
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _steps(each)


def test_there_is_arithmetic_to_recompute():
    """The property above finds lines: a plain breach has those of the lane and those of its worst record."""
    sale = Trade(
        id="1", source="customs", event_date=day(0), origin="CN", destination="GB", product="silicon|metal",
        quantity="1000", value="1100", currency="USD", incoterm="CIF",
    )  # fmt: skip
    engine = ended(new_engine(plain_reference(SILICON)), [logged(sale)])

    assert [4, 5] == [len(list(_steps(part))) for part in _parts(engine.alerts()[0].evidence)]


def _parts(evidence: dict[str, Any]) -> tuple[Any, Any]:
    return evidence["arithmetic"], evidence["worst_record"]
