"""
The record that made the difference between two runs, alert by alert.

Alerts are a function of a set of records, the reference data and the days sealed.  So both runs are judged again, side
by side, by the rules and of the minerals that differ alone, with every day up to the end of the feed sealed from the
start: after each record the alerts are those of the feed up to it.  The record told is one *with which the two runs
differ in the alert and without which they do not*.  It is found by narrowing down: the feed in 32 parts, the part in
which the runs come apart in 32 again, until a part is one record; so a feed of a million records is judged four times,
not a million times.  A difference that comes and goes again within one part of the feed is not seen in that pass;
of several such records it is therefore the first at the grain of the parts.

Where the runs read different feeds it is the first record, in order of date, that only one of them read, of the
alert's product and way, else of its mineral.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from alerts.model import Alert
from streams.assembly import new_engine
from streams.engine import Engine
from streams.feeds.items import FeedError
from streams.market import Rules
from streams.normalise import Normaliser
from streams.records import Trade, mineral_of
from streams.runs.again import Judgement, Placed, feed_of, is_dated, judgement_of, mineral_named
from streams.runs.compare import Difference, days_of, same_but_for_rules
from streams.runs.errors import RunError
from streams.runs.manifest import Manifest
from streams.runs.reading import Run
from streams.shapes import Kind

PARTS: Final = 32
"""Into how many parts a stretch of the feed is divided in each pass."""


class FirstRecord(NamedTuple):
    """The record that made a difference, or what of the alerts tells where to look."""

    how: str
    """``replayed``: with it the runs differ, without it they do not; ``only in NAME``; ``told``: by the alert alone."""
    record: str
    """Its id; of a price tick instrument and day; empty where the alert names none."""
    day: str
    """Event date."""
    file: str = ""
    line: int = 0


def first_records(before: Run, after: Run, found: Sequence[Difference]) -> tuple[list[FirstRecord], str]:
    """Return the record that made each difference, and why some are those that the alerts name (empty where none)."""
    told = [_told(each) for each in found]
    if not found:
        return told, ""
    if before.manifest is None or after.manifest is None:
        return told, "a file of alerts does not say what it was made from: keep runs with replay --run"
    try:
        if _same_feed(before.manifest, after.manifest):
            return _by_replay(before.manifest, after.manifest, found, told)
        return _by_feed(before.manifest, after.manifest, found, told), ""
    except (RunError, FeedError, OSError) as error:
        return told, str(error)


# -- one feed, judged in two ways -------------------------------------------------------------------------------


def _by_replay(
    before: Manifest, after: Manifest, found: Sequence[Difference], told: list[FirstRecord]
) -> tuple[list[FirstRecord], str]:
    pair = _Pair(before, after, found)
    parted = pair.narrowed(range(len(found)))
    unseen = sum(number is None for number in parted.values())
    for index, number in parted.items():
        if number is not None:
            told[index] = _placed(pair.feed[number], "replayed")
    why = f"{unseen} of the alerts do not come out so again: the code is another since" if unseen else ""
    return told, why


class _Pair:
    """Two judgements of one feed, as far as it concerns some differences."""

    def __init__(self, before: Manifest, after: Manifest, found: Sequence[Difference]) -> None:
        self._found = found
        self._judgements = judgement_of(before), judgement_of(after)
        self._logged_on = before.options.as_of.toordinal()
        minerals = {mineral_of(each.alert.product) for each in found}
        rules = {each.alert.rule for each in found}
        self._rules = tuple(_only(judgement.rules, rules) for judgement in self._judgements)
        normaliser = Normaliser(self._judgements[0].book)
        self.feed: list[Placed] = []
        self._last_day = 0
        for placed in feed_of(before):
            if is_dated(before, placed.record.event_date):
                self._last_day = max(self._last_day, placed.record.event_date.toordinal())
            if mineral_named(normaliser, placed.record) in minerals:
                self.feed.append(placed)

    def narrowed(self, indexes: Iterable[int]) -> dict[int, int | None]:
        """Return for each difference the place of the record that made it, None where the two do not differ again."""
        whole = (0, len(self.feed)) if self.feed else None
        stretches: dict[int, tuple[int, int] | None] = dict.fromkeys(indexes, whole)
        cuts = set(_parts(*whole)) if whole else set()
        while cuts:
            self._pass(sorted({0, *cuts}), stretches)
            cuts = _cuts(stretch for stretch in stretches.values() if stretch is not None)
        return {index: None if stretch is None else stretch[0] for index, stretch in stretches.items()}

    def _pass(self, cuts: list[int], stretches: dict[int, tuple[int, int] | None]) -> None:
        """Judge the feed once in the parts that *cuts* make, and narrow each stretch down to one of them."""
        engines = [self._engine(number) for number in (0, 1)]
        open_stretches = {index: stretch for index, stretch in stretches.items() if stretch is not None}
        for low, high in pairwise(cuts):
            values = [placed.value for placed in self.feed[low:high]]
            alerts = [self._stepped(engine, values) for engine in engines]
            for index, (first, last) in list(open_stretches.items()):
                if first < high <= last and self._differ(index, *alerts):
                    stretches[index] = (low, high)
                    del open_stretches[index]
                elif high == last:
                    stretches[index] = None
                    del open_stretches[index]

    def _stepped(self, engine: Engine, values: list[bytes]) -> dict[str, Alert]:
        engine.step(values, logged_on=self._logged_on)
        return {alert.id: alert for alert in engine.alerts()}

    def _differ(self, index: int, before: dict[str, Alert], after: dict[str, Alert]) -> bool:
        return any(not same_but_for_rules(before.get(each), after.get(each)) for each in self._found[index].ids)

    def _engine(self, number: int) -> Engine:
        judgement: Judgement = self._judgements[number]
        normaliser = Normaliser(judgement.book, hindsight=judgement.settings.hindsight)
        engine = new_engine(judgement.settings, normaliser, self._rules[number])
        # As if both topics had ended with the last day: what is known of the feed so far is judged at once.
        engine.end_days.update({Kind.TRADE: self._last_day, Kind.TICK: self._last_day})
        return engine


def _cuts(stretches: Iterable[tuple[int, int]]) -> set[int]:
    """Return where stretches longer than a record are cut, and where all of them begin and end; none where all are."""
    listed = list(stretches)
    if all(last - first <= 1 for first, last in listed):
        return set()
    return {cut for first, last in listed for cut in _parts(first, last)}


def _parts(first: int, last: int) -> Iterator[int]:
    parts = min(PARTS, last - first)
    return (first + (last - first) * part // parts for part in range(parts + 1))


def _only(rules: Rules, names: set[str]) -> Rules:
    return Rules(tuple(rule for rule in rules.rules if rule.name in names), rules.digest)


# -- two feeds --------------------------------------------------------------------------------------------------


def _by_feed(
    before: Manifest, after: Manifest, found: Sequence[Difference], told: list[FirstRecord]
) -> list[FirstRecord]:
    alone = sorted(
        [*_alone(before, after), *_alone(after, before)],
        key=lambda each: (each[1].record.event_date, each[0], each[1].path, each[1].line),
    )
    firsts = []
    for index, difference in enumerate(found):
        last = days_of(difference.alert)[1]
        known = [each for each in alone if each[1].record.event_date <= last]
        closest = next(
            (each for fits in (_is_of_way, _is_of_mineral) for each in known if fits(each[1], difference.alert)), None
        )
        firsts.append(told[index] if closest is None else _placed(closest[1], f"only in {closest[0]}"))
    return firsts


def _alone(manifest: Manifest, other: Manifest) -> list[tuple[str, Placed]]:
    """Return the records of one run that the other did not read."""
    theirs = {placed.value for placed in feed_of(other)}
    return [(manifest.run, placed) for placed in feed_of(manifest) if placed.value not in theirs]


def _is_of_way(placed: Placed, alert: Alert) -> bool:
    record = placed.record
    if record.product != alert.product or not isinstance(record, Trade):
        return record.product == alert.product
    return alert.origin in {None, record.origin} and alert.destination in {None, record.destination}


def _is_of_mineral(placed: Placed, alert: Alert) -> bool:
    return mineral_of(placed.record.product or "") == mineral_of(alert.product)


def _same_feed(before: Manifest, after: Manifest) -> bool:
    """Return whether two runs read the same records: the same files in the same order, and the same part of them."""
    return [each.sha256 for each in before.inputs] == [each.sha256 for each in after.inputs] and (
        _part(before) == _part(after)
    )


def _part(manifest: Manifest) -> tuple[object, ...]:
    options = manifest.options
    days = options.as_of, options.first_day, options.last_day, options.log_from, options.log_until
    return *days, options.products, options.origins, options.feed


# -- as told ----------------------------------------------------------------------------------------------------


def _told(difference: Difference) -> FirstRecord:
    """Return what the alert itself names: its worst record, else its first day."""
    alert = difference.alert
    record = alert.evidence.get("worst_record")
    if isinstance(record, dict) and record.get("record_id"):
        return FirstRecord("told", str(record["record_id"]), str(record.get("event_date", "")))
    return FirstRecord("told", "", alert.opened_at[:10])


def _placed(placed: Placed, how: str) -> FirstRecord:
    record = placed.record
    name = record.id if isinstance(record, Trade) else f"{record.instrument}@{record.event_date}"
    return FirstRecord(how, name, record.event_date.isoformat(), str(placed.path), placed.line)
