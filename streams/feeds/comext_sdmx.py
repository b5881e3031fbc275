"""
Eurostat Comext as SDMX-CSV: what its API answers (``format=SDMX-CSV``) for the data sets of trade by CN8.

Columns ``DATAFLOW, LAST UPDATE, freq, reporter, partner, product, flow, indicators, TIME_PERIOD, OBS_VALUE``.  What
both forms of Comext mean is in :mod:`streams.feeds.comext`; besides, here:

- A row is one figure: the value of a flow and its quantity are rows apart, told by ``indicators``.  The two are put
  together wherever they stand; one without the other is refused.  What waits for its other half is held, a quarter of
  a million figures at most: the API sorts by flow, so few do.
- ``QUANTITY_IN_100KG`` is in hundreds of kilograms; ``SUPPLEMENTARY_QUANTITY`` and price indices are passed over.
- A figure that is confidential or missing is empty or ``:``.
- Months and years in one file would count the same goods twice: the kind of the first row is read.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from streams.feeds.comext import comext_total, passed_over, side_of
from streams.feeds.decimals import plain_decimal, times_ten_to
from streams.feeds.form import Column, Form
from streams.feeds.form_rows import FormTable, Row, form_items
from streams.feeds.items import FeedError, FeedRecord, Item, Rejected, RowError, Skipped
from streams.feeds.options import FeedOptions
from streams.feeds.period_totals import trade_of_total
from streams.feeds.periods import period_of
from streams.feeds.source import Source
from streams.records import Refusal, Trade

WAITING_MAX: Final = 250_000
_VALUES: Final = frozenset({"VALUE_IN_EUROS", "VALUE_EUR"})
_QUANTITIES: Final = {"QUANTITY_IN_100KG": 2, "QUANTITY_IN_KG": 0, "QUANTITY_KG": 0}
"""Indicators of net mass, and the power of ten that makes them kilograms."""
_OTHER: Final = "other indicators than value and net mass"
_HALF: Final = "halves of a flow put together with the other"
_PERIODS: Final = "periods of another kind than the first row's (months and years)"
_NO_FIGURE: Final = frozenset({"", ":"})

_FORM: Final = Form(
    "Eurostat Comext, SDMX-CSV",
    Column("reporter", ("reporter",), "reporting member state", required=True),
    Column("partner", ("partner",), "partner country", required=True),
    Column("code", ("product",), "commodity code, eight digits", required=True),
    Column("flow", ("flow",), "1 import, 2 export", required=True),
    Column("procedure", ("stat_procedure",), "part of the id"),
    Column("indicator", ("indicators",), "which figure the row is: value or net mass", required=True),
    Column("period", ("time_period",), "period, dated to its last day", required=True),
    Column("figure", ("obs_value",), "value, EUR, or net mass, of a flow", required=True),
)


class _Half(NamedTuple):
    """A figure that waits for the other of its flow."""

    is_value: bool
    figure: str
    line: int


_Key = tuple[str, str, str, str, str, str]


class ComextSdmx(FormTable):
    """Reads imports and exports from answers of Comext's API."""

    name = "comext-sdmx"
    title = "Eurostat Comext, SDMX-CSV (reporter, partner, product, flow, indicators, TIME_PERIOD, OBS_VALUE)"
    form = _FORM

    def items(self, source: Source, options: FeedOptions) -> Iterator[Item]:
        """Yield what each row comes to."""
        return _flows(source, options)


def _flows(source: Source, options: FeedOptions) -> Iterator[Item]:
    halves = _Halves(source, options)
    yield from form_items(source, _FORM, halves.items)
    yield from halves.left_over()


class _Halves:
    """Puts values and quantities together."""

    def __init__(self, source: Source, options: FeedOptions) -> None:
        self._source = source
        self._options = options
        self._waiting: dict[_Key, _Half] = {}
        self._years: bool | None = None

    def items(self, row: Row, line: int) -> list[Item]:
        """Return the record that a row completes, or why it is passed over; nothing while it waits."""
        why = passed_over(row["reporter"].upper(), row["partner"].upper(), row["code"])
        why = why or self._options.passed_over(row["code"], side_of(row["flow"])) or self._other_kind(row)
        return [Skipped(why)] if why else self._put_together(row, line)

    def left_over(self) -> Iterator[Item]:
        """Yield the figures whose other half never came."""
        for key, half in self._waiting.items():
            found, missing = ("value", "net mass") if half.is_value else ("net mass", "value")
            detail = f"{found} of {':'.join(filter(None, key))} without its {missing}: ask for both indicators"
            yield _rejected(key, half, Refusal.MISSING_FIELD, detail)

    def _other_kind(self, row: Row) -> str | None:
        indicator = row["indicator"].upper()
        if indicator not in _VALUES and indicator not in _QUANTITIES:
            return _OTHER
        is_year = period_of(row["period"]).is_year
        if self._years is None:
            self._years = is_year
        return None if self._years is is_year else _PERIODS

    def _put_together(self, row: Row, line: int) -> list[Item]:
        if row["figure"] in _NO_FIGURE:
            raise RowError(Refusal.MISSING_FIELD, f"{row['indicator']} is not published: confidential or missing")
        key = (row["period"], row["flow"], row["code"], row["reporter"], row["partner"], row.get("procedure", ""))
        half = _Half(row["indicator"].upper() in _VALUES, _figure(row), line)
        other = self._waiting.get(key)
        if other is None:
            self._wait(key, half)
            return []
        if other.is_value is half.is_value:
            raise RowError(Refusal.CONFLICTING_DUPLICATE, f"a second {row['indicator']} of the same flow")
        del self._waiting[key]
        value, quantity = (half, other) if half.is_value else (other, half)
        try:
            trade = self._trade(key, value.figure, quantity.figure)
        except RowError as e:
            return [_rejected(key, each, e.reason, e.detail) for each in (other, half)]
        return [Skipped(_HALF), FeedRecord(trade, line)]

    def _trade(self, key: _Key, value: str, quantity: str) -> Trade:
        period, flow, code, reporter, partner, procedure = key
        total = comext_total(
            period=period_of(period),
            reporter=reporter,
            partner=partner,
            flow=flow,
            code=code,
            quantity=quantity,
            value=value,
            procedure=procedure,
        )
        return trade_of_total(total, self._options.revision)

    def _wait(self, key: _Key, half: _Half) -> None:
        if len(self._waiting) == WAITING_MAX:
            message = (
                f"{self._source.path}: {WAITING_MAX} figures wait for the other half of their flow at line "
                f"{half.line}: ask for both indicators, and sort the file by flow"
            )
            raise FeedError(message)
        self._waiting[key] = half


def _rejected(key: _Key, half: _Half, reason: Refusal, detail: str) -> Rejected:
    return Rejected(half.line, reason, detail, f"{':'.join(key)}:{half.figure}".encode())


def _figure(row: Row) -> str:
    power = _QUANTITIES.get(row["indicator"].upper(), 0)
    return times_ten_to(power, plain_decimal(row["figure"], row["indicator"]))
