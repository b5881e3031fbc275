"""
Another stage in place of the floored one: an origin sends the same element as goods that keep no floor, or a lower one.

What an origin sends to a destination is added up in kilograms of the mineral's element, stage by stage.  Over the last
three months against the six before, a stage with a floor loses, and a stage next to it without one or with a lower one
gains, at least ten points of all that, and at least half of what the one gains the other loses.  The stage that gained
is the alert's.  Honest trade may shift so too, when a refinery opens or closes.

Basis: default.  That processed goods and derivatives are to be covered together is the concern of the inquiry under
section 232 (Proclamation 11001); the points and months are ours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final, NamedTuple

from streams.antidumping.shares import SHIFT_PP, origin_shift
from streams.cells import Judged, Lane
from streams.episodes import Verdict
from streams.exact import decimal_text
from streams.months import last_day, month_text
from streams.panel import Panel
from streams.reference.catalogue import Product
from streams.rules.bands import Bands
from streams.rules.contained import are_adjacent, element_share
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, least_coverage_pct
from streams.rules.evidence import MG_PER_KG, line, short
from streams.rules.hysteresis import Measure, verdict
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_NOW: Final = 3
_BASE: Final = 6
_FLOORED: Final = (Judged.FLOOR, Judged.AMBIGUOUS)

Amounts = Mapping[str, Fraction]
"""Kilograms of the element by product."""


class Stage(NamedTuple):
    """A product and the floor that the origin's goods of it meet."""

    product: Product
    share: Fraction
    """Kilograms of the element in a kilogram of content."""
    floor: str
    """Its ``id@version``, or why there is none."""
    floor_usd_per_kg: Fraction | None
    """For a kilogram of the element; None where there is no floor."""

    def is_cheaper_than(self, other: "Stage") -> bool:
        """Return whether goods of this stage keep no floor, or a lower one for the same element."""
        if self.floor_usd_per_kg is None or other.floor_usd_per_kg is None:
            return other.floor_usd_per_kg is not None
        return self.floor_usd_per_kg < other.floor_usd_per_kg


class StageShifted(NamedTuple):
    """What was found of a stage that gained."""

    through: int
    left: Stage
    entered: Stage
    before_kg: tuple[tuple[str, Fraction], ...]
    now_kg: tuple[tuple[str, Fraction], ...]
    fall_pp: Fraction
    rise_pp: Fraction
    coverage_pct: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class StageShift(PeriodRule):
    """Find stages that take the place of a floored one."""

    name: ClassVar[str] = "stage_shift"
    reach: ClassVar[int] = _NOW + _BASE - 1
    across_products: ClassVar[bool] = True
    fall_min_pp: Fraction = threshold(SHIFT_PP, "points of the element that the floored stage loses")
    rise_min_pp: Fraction = threshold(SHIFT_PP, "points of the element that the other stage gains")
    matched_min_pct: Fraction = threshold(
        Fraction(50), "what the floored stage loses a month, per cent of what the other stage gains"
    )
    months_min: int = threshold(3, "months with trade of the six before")
    records_min: int = threshold(6, "records of each of the two windows")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    bands: Bands = threshold(Bands(Fraction(10), Fraction(20), Fraction(40)), "severity by the points gained")

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:  # noqa: ARG002 - looks at all
        """Judge what each origin sends to each destination, across the stages."""
        ways: dict[tuple[str, str], list[Lane]] = {}
        for each in panel.products():
            for lane in panel.lanes(each):
                ways.setdefault((lane.key.origin, lane.key.destination), []).append(lane)
        for way in sorted(ways):
            if len(ways[way]) > 1 and panel.total(ways[way], period, _NOW).rows:
                yield from self._judge_way(panel, ways[way], period)

    def _judge_way(self, panel: Panel, lanes: list[Lane], period: int) -> Iterable[Finding]:
        floored, open_to, lacks = self._stages(panel, lanes, period)
        yield from lacks
        for entered in open_to:
            key = ScopeKey(self.name, entered.product.name, *lanes[0].key[2:])
            from_stages = [
                each
                for each in floored
                if are_adjacent(each.product, entered.product) and entered.is_cheaper_than(each)
            ]
            if from_stages:
                limits: StageShift = self.at(key.product, key.origin)
                yield limits._judge_stage(panel, key, lanes, (entered, from_stages), period)

    def _stages(self, panel: Panel, lanes: list[Lane], period: int) -> tuple[list[Stage], list[Stage], list[Finding]]:
        """Return the stages with a floor, all stages that can be compared, and what lacks of the others."""
        found, lacks = [], []
        for lane in lanes:
            product = panel.product(lane.key.product)
            if product is None:
                continue
            share = element_share(product)
            at = panel.floor_at(
                product.name, origin=lane.key.origin, destination=lane.key.destination, day=last_day(period)
            )
            if isinstance(share, str):
                lacks.append((product, share))
            elif at.judged is Judged.UNPRICED:
                lacks.append((product, f"the floor of {product.name} cannot be brought to a kilogram of content"))
            else:
                priced = None if at.usd_per_kg is None or at.judged not in _FLOORED else at.usd_per_kg / share
                found.append(Stage(product, share, at.detail, priced))
        floored = [each for each in found if each.floor_usd_per_kg is not None]
        findings = [
            Finding(ScopeKey(self.name, product.name, *lanes[0].key[2:]), Verdict.EMPTY, lack=lack)
            for product, lack in lacks
            if any(are_adjacent(product, each.product) for each in floored)
        ]
        return floored, found, findings

    def _judge_stage(
        self, panel: Panel, key: ScopeKey, lanes: list[Lane], move: tuple[Stage, list[Stage]], period: int
    ) -> Finding:
        entered, floored = move
        before, now = panel.total(lanes, period - _NOW, _BASE), panel.total(lanes, period, _NOW)
        if min(map(panel.first_month, lanes)) > period - _NOW - _BASE + 1:
            return Finding(key, Verdict.EMPTY, lack="trade is known for less than nine months")
        if before.rows < self.records_min or _months(panel, lanes, period - _NOW) < self.months_min:
            return Finding(key, Verdict.EMPTY, lack="too little trade in the six months before")
        if now.rows < self.records_min:
            return Finding(key, Verdict.EMPTY)
        covered = least_coverage_pct((before, now))
        if covered < self.coverage_min_pct:
            return Finding(key, Verdict.EMPTY, lack=UNPRICED)
        amounts = [
            _amounts(panel, lanes, through, months) for through, months in ((period - _NOW, _BASE), (period, _NOW))
        ]
        found = [self._shifted(each, entered, amounts, period, covered) for each in floored]
        worst = max((each for each in found if each), key=lambda each: each.fall_pp, default=None)
        if worst is None:
            return Finding(key, Verdict.EMPTY)
        said = verdict((Measure(worst.fall_pp, self.fall_min_pp), Measure(worst.rise_pp, self.rise_min_pp)))
        if said is not Verdict.BREACH:
            return Finding(key, said)
        return Finding(key, said, self.bands.severity(worst.rise_pp), worst.rise_pp, worst)

    def _shifted(
        self, left: Stage, entered: Stage, amounts: list[dict[str, Fraction]], period: int, covered: Fraction
    ) -> StageShifted | None:
        """Return how the element moved from one stage to another; a share without the amount is no move."""
        before, now = amounts
        shift = origin_shift(before, now, target=left.product.name)
        if shift is None:
            return None
        lost, gained = (
            _NOW * before.get(each.product.name, Fraction(0)) - _BASE * now.get(each.product.name, Fraction(0))
            for each in (left, entered)
        )
        nothing = Fraction(0)
        moved = lost > 0 > gained and 100 * lost >= self.matched_min_pct * -gained
        return StageShifted(
            period,
            left,
            entered,
            tuple(sorted(before.items())),
            tuple(sorted(now.items())),
            -shift.shift_pp.get(left.product.name, nothing) if moved else nothing,
            shift.shift_pp.get(entered.product.name, nothing) if moved else nothing,
            covered,
        )

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say which stage gained what the floored one lost."""
        found: StageShifted = worst.detail
        fall, rise = decimal_text(found.fall_pp), decimal_text(found.rise_pp)
        element = found.entered.product.element
        before, now = dict(found.before_kg), dict(found.now_kg)
        left, entered = found.left.product.name, found.entered.product.name
        return Words(
            f"{key.origin} to {key.destination}: of the {element} sent in the three months to "
            f"{month_text(found.through)}, {left} lost {short(fall, 1)} points and {entered} gained {short(rise, 1)}; "
            + (
                "the latter keeps no floor."
                if found.entered.floor_usd_per_kg is None
                else "the latter's floor is lower for the same element."
            ),
            {
                "method": "shares of stages in the element, three months against the six before; goods counted as "
                "they are at their usual grade",
                "thresholds": self.stated(),
                "element": element,
                "window": f"three months to {month_text(found.through)}",
                "fall_points": fall,
                "rise_points": rise,
                "stages": [_told(found.left), _told(found.entered)],
                "inputs": [
                    {
                        "product": product,
                        "element_before_kg": decimal_text(before.get(product, Fraction(0))),
                        "element_kg": decimal_text(now.get(product, Fraction(0))),
                    }
                    for product in sorted({*before, *now})
                ],
                "coverage_pct": decimal_text(found.coverage_pct),
                "arithmetic": [
                    line("points gained", _points(before, now, entered), rise, "points"),
                    line("points lost", f"0 - ({_points(before, now, left)})", fall, "points"),
                ],
            },
        )


def _months(panel: Panel, lanes: list[Lane], through: int) -> int:
    months = range(through - _BASE + 1, through + 1)
    return sum(1 for month in months if any(panel.month(lane, month).content_mg for lane in lanes))


def _amounts(panel: Panel, lanes: list[Lane], through: int, months: int) -> dict[str, Fraction]:
    found = {}
    for lane in lanes:
        product = panel.product(lane.key.product)
        share = element_share(product) if product else ""
        content = panel.window(lane, through, months).content_mg
        if content and not isinstance(share, str):
            found[lane.key.product] = Fraction(content, MG_PER_KG) * share
    return found


def _told(stage: Stage) -> dict[str, Any]:
    return {
        "product": stage.product.name,
        "element_per_kg_of_content": decimal_text(stage.share),
        "floor": stage.floor,
        "floor_usd_per_kg_of_element": None if stage.floor_usd_per_kg is None else decimal_text(stage.floor_usd_per_kg),
    }


def _text(amount: Fraction) -> str:
    """Return an amount exactly, as arithmetic takes it."""
    return f"({amount.numerator} / {amount.denominator})" if amount.denominator > 1 else str(amount.numerator)


def _points(before: Amounts, now: Amounts, product: str) -> str:
    """Return the change of a share as an expression."""
    return " - ".join(
        f"{_text(amounts.get(product, Fraction(0)))} / ({' + '.join(map(_text, amounts.values()))}) * 100"
        for amounts in (now, before)
    )
