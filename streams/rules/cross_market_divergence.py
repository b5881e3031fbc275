"""
Two markets drift apart: the price outside China and the price at home in China, in an unusual distance.

For each pair of an instrument outside China and one of the Chinese home market, both without tax, the logarithm of the
ratio of their prices is set against that of the 180 days before: told when it lies three standard deviations or more
and five hundredths from the average, or when the dearer market becomes the cheaper.  A price keeps for ten days, in
which the other may move on: that is why hundredths are asked for too.  Export quotes from China
are neither side.  A spread says that an export licence, a quota or a rebate bites, or that goods are dear for one buyer
only; it is no finding of dumping.

Basis: the spreads of gallium, germanium and the rare earths after China's export controls of 2023 to 2025; the figures
are defaults.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import product as pairs_of
from typing import ClassVar, NamedTuple

from streams.antidumping.log_spread import MILLIONTHS, Spreads, added_up, log_millionths
from streams.cells import Lane
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.months import month_of
from streams.panel import Panel, Tick, days_of
from streams.rules.bands import Bands
from streams.rules.evidence import day_text, line, short
from streams.rules.figures import term
from streams.rules.instruments import MarketOf, market_of
from streams.rules.period_rule import Cadence, PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold
from streams.shapes import Kind

_WINDOW = 180
_CARRY = 10
_EXIT = Fraction(1, 2)
_HUNDREDTH = MILLIONTHS // 100


class Quote(NamedTuple):
    """The price of an instrument that holds on a day."""

    instrument: str
    day: int
    """Of its assessment."""
    tick: Tick


class Divergence(NamedTuple):
    """A spread, and those of the days before."""

    on: int
    abroad: Quote
    china: Quote
    spread: int
    """Millionths, as a natural logarithm."""
    before: Spreads
    flipped: bool
    thresholds: tuple[tuple[str, str], ...]

    @property
    def move(self) -> Fraction:
        """How far the spread lies from its average, hundredths of a logarithm: about per cent."""
        return (self.spread - self.before.mean) / _HUNDREDTH


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossMarketDivergence(PeriodRule):
    """Find prices outside China that drift away from those inside."""

    name: ClassVar[str] = "cross_market_divergence"
    kind: ClassVar[Kind] = Kind.TICK
    cadence: ClassVar[Cadence] = Cadence.DAY
    reach: ClassVar[int] = _WINDOW + _CARRY
    price_alert: ClassVar[bool] = False
    policy: EpisodePolicy = EpisodePolicy(expire_days=100)
    z_min: Fraction = threshold(Fraction(3), "standard deviations from the average of the 180 days before")
    days_min: int = threshold(20, "days with both prices before a spread can be unusual")
    move_min: Fraction = threshold(
        Fraction(5), "hundredths of a logarithm that a spread has to move, or stand on either side of a change of sign"
    )
    bands: Bands = threshold(
        Bands(Fraction(10), Fraction(20), Fraction(50)), "severity by the move, hundredths of a logarithm"
    )

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge every pair of which one price was assessed on the day."""
        lanes = panel.lanes(product, kind=Kind.TICK)
        quotes = {lane.key: quote for lane in lanes if (quote := _quote(panel, lane, period)) is not None}
        if not any(quote.day == period for quote in quotes.values()):
            return
        sides: dict[MarketOf, list[Lane]] = {}
        for lane in lanes:
            if lane.key in quotes:
                sides.setdefault(market_of(quotes[lane.key].tick.shape), []).append(lane)
        abroad, china = sides.get(MarketOf.EX_CHINA, []), sides.get(MarketOf.CHINA, [])
        yield _sides(ScopeKey(self.name, product), abroad=bool(abroad), china=bool(china))
        for one, other in pairs_of(abroad, china):
            pair = quotes[one.key], quotes[other.key]
            if max(pair[0].day, pair[1].day) == period:
                yield _judge(self.at(product), panel, (one, other), pair, period)

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say which way the markets drifted, and how far."""
        found: Divergence = worst.detail
        abroad, china, before = found.abroad, found.china, found.before
        ratio = abroad.tick.usd_per_kg / china.tick.usd_per_kg
        spread, mean = _text(found.spread), decimal_text(before.mean / MILLIONTHS)
        z = before.z(found.spread)
        changed = "; the dearer market has become the cheaper" if found.flipped else ""
        return Words(
            f"{key.product}: {abroad.instrument} stood at {short(decimal_text(ratio), 2)} times {china.instrument} on "
            f"{day_text(found.on)}, "
            + (f"{short(decimal_text(abs(z)), 1)} standard deviations" if z is not None else "away")
            + f" {'above' if found.move > 0 else 'below'} its usual spread{changed}.",
            {
                "method": "natural logarithm of the ratio of two prices without tax, rounded to a millionth, against "
                "its average over the 180 days before",
                "on": day_text(found.on),
                "outside_china": _facts(abroad),
                "china": _facts(china),
                "ratio": decimal_text(ratio),
                "log_spread": spread,
                "mean_log_spread": mean,
                "standard_deviations": None if z is None else decimal_text(z),
                "days_compared": before.days,
                "changed_sign": found.flipped,
                "thresholds": dict(found.thresholds),
                "arithmetic": list(_lines(found, ratio)),
            },
        )


def _quote(panel: Panel, lane: Lane, day: int) -> Quote | None:
    """Return the last price of an instrument by *day* that still holds."""
    for place in range(bisect_right(lane.days, day) - 1, -1, -1):
        assessed = lane.days[place]
        if assessed < day - _CARRY:
            return None
        if (tick := panel.tick(lane, assessed)) is not None:
            return Quote(lane.key.origin, assessed, tick)
    return None


def _sides(key: ScopeKey, *, abroad: bool, china: bool) -> Finding:
    if abroad and china:
        return Finding(key, Verdict.CLEAR)
    side = "outside China" if china else "of the Chinese home market"
    return Finding(key, Verdict.EMPTY, lack=f"no price {side} to compare with")


def _judge(
    limits: CrossMarketDivergence, panel: Panel, lanes: tuple[Lane, Lane], pair: tuple[Quote, Quote], day: int
) -> Finding:
    abroad, china = pair
    key = ScopeKey(limits.name, lanes[0].key.product, party=f"{abroad.instrument}>{china.instrument}")
    before = added_up(_spreads(panel, lanes, day))
    if before.days < limits.days_min:
        return Finding(key, Verdict.EMPTY, lack=f"fewer than {limits.days_min} days on which both prices held")
    spread = log_millionths(abroad.tick.usd_per_kg) - log_millionths(china.tick.usd_per_kg)
    least = limits.move_min * _HUNDREDTH
    flipped = before.mean * spread < 0 and abs(before.mean) >= least and abs(spread) >= least
    thresholds = tuple((name, str(getattr(limits, name))) for name in ("z_min", "days_min", "move_min"))
    found = Divergence(day, abroad, china, spread, before, flipped, thresholds)
    size = abs(found.move)
    if flipped or (size >= limits.move_min and before.z_reaches(spread, limits.z_min)):
        return Finding(key, Verdict.BREACH, limits.bands.severity(size), size, found)
    hovers = size >= limits.move_min and before.z_reaches(spread, limits.z_min * _EXIT)
    return Finding(key, Verdict.EMPTY if hovers else Verdict.CLEAR)


def _spreads(panel: Panel, lanes: tuple[Lane, Lane], day: int) -> Iterator[int]:
    """Yield the spreads of the days before *day* on which the first price was assessed and the second still held."""
    abroad, china = (_log_prices(panel, lane, day) for lane in lanes)
    place = -1
    for on, price in abroad:
        while place + 1 < len(china) and china[place + 1][0] <= on:
            place += 1
        if on >= day - _WINDOW and place >= 0 and china[place][0] >= on - _CARRY:
            yield price - china[place][1]


def _log_prices(panel: Panel, lane: Lane, day: int) -> list[tuple[int, int]]:
    """Return the logarithms of an instrument's prices before *day*, as far back as one may hold, by day."""
    since = day - _WINDOW - _CARRY
    months = range(month_of(since), month_of(day) + 1)
    by_month = (panel.kept("log prices", lane, month, partial(_logs, panel, lane, month)) for month in months)
    return [each for logs in by_month for each in logs if since <= each[0] < day]


def _logs(panel: Panel, lane: Lane, month: int) -> tuple[tuple[int, int], ...]:
    days = days_of(lane, month)
    logs = ((day, panel.day_summary("log price", lane, day, partial(_log, panel, lane, day))) for day in days)
    return tuple((day, log) for day, log in logs if log is not None)


def _log(panel: Panel, lane: Lane, day: int, _: object) -> int | None:
    price = panel.price(lane, day)
    return log_millionths(price) if price else None


def _facts(quote: Quote) -> dict[str, str | int | None]:
    shape = quote.tick.shape
    return {
        "instrument": quote.instrument,
        "assessed_on": day_text(quote.day),
        "usd_per_kg": decimal_text(quote.tick.usd_per_kg),
        "currency": shape.currency,
        "place": shape.place or None,
        "incoterm": shape.incoterm or None,
        "vat_taken_off_pct": shape.vat_pct or None,
        "contributors": quote.tick.contributors,
    }


def _text(millionths: int) -> str:
    return decimal_text(Fraction(millionths, MILLIONTHS))


def _lines(found: Divergence, ratio: Fraction) -> Iterator[dict[str, str]]:
    before, spread = found.before, _text(found.spread)
    total, squares = _text(before.total), decimal_text(Fraction(before.squares, MILLIONTHS * MILLIONTHS), 12)
    prices = [term(each.tick.usd_per_kg) for each in (found.abroad, found.china)]
    away = f"({spread} - {total} / {before.days})"
    yield line("ratio of the prices", f"{prices[0]} / {prices[1]}", decimal_text(ratio), "times")
    yield line("average of the spreads before", f"{total} / {before.days}", _mean(before), "log")
    if before.variance:
        square = (found.spread - before.mean) ** 2 / before.variance
        variance = f"({squares} / {before.days} - {total} / {before.days} * {total} / {before.days})"
        yield line("square of the standard deviations", f"{away} * {away} / {variance}", decimal_text(square), "times")


def _mean(before: Spreads) -> str:
    return decimal_text(before.mean / MILLIONTHS)
