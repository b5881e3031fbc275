"""
A lower grade on paper: the declared grade falls to where the floor is lower, while the price contained stays.

Over the last three months against the six before, the average declared grade of a lane falls by two points, and so it
does exporter by exporter: another exporter's poorer goods are no alert.  At today's floors the grades of before would
have met a higher floor for the same content than those of now.  The price of a kilogram contained did not fall, or
not by more than that of other origins' goods.  Goods whose assay is not declared cannot be judged.

Basis: default.  Grades declared to fit a reference price are known from the United States' trigger price mechanism
for steel (1978 to 1982); the points and months are ours.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final, NamedTuple

from streams.cells import Judged, Lane
from streams.episodes import Verdict
from streams.exact import decimal_text, fraction
from streams.months import last_day, month_text
from streams.panel import MonthRows, Panel
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, coverage_pct
from streams.rules.evidence import MG_PER_KG, kg, line, short, usd
from streams.rules.hysteresis import Measure, verdict
from streams.rules.move import price_change_pct
from streams.rules.peers import Peers
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_NOW: Final = 3
_BASE: Final = 6
_FLOORED: Final = (Judged.FLOOR, Judged.AMBIGUOUS)


class Assay(NamedTuple):
    """Who declared which grade; the grade empty where none was."""

    exporter: str
    grade_pct: str


class Goods(NamedTuple):
    """What was declared under one assay."""

    rows: int
    content_mg: int
    value_uusd: int


Assays = Mapping[Assay, Goods]


class Grades(NamedTuple):
    """The goods of a window that declare a grade, by weight of the goods themselves."""

    through: int
    months: int
    goods_kg: Fraction
    contained_kg: Fraction
    value_uusd: int
    by_grade: tuple[tuple[str, int], ...]
    """Milligrams of content by declared grade."""

    @property
    def grade_pct(self) -> Fraction:
        """The average grade."""
        return 100 * self.contained_kg / self.goods_kg

    @property
    def price(self) -> Fraction:
        """USD per kilogram contained."""
        return Fraction(self.value_uusd, 1_000_000) / self.contained_kg


class GradeShifted(NamedTuple):
    """What was found of a lane in one period."""

    before: Grades
    now: Grades
    fall_by_exporter: Fraction | None
    """Points that the grade fell by exporter by exporter; None where too few are known from before."""
    others_pct: Fraction | None
    """How the unit value of other origins' goods moved."""
    floors: tuple[Fraction, Fraction] | None = None
    """Today's floor for a kilogram of content at the grades of before and of now, USD."""
    coverage_pct: Fraction = Fraction(100)

    @property
    def fall_points(self) -> Fraction:
        """How far the grade fell, the lesser of both ways to count."""
        fall = self.before.grade_pct - self.now.grade_pct
        return fall if self.fall_by_exporter is None else min(fall, self.fall_by_exporter)

    @property
    def price_pct(self) -> Fraction:
        """How the price of what is contained moved, per cent."""
        return 100 * (self.now.price - self.before.price) / self.before.price

    @property
    def price_fall_pct(self) -> Fraction:
        """How far it fell beyond that of other origins; negative where it rose."""
        return min(self.others_pct or Fraction(0), Fraction(0)) - self.price_pct


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeShift(PeriodRule):
    """Find lanes whose declared grade falls to where the floor is lower."""

    name: ClassVar[str] = "grade_shift"
    reach: ClassVar[int] = _NOW + _BASE - 1
    price_alert: ClassVar[bool] = False
    """Prices that stay are part of what is found."""
    fall_min_points: Fraction = threshold(Fraction(2), "points that the declared grade falls by")
    price_fall_max_pct: Fraction = threshold(
        Fraction(5), "fall of the price contained, beyond that of other origins, that a poorer grade explains; per cent"
    )
    records_min: int = threshold(6, "records with a declared grade in each of the two windows")
    declared_min_pct: Fraction = threshold(Fraction(80), "share of records that declare their grade, per cent")
    matched_min_pct: Fraction = threshold(Fraction(50), "goods of exporters known from before, per cent")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    bands: Bands = threshold(Bands(Fraction(3), Fraction(6), Fraction(12)), "severity by the points")

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge the lanes of a product whose floors differ by grade."""
        if not any(each.grade_min_pct or each.grade_max_pct for each in panel.book.floors.of_product(product)):
            return
        for destination, lanes in panel.by_destination(product).items():
            if not panel.zones(destination, last_day(period)):
                continue
            peers = Peers(panel, lanes)
            for lane in lanes:
                if panel.window(lane, period, _NOW).rows and panel.window(lane, period - _NOW, _BASE).rows:
                    yield self._judge_lane(panel, lane, peers, period)

    def _judge_lane(self, panel: Panel, lane: Lane, peers: Peers, period: int) -> Finding:
        key = ScopeKey(self.name, *lane.key[1:])
        limits: GradeShift = self.at(lane.key.product, lane.key.origin)
        windows = ((period - _NOW, _BASE), (period, _NOW))
        covered = min(coverage_pct(panel.window(lane, *window)) for window in windows)
        if covered < limits.coverage_min_pct:
            return Finding(key, Verdict.EMPTY, lack=UNPRICED)
        assays = [_assays(panel, lane, *window) for window in windows]
        lack = limits._lack(assays)
        if lack is not None:
            return Finding(key, Verdict.EMPTY, lack=lack)
        before, now = (_grades(panel, lane, each, *window) for each, window in zip(assays, windows, strict=True))
        others = price_change_pct(*(peers.sums(lane, *window) for window in windows))
        found = GradeShifted(before, now, limits._by_exporter(panel, lane, assays), others, None, covered)
        return limits._said(panel, lane, key, found)

    def _lack(self, assays: list[dict[Assay, Goods]]) -> str | None:
        """Return what is missing; empty where there is too little trade to say anything."""
        for each in assays:
            rows = sum(goods.rows for goods in each.values())
            declared = sum(goods.rows for assay, goods in each.items() if assay.grade_pct)
            if 100 * declared < self.declared_min_pct * rows:
                return "too many records that do not declare their grade"
            if declared < self.records_min:
                return ""
        return None

    def _by_exporter(self, panel: Panel, lane: Lane, assays: list[dict[Assay, Goods]]) -> Fraction | None:
        """Return how far the grade fell among exporters known from before, weighted by what they send now."""
        before, now = (
            {
                exporter: _grades(panel, lane, {a: g for a, g in each.items() if a.exporter == exporter}, 0, 0)
                for exporter in sorted({assay.exporter for assay in each if assay.grade_pct})
            }
            for each in assays
        )
        both = [exporter for exporter in now if exporter in before]
        goods = sum((now[exporter].goods_kg for exporter in both), Fraction(0))
        total = sum((each.goods_kg for each in now.values()), Fraction(0))
        if not goods or 100 * goods < self.matched_min_pct * total:
            return None
        fall = (now[each].goods_kg * (before[each].grade_pct - now[each].grade_pct) for each in both)
        return sum(fall, Fraction(0)) / goods

    def _said(self, panel: Panel, lane: Lane, key: ScopeKey, found: GradeShifted) -> Finding:
        said = verdict((Measure(found.fall_points, self.fall_min_points),))
        if said is Verdict.BREACH and found.price_fall_pct > self.price_fall_max_pct:
            return Finding(key, Verdict.CLEAR)
        if said is not Verdict.BREACH:
            return Finding(key, said)
        floors = tuple(_floor(panel, lane, each.by_grade, last_day(found.now.through)) for each in found[:2])
        if None in floors:
            return Finding(key, Verdict.EMPTY, lack="the floors of the declared grades cannot be compared")
        at_before, at_now = (each or Fraction(0) for each in floors)
        if at_now >= at_before:
            return Finding(key, Verdict.CLEAR)
        found = found._replace(floors=(at_before, at_now))
        return Finding(key, said, self.bands.severity(found.fall_points), found.fall_points, found)

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say from which grade to which, and what that does to the floor."""
        found: GradeShifted = worst.detail
        before, now = found.before, found.now
        at_before, at_now = (decimal_text(each) for each in found.floors or (Fraction(0), Fraction(0)))
        grades = [decimal_text(each.grade_pct) for each in (before, now)]
        price = decimal_text(found.price_pct)
        return Words(
            f"{key.product} from {key.origin} to {key.destination}: the declared grade fell from {short(grades[0], 1)} "
            f"to {short(grades[1], 1)} % in the three months to {month_text(now.through)}, and the floor it meets from "
            f"{short(at_before, 3)} to {short(at_now, 3)} USD/kg; the price of a kilogram contained moved "
            f"{short(price, 1)} %.",
            {
                "method": "average declared grade, three months against the six before; today's floors at the grades "
                "of both, weighted by content, a grade without a floor at nought",
                "thresholds": self.stated(),
                "grade_before_pct": grades[0],
                "grade_pct": grades[1],
                "fall_points": decimal_text(found.fall_points),
                "fall_exporter_by_exporter_points": None
                if found.fall_by_exporter is None
                else decimal_text(found.fall_by_exporter),
                "price_contained_change_pct": price,
                "others_price_change_pct": None if found.others_pct is None else decimal_text(found.others_pct),
                "floor_at_the_grades_before_usd_per_kg": at_before,
                "floor_at_the_grades_now_usd_per_kg": at_now,
                "inputs": [_told(before), _told(now)],
                "coverage_pct": decimal_text(found.coverage_pct),
                "arithmetic": list(_arithmetic(found)),
            },
        )


def _assays(panel: Panel, lane: Lane, through: int, months: int) -> dict[Assay, Goods]:
    found: dict[Assay, Goods] = {}
    for month in range(through - months + 1, through + 1):
        if panel.month(lane, month).rows:
            for assay, goods in panel.summary("by_assay", lane, month, lambda rows: _by_assay(panel, rows)).items():
                held = found.get(assay, Goods(0, 0, 0))
                found[assay] = Goods(*map(int.__add__, held, goods))
    return dict(sorted(found.items()))


def _by_assay(panel: Panel, rows: MonthRows) -> dict[Assay, Goods]:
    found: dict[Assay, Goods] = {}
    for row, content, value in zip(rows.rows, rows.content_mg, rows.value_uusd, strict=True):
        assay = Assay(panel.party(row)[0], panel.shape(row).grade_pct)
        held = found.get(assay, Goods(0, 0, 0))
        found[assay] = Goods(held.rows + 1, held.content_mg + content, held.value_uusd + value)
    return found


def _grades(panel: Panel, lane: Lane, assays: Assays, through: int, months: int) -> Grades:
    """Return the goods that declare a grade; content is of the goods or, where they are quoted by it, contained."""
    product = panel.product(lane.key.product)
    by_content = product is not None and product.quote.of is not None
    goods_kg = contained_kg = Fraction(0)
    value = 0
    by_grade: dict[str, int] = {}
    for assay, goods in assays.items():
        part = fraction(assay.grade_pct) / 100 if assay.grade_pct else Fraction(0)
        if not part:
            continue
        content = Fraction(goods.content_mg, MG_PER_KG)
        goods_kg += content / part if by_content else content
        contained_kg += content if by_content else content * part
        value += goods.value_uusd
        by_grade[assay.grade_pct] = by_grade.get(assay.grade_pct, 0) + goods.content_mg
    return Grades(through, months, goods_kg, contained_kg, value, tuple(sorted(by_grade.items())))


def _floor(panel: Panel, lane: Lane, by_grade: tuple[tuple[str, int], ...], day: int) -> Fraction | None:
    """Return the floor of a kilogram of content at some grades, USD; None where one cannot be brought to that."""
    total, content = Fraction(0), 0
    key = lane.key
    for grade, content_mg in by_grade:
        at = panel.floor_at(key.product, origin=key.origin, destination=key.destination, day=day, grade_pct=grade)
        if at.judged is Judged.UNPRICED:
            return None
        price = at.usd_per_kg if at.judged in _FLOORED else None
        total += content_mg * (price or Fraction(0))
        content += content_mg
    return total / content if content else None


def _told(grades: Grades) -> dict[str, Any]:
    first = grades.through - grades.months + 1
    return {
        "months": f"{month_text(first)} to {month_text(grades.through)}",
        "goods_kg": decimal_text(grades.goods_kg),
        "contained_kg": decimal_text(grades.contained_kg),
        "value_usd": usd(grades.value_uusd),
        "content_by_grade_kg": {grade: kg(content) for grade, content in grades.by_grade},
    }


def _text(amount: Fraction) -> str:
    return f"({amount.numerator} / {amount.denominator})" if amount.denominator > 1 else str(amount.numerator)


def _arithmetic(found: GradeShifted) -> Iterator[dict[str, str]]:
    before, now = found.before, found.now
    for label, each in (("grade before", before), ("grade", now)):
        expression = f"{_text(each.contained_kg)} / {_text(each.goods_kg)} * 100"
        yield line(label, expression, decimal_text(each.grade_pct), "%")
    yield line(
        "change of the price contained",
        f"({usd(now.value_uusd)} / {_text(now.contained_kg)}) / "
        f"({usd(before.value_uusd)} / {_text(before.contained_kg)}) * 100 - 100",
        decimal_text(found.price_pct),
        "%",
    )
