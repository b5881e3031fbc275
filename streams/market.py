"""
A market: everything known of one mineral, and what its rules say of it.

A market is a function of the set of its records, the reference data and the days sealed.  Records are
remembered as rows; rows are posted into cells; rules fold cells into episodes; episodes become alerts.
Each step is kept up to date as rows come, go or change, and could be worked out again from the rows alone:
that is what a restart does.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Final, NamedTuple

from msgspec.structs import replace

from alerts.model import Alert, AlertChange, ChangeKind, Reason, State, classify, usual_reason
from streams.benchmark import NO_SLIPS, Benchmark, Slips
from streams.cells import Judged, Lane, LaneKey
from streams.columns import Extents, InMemory
from streams.episodes import NEVER, Episode
from streams.memory import Outcome, Row, RowMemory
from streams.months import first_day, month_of
from streams.normalise import Normaliser
from streams.panel import Panel
from streams.period_judge import Lack, PeriodJudge
from streams.posting import Posting
from streams.pricing import Pricing
from streams.quota_use import QuotaUses
from streams.reader import MarketReader
from streams.reference.quotas import Quota
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Rule
from streams.rules.scope import Published, Scope, ScopeKey
from streams.shapes import TOMBSTONE, Interned, Kind, Shape
from streams.watermark import Watermarks

Party = tuple[str, str]
"""Exporter and importer, empty where not declared."""

TOMBSTONE_SHAPE: Final = 0
_POSTED_MONTHS: Final = 1
"""Months before the one that is being sealed whose postings are kept: it is judged when it is sealed whole."""
NO_PARTY: Final = 0


class Rules(NamedTuple):
    """A rule set: its rules and the hash of their settings that every alert carries."""

    rules: tuple[Rule, ...]
    digest: str


class Told(NamedTuple):
    """An alert change and the episode it is about: the scope and its first day."""

    scope: ScopeKey
    start: int
    change: AlertChange


class Sizes(NamedTuple):
    """How much of a market is remembered; memory in bytes, of the rows alone."""

    rows: int
    cells: int
    episodes: int
    nbytes: int


class Market:
    """The rows, cells and episodes of one mineral."""

    def __init__(
        self, mineral: str, *, rules: Rules, normaliser: Normaliser, grace_days: int, extents: Extents = InMemory
    ) -> None:
        self.mineral = mineral
        self.rules = rules
        self.normaliser = normaliser
        self.watermarks = Watermarks(grace_days)
        self.shapes: Interned[Shape] = Interned()
        self.shapes.number(TOMBSTONE)
        self.parties: Interned[Party] = Interned()
        self.parties.number(("", ""))
        self.memory = RowMemory(self._content, extents)
        self.lanes: dict[LaneKey, Lane] = {}
        self.postings: list[dict[int, Posting]] = [{}]
        """By shape, then day; those of days long sealed are made again where they are asked for."""
        self._month = NEVER
        """That of the day sealed last."""
        self.seqs: dict[str, int] = {}
        """How many changes each alert has had."""
        self._late = 0
        self._scopes: dict[ScopeKey, Scope] = {}
        self._rule_of = {rule.name: rule for rule in rules.rules}
        self._lane_rules = tuple(rule for rule in rules.rules if not isinstance(rule, PeriodRule))
        self._daily_rules = tuple(rule for rule in self._lane_rules if not rule.steady)
        self._benchmarks: dict[str, Benchmark] = {}
        self.staged: list[Posting] = []
        """Postings with rows of the slice under way; :meth:`settle` posts them."""
        self._dirty: list[tuple[Lane, int]] = []
        self._reasons: dict[LaneKey, Reason] = {}
        self._period_reasons: dict[str, Reason] = {}
        """By product, why periods of it are judged again."""
        self._reworded: set[LaneKey] = set()
        self._watching: dict[LaneKey, dict[Scope, Rule]] = {}
        """The scopes that each lane belongs to."""
        self._unsealed: dict[int, dict[LaneKey, Lane]] = {}
        self._deadlines: dict[int, dict[Scope, None]] = {}
        self._stale: dict[Scope, None] = {}
        self._due: dict[Scope, None] = {}
        self.quotas = QuotaUses()
        self._periods = PeriodJudge(Panel(self), (rule for rule in rules.rules if isinstance(rule, PeriodRule)))
        self._reader = MarketReader(self, rules.digest)

    # -- rows ----------------------------------------------------------------------------------------------

    def shape(self, key: Shape) -> int:
        """Return the number of a shape."""
        number = self.shapes.number(key)
        if number == len(self.postings):
            self.postings.append({})
        return number

    def posting(self, shape: int, day: int) -> Posting:
        """Return where rows of *shape* and *day* are posted."""
        posting = self.postings[shape].get(day)
        if posting is None:
            posting = self.postings[shape][day] = self._new_posting(self.shapes.keys[shape], day)
        return posting

    def own_posting(self, posting: Posting, shape: int, party: int) -> Posting:
        """Return the posting of the exporter of *party*, where a floor names it; else *posting*."""
        exporter = self.parties.keys[party][0]
        if posting.own is None or exporter not in self.normaliser.named_exporters(posting.lane.key.product):
            return posting
        own = posting.own.get(exporter)
        if own is None:
            pricing = self.normaliser.pricing(self.shapes.keys[shape], posting.day, exporter)
            own = posting.own[exporter] = Posting(
                posting.lane, posting.day, pricing, self._slips(posting.lane.key, posting.day), posting.terms
            )
        return own

    def row_posting(self, row: int) -> Posting:
        """Return where a remembered row is posted."""
        shape = self.memory.shape[row]
        return self.own_posting(self.posting(shape, self.memory.day[row]), shape, self.memory.party[row])

    def settle(self) -> None:
        """Post the rows of the slice under way; before anything reads cells or rows."""
        self.memory.settle()
        for posting in self.staged:
            self._note_late(posting.day, len(posting.rows))
            posting.settle(self.memory.earlier)
            if not posting.cell.dirty:
                self.touch(posting)
        self.staged.clear()

    def take_late(self) -> int:
        """Return how many rows were posted to sealed days since it was last asked."""
        late, self._late = self._late, 0
        return late

    def _note_late(self, day: int, rows: int) -> None:
        if day <= self.watermarks.sealed_through:
            self._late += rows

    def cancel(self, record_id: str, revision: int, day: int, ingested: int) -> Outcome:
        """Take back what the record contributed; holds against lower revisions that are still to come."""
        return self.keep(Row(record_id, revision, TOMBSTONE_SHAPE, NO_PARTY, day, 0, 0, ingested))

    def keep(self, record: Row) -> Outcome:
        """Remember and post a record that may be known already."""
        self.settle()
        kept = self.memory.keep(record)
        if kept.replaced >= 0:
            self._unpost(kept.replaced, Reason.CANCELLED if record.shape == TOMBSTONE_SHAPE else Reason.AMENDED)
        if kept.outcome is Outcome.NEW or kept.replaced >= 0:
            self._post(kept.row)
        return kept.outcome

    def restore(self, record: Row) -> None:
        """Remember and post a record that was taken before, soon: after :meth:`settle` it is in its cell."""
        row = self.memory.append_new(*record)
        if row < 0:
            self.keep(record)
        elif record.shape != TOMBSTONE_SHAPE:
            self._stage(row, record)

    def _stage(self, row: int, record: Row) -> None:
        """Set a new row aside to be posted with others; the engine does the same for each trade, written out."""
        posting = self.own_posting(self.posting(record.shape, record.day), record.shape, record.party)
        if not posting.rows:
            self.staged.append(posting)
        posting.rows.append(row)
        posting.values.append(record.value)
        posting.quantities.append(record.quantity)

    def touch(self, posting: Posting) -> None:
        """Take note that rows were posted to a cell; once a slice and cell is enough."""
        posting.cell.dirty = True
        self._dirty.append((posting.lane, posting.day))
        if posting.day <= self.watermarks.sealed_through:
            self._reasons.setdefault(posting.lane.key, Reason.LATE_RECORD)

    def judge_again(self, from_day: int, to_day: int) -> None:
        """Post anew every row whose day lies between the two, because reference data changed."""
        for lane in self.lanes.values():
            for day in lane.days:
                if from_day <= day <= to_day:
                    self._reasons[lane.key] = Reason.REFERENCE_CHANGED
                    self._repost(lane, day, reprice=True)

    def _post(self, row: int) -> None:
        shape = self.memory.shape[row]
        if shape == TOMBSTONE_SHAPE:
            return
        posting = self.row_posting(row)
        posting.cell.chain((row,), self.memory.earlier)
        self._note_late(posting.day, 1)
        posting.add(self.memory.value[row], self.memory.quantity[row])
        if not posting.cell.dirty:
            self.touch(posting)

    def _unpost(self, row: int, reason: Reason) -> None:
        shape = self.memory.shape[row]
        if shape == TOMBSTONE_SHAPE:
            return
        posting = self.row_posting(row)
        posting.add(self.memory.value[row], self.memory.quantity[row], -1)
        posting.cell.forget_worst(row)
        self._reasons[posting.lane.key] = reason
        self._reworded.add(posting.lane.key)
        if not posting.cell.dirty:
            self.touch(posting)

    def _repost(self, lane: Lane, day: int, *, reprice: bool) -> None:
        """Empty a cell and post its rows anew, by new reference data or only by a new benchmark."""
        self._reworded.add(lane.key)
        cell = lane.cells[day]
        cell.empty()
        rows = self.memory.chained(cell.last)
        for shape in {self.memory.shape[row] for row in rows}:
            old = self.postings[shape].pop(day, None)
            if old is not None and not reprice:
                self.postings[shape][day] = self._posting(lane, day, old.pricing, old.terms)
        for row in rows:
            if not self.memory.replaced[row]:
                self.row_posting(row).add(self.memory.value[row], self.memory.quantity[row])
        if not cell.dirty:
            cell.dirty = True
            self._dirty.append((lane, day))

    def _new_posting(self, shape: Shape, day: int) -> Posting:
        lane = self._lane(LaneKey(shape.kind, shape.product, shape.origin, shape.destination))
        return self._posting(lane, day, self.normaliser.pricing(shape, day), shape.terms)

    def _posting(self, lane: Lane, day: int, pricing: Pricing, terms: str) -> Posting:
        posting = Posting(lane, day, pricing, self._slips(lane.key, day), terms)
        if lane.key.kind is Kind.TRADE and self.normaliser.named_exporters(lane.key.product):
            posting.own = {}
        return posting

    def _slips(self, key: LaneKey, day: int) -> Slips:
        return self._benchmark(key.product).slips(day) if key.kind is Kind.TRADE else NO_SLIPS

    def _lane(self, key: LaneKey) -> Lane:
        lane = self.lanes.get(key)
        if lane is None:
            lane = self.lanes[key] = Lane(key)
        return lane

    def _benchmark(self, product: str) -> Benchmark:
        benchmark = self._benchmarks.get(product)
        if benchmark is None:
            benchmark = self._benchmarks[product] = Benchmark()
        return benchmark

    def _content(self, record: Row) -> tuple[object, ...]:
        shape, party = self.shapes.keys[record.shape], self.parties.keys[record.party]
        return (shape, party, record.day, record.value, record.quantity)

    # -- judging -------------------------------------------------------------------------------------------

    def close_slice(self) -> list[Told]:
        """Judge what changed since the last call and return the alert changes it makes."""
        self.settle()
        self._refresh_benchmarks()
        sealed_moved = self.watermarks.seal()
        sealed = self.watermarks.sealed_through
        self._note_dirty(sealed)
        if sealed_moved:
            self._note_sealed(sealed)
        self._judge_periods(sealed)
        return self._tell(flush=sealed_moved)

    def end(self, day: int) -> list[Told]:
        """Seal every day up to *day* and return the alert changes that makes."""
        self.settle()
        self._refresh_benchmarks()
        self._note_dirty(self.watermarks.sealed_through)
        self.watermarks.end(day)
        self._note_sealed(self.watermarks.sealed_through)
        self._judge_periods(self.watermarks.sealed_through)
        return self._tell(flush=True)

    def resume(self, told: Iterable[Told]) -> list[Told]:
        """
        Take the last of *told* for each alert as published, and return what holds now and was not told.

        For a restart: the rows and watermarks are in place again, reference data may have moved on.
        """
        self.take_late()
        for each in told:
            self.seqs[each.change.alert_id] = each.change.seq
            if each.scope.rule in self._rule_of and each.change.kind is not ChangeKind.RETRACTED:
                self._scope(each.scope).published[each.start] = Published(None, each.change.alert)
        self._refresh_benchmarks()
        self._note_dirty(self.watermarks.sealed_through)
        self._note_sealed(self.watermarks.sealed_through)
        self._judge_periods(self.watermarks.sealed_through)
        self._due.update(dict.fromkeys(self._scopes.values()))
        return self._tell(flush=True)

    def alerts(self) -> list[Alert]:
        """Return the alerts as last told, in order of id, the retracted left out."""
        told = (said.alert for scope in self._scopes.values() for said in scope.published.values())
        return sorted(told, key=lambda alert: alert.id)

    def lacks(self) -> list[Lack]:
        """Return what the rules over periods could not judge, in order: their coverage is insufficient."""
        return self._periods.lacks()

    def sizes(self) -> Sizes:
        """Return how much is remembered."""
        return Sizes(
            rows=len(self.memory),
            cells=sum(len(lane.cells) for lane in self.lanes.values()),
            episodes=sum(len(scope.published) for scope in self._scopes.values()),
            nbytes=self.memory.nbytes(),
        )

    def twins(self) -> list[tuple[str, ...]]:
        """
        Return, in order, the ids of records that agree in all but their id: perhaps one consignment declared twice.

        All of them count: content that repeats is a question to the declarant, no reason to drop a declaration.
        """
        memory, rows = self.memory, len(self.memory)
        alike: dict[tuple[int, ...], list[str]] = {}
        columns = (memory.shape, memory.party, memory.day, memory.value, memory.quantity)
        for row, content in enumerate(zip(*(column[:rows] for column in columns), strict=True)):
            if not memory.replaced[row] and content[0] != TOMBSTONE_SHAPE:
                alike.setdefault(content, []).append(memory.record_id(row))
        return sorted(tuple(sorted(ids)) for ids in alike.values() if len(ids) > 1)

    def _refresh_benchmarks(self) -> None:
        """Bring the benchmarks up to date with the dirty cells, and the cells with the benchmarks."""
        values: dict[str, list[tuple[object, int, int | None]]] = {}
        for lane, day in self._dirty:
            if lane.key.kind is Kind.TRADE:
                values.setdefault(lane.key.product, []).append((lane.key, day, lane.cells[day].unit_value()))
        for product, changes in values.items():
            for first, after in self._benchmark(product).update(changes):
                for lane in self.lanes.values():
                    if lane.key.product == product and lane.key.kind is Kind.TRADE:
                        for day in lane.days[bisect_left(lane.days, first) : bisect_left(lane.days, after)]:
                            self._repost(lane, day, reprice=False)

    def _draw_quotas(self) -> None:
        """Bring the use of tariff quotas up to date; days whose share in quota changed are dirty too."""
        for lane, day in list(self._dirty):
            if lane.key.kind is Kind.TRADE:
                for changed, changed_day in self.quotas.draw(lane, day, self._quota_draws(lane, day)):
                    if not changed.cells[changed_day].dirty:
                        changed.cells[changed_day].dirty = True
                        self._dirty.append((changed, changed_day))

    def _quota_draws(self, lane: Lane, day: int) -> dict[str, tuple[Quota, int]]:
        """Return what a lane's day draws on quotas: by floor, the quota and milligrams of content."""
        draws: dict[str, tuple[Quota, int]] = {}
        for key, tally in lane.cells[day].tallies.items():
            if key.judged not in (Judged.FLOOR, Judged.AMBIGUOUS):
                continue
            quota = self.normaliser.quota(key.detail, lane.key.origin, day)
            if quota is not None and quota.quantity is not None:
                before = draws[key.detail][1] if key.detail in draws else 0
                draws[key.detail] = (quota, before + tally.content_mg)
        return draws

    def _note_dirty(self, sealed: int) -> None:
        self._draw_quotas()
        for lane, day in self._dirty:
            lane.cells[day].dirty = False
            self._periods.note(lane, day)
            reason = self._reasons.get(lane.key)
            if reason is not None:
                self._period_reasons[lane.key.product] = reason
            for scope, rule in self._scopes_of(lane, day).items():
                scope.note(day)
                scope.reason = reason or scope.reason
                scope.reworded |= lane.key in self._reworded
                scope.flush |= day <= sealed or reason is Reason.REFERENCE_CHANGED
                scope.noisy = scope.noisy or not rule.quiet(lane, day)
                if scope.noisy and (day <= sealed or rule.immediate):
                    self._due[scope] = None
            if day > sealed:
                self._unsealed.setdefault(day, {})[lane.key] = lane
        self._dirty.clear()
        self._reasons.clear()
        self._reworded.clear()

    def _note_sealed(self, sealed: int) -> None:
        for day in sorted(day for day in self._unsealed if day <= sealed):
            for lane in self._unsealed.pop(day).values():
                self._due.update({scope: None for scope in self._watching[lane.key] if scope.noisy})
        for day in sorted(day for day in self._deadlines if day <= sealed):
            self._due.update(self._deadlines.pop(day))
        if month_of(sealed) != self._month:
            self._month = month_of(sealed)
            self._forget_postings(first_day(self._month - _POSTED_MONTHS))

    def _forget_postings(self, before: int) -> None:
        """Let go of the postings of days before *before*: their rows are posted, and seldom looked at again."""
        for by_day in self.postings:
            for day in [day for day in by_day if day < before]:
                del by_day[day]

    def _judge_periods(self, sealed: int) -> None:
        """Judge the periods that are sealed and not judged."""
        for key, day, finding, again in self._periods.judge(sealed):
            scope = self._scope(key)
            scope.find(day, finding)
            scope.flush = True
            scope.reworded |= again
            scope.reason = self._period_reasons.get(key.product) if again else scope.reason
            self._due[scope] = None
        self._period_reasons.clear()
        self._due.update(self._stale)
        self._stale.clear()

    def _scopes_of(self, lane: Lane, day: int) -> Mapping[Scope, Rule]:
        """Return the scopes that a lane belongs to, those that it enters on *day* among them."""
        watching = self._watching.get(lane.key)
        rules = self._daily_rules if watching is not None else self._lane_rules
        if watching is None:
            watching = self._watching[lane.key] = {}
        for rule in rules:
            if rule.kind is lane.key.kind:
                for scope in map(self._scope, rule.scope_keys(lane, day)):
                    if scope not in watching:
                        watching[scope] = rule
                        scope.watch(lane)
        return watching

    def _scope(self, key: ScopeKey) -> Scope:
        scope = self._scopes.get(key)
        if scope is None:
            scope = self._scopes[key] = Scope(key, self._rule_of[key.rule].initial)
        return scope

    def _tell(self, *, flush: bool) -> list[Told]:
        told = [each for scope in self._due for each in self._judge(scope, flush=flush)]
        self._due.clear()
        return told

    def _judge(self, scope: Scope, *, flush: bool) -> Iterator[Told]:
        rule = self._rule_of[scope.key.rule].at(scope.key.product, scope.key.origin)
        sealed = self.watermarks.sealed_through
        folded = scope.track.fold(scope.days, partial(rule.advance, scope), sealed)
        state = rule.settle(scope, folded, sealed)
        if (due := rule.due(scope, state)) != NEVER:
            self._deadlines.setdefault(due, {})[scope] = None
        episodes = {episode.start: episode for episode in rule.episodes(state)}
        for start in [start for start in scope.published if start not in episodes]:
            yield self._retract(scope, start)
        flush |= scope.flush
        for start, episode in episodes.items():
            told = self._update(rule, scope, start, episode, flush=flush)
            if told is not None:
                yield told
        if flush:
            scope.flush = scope.reworded = False
        if scope not in self._stale:
            scope.reason = None

    def _update(self, rule: Rule, scope: Scope, start: int, episode: Episode, *, flush: bool) -> Told | None:
        said = scope.published.get(start)
        if said is not None and said.episode is not None:
            if said.episode == episode and not scope.reworded:
                return None
            if not flush and _gist(rule, said.episode) == _gist(rule, episode):
                self._stale[scope] = None
                return None
        alert = self._reader.alert(rule, scope, episode)
        scope.published[start] = Published(episode, alert)
        kind = classify(said.alert if said else None, alert)
        return None if kind is None else self._told(scope, start, kind, alert)

    def _retract(self, scope: Scope, start: int) -> Told:
        said = scope.published.pop(start)
        return self._told(scope, start, ChangeKind.RETRACTED, replace(said.alert, state=State.RETRACTED))

    def _told(self, scope: Scope, start: int, kind: ChangeKind, alert: Alert) -> Told:
        seq = self.seqs[alert.id] = self.seqs.get(alert.id, 0) + 1
        change = AlertChange(
            id=f"{alert.id}:{seq}",
            alert_id=alert.id,
            seq=seq,
            kind=kind,
            reason=scope.reason or usual_reason(kind),
            at=alert.updated_at,
            alert=alert,
        )
        return Told(scope.key, start, change)


def _gist(rule: Rule, episode: Episode) -> tuple[object, ...]:
    """Return what of an episode is worth telling before its day is sealed."""
    return episode.opened, episode.closed, episode.ending, rule.story(episode)
