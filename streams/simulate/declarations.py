"""From deals to declarations: currency, delivery terms, what the other side declares, and the mishaps of paperwork."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Final, NamedTuple

import msgspec

from streams.records import Flow, Status, Trade
from streams.simulate.market import CIF_PER_FOB, Deal
from streams.simulate.rates import Rates

IMPORT_SOURCE: Final = "customs"
EXPORT_SOURCE: Final = "customs-of-origin"

FOB_SHARE: Final = 0.2
"""The part of the imports declared FOB, with freight and insurance beside."""
_FREIGHT: Final = 0.045
_INSURANCE: Final = 0.005
_AT_SEA_DAYS: Final = (6, 18)

LATE_SHARE: Final = 0.01
AMENDED_SHARE: Final = 0.006
CANCELLED_SHARE: Final = 0.003
REPEATED_SHARE: Final = 0.004
_LATE_DAYS: Final = (4, 25)
_AMENDED_AFTER_DAYS: Final = (2, 40)


class Filed(NamedTuple):
    """A record and the day (ordinal) it is written: where it stands in the feed."""

    day: int
    trade: Trade


def declared(deal: Deal, record_id: str, rates: Rates, dice: Random) -> Iterator[Filed]:
    """Yield the records of one deal, corrections and repetitions among them; a correction may stand later."""
    trade = _import(deal, record_id, rates, fob=dice.random() < FOB_SHARE)
    day = deal.day + (dice.randint(*_LATE_DAYS) if dice.random() < LATE_SHARE else 0)
    yield from _with_mishaps(trade, day, dice)
    if deal.mirrored:
        yield _export(deal, record_id, dice)


def _import(deal: Deal, record_id: str, rates: Rates, *, fob: bool) -> Trade:
    rate = rates.per_usd(deal.currency, deal.day)
    value = deal.kg * deal.price * rate
    carriage: dict[str, str] = {}
    if fob:
        # What is left is the price at the port of origin; the three add up to the value at the frontier.
        fob_value = value / (1 + _FREIGHT + _INSURANCE)
        carriage = {"freight": _money(fob_value * _FREIGHT), "insurance": _money(fob_value * _INSURANCE)}
        value = fob_value
    given = {**carriage, **deal.fields}
    return Trade(
        id=record_id,
        source=IMPORT_SOURCE,
        event_date=date.fromordinal(deal.day),
        origin=deal.origin,
        destination=deal.destination,
        product=deal.product,
        quantity=str(deal.kg),
        value=_money(value),
        currency=deal.currency,
        incoterm="FOB" if fob else "CIF",
        exporter=deal.exporter,
        importer=deal.importer,
        hs_code=deal.hs_code,
        grade_pct=deal.grade or None,
        **given,  # type: ignore[arg-type]
    )


def _export(deal: Deal, record_id: str, dice: Random) -> Filed:
    """Return what the country of origin declares of the same goods, on the day they leave."""
    day = deal.day - dice.randint(*_AT_SEA_DAYS)
    price = deal.export_price or deal.price / CIF_PER_FOB
    kg = deal.export_kg or deal.kg
    trade = Trade(
        id=f"{record_id}-X",
        source=EXPORT_SOURCE,
        event_date=date.fromordinal(day),
        origin=deal.origin,
        destination=deal.destination,
        product=deal.product,
        quantity=str(kg),
        value=_money(kg * price),
        currency="USD",
        incoterm="FOB",
        exporter=deal.exporter,
        importer=deal.importer,
        hs_code=deal.hs_code,
        flow=Flow.EXPORT,
    )
    return Filed(day, trade)


def _with_mishaps(trade: Trade, day: int, dice: Random) -> Iterator[Filed]:
    fate = dice.random()
    later = day + dice.randint(*_AMENDED_AFTER_DAYS)
    if fate < AMENDED_SHARE:
        wrong = _slightly_wrong(trade, dice)
        yield Filed(day, wrong)
        yield Filed(later, msgspec.structs.replace(trade, revision=2, status=Status.AMENDED))
    elif fate < AMENDED_SHARE + CANCELLED_SHARE:
        again = msgspec.structs.replace(trade, id=f"{trade.id}-B")
        yield Filed(day, trade)
        yield Filed(later, msgspec.structs.replace(trade, revision=2, status=Status.CANCELLED))
        yield Filed(later, again)
    else:
        yield Filed(day, trade)
        if fate > 1 - REPEATED_SHARE:
            yield Filed(day + dice.randint(0, 5), trade)


def _slightly_wrong(trade: Trade, dice: Random) -> Trade:
    """Return a first declaration whose quantity was misread, at times by the unit, until it is amended."""
    kg = int(trade.quantity or 0)
    wrong = kg * 1000 if dice.random() < 0.1 else max(1, round(kg * dice.uniform(0.9, 1.1)))  # noqa: PLR2004
    return msgspec.structs.replace(trade, quantity=str(wrong))


def _money(value: float) -> str:
    return f"{value:.2f}"
