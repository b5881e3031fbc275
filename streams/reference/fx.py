"""
Exchange rates as of a day, exactly, and never a default.

Daily rates are in the form of the European Central Bank's euro reference rates: units of a currency per one
euro, published on TARGET working days.  A cross of two currencies is taken through the euro on one publication
day.  A rate is good for its day and, over weekends and holidays, for a few days more.  Monthly rates, the form of
customs administrations, are good for their calendar month and no other.
"""

import re
from bisect import bisect_right, insort
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final

import msgspec

from streams.exact import fraction
from streams.reference.validity import Problem, check, currency_problems

MAX_CARRY_DAYS: Final = 4
"""From Maundy Thursday to Easter Monday, the longest time without a TARGET working day."""

BENCHMARK_PUBLICATIONS: Final = 40
"""Working days whose rates make the benchmark that a daily rate is held against (61 FR 9434, 1996)."""

BENCHMARK_DAYS: Final = 62
"""Calendar days in which so many working days lie, holidays included."""

FLUCTUATION: Final = Fraction(225, 10_000)
"""The part of the benchmark beyond which a daily rate is off it."""

_BENCHMARK_LEAST: Final = 20
"""Fewer publications make no average."""

_RATE: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
_MONTH: Final = re.compile(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])")
_YEARS: Final = range(1900, 2200)


class FxPurpose(StrEnum):
    """What a rate is for: it decides whether daily or monthly rates are asked first."""

    DUMPING = "dumping"
    """Date of sale, 19 CFR 351.415."""
    CUSTOMS = "customs"
    FLOOR = "floor"


class FxDaily(msgspec.Struct, frozen=True, kw_only=True, tag="fx-daily", tag_field="type"):
    """One publication day: units of each currency per one unit of ``base``, as published."""

    day: date
    rates: dict[str, str]
    publisher: str = "ECB"
    base: str = "EUR"
    v: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be right."""
        check(f"fx-daily of {self.publisher} {self.day}", self._problems())

    def _problems(self) -> Iterator[Problem]:
        if self.day.year not in _YEARS:
            yield Problem("day", f"expected a day from {_YEARS[0]} to {_YEARS[-1]}, found {self.day}")
        yield from _rate_problems(self.base, self.rates)


class FxMonthly(msgspec.Struct, frozen=True, kw_only=True, tag="fx-monthly", tag_field="type"):
    """The rates of one calendar month: units of ``quote`` per one unit of each currency."""

    month: str
    """As ``2025-03``."""
    rates: dict[str, str]
    publisher: str
    quote: str = "USD"
    v: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be right."""
        check(f"fx-monthly of {self.publisher} {self.month}", self._problems())

    def _problems(self) -> Iterator[Problem]:
        if not _MONTH.fullmatch(self.month):
            yield Problem(
                "month", f"expected a month such as 2025-03, from {_YEARS[0]} to {_YEARS[-1]}, found {self.month!r}"
            )
        yield from _rate_problems(self.quote, self.rates)

    def days(self) -> tuple[date, date]:
        """Return the first and the last day of the month."""
        first = date.fromisoformat(f"{self.month}-01")
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


class FxRate(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit of a currency is worth in another, and where that was published."""

    rate: Fraction
    rate_date: date
    """The publication day; of a monthly rate the first of the month."""
    publisher: str
    path: tuple[str, ...]
    """The currencies it goes through, first and last included."""
    purpose: FxPurpose


class FxBenchmark(msgspec.Struct, frozen=True, kw_only=True):
    """The average of a currency's rates over the working days to a day."""

    rate: Fraction
    publisher: str
    publications: int
    first: date
    last: date


class FxMissing(msgspec.Struct, frozen=True, kw_only=True):
    """No rate: the record waits, it is not converted at a guess."""

    currency: str
    reason: str
    known_currency: bool
    """Whether any rate of the currency has ever been seen: False suggests a wrong code."""


class FxRates:
    """The rates known, and the one that holds on a day."""

    def __init__(self, max_carry_days: int = MAX_CARRY_DAYS) -> None:
        self.max_carry_days = max_carry_days
        self._daily: dict[str, dict[date, FxDaily]] = {}
        self._days: dict[str, list[date]] = {}
        self._monthly: dict[str, dict[tuple[str, str], FxMonthly]] = {}
        """By month, then publisher and quote currency."""
        self._currencies: set[str] = set()

    def __iter__(self) -> Iterator[FxDaily | FxMonthly]:
        """Iterate over the entries: daily by publisher and day, then monthly by month and publisher."""
        for publisher in sorted(self._daily):
            yield from (self._daily[publisher][day] for day in self._days[publisher])
        for month in sorted(self._monthly):
            yield from (self._monthly[month][key] for key in sorted(self._monthly[month]))

    def put(self, entry: FxDaily | FxMonthly) -> FxDaily | FxMonthly | None:
        """Take an entry, in place of one of the same publisher and day or month; return the one it replaces."""
        self._currencies.update(entry.rates)
        if isinstance(entry, FxMonthly):
            self._currencies.add(entry.quote)
            monthly = self._monthly.setdefault(entry.month, {})
            before = monthly.get((entry.publisher, entry.quote))
            monthly[entry.publisher, entry.quote] = entry
            return before
        self._currencies.add(entry.base)
        daily = self._daily.setdefault(entry.publisher, {})
        known = daily.get(entry.day)
        if known is None:
            insort(self._days.setdefault(entry.publisher, []), entry.day)
        daily[entry.day] = entry
        return known

    def rate(self, currency: str, to: str, day: date, purpose: FxPurpose = FxPurpose.FLOOR) -> FxRate | FxMissing:
        """
        Return what one unit of *currency* is worth in *to* on *day*, or why that is not known.

        For customs, monthly rates are asked first and then daily ones; otherwise the other way round.  A currency is
        worth one of itself.
        """
        if currency == to:
            return FxRate(rate=Fraction(1), rate_date=day, publisher="", path=(currency,), purpose=purpose)
        ways = (self._daily_rate, self._monthly_rate)
        for way in ways[::-1] if purpose == FxPurpose.CUSTOMS else ways:
            found = way(currency, to, day, purpose)
            if found is not None:
                return found
        return self._missing(currency, to, day)

    def benchmark(self, currency: str, to: str, day: date) -> FxBenchmark | None:
        """
        Return the average rate of the last 40 working days to *day*, of the publisher whose rate holds that day.

        The benchmark of the US policy bulletin 96-1 (61 FR 9434): a rate off it by more than 2.25 % fluctuates.  None
        where that publisher has no daily rate of both currencies, or fewer than 20 of them.
        """
        held = self._daily_rate(currency, to, day, FxPurpose.DUMPING)
        if held is None or currency == to:
            return None
        days, daily = self._days[held.publisher], self._daily[held.publisher]
        first = bisect_right(days, day - timedelta(days=BENCHMARK_DAYS))
        found = [
            (each, worth / per_base)
            for each in reversed(days[first : bisect_right(days, day)])
            if (per_base := _of(daily[each], currency)) and (worth := _of(daily[each], to))
        ][:BENCHMARK_PUBLICATIONS]
        if len(found) < _BENCHMARK_LEAST:
            return None
        return FxBenchmark(
            rate=sum((rate for _, rate in found), Fraction(0)) / len(found),
            publisher=held.publisher,
            publications=len(found),
            first=found[-1][0],
            last=found[0][0],
        )

    def _daily_rate(self, currency: str, to: str, day: date, purpose: FxPurpose) -> FxRate | None:
        """Return the rate of the latest publication day within reach that quotes both currencies."""
        best: FxRate | None = None
        for publisher in sorted(self._days):
            found = self._published(publisher, currency, to, day, purpose)
            if found is not None and (best is None or found.rate_date > best.rate_date):
                best = found
        return best

    def _published(self, publisher: str, currency: str, to: str, day: date, purpose: FxPurpose) -> FxRate | None:
        days = self._days[publisher]
        for place in range(bisect_right(days, day) - 1, -1, -1):
            if (day - days[place]).days > self.max_carry_days:
                return None
            entry = self._daily[publisher][days[place]]
            per_base, to_per_base = _of(entry, currency), _of(entry, to)
            if per_base is not None and to_per_base is not None:
                path = (currency, to) if entry.base in (currency, to) else (currency, entry.base, to)
                rate = to_per_base / per_base
                return FxRate(rate=rate, rate_date=entry.day, publisher=publisher, path=path, purpose=purpose)
        return None

    def _monthly_rate(self, currency: str, to: str, day: date, purpose: FxPurpose) -> FxRate | None:
        entries = self._monthly.get(f"{day:%Y-%m}", {})
        for key in sorted(entries):
            entry = entries[key]
            worth, to_worth = _of(entry, currency), _of(entry, to)
            if worth is not None and to_worth is not None:
                path = (currency, to) if entry.quote in (currency, to) else (currency, entry.quote, to)
                first = day.replace(day=1)
                return FxRate(
                    rate=worth / to_worth, rate_date=first, publisher=entry.publisher, path=path, purpose=purpose
                )
        return None

    def _missing(self, currency: str, to: str, day: date) -> FxMissing:
        for code in (currency, to):
            if code not in self._currencies:
                reason = f"no rate of {code!r} is known on any day: is it a currency code?"
                return FxMissing(currency=code, reason=reason, known_currency=False)
        latest = max(
            (days[place - 1] for days in self._days.values() if (place := bisect_right(days, day))), default=None
        )
        last = "no daily rates before it" if latest is None else f"the latest daily rates are of {latest}"
        reason = (
            f"no {currency}/{to} rate for {day} or the {self.max_carry_days} days before, nor for its month; {last}"
        )
        return FxMissing(currency=currency, reason=reason, known_currency=True)


def _of(entry: FxDaily | FxMonthly, currency: str) -> Fraction | None:
    if currency == (entry.base if isinstance(entry, FxDaily) else entry.quote):
        return Fraction(1)
    text = entry.rates.get(currency)
    return None if text is None else fraction(text)


def _rate_problems(base: str, rates: dict[str, str]) -> Iterator[Problem]:
    yield from currency_problems("base", base)
    for currency, text in rates.items():
        yield from currency_problems("rates", currency)
        if not _RATE.fullmatch(text) or not text.strip("0."):
            yield Problem("rates", f"the rate of {currency} must be a decimal number above 0, was {text!r}")
