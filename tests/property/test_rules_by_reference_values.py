"""What holds of rules that measure by reference values and duties: order, late reference data, a higher price."""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.exact import decimal_text, micros_text
from streams.records import Trade
from streams.reference.basis import BasisRatio
from streams.reference.fx import FxMonthly
from streams.reference.measures import Measure, MeasureKind
from streams.reference.values import Method, ReferenceValue, Role
from streams.reference.wire import Entry
from streams.rules.below_cost import BelowCost
from streams.rules.dumping_margin import DumpingMargin
from streams.rules.dumping_margin_early import DumpingMarginEarly
from streams.rules.over_invoicing import OverInvoicing
from streams.rules.predatory_ramp import PredatoryRamp
from streams.rules.price_suppression import PriceSuppression
from streams.rules.targeted_dumping import TargetedDumping
from streams.rules.under_invoicing import UnderInvoicing
from streams.rules.undercutting import Undercutting
from streams.rules.underselling import Underselling
from tests.outcomes import END_MARKS, feed, new_engine, outcome, run, spells
from tests.strategies import logged

RULES = (
    Undercutting(),
    Underselling(),
    DumpingMargin(months_min=2),
    DumpingMarginEarly(),
    TargetedDumping(sales_min=6),
    BelowCost(months_min=2),
    PriceSuppression(window_months=2, imports_rise_min_pct=Fraction(0)),
    PredatoryRamp(windows=(6, 3), trend_z=Fraction(0)),
    UnderInvoicing(values_min=5),
    OverInvoicing(values_min=5),
)
"""Set so that a year of a few records is enough."""

MEASURED = settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
PRODUCT = "silicon|metal"
FIRST = date(2024, 1, 1)
every_rule = pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in RULES])


def trades(dice: Random, count: int) -> Iterator[Trade]:
    """Yield sales of a year at prices about two dollars, by a few parties on a few lanes."""
    for number in range(count):
        kg = dice.choice((500, 5_000, 20_000))
        price = dice.choice((120, 160, 190, 195, 200, 205, 210, 240))
        yield Trade(
            id=f"R{number}",
            source="customs",
            event_date=FIRST + timedelta(days=dice.choice((3, 14, 20)) + 30 * dice.randrange(12)),
            origin=dice.choice(("CN", "CN", "CN", "NO", "BR")),
            destination=dice.choice(("GB", "GB", "DE")),
            product=PRODUCT,
            quantity=str(kg),
            value=decimal_text(Fraction(price * kg, 100)),
            currency="USD",
            incoterm="CIF",
            exporter=dice.choice((None, "E1", "E2")),
            importer=dice.choice(("I1", "I2", "I3")),
            hs_code=dice.choice(("28046900", "28046900", "28046910")),
            related_party=dice.random() < 0.1,
        )


def reference(dice: Random) -> tuple[Entry, ...]:
    """Return values of every role that change in the year, a duty, a ratio and monthly rates."""
    turn = FIRST + timedelta(days=dice.choice((100, 166, 200)))
    roles = (
        (Role.NORMAL_VALUE, "CN", {"method": Method.CONSTRUCTED}),
        (Role.UNIT_COST, "CN", {}),
        (Role.UNIT_COST, "GB", {}),
        (Role.TARGET_PRICE, "GB", {}),
        (Role.DOMESTIC_PRICE, "GB", {}),
    )
    values = [
        ReferenceValue(
            role=role,
            product=PRODUCT,
            country=country,
            value=dice.choice(("1.7", "1.9", "2.1", "2.3")),
            currency=dice.choice(("USD", "EUR")),
            unit="kg",
            valid_from=first,
            valid_to=last,
            publisher="bulletin",
            **more,
        )
        for role, country, more in roles
        for first, last in ((FIRST, turn), (turn, None))
    ]
    own = replace(values[0], exporter="E1", value="2.6")
    duty = Measure(
        measure_id="AD",
        kind=MeasureKind.ANTI_DUMPING,
        products=(PRODUCT,),
        announced_at=FIRST - timedelta(days=600),
        effective_from=FIRST - timedelta(days=dice.choice((500, -150))),
        origins=("CN",),
        destinations=("GB",),
        rate_pct="12.5",
    )
    rates = [
        FxMonthly(
            month=f"2024-{month:02}", rates={"EUR": dice.choice(("1.05", "1.1"))}, publisher="customs", quote="USD"
        )
        for month in range(1, 13)
    ]
    return (*values, own, duty, BasisRatio(publisher="IMF", ratio="1.06", valid_from=turn), *rates)


worlds = st.tuples(st.randoms(use_true_random=False), st.integers(20, 90))


@every_rule
@MEASURED
@given(worlds, st.integers(0, 2**32))
def test_order_and_the_size_of_slices_change_nothing(rule, world, seed):
    """A rule's alerts are a function of the records and the reference data."""
    dice, count = world
    entries, records = reference(dice), list(trades(dice, count))
    shuffled = records.copy()
    Random(seed).shuffle(shuffled)

    assert run(entries, map(logged, records), rules=(rule,)) == run(
        entries, map(logged, shuffled), rules=(rule,), size=7
    )


@every_rule
@MEASURED
@given(worlds, st.integers(0, 2**32), st.integers(0, 90))
def test_reference_data_may_come_late(rule, world, seed, cut):
    """Values, duties, ratios and rates that come after the records end as if they had been there."""
    dice, count = world
    entries, log = reference(dice), [*map(logged, trades(dice, count)), *END_MARKS]
    late = list(entries)
    Random(seed).shuffle(late)
    early, late = late[:4], late[4:]
    engine = new_engine(early, rules=(rule,))
    feed(engine, log[:cut], size=5)
    for entry in late:
        engine.judge_again(engine.normaliser.book.apply(entry))
    feed(engine, log[cut:], size=5)

    assert run(entries, log[:-2], rules=(rule,)) == outcome(engine)


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in RULES if rule.price_alert])
@MEASURED
@given(worlds, st.integers(101, 180))
def test_higher_export_prices_open_nothing(rule, world, percent):
    """Against values that stand still, whoever asks for more gives no more cause."""
    dice, count = world
    entries, records = reference(dice), list(trades(dice, count))
    raised = [replace(each, value=micros_text(int(Fraction(each.value) * percent * 10_000))) for each in records]
    lower, higher = (spells(_ended(rule, entries, goods)) for goods in (records, raised))

    for scope, start, last in higher:
        assert any(scope == each.scope and each.start <= start <= last <= each.last_breach for each in lower)


def _ended(rule, entries, records):
    engine = new_engine(entries, rules=(rule,))
    feed(engine, (*map(logged, records), *END_MARKS))
    return engine


def test_the_worlds_make_every_rule_find_something():
    """Else the properties would say nothing."""
    found = {rule.name: 0 for rule in RULES}
    for seed in range(30):
        dice = Random(seed)
        entries, records = reference(dice), list(trades(dice, 90))
        engine = new_engine(entries, rules=RULES)
        feed(engine, (*map(logged, records), *END_MARKS))
        for alert in engine.alerts():
            found[alert.rule] += 1

    assert [] == [name for name, count in found.items() if not count]
