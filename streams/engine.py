"""
The engine: one slice of records in, alert changes and refusals out.

It hosts the markets of the minerals it is given records of, checks what can be checked of one record, and
hands the rest to its market.  It has no clock, no I/O and no chance: the Faust agents and the in-process
replay step this same class.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from alerts.model import Alert
from streams.columns import Extents, InMemory
from streams.exact import NotADecimalError, micros
from streams.market import NO_PARTY, Market, Rules, Told
from streams.memory import NOT_INGESTED, Outcome, Row
from streams.normalise import Normaliser
from streams.period_judge import Lack
from streams.records import (
    Heartbeat,
    PriceTick,
    Record,
    Refusal,
    Status,
    Trade,
    decode_lines,
    decode_record,
)
from streams.reference.book import Affected
from streams.routing import RefusedError, Route, tick_key, trade_key
from streams.shapes import Kind

FIRST_DAY: Final = date(1960, 1, 1).toordinal()
LAST_DAY: Final = date(2199, 12, 31).toordinal()

_SOURCES: Final = (Kind.TRADE, Kind.TICK)
"""The kinds that have a topic of their own, and end marks on it."""

_NEW: Final = Outcome.NEW
_TAKEN: Final = frozenset({Outcome.NEW, Outcome.SUPERSEDES, Outcome.DUPLICATE})
"""What may become of a record that moves its source's watermark: not the stale, not the conflicting."""
_CANCELLED: Final = Status.CANCELLED

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """What of the engine is a choice; drivers that should agree must agree on these."""

    grace_days: int = 3
    """Days a source may be out of order before a day is sealed."""
    allowed_lateness_days: int | None = None
    """How far behind its source's watermark a record may come; None: as far as it likes."""
    future_skew_days: int = 1
    """How far past the day it was logged a record may be dated."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A record of the slice that cannot be right."""

    index: int
    """Its place in the slice."""
    reason: Refusal
    detail: str


@dataclass(slots=True)
class Step:
    """What one slice came to."""

    told: list[Told] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    records: int = 0
    """Values read, heartbeats not among them."""
    outcomes: dict[Outcome, int] = field(default_factory=dict)
    """How many of them were not simply new."""
    late: int = 0
    """How many of those taken have a day that was sealed."""
    ended: bool = False
    """Whether the slice brought the last end mark."""
    probes: list[str] = field(default_factory=list)
    """When the probes in it were written."""


class Engine:
    """
    The markets of one partition, or of a whole replay.

    Markets do not know each other, so it makes no difference which of them share an engine.
    """

    def __init__(
        self,
        *,
        rules: Rules,
        normaliser: Normaliser,
        settings: EngineSettings | None = None,
        extents: Extents = InMemory,
    ) -> None:
        self.rules = rules
        self.normaliser = normaliser
        self.settings = settings or EngineSettings()
        self._extents = extents
        allowed = self.settings.allowed_lateness_days
        self._allowed = LAST_DAY if allowed is None else allowed
        self.markets: dict[str, Market] = {}
        self._routes: dict[tuple[str | None, ...], _Way] = {}
        self._routes_by_amounts: dict[tuple[bool, ...], dict[tuple[str | None, ...], _Way]] = {}
        """For trades taken back or with a unit price, freight or insurance, by that and by which amounts they give."""
        self._tick_routes: dict[tuple[str | None, ...], _Way] = {}
        self._ended: dict[Kind, int] = {}
        self.latest_day = 0
        """The latest day (ordinal) of any record read, the refused among them; 0 before the first."""

    def step(self, values: Sequence[bytes], *, kind: Kind = Kind.TRADE, logged_on: int = LAST_DAY) -> Step:
        """
        Take a slice: *values* of one partition of one topic, in log order.

        *kind* says which topic, *logged_on* is the day (ordinal) the slice's last record entered the log.
        """
        step = Step()
        self._take(step, self._decode(step, values), kind, logged_on + self.settings.future_skew_days)
        for market in self.markets.values():
            market.settle()
            step.late += market.take_late()
            step.told += market.close_slice()
        if step.ended:
            step.told += self.end(min(self._ended.values()))
        return step

    def end(self, day: int | None = None) -> list[Told]:
        """Seal every day up to *day* (ordinal; default: the latest day read) and return the changes that makes."""
        through = self.latest_day if day is None else day
        return [told for market in self.markets.values() for told in market.end(through)]

    def judge_again(self, affected: Affected) -> list[Told]:
        """Judge again what new reference data affects and return the changes; the book must have it already."""
        self.normaliser.forget()
        told = []
        for mineral, market in self.markets.items():
            if affected.touches(mineral):
                market.judge_again(affected.from_day.toordinal(), affected.to_day.toordinal())
                told += market.close_slice()
        return told

    def alerts(self) -> list[Alert]:
        """Return the standing alerts of every market in order of id."""
        alerts = [alert for market in self.markets.values() for alert in market.alerts()]
        return sorted(alerts, key=lambda alert: alert.id)

    def lacks(self) -> list[Lack]:
        """Return what the rules over periods could not judge for want of data, in order."""
        return sorted(lack for market in self.markets.values() for lack in market.lacks())

    def market(self, mineral: str) -> Market:
        """Return the market of *mineral*, new where there is none."""
        market = self.markets.get(mineral)
        if market is None:
            market = self.markets[mineral] = Market(
                mineral,
                rules=self.rules,
                normaliser=self.normaliser,
                grace_days=self.settings.grace_days,
                extents=self._extents,
            )
            if len(self._ended) == len(_SOURCES):
                market.watermarks.end(min(self._ended.values()))
        return market

    def _decode(self, step: Step, values: Sequence[bytes]) -> list[Record | None]:
        """Decode the slice in one go, or value by value where one of them is broken."""
        lines = b"\n".join(values)
        if lines.count(b"\n") == len(values) - 1:
            try:
                records: list[Record | None] = decode_lines(lines)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                pass
            else:
                if len(records) == len(values):
                    return records
        return [self._decode_one(step, index, value) for index, value in enumerate(values)]

    def _decode_one(self, step: Step, index: int, value: bytes) -> Record | None:
        try:
            record: Record = decode_record(value)
        except msgspec.ValidationError as e:
            step.refused.append(Refused(index, Refusal.WRONG_TYPE, str(e)))
        except (msgspec.DecodeError, UnicodeDecodeError) as e:
            step.refused.append(Refused(index, Refusal.NOT_JSON, str(e)))
        except RecursionError:
            step.refused.append(Refused(index, Refusal.NOT_JSON, "nested too deeply to be a record; send it flat"))
        else:
            return record
        step.records += 1
        return None

    def _take(self, step: Step, records: Sequence[Record | None], kind: Kind, last_day: int) -> None:
        for index, record in enumerate(records):
            try:
                if type(record) is Trade:
                    outcome = self._take_trade(record, last_day)
                elif type(record) is PriceTick:
                    outcome = self._take_tick(record, last_day)
                else:
                    if record is not None:
                        self._heartbeat(step, record, kind, last_day)
                    continue
            except RefusedError as e:
                step.refused.append(Refused(index, e.reason, e.detail))
            except NotADecimalError as e:
                step.refused.append(Refused(index, Refusal.NOT_A_DECIMAL, str(e)))
            else:
                if outcome is not _NEW:
                    self._note(step, index, record, outcome)
            step.records += 1

    def _take_trade(self, trade: Trade, last_day: int) -> Outcome:  # noqa: C901, PLR0912 - the hot path, written out
        """Check a trade and hand it to its market."""
        day = trade.event_date.toordinal()
        if not FIRST_DAY <= day <= last_day:
            raise misdated(trade.event_date, last_day)
        if day > self.latest_day:  # noqa: PLR1730 - an extra call for each trade
            self.latest_day = day
        key = trade_key(trade)
        plain = (
            trade.value is not None
            and trade.price is None
            and trade.freight is None
            and trade.insurance is None
            and trade.status is not _CANCELLED
        )
        routes = self._routes if plain else self._other_routes(trade)
        way = routes.get(key)
        if way is None:
            way = routes[key] = self._way(self.normaliser.route(trade))
        market, sources, route, shape = way
        latest = sources.get(trade.source, 0)
        if latest - day > self._allowed:
            raise _too_late(trade.event_date, latest, self._allowed)
        if trade.status is _CANCELLED:
            outcome = market.cancel(trade.id, trade.revision, day, _ingested(trade))
            return _move(sources, trade.source, day, outcome)
        if plain and trade.value is not None and trade.quantity is not None:
            value, quantity = micros(trade.value), micros(trade.quantity)
            if value <= 0 or quantity <= 0:
                value, quantity = route.amounts(trade)
        else:
            value, quantity = route.amounts(trade)
        party = 0
        if trade.exporter is not None or trade.importer is not None:
            parties = market.parties
            names = (trade.exporter or "", trade.importer or "")
            party = parties.numbers.get(names, -1)
            if party < 0:
                party = parties.number(names)
        ingested = NOT_INGESTED if trade.ingested_at is None else _ingested(trade)
        row = market.memory.append_new(trade.id, trade.revision, shape, party, day, value, quantity, ingested)
        if row < 0:
            outcome = market.keep(Row(trade.id, trade.revision, shape, party, day, value, quantity, ingested))
            return _move(sources, trade.source, day, outcome)
        if day > latest:
            sources[trade.source] = day
        posting = market.postings[shape].get(day) or market.posting(shape, day)
        if posting.own is not None:
            posting = market.own_posting(posting, shape, party)
        if not posting.rows:
            market.staged.append(posting)
        posting.rows.append(row)
        posting.values.append(value)
        posting.quantities.append(quantity)
        return _NEW

    def _take_tick(self, tick: PriceTick, last_day: int) -> Outcome:
        day = tick.event_date.toordinal()
        if not FIRST_DAY <= day <= last_day:
            raise misdated(tick.event_date, last_day)
        self.latest_day = max(self.latest_day, day)
        key = (*tick_key(tick), tick.status)
        way = self._tick_routes.get(key)
        if way is None:
            way = self._tick_routes[key] = self._way(self.normaliser.route(tick))
        market, sources, route, shape = way
        latest = sources.get(tick.source, 0)
        if latest - day > self._allowed:
            raise _too_late(tick.event_date, latest, self._allowed)
        record_id = f"{tick.instrument}@{tick.event_date}"
        if tick.status is _CANCELLED:
            outcome = market.cancel(record_id, tick.revision, day, _ingested(tick))
            return _move(sources, tick.source, day, outcome)
        value, quantity = route.amounts(tick)
        row = Row(record_id, tick.revision, shape, NO_PARTY, day, value, quantity, _ingested(tick))
        return _move(sources, tick.source, day, market.keep(row))

    def _other_routes(self, trade: Trade) -> dict[tuple[str | None, ...], "_Way"]:
        amounts = (trade.value, trade.price, trade.freight, trade.insurance)
        given = (trade.status is _CANCELLED, *(amount is not None for amount in amounts))
        return self._routes_by_amounts.setdefault(given, {})

    def _note(self, step: Step, index: int, record: Trade | PriceTick, outcome: Outcome) -> None:
        step.outcomes[outcome] = step.outcomes.get(outcome, 0) + 1
        if outcome is Outcome.CONFLICT:
            step.refused.append(Refused(index, Refusal.CONFLICTING_DUPLICATE, _conflict(record)))

    def _way(self, route: Route) -> "_Way":
        market = self.market(route.mineral)
        kind = Kind.TICK if route.shape.kind is Kind.TICK else Kind.TRADE
        return _Way(market, market.watermarks.sources[kind], route, market.shape(route.shape))

    @property
    def end_days(self) -> dict[Kind, int]:
        """The days (ordinals) up to which end marks were seen, by topic; set on a restart."""
        return self._ended

    def _heartbeat(self, step: Step, beat: Heartbeat, kind: Kind, last_day: int) -> None:
        day = beat.event_date.toordinal()
        if not FIRST_DAY <= day <= last_day:
            raise misdated(beat.event_date, last_day)
        if beat.probe is not None:
            step.probes.append(beat.probe)
            return
        for market in self.markets.values():
            market.watermarks.vouch(kind, beat.source, day)
        if beat.end:
            self._ended[kind] = max(day, self._ended.get(kind, 0))
            step.ended = len(self._ended) == len(_SOURCES)


class _Way(NamedTuple):
    """Where records of one route go."""

    market: Market
    sources: dict[str, int]
    route: Route
    shape: int


def _move(sources: dict[str, int], source: str, day: int, outcome: Outcome) -> Outcome:
    """Move a source's watermark by a record that was taken: of others the date may be wrong too."""
    if outcome in _TAKEN and day > sources.get(source, 0):
        sources[source] = day
    return outcome


def _ingested(record: Trade | PriceTick) -> int:
    """Return when the record was ingested, microseconds since 1970."""
    at = record.ingested_at
    if at is None:
        return NOT_INGESTED
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND


def misdated(day: date, last_day: int) -> RefusedError:
    """Return why a record of *day* is refused where *last_day* (ordinal) is the last that it can be."""
    if FIRST_DAY <= day.toordinal() <= LAST_DAY:
        last = date.fromordinal(last_day)
        return RefusedError(
            Refusal.FUTURE_DATE, f"event_date {day} lies after {last}, the last day it can be; correct the date"
        )
    first, last = date.fromordinal(FIRST_DAY), date.fromordinal(LAST_DAY)
    return RefusedError(
        Refusal.DATE_OUT_OF_RANGE, f"event_date {day} is not between {first} and {last}; correct the date"
    )


def _too_late(day: date, latest: int, allowed: int) -> RefusedError:
    behind, last = latest - day.toordinal(), date.fromordinal(latest)
    return RefusedError(
        Refusal.TOO_LATE,
        f"event_date {day} is {behind} days behind its source's latest day {last}; {allowed} are allowed",
    )


def _conflict(record: Trade | PriceTick) -> str:
    name = record.id if type(record) is Trade else f"{record.instrument} on {record.event_date}"
    held = f"{name} revision {record.revision} is already held with other content"
    return f"{held}; send a correction with a higher revision"
