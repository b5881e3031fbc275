"""What holds of every rule, over the registry: a rule that is added to it is held to this without being asked."""

from dataclasses import fields
from datetime import date
from fractions import Fraction
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alerts.model import Severity, State, alert_id, decode_alert, encode_alert
from streams.exact import micros_text
from streams.records import PriceTick, Trade
from streams.rules import RULES
from streams.rules.rule import Rule
from tests.outcomes import ended, new_engine, outcome, run, scopes, spells, standing
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

every_rule = pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in RULES])

ENDINGS = {State.FIRING: None, State.RESOLVED: "resolved", State.EXPIRED: "expired"}


def judged(world: World, *rules: Rule):
    """Return the engine that ran a world's log to its end under *rules*."""
    return ended(new_engine(world.entries, rules=rules or RULES), world.log)


@CONTRACT
@given(worlds())
def test_rules_do_not_know_each_other(world):
    """All rules together find what each of them finds alone."""
    alone = [alert for rule in RULES for alert in standing(judged(world, rule))]

    assert standing(judged(world)) == sorted(alone, key=lambda alert: alert.id)


@every_rule
@EVERY_RULE
@given(worlds())
def test_passing_over_quiet_days_changes_nothing(rule, world):
    """A rule that calls no day quiet, and so judges all of them, finds the same."""
    outspoken = type("Outspoken", (type(rule),), {"quiet": lambda *_: False})

    assert standing(judged(world, rule)) == standing(judged(world, outspoken()))


@every_rule
@EVERY_RULE
@given(worlds())
def test_the_kept_fold_is_the_fold_of_all_days(rule, world):
    """What was kept up to date record by record is what all of a scope's days come to from the first."""
    engine = judged(world, rule)
    sealed = max((market.watermarks.sealed_through for market in engine.markets.values()), default=0)
    for scope in scopes(engine):
        state = reduce(lambda state, day: rule.advance(scope, state, day, sealed), scope.days, rule.initial)
        episodes = rule.episodes(rule.settle(scope, state, sealed))

        assert {episode.start: episode for episode in episodes} == {
            start: said.episode for start, said in scope.published.items()
        }


@every_rule
@EVERY_RULE
@given(worlds())
def test_a_step_leaves_its_arguments_as_they_were(rule, world):
    """The same state and day give the same state again, however often they are asked."""
    for scope in scopes(judged(world, rule)):
        state = rule.initial
        for day in scope.days:
            after = rule.advance(scope, state, day, day)
            assert after == rule.advance(scope, state, day, day)
            state = after


@every_rule
@EVERY_RULE
@given(worlds())
def test_an_alert_says_who_when_and_how_bad(rule, world):
    """Id, times, story and state of an alert agree with one another and with the scope it is of."""
    engine = judged(world, rule)
    for scope in scopes(engine):
        for start, said in scope.published.items():
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


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in RULES if rule.price_alert])
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


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in RULES if rule.scale_free])
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
    return replace(record, quantity=f"{record.quantity}0", value=micros_text(int(Fraction(record.value) * 10_000_000)))


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


@every_rule
@EVERY_RULE
@given(worlds())
def test_a_rule_that_finds_nothing_says_nothing(rule, world):
    """Without records there are no alerts, and with them none of a rule that is not run."""
    others = [each for each in RULES if each is not rule]

    assert ((), {}) == run(world.entries, (), rules=(rule,))
    assert all(alert.rule != rule.name for alert in standing(judged(world, *others)))
