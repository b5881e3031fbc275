"""Months of trade in a few words, and what one rule says of them: for the unit tests of the rules over periods."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import count
from typing import Any, Final

from alerts.arithmetic import Step, check
from alerts.model import Alert
from streams.engine import Engine
from streams.episodes import Verdict
from streams.exact import decimal_text
from streams.months import first_day, last_day, month_of, month_text
from streams.period_judge import Lack
from streams.records import PriceTick, Trade
from streams.reference.wire import Entry
from streams.rules.period_rule import PeriodRule
from streams.rules.scope import Finding, ScopeKey
from tests.outcomes import ended, new_engine, standing
from tests.strategies import logged

PRODUCT: Final = "silicon|metal"
FIRST: Final = month_of(date(2023, 1, 1).toordinal())
"""Month 0 of a test."""

_serial = count()


def day_in(month: int, day: int = 15) -> date:
    """Return a day of month *month*; month 0 is January 2023."""
    return date.fromordinal(first_day(FIRST + month)) + timedelta(days=day - 1)


def shipment(month: int, tonnes: float | str, usd_per_kg: float | str, *, day: int = 15, **fields: Any) -> Trade:
    """Return goods entered on one day of a month, USD CIF; silicon metal from China to the United Kingdom."""
    kg = Fraction(str(tonnes)) * 1000
    usual: dict[str, Any] = {
        "id": f"r{next(_serial):06}",
        "source": "customs",
        "event_date": day_in(month, day),
        "origin": "CN",
        "destination": "GB",
        "product": PRODUCT,
        "quantity": decimal_text(kg),
        "value": decimal_text(kg * Fraction(str(usd_per_kg))),
        "currency": "USD",
        "incoterm": "CIF",
    }
    return Trade(**usual | fields)


def monthly(
    tonnes: Iterable[float | str], usd_per_kg: Iterable[float | str] | float | str = 2, *, start: int = 0, **fields: Any
) -> list[Trade]:
    """Return a shipment a month from *start* on, none where a month's tonnes are 0; one price may hold for all."""
    amounts = list(tonnes)
    prices = [usd_per_kg] * len(amounts) if isinstance(usd_per_kg, int | float | str) else list(usd_per_kg)
    return [
        shipment(start + place, amount, price, **fields)
        for place, (amount, price) in enumerate(zip(amounts, prices, strict=True))
        if Fraction(str(amount))
    ]


def judged(
    rule: PeriodRule,
    records: Iterable[Trade | PriceTick],
    *,
    entries: Sequence[Entry] = (),
    end: int | None = None,
) -> Engine:
    """Return the engine that judged *records* by one rule, sealed through month *end*, else through their last."""
    log = list(records)
    last = max((each.event_date.toordinal() for each in log), default=first_day(FIRST))
    month = month_of(last) if end is None else FIRST + end
    return ended(new_engine(entries, rules=(rule,)), map(logged, log), end=date.fromordinal(last_day(month)))


def found(rule: PeriodRule, records: Iterable[Trade | PriceTick], **choices: Any) -> list[Alert]:
    """Return the alerts of one rule over *records*, by the day they opened."""
    alerts = standing(judged(rule, records, **choices))
    return sorted(alerts, key=lambda alert: (alert.opened_at, alert.id))


def evidence(rule: PeriodRule, records: Iterable[Trade | PriceTick], **choices: Any) -> dict[str, Any]:
    """Return the evidence of the only alert of one rule over *records*."""
    (alert,) = found(rule, records, **choices)
    return alert.evidence


def lacks(rule: PeriodRule, records: Iterable[Trade | PriceTick], **choices: Any) -> list[Lack]:
    """Return what the rule could not judge in the last period of each subject."""
    engine = judged(rule, records, **choices)
    return [lack for market in engine.markets.values() for lack in market.lacks()]


def findings(engine: Engine) -> Iterator[tuple[int, ScopeKey, Finding]]:
    """Yield what was said of each period (by its number) and subject, in order."""
    for market in engine.markets.values():
        for by_period in market._periods._findings.values():
            for period, found_then in sorted(by_period.items()):
                for key in sorted(found_then):
                    yield period, key, found_then[key]


def breaches(rule: PeriodRule, records: Iterable[Trade | PriceTick], **choices: Any) -> list[int]:
    """Return the months of breach of a rule over months, counted from the first of the test; of all subjects."""
    engine = judged(rule, records, **choices)
    return sorted({period - FIRST for period, _, each in findings(engine) if each.verdict is Verdict.BREACH})


def wrong_lines(alert: Alert) -> list[str]:
    """Return what of an alert's arithmetic does not recompute; none is right."""
    steps = [Step(**line) for line in alert.evidence["arithmetic"]]
    assert steps
    return [f"{each.step.label}: {each.problem}" for each in check(steps)]


def text_of(month: int) -> str:
    """Return a month of the test as ``YYYY-MM``."""
    return month_text(FIRST + month)
