"""What a case says of floors and rates, as the entries of a reference book."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final

import msgspec

from streams.conformance.case import CaseError
from streams.exact import decimal_text, fraction
from streams.reference.floor import Floor, FloorStatus
from streams.reference.fx import FxMonthly
from streams.reference.levy import Instrument
from streams.reference.wire import Entry
from streams.reference.zones import Member, Zone

ORIGIN: Final = "CN"
DESTINATION: Final = "GB"
ZONE: Final = Zone(zone_id="case", members=(Member(country=DESTINATION),))
PRODUCT: Final = "silicon|metal"
"""The goods of cases that do not say what they are."""

ALWAYS: Final = date(1960, 1, 1)
"""First day of a floor that a case gives no day for."""

_PUBLISHER: Final = "case"
_USD: Final = "USD"
_STAND_IN: Final = "0.8"
"""Worth of a dollar in a case without dollars: not 1, so that a conversion left out would show."""
_PLACES: Final = 200


def floor(value: str | None, from_day: date, **fields: Any) -> Floor:
    """Return a floor of the case's zone: USD per kg of silicon metal, CIF, unless *fields* say otherwise."""
    mineral, _, stage = PRODUCT.partition("|")
    usual: dict[str, Any] = {
        "floor_id": "case",
        "status": FloorStatus.IN_FORCE,
        "instrument": Instrument.VARIABLE_LEVY,
        "zone_id": ZONE.zone_id,
        "mineral": mineral,
        "stage": stage,
        "value": value,
        "currency": _USD,
        "unit": "kg",
        "effective_from": from_day,
        "announced_at": from_day,
    }
    return msgspec.convert(usual | fields, Floor)


def schedule(steps: Iterable[Mapping[str, Any]], **fields: Any) -> list[Floor]:
    """Return the periods of a schedule: a price from a day on, null where the floor is suspended."""
    return [floor(step["price"], date.fromisoformat(step["from"]), **fields) for step in steps]


def versions(published: Sequence[Mapping[str, Any]], as_of: date) -> list[Floor]:
    """
    Return the versions of a schedule that were published by *as_of*.

    A version of a case is the whole schedule.  The book's versions leave alone what came before their first day, so
    one that begins later than those before it opens with a suspension.
    """
    known = sorted((each for each in published if _published(each) <= as_of), key=_published)
    begun = min((date.fromisoformat(step["from"]) for each in known for step in each["schedule"]), default=as_of)
    entries = []
    for version, each in enumerate(known, 1):
        steps = {date.fromisoformat(step["from"]): step["price"] for step in each["schedule"]}
        for from_day, price in ({begun: None} | steps).items():
            entries.append(floor(price, from_day, version=version, announced_at=_published(each)))
    return entries


def _published(version: Mapping[str, Any]) -> date:
    return date.fromisoformat(version["published"])


def monthly_rates(usd_of: Mapping[str, Mapping[str, str]]) -> Iterator[Entry]:
    """Return the rates of each month, USD per unit of a currency."""
    for month, rates in usd_of.items():
        yield FxMonthly(month=month, rates=dict(rates), publisher=_PUBLISHER)


def chained_rates(links: Sequence[Mapping[str, str]], currency: str, day: date) -> Iterator[Entry]:
    """
    Return the rates of *day*'s month for a chain of rates: one ``from`` is ``rate`` of ``to``.

    They are kept as units of the currency the chain ends in, *currency* where there is no chain.
    """
    to = {link["from"]: (link["to"], fraction(link["rate"])) for link in links}
    ends = {link["to"] for link in links} - set(to) or {currency}
    if len(ends) > 1:
        message = f"the rates end in {' and '.join(sorted(ends))}; they must lead to one currency"
        raise CaseError(message)
    end = ends.pop()
    rates = {each: decimal_text(_worth(each, end, to), _PLACES) for each in to}
    if _USD not in {end, *rates}:
        rates[_USD] = _STAND_IN
    yield FxMonthly(month=f"{day:%Y-%m}", rates=rates, publisher=_PUBLISHER, quote=end)


def _worth(currency: str, end: str, to: Mapping[str, tuple[str, Fraction]]) -> Fraction:
    worth, passed = Fraction(1), {currency}
    while currency != end:
        currency, rate = to[currency]
        if currency in passed:
            message = f"the rates go round in a circle through {currency}"
            raise CaseError(message)
        passed.add(currency)
        worth *= rate
    return worth
