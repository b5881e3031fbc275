"""Sales and prices in a few words, and what one rule finds in them: for the unit tests of the rules."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from alerts.model import Alert
from streams.engine import Engine
from streams.exact import decimal_text
from streams.records import PriceTick, Trade
from streams.reference.wire import Entry
from streams.rules.rule import Rule
from tests.outcomes import ended, new_engine, standing
from tests.strategies import SILICON, logged, plain_reference

PLAIN = plain_reference(SILICON)
"""A zone of GB and DE, and a floor of 2.20 USD/kg of silicon metal."""

NEW_YEAR = date(2025, 1, 1)


def on(day: int) -> date:
    """Return the day *day* days after New Year 2025."""
    return NEW_YEAR + timedelta(days=day)


def sale(day: int, price: str, *, kg: str = "1000", **fields: Any) -> Trade:
    """Return a sale of silicon metal from China to the United Kingdom at *price* USD per kg, CIF."""
    usual = {
        "id": f"{day}/{price}/{kg}",
        "source": "customs",
        "event_date": on(day),
        "origin": "CN",
        "destination": "GB",
        "product": "silicon|metal",
        "quantity": kg,
        "value": decimal_text(Fraction(price) * Fraction(kg)),
        "currency": "USD",
        "incoterm": "CIF",
    }
    return Trade(**usual | fields)


def price(day: int, usd: str, **fields: Any) -> PriceTick:
    """Return a market price of silicon metal in USD per kg."""
    usual = {
        "instrument": "spot",
        "source": "bulletin",
        "event_date": on(day),
        "product": "silicon|metal",
        "price": usd,
        "currency": "USD",
    }
    return PriceTick(**usual | fields)


def judged(
    rule: Rule, records: Iterable[Trade | PriceTick], *, entries: Sequence[Entry] = PLAIN, end: int = 400
) -> Engine:
    """Return the engine that judged *records* by one rule, sealed through the day *end*."""
    return ended(new_engine(entries, rules=(rule,)), map(logged, records), end=on(end))


def found(
    rule: Rule, records: Iterable[Trade | PriceTick], *, entries: Sequence[Entry] = PLAIN, end: int = 400
) -> list[Alert]:
    """Return the alerts of one rule over *records*, by the day they opened."""
    alerts = standing(judged(rule, records, entries=entries, end=end))
    return sorted(alerts, key=lambda alert: (alert.opened_at, alert.id))


def evidence(rule: Rule, records: Iterable[Trade | PriceTick], **choices: Any) -> dict[str, Any]:
    """Return the evidence of the only alert of one rule over *records*."""
    (alert,) = found(rule, records, **choices)
    return alert.evidence
