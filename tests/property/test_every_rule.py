"""What holds of every rule, over the registry: a rule that is added to it is held to this without being asked."""

from dataclasses import fields
from datetime import date
from fractions import Fraction
from functools import cache, reduce
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from alerts.explain import explain
from alerts.model import Severity, State, alert_id, decode_alert, encode_alert
from streams.engine import Engine
from streams.exact import micros_text
from streams.records import PriceTick, Trade, mineral_of
from streams.reference.wire import Entry
from streams.rules import RULES
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Rule
from streams.simulate.feed import price_ticks, trades
from streams.simulate.patterns import PATTERNS
from streams.simulate.planting import planted_world
from streams.simulate.schedule import entries
from tests.outcomes import (
    LiveRun,
    end_marks,
    ended,
    left_standing,
    new_engine,
    outcome,
    run,
    scopes,
    slices,
    spells,
    standing,
)
from tests.strategies import (
    CONTRACT,
    EVERY_RULE,
    GALLIUM,
    SILICON,
    World,
    books,
    clean_logs,
    logged,
    plain_reference,
    worlds,
)

OVER_PERIODS = tuple(rule for rule in RULES if isinstance(rule, PeriodRule))
BY_DAY = tuple(rule for rule in RULES if not isinstance(rule, PeriodRule))

every_rule = pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in RULES])
every_rule_by_day = pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in BY_DAY])
each_group = pytest.mark.parametrize(
    "rules", [*(pytest.param((rule,), id=rule.name) for rule in BY_DAY), pytest.param(OVER_PERIODS, id="over-periods")]
)
"""Rules do not know each other: those over periods, which are many, may share a run."""
on_its_pattern = pytest.mark.parametrize(
    "rule", [pytest.param(rule, id=rule.name) for rule in OVER_PERIODS if rule.name in PATTERNS]
)

ENDINGS = {State.FIRING: None, State.RESOLVED: "resolved", State.EXPIRED: "expired"}


def rule_of(scope, rules):
    """Return the rule that judges a scope."""
    return next(rule for rule in rules if rule.name == scope.key.rule)


def judged(world: World, *rules: Rule):
    """Return the engine that ran a world's log to its end under *rules*."""
    return ended(new_engine(world.entries, rules=rules or RULES), world.log)


@settings(CONTRACT, max_examples=4)
@given(worlds())
def test_rules_do_not_know_each_other(world):
    """All rules together find what each of them finds alone."""
    alone = [alert for rule in RULES for alert in standing(judged(world, rule))]

    assert standing(judged(world)) == sorted(alone, key=lambda alert: alert.id)


@every_rule_by_day
@EVERY_RULE
@given(worlds())
def test_passing_over_quiet_days_changes_nothing(rule, world):
    """A rule that calls no day quiet, and so judges all of them, finds the same."""
    outspoken = type("Outspoken", (type(rule),), {"quiet": lambda *_: False})

    assert standing(judged(world, rule)) == standing(judged(world, outspoken()))


@each_group
@EVERY_RULE
@given(worlds())
def test_the_kept_fold_is_the_fold_of_all_days(rules, world):
    """What was kept up to date record by record is what all of a scope's days come to from the first."""
    engine = judged(world, *rules)
    sealed = max((market.watermarks.sealed_through for market in engine.markets.values()), default=0)
    for scope in scopes(engine):
        rule = rule_of(scope, rules)
        state = reduce(lambda state, day: rule.advance(scope, state, day, sealed), scope.days, rule.initial)
        episodes = rule.episodes(rule.settle(scope, state, sealed))

        assert {episode.start: episode for episode in episodes} == {
            start: said.episode for start, said in scope.published.items()
        }


@each_group
@EVERY_RULE
@given(worlds())
def test_a_step_leaves_its_arguments_as_they_were(rules, world):
    """The same state and day give the same state again, however often they are asked."""
    for scope in scopes(judged(world, *rules)):
        rule = rule_of(scope, rules)
        state = rule.initial
        for day in scope.days:
            after = rule.advance(scope, state, day, day)
            assert after == rule.advance(scope, state, day, day)
            state = after


@each_group
@EVERY_RULE
@given(worlds())
def test_an_alert_says_who_when_and_how_bad(rules, world):
    """Id, times, story and state of an alert agree with one another and with the scope it is of."""
    assert_alerts_agree(judged(world, *rules), rules)


def assert_alerts_agree(engine, rules):
    """Hold every standing alert of *engine* to the scope and the episode it is of."""
    for scope in scopes(engine):
        for start, said in scope.published.items():
            rule = rule_of(scope, rules)
            alert, story = said.alert, said.alert.evidence["story"]
            ranks = [Severity(chapter["severity"]).rank for chapter in story if "severity" in chapter]
            opened = date.fromordinal(start)

            assert decode_alert(encode_alert(alert)) == alert
            assert (rule.name, alert_id(rule.name, scope.key.names(), opened)) == (alert.rule, alert.id)
            assert f"{opened}T00:00:00Z" == alert.opened_at <= alert.updated_at
            assert alert.resolved_at in (None, alert.updated_at)
            assert (story[-1].get("state"), alert.resolved_at is None) == (
                ENDINGS[alert.state], alert.state is State.FIRING,
            )  # fmt: skip
            assert ranks == sorted(set(ranks))
            assert (alert.severity.rank, alert.revision) == (ranks[-1], len(story))


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in BY_DAY if rule.price_alert])
@EVERY_RULE
@given(books(), clean_logs(), st.integers(101, 200))
def test_raising_every_price_opens_nothing(rule, entries, records, percent):
    """Where all prices are higher by one factor, no rule finds a day worse that it did not find before."""
    lower = spells(judged(World(entries, tuple(map(logged, records))), rule))
    higher = spells(judged(World(entries, tuple(logged(_raised(each, percent)) for each in records)), rule))

    for scope, start, last in higher:
        assert any(scope == spell.scope and spell.start <= start <= last <= spell.last_breach for spell in lower)


def _raised(record: Trade | PriceTick, percent: int) -> Trade | PriceTick:
    name = "price" if isinstance(record, PriceTick) else "value"
    amount = Fraction(getattr(record, name)) * percent * 10_000
    return replace(record, **{name: micros_text(-int(-amount // 1))})


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in BY_DAY if rule.scale_free])
@EVERY_RULE
@given(clean_logs((SILICON, GALLIUM), frozenset({"kg", "t"})))
def test_ten_times_the_goods_are_judged_alike(rule, records):
    """Ten times the quantity at ten times the value is as far below its floor, to the last decimal."""
    usd = [replace(each, currency="USD") for each in records]
    entries = plain_reference(SILICON)
    once = standing(judged(World(entries, tuple(map(logged, usd))), rule))
    ten = standing(judged(World(entries, tuple(logged(_tenfold(each)) for each in usd)), rule))

    assert [_ratios(alert.evidence) for alert in once] == [_ratios(alert.evidence) for alert in ten]
    assert [(alert.id, alert.severity, alert.state) for alert in once] == [
        (alert.id, alert.severity, alert.state) for alert in ten
    ]


def _tenfold(record: Trade | PriceTick) -> Trade | PriceTick:
    if isinstance(record, PriceTick):
        return record
    amounts = {name: getattr(record, name) for name in ("value", "freight", "insurance")}
    tenfold = {name: micros_text(int(Fraction(text) * 10_000_000)) for name, text in amounts.items() if text}
    return replace(record, quantity=f"{record.quantity}0", **tenfold)


def _ratios(evidence: dict[str, object]) -> dict[str, object]:
    """Return the percentages and unit prices of evidence, those of its worst record too."""
    found = {name: value for name, value in evidence.items() if name.endswith(("_pct", "_per_kg"))}
    worst = evidence.get("worst_record")
    return found | {"worst_record": _ratios(worst)} if isinstance(worst, dict) else found


@CONTRACT
@given(worlds(), clean_logs((GALLIUM,)))
def test_another_mineral_changes_nothing(world, others):
    """Records of a mineral change nothing of what is said of another."""
    ours = tuple(each for each in world.log if b'"gallium|metal"' not in each.value)
    both = judged(World(world.entries, (*ours, *map(logged, others))))
    alone = judged(World(world.entries, ours))

    assert outcome(alone).alerts == tuple(
        encode_alert(alert) for alert in standing(both) if alert.product != GALLIUM.product
    )


@every_rule
def test_a_rule_can_be_told_apart_by_its_settings(rule):
    """Every setting of a rule is a field of its own, so that the rule set's digest names all of them."""
    assert {each.name for each in fields(rule)} >= {"policy"}
    assert type(rule)() == rule


def test_without_records_nothing_is_said():
    """No rule finds anything in nothing."""
    assert ((), {}) == run((), ())


# -- on its own pattern: two and a half years of simulated trade with what the rule is there to find -----------------


class Feed(NamedTuple):
    """A simulated feed and the reference data to judge it by."""

    entries: tuple[Entry, ...]
    records: tuple[Trade | PriceTick, ...]

    def judged(self, rule: Rule, *, size: int = 5000) -> Engine:
        """Return the engine that took the feed to its end under *rule*."""
        return ended(new_engine(self.entries, rules=(rule,)), map(logged, self.records), size=size, end=END)


END = date(2027, 1, 1)
"""After the feeds, by long enough for what can expire."""


@cache
def simulated(pattern: str, product_besides: bool = False) -> Feed:  # noqa: FBT001, FBT002 - a key of the cache
    """Return a feed with one pattern in one mineral, and an honest mineral besides where that is asked for."""
    world = planted_world(11, 30, (pattern,), honest=int(product_besides))
    records = [*trades(world), *price_ticks(world)]
    return Feed(tuple(entries(world)), tuple(records))


@cache
def straight(rule: Rule) -> Engine:
    """Return the engine that took the feed of a rule's pattern as it is; to be read, not to be stepped."""
    return simulated(rule.name).judged(rule)


@on_its_pattern
def test_the_order_of_records_and_their_repetition_change_nothing(rule):
    """Shuffled, some of them twice and in other slices: the same alerts, byte for byte, of which there are some."""
    feed = simulated(rule.name)
    dice = Random(rule.name)
    records = [*feed.records, *dice.sample(feed.records, len(feed.records) // 10)]
    dice.shuffle(records)
    # Each topic by itself: where the topic changes a slice ends, and slices of one record say no more and take long.
    records.sort(key=lambda record: isinstance(record, Trade))
    shuffled = Feed(feed.entries, tuple(records)).judged(rule, size=977)

    assert standing(straight(rule)) == standing(shuffled)
    assert standing(straight(rule))


@on_its_pattern
def test_alerts_of_a_long_feed_agree_with_their_scopes(rule):
    """Id, times, story and state; and every line of their arithmetic comes to what it says."""
    engine = straight(rule)

    assert_alerts_agree(engine, (rule,))
    assert [] == [
        mismatch
        for alert in standing(engine)
        for step in explain(alert).steps
        if (mismatch := step.mismatch) is not None
    ]


@on_its_pattern
def test_a_run_cut_in_two_goes_on_as_if_it_had_not_been(rule):
    """A worker that is killed in the middle and restored from its ledger ends in the same alerts."""
    feed = simulated(rule.name)
    live = LiveRun(feed.entries, rules=(rule,))
    log = list(slices((*map(logged, feed.records), *end_marks(END)), 1500))
    for place, (kind, values) in enumerate(log):
        live.step(kind, values)
        if place in (len(log) // 3, 2 * len(log) // 3):
            live.crash()

    assert standing(straight(rule)) == standing(live.engine) == left_standing(live.told)


@on_its_pattern
def test_an_unrelated_product_changes_nothing(rule):
    """Honest trade in another mineral beside it neither adds nor takes away what is said of the pattern's."""
    both = simulated(rule.name, product_besides=True)
    minerals = {mineral_of(record.product or "") for record in simulated(rule.name).records}

    assert standing(straight(rule)) == [
        alert for alert in standing(both.judged(rule)) if mineral_of(alert.product) in minerals
    ]


@pytest.mark.parametrize(
    "rule", [pytest.param(rule, id=rule.name) for rule in OVER_PERIODS if rule.price_alert and rule.name in PATTERNS]
)
def test_higher_prices_all_round_open_nothing(rule):
    """Where every price is higher by one factor, no month is worse that was not before."""
    feed = simulated(rule.name)
    raised = Feed(feed.entries, tuple(_raised(record, 130) for record in feed.records))
    lower, higher = spells(straight(rule)), spells(raised.judged(rule))

    for scope, start, last in higher:
        assert any(scope == spell.scope and spell.start <= start <= last <= spell.last_breach for spell in lower)


@pytest.mark.parametrize(
    "rule", [pytest.param(rule, id=rule.name) for rule in OVER_PERIODS if rule.scale_free and rule.name in PATTERNS]
)
def test_ten_times_the_goods_have_the_same_margins(rule):
    """Ten times every quantity and value is as far off, to the last decimal."""
    feed = simulated(rule.name)
    tenfold = Feed(feed.entries, tuple(map(_tenfold, feed.records)))
    once, ten = standing(straight(rule)), standing(tenfold.judged(rule))

    assert [(alert.id, alert.severity, _ratios(alert.evidence)) for alert in once] == [
        (alert.id, alert.severity, _ratios(alert.evidence)) for alert in ten
    ]
