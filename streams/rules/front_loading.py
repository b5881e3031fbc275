"""
Ahead of a measure: goods are rushed in between its announcement and its first day.

What came of an origin under the measure between the two days, brought to a month, is set against the twelve calendar
months before the announcement.  It has to stand more than two standard deviations above them, and to have risen also
against the same days of the year before, and by that much more than the goods of origins that are not under the
measure.  A lane so lumpy that it has no usual volume is not judged.  Of a long wait only the last half year is looked
at, and a wait of less than two weeks leaves no time.

Basis: default; imports ahead of a duty are what article 10.6 of the WTO Anti-Dumping Agreement lets it reach back for.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final, NamedTuple

from streams.antidumping.massive_imports import MASSIVE_PCT
from streams.antidumping.negligibility import INDIVIDUAL_PCT
from streams.antidumping.sales import percent
from streams.antidumping.z_score import Level, level, root
from streams.cells import Lane
from streams.episodes import Verdict
from streams.exact import decimal_text
from streams.months import MONTHS_A_YEAR, first_day, last_day, month_of
from streams.panel import Panel, Sums, added
from streams.reference.measures import Measure
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, least_coverage_pct
from streams.rules.evidence import MG_PER_KG, day_text, kg, line, short
from streams.rules.hysteresis import Measure as Gauge
from streams.rules.hysteresis import verdict
from streams.rules.lumpiness import LUMPINESS_MAX, LUMPY, months_mg
from streams.rules.measures import announced_month, facts
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_YEAR_DAYS: Final = 365
_LONGEST_DAYS: Final = 184
_SHORTEST_DAYS: Final = 14


class Wait(NamedTuple):
    """The days between an announcement and a first day, as far as they have come."""

    first: int
    last: int

    @property
    def days(self) -> int:
        """How many there are."""
        return self.last - self.first + 1

    @property
    def months(self) -> Fraction:
        """How many months that is."""
        return Fraction(self.days * MONTHS_A_YEAR, _YEAR_DAYS)

    @property
    def year_before(self) -> "Wait":
        """The same days of the year before."""
        return Wait(self.first - _YEAR_DAYS, self.last - _YEAR_DAYS)


class Rush(NamedTuple):
    """What came of a lane in a wait."""

    measure: Measure
    wait: Wait
    now: Sums
    year_ago: Sums
    months_mg: tuple[int, ...]
    """The twelve months before the announcement, in order."""
    others_pct: Fraction | None
    """How goods of origins that are not under the measure moved; None where there are none."""
    share_pct: Fraction
    coverage_pct: Fraction

    @property
    def usual(self) -> Level:
        """The usual level of the twelve months before."""
        return level(self.months_mg)

    @property
    def a_month_mg(self) -> Fraction:
        """What came, brought to a month."""
        return self.now.content_mg / self.wait.months

    @property
    def year_pct(self) -> Fraction:
        """How much more that is than in the twelve months before, per cent."""
        return percent(self.a_month_mg - self.usual.mean, self.usual.mean) or Fraction(0)

    @property
    def season_pct(self) -> Fraction | None:
        """How much more came than on the same days of the year before, per cent; None where none did."""
        return percent(self.now.content_mg - self.year_ago.content_mg, self.year_ago.content_mg)

    @property
    def rise_pct(self) -> Fraction:
        """The lesser of both, beyond the rise of the others."""
        season = self.year_pct if self.season_pct is None else self.season_pct
        return min(self.year_pct, season) - max(self.others_pct or Fraction(0), Fraction(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontLoading(PeriodRule):
    """Find lanes that are filled ahead of a measure."""

    name: ClassVar[str] = "front_loading"
    reach: ClassVar[int] = 2 * MONTHS_A_YEAR
    scale_free: ClassVar[bool] = False  # Because of the least quantity.
    z_above: Fraction = threshold(Fraction(2), "standard deviations that volumes have to exceed")
    rise_min_pct: Fraction = threshold(
        MASSIVE_PCT, "rise of the volume, per cent", basis="default, as 19 CFR 351.206(h)"
    )
    lumpiness_max: Fraction = threshold(
        LUMPINESS_MAX, "standard deviation of the months before as a part of their mean: beyond it none is usual"
    )
    share_min_pct: Fraction = threshold(
        INDIVIDUAL_PCT, "share of the volume below which a lane is negligible, per cent", basis="ADA 5.8"
    )
    quantity_min_kg: Fraction = threshold(Fraction(100), "content of those days that makes it worth a look, kg")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    bands: Bands = threshold(Bands(Fraction(30), Fraction(60), Fraction(150)), "severity by the rise, per cent")

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge the lanes under each measure that is announced and not in force for all of the month."""
        for destination, lanes in panel.by_destination(product).items():
            for measure in panel.measures(product, destination):
                wait = _wait(measure, period)
                if wait is not None:
                    yield from self._judge_measure(panel, lanes, measure, wait)

    def _judge_measure(self, panel: Panel, lanes: Sequence[Lane], measure: Measure, wait: Wait) -> Iterator[Finding]:
        others = [lane for lane in lanes if not measure.is_for(lane.key.origin)]
        for lane in lanes:
            now = _between(panel, lane, wait)
            if lane in others or not now.content_mg:
                continue
            key = ScopeKey(self.name, *lane.key[1:], party=measure.measure_id)
            limits: FrontLoading = self.at(lane.key.product, lane.key.origin)
            lack = limits._lack(panel, lane, measure, now)
            if lack is not None:
                yield Finding(key, Verdict.EMPTY, lack=lack)
                continue
            found = _rush(panel, lane, lanes, others, (measure, wait))
            said = limits._verdict(found)
            if said is Verdict.BREACH:
                yield Finding(key, said, limits.bands.severity(found.rise_pct), found.rise_pct, found)
            else:
                yield Finding(key, said)

    def _lack(self, panel: Panel, lane: Lane, measure: Measure, now: Sums) -> str | None:
        before = announced_month(measure) - 1
        if panel.first_month(lane) > before - MONTHS_A_YEAR + 1:
            return "trade is not known for the twelve months before the announcement"
        months = months_mg(panel, lane, before, MONTHS_A_YEAR)
        if not any(months):
            return "no trade in the twelve months before the announcement"
        if level(months).is_lumpy(self.lumpiness_max):
            return LUMPY
        covered = least_coverage_pct((now, panel.window(lane, before, MONTHS_A_YEAR)))
        return UNPRICED if covered < self.coverage_min_pct else None

    def _verdict(self, found: Rush) -> Verdict:
        if found.share_pct < self.share_min_pct or found.now.content_mg < self.quantity_min_kg * MG_PER_KG:
            return Verdict.CLEAR
        said = verdict((Gauge(found.rise_pct, self.rise_min_pct),))
        stands_out = found.usual.exceeds(found.a_month_mg, found.wait.months, z=self.z_above)
        return said if stands_out or said is not Verdict.BREACH else Verdict.EMPTY

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say how much came ahead of which measure, and how far that stands above the months before."""
        found: Rush = worst.detail
        wait, measure = found.wait, found.measure
        z_squared = found.usual.z_squared(found.a_month_mg, wait.months)
        season = None if found.season_pct is None else decimal_text(found.season_pct)
        return Words(
            f"{key.product} from {key.origin} to {key.destination}: {short(kg(found.now.content_mg), 0)} kg between "
            f"{day_text(wait.first)} and {day_text(wait.last)}, ahead of {measure.measure_id} "
            f"({measure.kind.replace('_', ' ')}, from {measure.effective_from}): a month's rate "
            f"{short(decimal_text(found.year_pct), 1)} % above the twelve months before.",
            {
                "method": "content between the announcement and the first day, brought to a month, against the twelve "
                "months before the announcement and the same days of the year before",
                "thresholds": self.stated(),
                "measure": facts(measure),
                "window": f"{day_text(wait.first)} to {day_text(wait.last)}",
                "inputs": {
                    "content_kg": kg(found.now.content_mg),
                    "content_on_the_same_days_a_year_before_kg": kg(found.year_ago.content_mg),
                    "months_before_kg": [kg(each) for each in found.months_mg],
                },
                "rise_against_the_year_pct": decimal_text(found.year_pct),
                "rise_against_the_season_pct": season,
                "others_rise_pct": None if found.others_pct is None else decimal_text(found.others_pct),
                "rise_beyond_others_pct": decimal_text(found.rise_pct),
                "z": None if z_squared is None else decimal_text(root(z_squared)),
                "share_of_volume_pct": decimal_text(found.share_pct),
                "coverage_pct": decimal_text(found.coverage_pct),
                "arithmetic": list(_arithmetic(found)),
            },
        )


def _wait(measure: Measure, period: int) -> Wait | None:
    """Return the days of waiting for a measure up to the end of *period*; None where they are none, or too few."""
    eve = measure.effective_from.toordinal() - 1
    first = max(measure.announced_at.toordinal(), eve - _LONGEST_DAYS + 1)
    wait = Wait(first, min(eve, last_day(period)))
    if not month_of(first) <= period or eve < first_day(period) or wait.days < _SHORTEST_DAYS:
        return None
    return wait


def _between(panel: Panel, lane: Lane, wait: Wait) -> Sums:
    days = lane.days[bisect_left(lane.days, wait.first) : bisect_right(lane.days, wait.last)]
    return added(panel.day(lane, day) for day in days)


def _total(panel: Panel, lanes: Sequence[Lane], wait: Wait) -> Sums:
    return added(_between(panel, lane, wait) for lane in lanes)


def _rush(panel: Panel, lane: Lane, lanes: Sequence[Lane], others: Sequence[Lane], ahead: tuple[Measure, Wait]) -> Rush:
    measure, wait = ahead
    before = announced_month(measure) - 1
    now, all_now = _between(panel, lane, wait), _total(panel, lanes, wait)
    theirs = panel.total(others, before, MONTHS_A_YEAR).content_mg
    a_month = Fraction(theirs, MONTHS_A_YEAR)
    return Rush(
        measure,
        wait,
        now,
        _between(panel, lane, wait.year_before),
        months_mg(panel, lane, before, MONTHS_A_YEAR),
        percent(_total(panel, others, wait).content_mg / wait.months - a_month, a_month),
        Fraction(100 * now.content_mg, all_now.content_mg),
        least_coverage_pct((now, panel.window(lane, before, MONTHS_A_YEAR))),
    )


def _arithmetic(found: Rush) -> Iterator[dict[str, str]]:
    now = kg(found.now.content_mg)
    months = f"({found.wait.days} * {MONTHS_A_YEAR} / {_YEAR_DAYS})"
    rate, each_kg = f"({now} / {months})", [kg(each) for each in found.months_mg]
    mean = f"({kg(sum(found.months_mg))} / {MONTHS_A_YEAR})"
    yield line("content brought to a month", rate, decimal_text(found.a_month_mg / MG_PER_KG), "kg")
    yield line(
        "rise against the twelve months before", f"{rate} / {mean} * 100 - 100", decimal_text(found.year_pct), "%"
    )
    if found.season_pct is not None:
        yield line(
            "rise against the same days of the year before",
            f"{now} / {kg(found.year_ago.content_mg)} * 100 - 100",
            decimal_text(found.season_pct),
            "%",
        )
    squares = " + ".join(f"({each} - {mean}) * ({each} - {mean})" for each in each_kg)
    z_squared = found.usual.z_squared(found.a_month_mg, found.wait.months)
    yield line(
        "square of z",
        f"({rate} - {mean}) * ({rate} - {mean}) * {months} / (({squares}) / {len(each_kg)})",
        None if z_squared is None else decimal_text(z_squared),
        "",
    )
