"""Cases: the alerts on one way of a product's goods."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from alerts.model import Alert, Severity
from streams.report.markets import (
    DATA_RULES,
    Market,
    Partner,
    Side,
    attention,
    is_small,
    severity_order,
    worst_rank,
)
from streams.report.places import goods_title, place_name

_HUNDRED: Final = Fraction(100)


@dataclass(frozen=True)
class Case:
    """The alerts on one way of goods, and what they come to."""

    market: Market
    partner: Partner
    alerts: tuple[Alert, ...]
    number: int = 0

    @property
    def anchor(self) -> str:
        """The name by which the page links to it."""
        return f"case-{self.number}"

    @property
    def origin(self) -> str:
        """Where the goods come from."""
        return self.market.key.country if self.is_export else self.partner.code

    @property
    def destination(self) -> str:
        """Where they go."""
        return self.partner.code if self.is_export else self.market.key.country

    @property
    def is_export(self) -> bool:
        """Whether it is seen from where the goods leave."""
        return self.market.key.side is Side.EXPORT

    @property
    def title(self) -> str:
        """What to call it."""
        way = f"{place_name(self.origin)} to {place_name(self.destination)}"
        return f"{goods_title(self.market.key.product)}: {way}"

    @property
    def share_pct(self) -> Fraction:
        """What part of its market's goods it is about, per cent."""
        return _HUNDRED * self.partner.qty_kg / self.market.qty_kg if self.market.qty_kg else Fraction(0)

    @property
    def is_substantial(self) -> bool:
        """Whether it is worth setting out: a serious alert, or goods that are not negligible."""
        return worst_rank(self.alerts) >= Severity.HIGH.rank or not is_small(self.partner, self.market)

    def of_rules(self, rules: Sequence[str]) -> list[Alert]:
        """Return its alerts of some rules."""
        return [alert for alert in self.alerts if alert.rule in rules]


def cases_of(markets: Iterable[Market]) -> list[Case]:
    """Return the cases of a run, the most serious first."""
    found = [case for market in markets if market.key.side is not Side.QUOTE for case in _of_market(market)]
    found.sort(key=_order)
    return [Case(each.market, each.partner, each.alerts, number) for number, each in enumerate(found, start=1)]


def _order(case: Case) -> tuple[Any, ...]:
    return not case.is_substantial, is_small(case.partner, case.market), attention(case.alerts), case.title


def _of_market(market: Market) -> Iterator[Case]:
    for partner in market.partners:
        alerts = [alert for alert in market.alerts if _is_about(alert, market, partner)]
        if any(market.partner_of(alert) == partner.code and alert.rule not in DATA_RULES for alert in alerts):
            yield Case(market, partner, tuple(sorted(alerts, key=severity_order)))


def _is_about(alert: Alert, market: Market, partner: Partner) -> bool:
    """Return whether an alert is about a partner: by its lane, or as the largest origin that its evidence names."""
    named = market.partner_of(alert)
    return named == partner.code or (named is None and alert.evidence.get("largest_origin") == partner.code)
