"""How many months a pattern has to go on until it is found, in trade that is otherwise steady."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest

from streams.records import Flow, Trade
from streams.reference.wire import Entry
from streams.rules.excluded_neighbour import ExcludedNeighbour
from streams.rules.front_loading import FrontLoading
from streams.rules.grade_shift import GradeShift
from streams.rules.massive_imports import MassiveImportsRule
from streams.rules.mirror_gap import MirrorGap
from streams.rules.origin_shift import OriginShiftRule
from streams.rules.period_rule import PeriodRule
from streams.rules.stage_shift import StageShift
from streams.rules.stockpile_flush import StockpileFlush
from streams.rules.supplier_concentration import SupplierConcentration
from streams.rules.surge import Surge
from streams.rules.surge_with_price_fall import SurgeWithPriceFall
from streams.rules.transshipment import Transshipment
from tests.history.detection_table import is_documented
from tests.unit.rules.floors_of import floor, floored, zone
from tests.unit.rules.market_of import breaches, day_in, monthly
from tests.unit.rules.measures_of import duty

START = 18
"""The month in which each pattern begins; trade is known from month 0."""
LASTS = 12
POLY = {"product": "silicon|polysilicon", "hs_code": "280461"}
LEFT = {"flow": Flow.EXPORT, "incoterm": "FOB"}


class Pattern(NamedTuple):
    """What happens from one month on."""

    words: str
    records: Callable[[], list[Trade]]


class Case(NamedTuple):
    """A rule, and a small and a large pattern of its kind."""

    rule: PeriodRule
    small: Pattern
    large: Pattern
    entries: Sequence[Entry] = ()


def step(before, after, price=2, price_after=None, **fields):
    """Return steady months up to the start and other ones from it on."""
    prices = [price] * START + [price_after or price] * LASTS
    return monthly([before] * START + [after] * LASTS, prices, **fields)


def noisy(after, price_after):
    """Return months of 90 and 110 tonnes, and others from the start on."""
    return monthly([90, 110] * (START // 2) + [after] * LASTS, [2] * START + [price_after] * LASTS)


def graded(before, after):
    """Return two lots a month of a declared grade, and of another from the start on."""
    return [
        each
        for _ in range(2)
        for each in [
            *monthly([100] * START, 3, grade_pct=str(before)),
            *monthly([100] * LASTS, 3, start=START, grade_pct=str(after)),
        ]
    ]


def shares(china, others):
    """Return the tonnes of two origins before and from the start on."""
    return [*step(*china), *step(*others, origin="BR")]


def way(after):
    """Return both legs of a way, and other imports."""
    first = step(100, after, destination="TH", **LEFT)
    return [*first, *step(100, after, origin="TH"), *step(1000, 1000, origin="BR")]


CASES = (
    Case(Surge(), Pattern("+15 %", lambda: step(100, 115)), Pattern("twice", lambda: step(100, 200))),
    Case(
        SurgeWithPriceFall(),
        Pattern("+10 % at -5 %", lambda: step(100, 110, price_after="1.90")),
        Pattern("twice at -20 %", lambda: step(100, 200, price_after="1.60")),
    ),
    Case(MassiveImportsRule(), Pattern("+15 %", lambda: step(100, 115)), Pattern("twice", lambda: step(100, 200))),
    Case(
        SupplierConcentration(),
        Pattern("40 to 62 % of imports", lambda: [*shares((40, 62), (30, 19)), *step(30, 19, origin="NO")]),
        Pattern("40 to 90 %", lambda: [*shares((40, 90), (30, 5)), *step(30, 5, origin="NO")]),
        (zone(),),
    ),
    Case(
        OriginShiftRule(),
        Pattern("10 points", lambda: shares((80, 70), (20, 30))),
        Pattern("30 points", lambda: shares((80, 50), (20, 50))),
        (duty(START),),
    ),
    Case(
        StageShift(),
        Pattern("12 points", lambda: [*step(80, 68), *step(20, 32, 12, **POLY)]),
        Pattern("40 points", lambda: [*step(80, 40), *step(20, 60, 12, **POLY)]),
        (zone(), floor("1")),
    ),
    Case(
        ExcludedNeighbour(),
        Pattern("+25 %", lambda: step(100, 125, 12, **POLY)),
        Pattern("twice", lambda: step(100, 200, 12, **POLY)),
        floored("1", begins=START),
    ),
    Case(
        FrontLoading(),
        Pattern("+20 %", lambda: step(100, 120)),
        Pattern("twice", lambda: step(100, 200)),
        (duty(START + 4, announced_at=day_in(START, 1)),),
    ),
    Case(
        MirrorGap(),
        Pattern("20 %", lambda: [*step(100, 100, "2.12", "1.72"), *step(100, 100, **LEFT)]),
        Pattern("40 %", lambda: [*step(100, 100, "2.12", "1.32"), *step(100, 100, **LEFT)]),
    ),
    Case(
        GradeShift(),
        Pattern("2 points", lambda: graded(99, 97)),
        Pattern("7 points", lambda: graded(99, 92)),
        (zone(), floor("2", floor_id="pure", grade_min_pct="98"), floor("1", floor_id="common", grade_max_pct="98")),
    ),
    Case(
        Transshipment(),
        Pattern("both legs +25 %", lambda: way(125)),
        Pattern("both legs twice", lambda: way(200)),
        (zone(),),
    ),
    Case(
        StockpileFlush(),
        Pattern("+20 % at -5 %", lambda: noisy(120, "1.90")),
        Pattern("twice at -20 %", lambda: noisy(200, "1.60")),
    ),
)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.rule.name) for case in CASES])
def test_a_pattern_is_found_within_so_many_months(case):
    """A small one is as large as its thresholds, a large one is plain."""
    found = [breaches(case.rule, each.records(), entries=case.entries) for each in (case.small, case.large)]
    months = [min(each) - START + 1 for each in found]

    assert all(1 <= each <= LASTS for each in months)
    assert is_documented(case.rule.name, case.small.words, str(months[0]), case.large.words, str(months[1]))
