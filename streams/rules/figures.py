"""
Reference values as rules over periods read them: the figure of a lane's month, and what evidence says of it.

A month's figure is the one that holds on the lane's last day of trade in the month, at that day's exchange rate: a
day on which there are rows, so that a value that becomes known late has the month judged again.
"""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from streams.cells import Lane
from streams.exact import decimal_text
from streams.panel import Panel, days_of
from streams.reference.values import ComparableValue, Role
from streams.rules.evidence import day_text, line

_DAYS_A_MONTH = Fraction(1461, 48)


class Figure(NamedTuple):
    """A reference value as it held on a day."""

    day: int
    usd_per_kg: Fraction
    held: ComparableValue

    @property
    def publisher(self) -> str:
        """Who stands for it."""
        return self.held.value.publisher


def last_day_of_trade(panel: Panel, lane: Lane, month: int) -> int | None:
    """Return the last day (ordinal) of a lane's month with goods that are priced, None where there is none."""
    return panel.kept("last day of trade", lane, month, lambda: _last_day(panel, lane, month))


def figure_of(
    panel: Panel, role: Role, lane: Lane, month: int, *, country: str, exporter: str = "", age_max_months: int = 0
) -> Figure | str | None:
    """
    Return the reference value of a lane's month; a text says what lacks, None that there was no trade.

    A value without an end that began more than *age_max_months* before is too old to measure by; 0 is no limit.
    """
    if exporter and not panel.book.values.names(role, lane.key.product, country=country, exporter=exporter):
        exporter = ""
    name = f"{role} {country} {exporter} {age_max_months}"
    return panel.kept(name, lane, month, lambda: _figure(panel, role, lane, month, country, exporter, age_max_months))


def _last_day(panel: Panel, lane: Lane, month: int) -> int | None:
    return next((day for day in reversed(days_of(lane, month)) if panel.day(lane, day).content_mg), None)


def _figure(  # noqa: PLR0917 - what figure_of was asked
    panel: Panel, role: Role, lane: Lane, month: int, country: str, exporter: str, age_max_months: int
) -> Figure | str | None:
    day = last_day_of_trade(panel, lane, month)
    if day is None:
        return None
    return figure_on(
        panel, role, lane.key.product, day, country=country, exporter=exporter, age_max_months=age_max_months
    )


def figure_on(
    panel: Panel, role: Role, product: str, day: int, *, country: str, exporter: str = "", age_max_months: int = 0
) -> Figure | str:
    """Return the reference value of a day (ordinal); a text says what lacks, the same from day to day."""
    found = panel.value(role, product, country=country, exporter=exporter, day=day)
    words = f"{role.replace('_', ' ')} of {product} in {country}"
    if isinstance(found, str):
        return f"no {words}" if found.startswith("no " + words) else f"no way from the {words} to US dollars per kg"
    if age_max_months and found.value.valid_to is None and _age_days(found, day) > age_max_months * _DAYS_A_MONTH:
        return f"no {words} of the last {age_max_months} months"
    return Figure(day, found.usd_per_kg, found)


def _age_days(found: ComparableValue, day: int) -> int:
    return day - found.value.valid_from.toordinal()


def facts(figure: Figure) -> dict[str, Any]:
    """Return what a reader needs to know of a reference value: whose it is, how it was found and on what it stands."""
    value, rate = figure.held.value, figure.held.rate
    return {
        "role": str(value.role),
        "publisher": value.publisher,
        "method": None if value.method is None else str(value.method),
        "status": str(value.status),
        "source": value.source,
        "country": value.country,
        "exporter": value.exporter,
        "valid_from": value.valid_from.isoformat(),
        "valid_to": None if value.valid_to is None else value.valid_to.isoformat(),
        "value": value.value,
        "currency": value.currency,
        "unit": value.unit,
        "content_basis": value.content_basis,
        "vat_pct": value.vat_pct,
        "rebate_pct": value.rebate_pct,
        "read_on": day_text(figure.day),
        "exchange_rate": term(rate.rate),
        "exchange_rate_of": _rate_day(rate.rate_date, rate.publisher),
        "usd_per_kg": decimal_text(figure.usd_per_kg),
    }


def all_facts(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    """Return the facts of each reference value once, as it was read last, in order of its first day."""
    last = {figure.held.value: figure for figure in sorted(figures, key=lambda each: each.day)}
    return [
        facts(each) for each in sorted(last.values(), key=lambda each: (each.held.value.valid_from, each.publisher))
    ]


def conversion(figure: Figure) -> dict[str, str]:
    """Return the line of arithmetic from a reference value as published to US dollars per kilogram of content."""
    value, rate = figure.held.value, figure.held.rate
    untaxed = (
        "" if figure.held.comparable == Fraction(value.value) else f" / {value.value} * {term(figure.held.comparable)}"
    )
    expression = f"{value.value}{untaxed} * {term(rate.rate)} / {term(figure.held.content_kg)}"
    label = f"{value.role.replace('_', ' ')} on {day_text(figure.day)}"
    return line(label, expression, decimal_text(figure.usd_per_kg), "USD/kg")


def term(value: Fraction | int) -> str:
    """Return an exact number as a part of an expression: decimal text where that is exact, else a division."""
    text = decimal_text(value)
    if Fraction(text) == value:
        return text if value >= 0 else f"({text})"
    value = Fraction(value)
    return f"({value.numerator} / {value.denominator})"


def text_of(value: Fraction | None) -> str | None:
    """Return an exact number as decimal text, None where there is none."""
    return None if value is None else decimal_text(value)


def _rate_day(rate_date: date, publisher: str) -> str | None:
    return f"{publisher}, {rate_date.isoformat()}" if publisher else None
