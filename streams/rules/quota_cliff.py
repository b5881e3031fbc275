"""
A tariff quota about to run out: what enters after it meets the levy, and importers hurry to be before.

By the pace of the last four weeks the quota will be used up within 14 days and before its period ends; or more than
90 % of it is used while goods still arrive below the floor, which only the quota lets in without a levy.  What is
drawn is counted in the order of entry dates, and of the mineral's own goods only; what else is drawn on the same quota
makes it run out sooner.

Basis: quarterly quotas and thresholds as in Implementing Regulation (EU) 2025/2351; allocation by the day of the
declaration, Implementing Regulation (EU) 2015/2447, article 51; the 14 days, the 90 % and the pace are defaults.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import ClassVar, NamedTuple

from streams.cells import Lane
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.panel import Panel
from streams.quota_use import MG_PER_KG, QuotaUse
from streams.records import mineral_of
from streams.reference.floors import Floor
from streams.reference.quotas import Quota
from streams.reference.validity import holds
from streams.rules.bands import Bands
from streams.rules.evidence import day_text, kg, line, short
from streams.rules.period_rule import Cadence, PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_PACE_DAYS = 28
_BELOW_DAYS = 14


class Draining(NamedTuple):
    """How far a quota is used, and how fast."""

    quota: Quota
    quantity_mg: int
    used_mg: int
    drawn_mg: int
    """In the last days."""
    days: int
    """How many those are: four weeks, fewer where the period is younger."""
    below_mg: int
    """What arrived below the floor in the last two weeks."""
    on: int
    origins: tuple[str, ...]
    floors: tuple[Floor, ...]
    thresholds: tuple[tuple[str, str], ...]

    @property
    def left_mg(self) -> int:
        """What is left of it."""
        return max(0, self.quantity_mg - self.used_mg)

    @property
    def used_pct(self) -> Fraction:
        """How much of it is used, per cent."""
        return Fraction(100 * self.used_mg, self.quantity_mg)

    @property
    def days_left(self) -> Fraction | None:
        """In how many days the rest is used up at the pace of the last ones; None where nothing was drawn."""
        return Fraction(self.left_mg * self.days, self.drawn_mg) if self.drawn_mg else None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaCliff(PeriodRule):
    """Find tariff quotas that are about to run out."""

    name: ClassVar[str] = "quota_cliff"
    cadence: ClassVar[Cadence] = Cadence.DAY
    across_products: ClassVar[bool] = True
    reach: ClassVar[int] = 400
    scale_free: ClassVar[bool] = False
    policy: EpisodePolicy = EpisodePolicy(clear_days=3, expire_days=100)
    days_left_min: Fraction = threshold(Fraction(14), "days that a quota has to last at the pace of the last weeks")
    used_pct: Fraction = threshold(Fraction(90), "use above which goods that arrive below the floor are told, per cent")
    pace_days_min: int = threshold(7, "days of the period before a pace is taken")
    draws_min: int = threshold(3, "days with goods in the last weeks before a pace is taken")
    bands: Bands = threshold(
        Bands(Fraction(0), Fraction(90), Fraction(100)), "severity by how much of the quota is used, per cent"
    )

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:  # noqa: ARG002 - looks at all
        """Judge every quota whose period *period* falls in."""
        for use in panel.quotas:
            quota = use.quota
            in_period = holds(date.fromordinal(period), quota.period_from, quota.period_to)
            if in_period and quota.quantity_kg and use.used_mg(period):
                yield self._judge(panel, use, period)
        yield from self._unknown(panel, period)

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say how much is used, and when it will be all."""
        found: Draining = worst.detail
        quota, used = found.quota, decimal_text(found.used_pct)
        left = found.days_left
        until = None if left is None or not found.left_mg else day_text(found.on + int(left))
        return Words(
            f"Quota {quota.quota_id}"
            + (f" of {key.origin}" if key.origin else "")
            + f" ({key.product}): {short(used, 1)} % used by {day_text(found.on)}"
            + (f", the rest by {until} at this pace" if until else ", nothing is left")
            + (f"; {short(kg(found.below_mg), 0)} kg arrived below the floor in two weeks." if found.below_mg else "."),
            {
                "method": "goods drawn in the order of their entry dates; the pace of the last four weeks goes on",
                "quota": quota.quota_id,
                "quota_origin": quota.origin,
                "quota_products": list(quota.products),
                "quota_source": quota.source,
                "period_from": quota.period_from.isoformat(),
                "period_to": quota.period_to.isoformat(),
                "on": day_text(found.on),
                "quantity_kg": kg(found.quantity_mg),
                "used_kg": kg(found.used_mg),
                "used_pct": used,
                "pace_days": found.days,
                "drawn_in_pace_days_kg": kg(found.drawn_mg),
                "days_left": None if left is None else decimal_text(left),
                "used_up_on": until,
                "arrived_below_floor_in_14_days_kg": kg(found.below_mg),
                "origins": list(found.origins),
                "floors": [floor.facts() for floor in found.floors],
                "thresholds": dict(found.thresholds),
                "arithmetic": list(_lines(found)),
            },
        )

    def _judge(self, panel: Panel, use: QuotaUse, day: int) -> Finding:
        quota = use.quota
        key = _key(self.name, panel, quota)
        limits = self.at(key.product, key.origin)
        used = use.used_mg(day)
        days = min(_PACE_DAYS, day - quota.period_from.toordinal() + 1)
        drawing = sorted({(lane.key, floor) for lane, floor, _ in use.lanes(day - _PACE_DAYS + 1, day)})
        found = Draining(
            quota=quota,
            quantity_mg=int((quota.quantity_kg or 0) * MG_PER_KG),
            used_mg=used,
            drawn_mg=used - use.used_mg(day - days),
            days=days,
            below_mg=_below(panel, use.lanes(day - _BELOW_DAYS + 1, day)),
            on=day,
            origins=tuple(sorted({lane.origin for lane, _ in drawing})),
            floors=_floors(panel, {floor for _, floor in drawing}, day),
            thresholds=(
                ("days_left_min", decimal_text(limits.days_left_min)),
                ("used_pct", decimal_text(limits.used_pct)),
            ),
        )
        paced = days >= limits.pace_days_min and _draws(use, day) >= limits.draws_min
        return _finding(key, found, limits, paced=paced)

    def _unknown(self, panel: Panel, day: int) -> Iterator[Finding]:
        """Say of which quotas the quantity is not known, where goods that draw on them entered on *day*."""
        for quota in panel.book.quotas:
            if quota.quantity is not None or not holds(date.fromordinal(day), quota.period_from, quota.period_to):
                continue
            if any(_draws_on(panel, quota, product, day) for product in quota.products):
                lack = f"the quantity of the quota {quota.quota_id} is not known"
                yield Finding(_key(self.name, panel, quota), Verdict.EMPTY, lack=lack)


def _finding(key: ScopeKey, found: Draining, limits: QuotaCliff, *, paced: bool) -> Finding:
    left = found.days_left
    ends = found.quota.period_to.toordinal()
    runs_out = paced and left is not None and found.left_mg > 0 and found.on + left < ends
    cliff = runs_out and left is not None and left < limits.days_left_min
    below = found.used_pct > limits.used_pct and found.below_mg > 0
    if cliff or below:
        return Finding(key, Verdict.BREACH, limits.bands.severity(found.used_pct), found.used_pct, found)
    if not paced and found.used_pct <= limits.used_pct:
        return Finding(key, Verdict.EMPTY, lack="too few days of the quota's period to know its pace")
    hovers = runs_out and left is not None and left < 2 * limits.days_left_min
    return Finding(key, Verdict.EMPTY if hovers else Verdict.CLEAR)


def _key(rule: str, panel: Panel, quota: Quota) -> ScopeKey:
    """Return the quota as a subject: by the first of its products of the mineral, and its id."""
    minerals = {mineral_of(product) for product in panel.products()}
    ours = [each for each in quota.products if mineral_of(each) in minerals]
    product = min(ours or quota.products, default="")
    return ScopeKey(rule, product, quota.origin or "", "", quota.quota_id)


def _below(panel: Panel, drawing: Iterable[tuple[Lane, str, int]]) -> int:
    days = {(lane.key, day): lane for lane, _, day in drawing}
    return sum(panel.below_mg(lane, day) for (_, day), lane in days.items())


def _draws(use: QuotaUse, day: int) -> int:
    return len({each for _, _, each in use.lanes(day - _PACE_DAYS + 1, day)})


def _floors(panel: Panel, names: Iterable[str], day: int) -> tuple[Floor, ...]:
    """Return the floors called ``id@version`` as they were last by *day*, in order of name."""
    on = date.fromordinal(day)
    begun = ([each for each in panel.book.floors.named(name) if each.effective_from <= on] for name in sorted(names))
    return tuple(periods[-1] for periods in begun if periods)


def _draws_on(panel: Panel, quota: Quota, product: str, day: int) -> bool:
    if not any(floor.quota_id == quota.quota_id for floor in panel.book.floors.of_product(product)):
        return False
    return any(day in lane.cells for lane in panel.lanes(product, origin=quota.origin))


def _lines(found: Draining) -> Iterator[dict[str, str]]:
    quantity, used = kg(found.quantity_mg), kg(found.used_mg)
    yield line("use of the quota", f"{used} / {quantity} * 100", decimal_text(found.used_pct), "%")
    if found.days_left is not None:
        yield line(
            "days until it is used up",
            f"max(0, {quantity} - {used}) / ({kg(found.drawn_mg)} / {found.days})",
            decimal_text(found.days_left),
            "days",
        )
