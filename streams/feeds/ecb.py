"""
European Central Bank: the history of the euro foreign exchange reference rates, one day a row.

The publisher's wide form (``eurofxref-hist.csv``, or its zip): a date, then a column a currency with the units of it
per one euro, ``N/A`` or nothing where none was set, and a comma at the end of each line.  Newest or oldest day
first.  A day with one rate that is no positive number is rejected whole.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from streams.feeds.columns import require_columns
from streams.feeds.delimited import delimited_items
from streams.feeds.form import Reading, readings_of
from streams.feeds.head import Confidence, Head
from streams.feeds.items import FxDay, Item, RowError
from streams.feeds.options import FeedOptions
from streams.feeds.source import Source
from streams.records import Refusal

__all__ = ["EcbRates", "FxDay"]

_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_RATE: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
_NOT_SET: Final = frozenset({"", "N/A"})
_KNOWN_MIN: Final = 3


class EcbRates:
    """Reads days of reference rates."""

    name = "ecb"
    title = "ECB euro reference rates (eurofxref-hist.zip or .csv)"

    def sniff(self, head: Head) -> Confidence:
        """Return whether the header is a date and then nothing but currencies."""
        if not head.may_be_table:
            return Confidence.NO
        first, *others = head.header.columns or ("",)
        if first.lower() != "date" or len(others) < _KNOWN_MIN:
            return Confidence.NO
        return Confidence.YES if all(_CURRENCY.fullmatch(name) for name in others) else Confidence.NO

    def readings(self, source: Source) -> list[Reading]:
        """Return how each column is read."""
        date_column, *currencies = source.head.header.columns
        meanings = {name: f"units of {name} per euro" for name in currencies}
        return readings_of(source.head.header.columns, {date_column: "day of publication", **meanings})

    def read(self, source: Source, options: FeedOptions) -> Iterator[Item]:  # noqa: ARG002 - nothing to declare
        """Return an iterator over the days."""
        columns = source.head.header.columns
        require_columns(columns, (), source.path, self.title)
        return _days(source, columns[1:])


def _days(source: Source, currencies: Sequence[str]) -> Iterator[Item]:
    def item_of(fields: list[str], line: int) -> Item:
        rates = dict(_rates(currencies, fields[1:]))
        return FxDay(_day(fields[0].strip()), rates, line)

    return delimited_items(source, item_of)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as e:
        raise RowError(Refusal.WRONG_TYPE, f"Date: expected a day such as 2025-03-31, found {text[:40]!r}") from e


def _rates(currencies: Sequence[str], fields: Sequence[str]) -> Iterator[tuple[str, str]]:
    for currency, field in zip(currencies, fields, strict=True):
        rate = field.strip()
        if rate in _NOT_SET:
            continue
        if not _RATE.fullmatch(rate) or not rate.strip("0."):
            raise RowError(Refusal.NOT_A_DECIMAL, f"{currency}: expected units per euro, found {rate[:40]!r}")
        yield currency, rate
