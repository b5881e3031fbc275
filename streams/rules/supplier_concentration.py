"""
Too much from one place: a member of a zone takes nearly all of a product from a single origin.

Diversification is what a zone of floors is for.  Over twelve months the largest origin's share of a member's imports
and the Herfindahl-Hirschman index of all shares (HHI, 10,000 for a single origin) both reach their limit, and the
share does so even without the month in which that origin brought most: one large consignment makes no dependence.
How both changed over a year is said where the year before is known.  Where the largest origin is itself a member the
alert is for information.

Basis: default for the share; the HHI from which the United States' Horizontal Merger Guidelines of 2010 called a
market highly concentrated (section 5.3).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final, NamedTuple

from alerts.model import Severity
from streams.antidumping.shares import herfindahl, shares_pct, top_share
from streams.cells import Lane
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.months import MONTHS_A_YEAR, last_day, month_text
from streams.panel import Panel
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, coverage_pct
from streams.rules.evidence import kg, line, short
from streams.rules.hysteresis import Measure, verdict
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_EXIT: Final = Fraction(9, 10)
_ORIGINS_IN_A_LINE: Final = 80
_NOT_A_YEAR: Final = "imports are known for less than twelve months"


class Concentration(NamedTuple):
    """A member's imports of a product over twelve months, by origin."""

    through: int
    content_mg: tuple[tuple[str, int], ...]
    """By origin, the largest first."""
    top_month_mg: int
    """What the largest origin brought in its largest month."""
    that_month_mg: int
    """What all origins brought in it."""
    year_before_mg: tuple[tuple[str, int], ...]
    """Of the twelve months before; empty where they are not known."""
    members: tuple[str, ...]
    """The origins that are members of a zone of the destination."""
    coverage_pct: Fraction

    @property
    def origin(self) -> str:
        """The largest origin."""
        return self.content_mg[0][0]

    @property
    def share_pct(self) -> Fraction:
        """Its share, per cent."""
        return Fraction(100 * self.content_mg[0][1], self.total_mg)

    @property
    def steady_share_pct(self) -> Fraction:
        """Its share of all other months than that in which it brought most."""
        rest = self.total_mg - self.that_month_mg
        return Fraction(100 * (self.content_mg[0][1] - self.top_month_mg), rest) if rest else Fraction(0)

    @property
    def hhi(self) -> Fraction:
        """The Herfindahl-Hirschman index."""
        return herfindahl(dict(self.content_mg)) or Fraction(0)

    @property
    def total_mg(self) -> int:
        """All imports."""
        return sum(content for _, content in self.content_mg)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierConcentration(PeriodRule):
    """Find members of a zone that depend on one origin."""

    name: ClassVar[str] = "supplier_concentration"
    reach: ClassVar[int] = 2 * MONTHS_A_YEAR - 1
    policy: EpisodePolicy = EpisodePolicy(expire_days=184)
    share_min_pct: Fraction = threshold(Fraction(60), "share of the largest origin, per cent")
    hhi_min: Fraction = threshold(
        Fraction(2500), "Herfindahl-Hirschman index", basis="US Horizontal Merger Guidelines 2010, 5.3"
    )
    months_min: int = threshold(6, "months of the twelve with trade")
    records_min: int = threshold(12, "records of the twelve months")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    bands: Bands = threshold(Bands(Fraction(60), Fraction(75), Fraction(90)), "severity by the share, per cent")

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge every destination that is a member of a zone on the last day of the month."""
        for destination, lanes in panel.by_destination(product).items():
            zones = panel.zones(destination, last_day(period))
            if zones and panel.total(lanes, period, MONTHS_A_YEAR).rows:
                yield self._judge_member(panel, ScopeKey(self.name, product, "", destination), lanes, period)

    def _judge_member(self, panel: Panel, key: ScopeKey, lanes: Sequence[Lane], period: int) -> Finding:
        limits: SupplierConcentration = self.at(key.product)
        year = panel.total(lanes, period, MONTHS_A_YEAR)
        if not _known(panel, lanes, period):
            return Finding(key, Verdict.EMPTY, lack=_NOT_A_YEAR)
        if year.rows < limits.records_min or _months(panel, lanes, period) < limits.months_min:
            return Finding(key, Verdict.EMPTY)
        if coverage_pct(year) < limits.coverage_min_pct:
            return Finding(key, Verdict.EMPTY, lack=UNPRICED)
        found = _concentration(panel, lanes, period, key.destination)
        said = verdict(
            (
                Measure(min(found.share_pct, found.steady_share_pct), limits.share_min_pct),
                Measure(found.hhi, limits.hhi_min),
            ),
            ends_at=_EXIT,
        )
        if said is not Verdict.BREACH:
            return Finding(key, said)
        fellow = found.origin in found.members
        severity = Severity.INFO if fellow else limits.bands.severity(found.share_pct)
        return Finding(key, said, severity, found.share_pct, found)

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say whose share is how large, and how it changed."""
        found: Concentration = worst.detail
        share, hhi = decimal_text(found.share_pct), decimal_text(found.hhi)
        then = _before(found)
        change = (
            f"; a year before it was {short(then['share_a_year_before_pct'], 1)} %"
            if then["share_a_year_before_pct"] is not None
            else ""
        )
        return Words(
            f"{key.destination} took {short(share, 1)} % of its {key.product} from {found.origin} in the year to "
            f"{month_text(found.through)} (HHI {short(hhi, 0)}){change}.",
            {
                "method": "shares of origins in twelve months of imports by content, and the sum of their squares",
                "window": f"{month_text(found.through - MONTHS_A_YEAR + 1)} to {month_text(found.through)}",
                "thresholds": self.stated(),
                "largest_origin": found.origin,
                "largest_origin_is_a_member": found.origin in found.members,
                "top_share_pct": share,
                "top_share_without_its_largest_month_pct": decimal_text(found.steady_share_pct),
                "hhi": hhi,
                **then,
                "inputs": [
                    {"origin": origin, "content_kg": kg(content), "share_pct": decimal_text(pct)}
                    for origin, content, pct in _table(found)
                ],
                "coverage_pct": decimal_text(found.coverage_pct),
                "arithmetic": list(_arithmetic(found)),
            },
        )


def _known(panel: Panel, lanes: Sequence[Lane], period: int) -> bool:
    """Return whether the imports of the destination are known for twelve months."""
    return min(panel.first_month(lane) for lane in lanes) <= period - MONTHS_A_YEAR + 1


def _months(panel: Panel, lanes: Sequence[Lane], period: int) -> int:
    months = range(period - MONTHS_A_YEAR + 1, period + 1)
    return sum(1 for month in months if any(panel.month(lane, month).content_mg for lane in lanes))


def _concentration(panel: Panel, lanes: Sequence[Lane], period: int, destination: str) -> Concentration:
    year = _by_origin(panel, lanes, period)
    top = top_share(year)
    largest = next(lane for lane in lanes if top and lane.key.origin == top.origin)
    at = max(range(period - MONTHS_A_YEAR + 1, period + 1), key=lambda month: panel.month(largest, month).content_mg)
    on = last_day(period)
    zones = panel.zones(destination, on)
    before = period - MONTHS_A_YEAR
    return Concentration(
        through=period,
        content_mg=tuple(sorted(year.items(), key=lambda each: (-each[1], each[0]))),
        top_month_mg=panel.month(largest, at).content_mg,
        that_month_mg=panel.total(lanes, at).content_mg,
        year_before_mg=tuple(sorted(_by_origin(panel, lanes, before).items())) if _known(panel, lanes, before) else (),
        members=tuple(origin for origin in sorted(year) if set(zones) & set(panel.zones(origin, on))),
        coverage_pct=coverage_pct(panel.total(lanes, period, MONTHS_A_YEAR)),
    )


def _by_origin(panel: Panel, lanes: Sequence[Lane], through: int) -> dict[str, int]:
    contents = {lane.key.origin: panel.window(lane, through, MONTHS_A_YEAR).content_mg for lane in lanes}
    return {origin: content for origin, content in contents.items() if content}


def _before(found: Concentration) -> dict[str, Any]:
    """Return the same a year before, and how it changed; None where that is not known."""
    then: Mapping[str, int] = dict(found.year_before_mg)
    shares, hhi = shares_pct(then), herfindahl(then)
    if shares is None or hhi is None:
        return dict.fromkeys(("share_a_year_before_pct", "share_change_points", "hhi_a_year_before", "hhi_change"))
    share = shares.get(found.origin, Fraction(0))
    return {
        "share_a_year_before_pct": decimal_text(share),
        "share_change_points": decimal_text(found.share_pct - share),
        "hhi_a_year_before": decimal_text(hhi),
        "hhi_change": decimal_text(found.hhi - hhi),
    }


def _table(found: Concentration) -> Iterable[tuple[str, int, Fraction]]:
    return ((origin, content, Fraction(100 * content, found.total_mg)) for origin, content in found.content_mg)


def _arithmetic(found: Concentration) -> Iterable[dict[str, str]]:
    total, largest = kg(found.total_mg), kg(found.content_mg[0][1])
    yield line("share of the largest origin", f"{largest} / {total} * 100", decimal_text(found.share_pct), "%")
    if found.total_mg > found.that_month_mg:
        yield line(
            "its share without its largest month",
            f"({largest} - {kg(found.top_month_mg)}) / ({total} - {kg(found.that_month_mg)}) * 100",
            decimal_text(found.steady_share_pct),
            "%",
        )
    if len(found.content_mg) <= _ORIGINS_IN_A_LINE:
        squares = " + ".join(f"{kg(content)} * {kg(content)}" for _, content in found.content_mg)
        yield line("HHI", f"10000 * ({squares}) / ({total} * {total})", decimal_text(found.hhi), "")
