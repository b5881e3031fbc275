"""
Markets: what is drawn as one. The goods of a product that enter one country, leave one, or are quoted.

A market has a partner for each way of its goods: the origins of imports, the destinations of exports, the
instruments of quotes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Final, NamedTuple

from alerts.model import OPEN_STATES, Alert, Severity
from streams.antidumping.negligibility import INDIVIDUAL_PCT
from streams.month_series import FloorInForce, MonthLine
from streams.report.places import goods_title, place_name

_TICK: Final = "tick"
_EXPORT: Final = "export"


DATA_RULES: Final = frozenset({"benchmark_integrity", "floor_headroom", "floor_missing", "unit_error"})
"""Rules whose alerts are about the data or the market, not about goods that came at a price."""


class Side(StrEnum):
    """From where a market is seen."""

    IMPORT = "import"
    EXPORT = "export"
    QUOTE = "quote"


class MarketKey(NamedTuple):
    """Which market it is."""

    product: str
    side: Side
    country: str
    """The importing country, the exporting one, or empty for quotes."""


class Month(NamedTuple):
    """A month of a partner, or of several together."""

    month: str
    """``YYYY-MM``."""
    qty_kg: Fraction
    value_usd: Fraction
    price: Fraction | None
    """USD/kg of content: the unit value, or the quote."""
    floor: Fraction | None
    normal_value: Fraction | None
    rows: int = 0
    unpriced_rows: int = 0
    suspect_rows: int = 0
    floor_on_entry: FloorInForce | None = None
    """Of goods declared on leaving: the floor in force where they enter, which their own price is not set against."""


@dataclass(frozen=True)
class Partner:
    """One way of a market's goods."""

    code: str
    months: tuple[Month, ...]

    @property
    def name(self) -> str:
        """What to call it."""
        return place_name(self.code)

    @cached_property
    def representative(self) -> tuple[Month, ...]:
        """Its months without those of so few goods that their price says little."""
        return representative(self.months)

    @cached_property
    def qty_kg(self) -> Fraction:
        """All that came or went this way."""
        return sum((each.qty_kg for each in self.months), Fraction(0))


@dataclass(frozen=True)
class Market:
    """A market, its partners by volume, and the alerts that are drawn on it."""

    key: MarketKey
    partners: tuple[Partner, ...]
    alerts: tuple[Alert, ...]
    floors: tuple[FloorInForce, ...] = ()
    """The floors in force of any of its months, each once, by name and price."""
    quoted_values: tuple[tuple[str, tuple[tuple[str, Fraction], ...]], ...] = ()
    """Of quotes: the normal values by country, month by month."""
    number: int = 0
    """Its place among the markets of a run, from 1."""

    @property
    def anchor(self) -> str:
        """The name by which the page links to its chart."""
        return f"market-{self.number}"

    @property
    def title(self) -> str:
        """What to call it."""
        goods, country = goods_title(self.key.product), place_name(self.key.country)
        if self.key.side is Side.IMPORT:
            return f"{goods} into {with_article(country)}"
        if self.key.side is Side.EXPORT:
            return f"{goods} out of {with_article(country)}"
        return f"{goods}: market price"

    @property
    def partner_word(self) -> str:
        """What its partners are to it."""
        return {Side.IMPORT: "origin", Side.EXPORT: "destination", Side.QUOTE: "instrument"}[self.key.side]

    @cached_property
    def qty_kg(self) -> Fraction:
        """All that was traded."""
        return sum((each.qty_kg for each in self.partners), Fraction(0))

    @cached_property
    def total(self) -> tuple[Month, ...]:
        """Its months, all partners together."""
        return merged(each.months for each in self.partners)

    @property
    def levy_usd(self) -> Fraction:
        """What is due on goods that landed below their floors."""
        return levy_usd(self.alerts)

    @cached_property
    def weight(self) -> tuple[int, int, Fraction]:
        """How much of a reader's attention it deserves: the worst alert, how many, how much was traded."""
        return worst_rank(self.alerts), len(self.alerts), self.qty_kg

    def alerts_of(self, partner: str) -> list[Alert]:
        """Return the alerts of one partner."""
        return [alert for alert in self.alerts if self.partner_of(alert) == partner]

    def partner_of(self, alert: Alert) -> str | None:
        """Return the code of the partner that *alert* is about, None where it is about all of them."""
        return alert.destination if self.key.side is Side.EXPORT else alert.origin


def markets_of(series: Iterable[MonthLine], alerts: Iterable[Alert]) -> list[Market]:
    """Return the markets of a run: goods before quotes, and those that deserve most attention first."""
    lines: dict[MarketKey, dict[str, list[MonthLine]]] = {}
    for line in series:
        key, partner = _place(line)
        lines.setdefault(key, {}).setdefault(partner, []).append(line)
    placed: dict[MarketKey, list[Alert]] = {}
    for alert in alerts:
        if (where := _market_of(alert, lines)) is not None:
            placed.setdefault(where, []).append(alert)
    found = [_market(key, by_partner, placed.get(key, [])) for key, by_partner in lines.items()]
    found.sort(key=lambda each: (each.key.side is Side.QUOTE, *(-part for part in each.weight), each.key))
    return [replace(each, number=number) for number, each in enumerate(found, start=1)]


def merged(groups: Iterable[Sequence[Month]]) -> tuple[Month, ...]:
    """Return the months of several partners added up; prices by volume, quotes without a volume averaged."""
    by_month: dict[str, list[Month]] = {}
    for months in groups:
        for each in months:
            by_month.setdefault(each.month, []).append(each)
    return tuple(_sum(month, by_month[month]) for month in sorted(by_month))


def representative(months: Sequence[Month]) -> tuple[Month, ...]:
    """Return *months* without the price of those with less than a twentieth of their average volume."""
    traded = [each.qty_kg for each in months if each.qty_kg]
    if not traded:
        return tuple(months)
    least = sum(traded, Fraction(0)) / len(traded) / 20
    return tuple(each if each.qty_kg >= least else each._replace(price=None) for each in months)


def severity_order(alert: Alert) -> tuple[int, bool, int, str]:
    """Return a key that sorts the most serious first, of equals the open ones, then the later before the earlier."""
    return -alert.severity.rank, alert.state not in OPEN_STATES, -_ordinal(alert), alert.id


def is_small(partner: Partner, market: Market) -> bool:
    """Return whether a partner's goods are fewer than what trade law calls negligible: 3 % of the volume."""
    return partner.qty_kg * 100 < market.qty_kg * INDIVIDUAL_PCT


def attention(alerts: Iterable[Alert]) -> tuple[int, Fraction, bool, int, int]:
    """Return a key that sorts first whose alerts are worst, then owe most, then are open, late and many."""
    some = list(alerts)
    still_open = any(alert.state in OPEN_STATES for alert in some)
    return -worst_rank(some), -levy_usd(some), not still_open, -max(map(_ordinal, some), default=0), -len(some)


def worst_rank(alerts: Iterable[Alert]) -> int:
    """Return the rank of the most serious of *alerts*, -1 where there is none."""
    return max((Severity(alert.severity).rank for alert in alerts), default=-1)


def _ordinal(alert: Alert) -> int:
    return date.fromisoformat(alert.opened_at[:10]).toordinal()


def levy_usd(alerts: Iterable[Alert]) -> Fraction:
    """Return what the levies of *alerts* come to."""
    return sum((levy_of(alert) or Fraction(0) for alert in alerts), Fraction(0))


def levy_of(alert: Alert) -> Fraction | None:
    """Return the levy that an alert states in US dollars, None where it states none."""
    stated = alert.evidence.get("levy_usd")
    return Fraction(stated) if isinstance(stated, str) and stated else None


def _place(line: MonthLine) -> tuple[MarketKey, str]:
    if line.kind == _TICK:
        return MarketKey(line.product, Side.QUOTE, ""), line.instrument or line.product
    if line.flow == _EXPORT:
        return MarketKey(line.product, Side.EXPORT, line.origin), line.destination
    return MarketKey(line.product, Side.IMPORT, line.destination), line.origin


def _market_of(alert: Alert, lines: dict[MarketKey, dict[str, list[MonthLine]]]) -> MarketKey | None:
    """Return where an alert is drawn: rather on entry than on leaving, a quote's with the quotes."""
    wanted = [
        MarketKey(alert.product, Side.IMPORT, alert.destination or ""),
        MarketKey(alert.product, Side.EXPORT, alert.origin or ""),
        MarketKey(alert.product, Side.QUOTE, ""),
    ]
    for key in wanted:
        partner = alert.destination if key.side is Side.EXPORT else alert.origin
        if key in lines and (partner is None or partner in lines[key]):
            return key
    with_origin = [key for key in sorted(lines) if key.product == alert.product and alert.origin in lines[key]]
    return with_origin[0] if with_origin else next((key for key in wanted if key in lines), None)


def _market(key: MarketKey, by_partner: dict[str, list[MonthLine]], alerts: Iterable[Alert]) -> Market:
    partners = [Partner(code, merged([[_month(line)] for line in lines])) for code, lines in by_partner.items()]
    ordered = sorted(partners, key=lambda each: (-each.qty_kg, each.code))
    lines = [line for some in by_partner.values() for line in some]
    return Market(
        key,
        tuple(ordered),
        tuple(sorted(alerts, key=severity_order)),
        floors=_floors(lines),
        quoted_values=_quoted_values(lines),
    )


def _floors(lines: Iterable[MonthLine]) -> tuple[FloorInForce, ...]:
    held = {floor for line in lines if (floor := line.floor_in_force) is not None}
    return tuple(sorted(held, key=lambda floor: (floor.name, Fraction(floor.usd_per_kg))))


def _quoted_values(lines: Iterable[MonthLine]) -> tuple[tuple[str, tuple[tuple[str, Fraction], ...]], ...]:
    found: dict[str, dict[str, Fraction]] = {}
    for line in lines:
        for value in line.normal_values:
            found.setdefault(value.country, {})[line.month] = Fraction(value.usd_per_kg)
    return tuple((country, tuple(sorted(found[country].items()))) for country in sorted(found))


def _month(line: MonthLine) -> Month:
    in_force = None if line.floor_in_force is None else Fraction(line.floor_in_force.usd_per_kg)
    leaves = line.flow == _EXPORT
    return Month(
        month=line.month,
        qty_kg=Fraction(line.qty_kg or 0),
        value_usd=Fraction(line.value_usd or 0),
        price=_figure(line.usd_per_kg),
        floor=_figure(line.floor_usd_per_kg) or (None if leaves or _were_judged(line) else in_force),
        normal_value=_figure(line.normal_value_usd_per_kg),
        rows=line.rows,
        unpriced_rows=line.unpriced_rows,
        suspect_rows=line.suspect_rows,
        floor_on_entry=line.floor_in_force if leaves else None,
    )


def _were_judged(line: MonthLine) -> bool:
    """Return whether goods were set against floors: one that none of them met then is not theirs."""
    return line.kind != _TICK and line.rows > 0


def _sum(month: str, parts: Sequence[Month]) -> Month:
    if len(parts) == 1:
        return parts[0]
    qty = sum((each.qty_kg for each in parts), Fraction(0))
    value = sum((each.value_usd for each in parts), Fraction(0))
    return Month(
        month=month,
        qty_kg=qty,
        value_usd=value,
        price=value / qty if qty else _mean([each.price for each in parts]),
        floor=_weighted([(each.floor, each.qty_kg) for each in parts]),
        normal_value=_weighted([(each.normal_value, each.qty_kg) for each in parts]),
        rows=sum(each.rows for each in parts),
        unpriced_rows=sum(each.unpriced_rows for each in parts),
        suspect_rows=sum(each.suspect_rows for each in parts),
    )


def _weighted(parts: Sequence[tuple[Fraction | None, Fraction]]) -> Fraction | None:
    """Return the mean of the figures that there are, weighted by volume where those have any."""
    known = [(figure, qty) for figure, qty in parts if figure is not None]
    whole = sum((qty for _, qty in known), Fraction(0))
    if whole:
        return sum((figure * qty for figure, qty in known), Fraction(0)) / whole
    return _mean([figure for figure, _ in known])


def _mean(figures: Sequence[Fraction | None]) -> Fraction | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known, Fraction(0)) / len(known) if known else None


def _figure(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def with_article(country: str) -> str:
    """Return a country's name as it stands in a sentence."""
    takes_one = country.startswith(("United", "European", "DR ")) or country == "Netherlands"
    return f"the {country}" if takes_one else country
