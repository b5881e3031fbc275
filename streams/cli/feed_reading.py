"""``floorwatch ingest --explain``: how a feed file is read, column by column, and what of it is refused."""

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec
from rich.text import Text

from streams.cli.console import counted, err, number_of, out, table

if TYPE_CHECKING:
    from streams.feed_records import ReplayOptions
    from streams.feeds import Feed, FeedRecord, FxDay, Rejected
    from streams.normalise import Normaliser
    from streams.records import PriceTick, Trade

_SHOWN_MAX: Final = 3
"""Of each reason."""

_NOT_READ: Final = "not read"
_OTHER_DAYS: Final = "days not asked for"
_SUMS: Final = (("refused", "refused"), ("skipped", "passed over"))
_NAMES: Final = {"trades": "trade", "price ticks": "price tick", "days of rates": "day of rates"}


def read_through(feed: "Feed", options: "ReplayOptions", last_day: date) -> dict[str, Any]:
    """
    Return how a file is read: its format, its columns, an example, and what is refused and passed over by reason.

    Each row counts once: as what it is read as, as refused or as passed over.  A record that the reader takes and the
    engine would refuse by itself counts as refused; so does one dated past *last_day*, the last that it takes.
    """
    look = _Look(options, last_day)
    for item in feed:
        look.take(item)
    return {
        "file": str(feed.path),
        "format": feed.format,
        "columns": [reading._asdict() for reading in feed.readings()],
        "records": dict(look.records),
        "refused": {str(name): count for name, count in look.refused.items()},
        "first_refused": look.first_refused,
        "waiting": {str(name): count for name, count in look.waiting.items()},
        "skipped": dict(look.skipped + feed.skipped),
        "out_of_order": look.late,
        "unused": sorted(feed.unused),
        "notes": [*feed.notes, *look.notes()],
        "example": look.example,
    }


class _Look:
    """What the rows of a file come to."""

    def __init__(self, options: "ReplayOptions", last_day: date) -> None:
        from streams.cli.reference_data import book_of
        from streams.feeds.wire_slices import Latest
        from streams.normalise import Normaliser

        self.records: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.waiting: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        self.first_refused: list[dict[str, Any]] = []
        self.example: dict[str, Any] | None = None
        self.late = 0
        self._options, self._last_day = options, last_day
        self._normaliser = Normaliser(book_of(None))
        self._latest = Latest()
        self._whys: dict[str, str] = {}

    def take(self, item: "FeedRecord | FxDay | Rejected") -> None:
        """Count one row."""
        from streams.feeds import FxDay, Rejected

        if isinstance(item, FxDay):
            self._take_rates(item)
        elif isinstance(item, Rejected):
            self._refuse(item.line, item.reason, item.detail)
        else:
            self._take_record(item.record, item.line)

    def notes(self) -> list[str]:
        """Return what the sender should hear of the rows together."""
        found = [f"{number_of(count, 'record')} would wait: {self._whys[name]}" for name, count in self.waiting.items()]
        if self.late and not self._options.sort:
            told = "record is" if self.late == 1 else "records are"
            found.append(
                f"{self.late:,} {told} dated before one above: --declare sort=yes puts the file in order first"
            )
        if set(self.records) == {"days of rates"}:
            found.append("these are exchange rates, no records: replay takes them with --fx, floorwatch fx publish too")
        return found

    def _take_rates(self, day: "FxDay") -> None:
        if not self._options.holds(day.date):
            self.skipped[_OTHER_DAYS] += 1
            return
        self.records["days of rates"] += 1
        self.example = self.example or {"date": day.date.isoformat(), "rates": day.rates}

    def _take_record(self, record: "Trade | PriceTick", line: int) -> None:
        if not self._options.holds(record.event_date):
            self.skipped[_OTHER_DAYS] += 1
            return
        bad = _misdated(record.event_date, self._last_day) or _refusal(self._normaliser, record)
        if bad is not None:
            self._refuse(line, *bad)
            return
        self.records["trades" if hasattr(record, "origin") else "price ticks"] += 1
        self.example = self.example or msgspec.to_builtins(record)
        self.late += self._latest.is_behind(record.event_date.toordinal())
        self._count_waiting(record)

    def _refuse(self, line: int, reason: str, detail: str) -> None:
        self.refused[reason] += 1
        if self.refused[reason] <= _SHOWN_MAX:
            self.first_refused.append({"line": line, "reason": str(reason), "detail": detail})

    def _count_waiting(self, record: "Trade | PriceTick") -> None:
        """Count a record that waits whatever the rates are, by the shipped reference data."""
        from streams.records import Status, Unpriced

        if record.status is Status.CANCELLED:
            return
        shape = self._normaliser.route(record).shape
        pricing = self._normaliser.pricing(shape, record.event_date.toordinal())
        if pricing.unpriced in {Unpriced.BASIS_UNKNOWN, Unpriced.GRADE_MISSING}:
            self.waiting[str(pricing.unpriced)] += 1
            self._whys.setdefault(str(pricing.unpriced), f"{pricing.unpriced}, {', '.join(pricing.notes)}")


def tell_reading(found: dict[str, Any]) -> None:
    """Print what :func:`read_through` found, or why a file could not be read."""
    if "error" in found:
        err.print(Text.assemble(("error: ", "bold red"), found["error"]), soft_wrap=True)
        return
    read = ", ".join(number_of(count, _NAMES[name], name) for name, count in sorted(found["records"].items()))
    sums = [f"{sum(found[name].values()):,} {said}" for name, said in _SUMS if found[name]]
    told = ", ".join([read or "nothing read", *sums])
    out.print(Text.assemble((found["file"], "bold"), f": {found['format']}, {told}"), soft_wrap=True)
    _tell_columns(found["columns"])
    if found["example"] is not None:
        shown = ", ".join(f"{name}={value}" for name, value in found["example"].items())
        out.print(Text(f"  the first is read as: {shown}", style="dim"), soft_wrap=True)
    for declared in found["unused"]:
        out.print(Text(f"  note: this file has no use for --declare {declared}", style="yellow"), soft_wrap=True)
    for note in found["notes"]:
        out.print(Text(f"  note: {note}", style="yellow"), soft_wrap=True)
    if found["skipped"]:
        out.print(Text(f"  passed over: {counted(found['skipped'])}"), soft_wrap=True)
    if found["refused"]:
        out.print(Text(f"  refused: {counted(found['refused'])}", style="bold red"), soft_wrap=True)
        rows = [(str(each["line"]), each["reason"], each["detail"]) for each in found["first_refused"]]
        out.print(table("", [("line", "right"), "reason", "what was found, what to do"], rows))
    elif found["waiting"]:
        out.print(Text(f"  nothing is refused, but would wait: {counted(found['waiting'])}", style="yellow"))
    else:
        out.print(Text("  nothing is refused", style="green"))


def _tell_columns(columns: list[dict[str, str]]) -> None:
    read = [(each["column"], each["read_as"]) for each in columns if each["read_as"] != _NOT_READ]
    others = [each["column"] for each in columns if each["read_as"] == _NOT_READ]
    if read:
        out.print(table("", ["column", "is read as"], read))
    if others:
        out.print(Text(f"  columns not read: {', '.join(others)}"), soft_wrap=True)


def _misdated(day: date, last_day: date) -> tuple[str, str] | None:
    """Return why the engine would refuse a date, None where it would not."""
    from streams.engine import FIRST_DAY, misdated

    if FIRST_DAY <= day.toordinal() <= last_day.toordinal():
        return None
    error = misdated(day, last_day.toordinal())
    return error.reason, error.detail


def _refusal(normaliser: "Normaliser", record: "Trade | PriceTick") -> tuple[str, str] | None:
    """Return why the engine would refuse a record by itself, None where it would not."""
    from streams.exact import NotADecimalError
    from streams.records import Refusal, Status
    from streams.routing import RefusedError

    try:
        route = normaliser.route(record)
        if record.status is not Status.CANCELLED:
            route.amounts(record)
    except RefusedError as error:
        return error.reason, error.detail
    except NotADecimalError as error:
        return Refusal.NOT_A_DECIMAL, str(error)
    return None
