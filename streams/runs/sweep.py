"""
Sweeps: one feed judged again and again while a floor's level, or a rule's threshold, goes through a range.

Each step is a replay of its own, so its figures are those that ``floorwatch replay`` comes to with that floor or
threshold.  What cannot change is left out: of a floor's sweep every other mineral, of a threshold's every other rule.
Steps are divided between processes; each reads the feed once and keeps the records it needs.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from alerts.model import Severity
from streams.assembly import new_engine, rules_of
from streams.crew import Crew
from streams.engine import FIRST_DAY, Engine
from streams.exact import decimal_text, fraction, micros_text
from streams.feed_records import Progress, ReplayOptions, read_records
from streams.market import Rules
from streams.normalise import Normaliser
from streams.records import encode_record, mineral_of
from streams.reference.book import ReferenceBook
from streams.reference.floor import Floor
from streams.reference.wire import decode, encode
from streams.rules.digest import rules_digest
from streams.rules.rule import Rule
from streams.rules.rule_file import choices, read_rules
from streams.runs.again import mineral_named
from streams.settings import Settings
from streams.shapes import Kind

STEPS_MOST: Final = 10_000


class SweepError(ValueError):
    """Raised for a sweep that cannot be meant: says what was found and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep changes."""

    product: str = ""
    """Of a floor's sweep, the floor's; of a threshold's empty."""
    floors: tuple[str, ...] = ()
    """The floor ids whose every version gets the level."""
    rule: str = ""
    setting: str = ""
    unit: str = ""
    """What the level counts, in words."""
    now: str = ""
    """What holds without the sweep, in words."""
    whole: bool = False
    """Whether only whole numbers can be set."""

    @property
    def title(self) -> str:
        """The sweep in words."""
        return f"{self.rule}.{self.setting}" if self.rule else f"floor of {self.product}, {self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the feed comes to at one level."""

    level: str
    """Decimal text; empty: nothing changed, as it is now."""
    by_rule: dict[str, int]
    by_severity: dict[str, int]
    levy_usd: str
    """Due on everything that landed below its floor."""
    below_kg: str
    """Content that did."""
    lanes_below: int
    """Ways (product, origin, destination) on which it did."""
    lanes_alerted: int
    """Ways that an alert names."""
    records: int = 0
    """How many were judged; of a floor's sweep, records of its mineral."""
    refused: dict[str, int] = field(default_factory=dict)
    """Rows and records that went nowhere, by reason; of a floor's sweep, records of its mineral."""

    @property
    def alerts(self) -> int:
        """How many alerts stand."""
        return sum(self.by_rule.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """All that a process needs to know; it travels."""

    files: tuple[Path, ...]
    options: ReplayOptions
    settings: Settings
    entries: tuple[bytes, ...] = field(repr=False)
    swept: Swept


def floor_sweep(book: ReferenceBook, name: str) -> Swept:
    """
    Return the sweep of the floors of a product, or of one floor by its id.

    Raises :class:`SweepError` where there is none, or where one level cannot stand for all of them.
    """
    floors = [floor for floor in book.floors if name in {floor.product, floor.floor_id} and floor.value is not None]
    if not floors:
        known = sorted({floor.product for floor in book.floors})
        raise SweepError(f"there is no floor of {name!r}: name files with --floors; known are {', '.join(known)}")
    bases = sorted({_basis(floor) for floor in floors})
    if len(bases) > 1:
        several = ", ".join(sorted({floor.floor_id for floor in floors}))
        raise SweepError(f"the floors of {name} are in {' and in '.join(bases)}: name one by its id, of {several}")
    ids = tuple(sorted({floor.floor_id for floor in floors}))
    values = ", ".join(dict.fromkeys(str(floor.value) for floor in floors))
    return Swept(product=floors[0].product, floors=ids, unit=bases[0], now=values)


def threshold_sweep(rules: Sequence[Rule], name: str) -> Swept:
    """Return the sweep of a threshold, ``rule.setting``; raises :class:`SweepError` for what is not one number."""
    rule_name, _, setting = name.partition(".")
    rule = next((rule for rule in rules if rule.name == rule_name), None)
    if rule is None:
        raise SweepError(f"there is no rule {rule_name!r}: floorwatch rules list shows those there are")
    numbers = {each.name: each for each in choices(rule) if _is_number(each.value)}
    if setting not in numbers:
        raise SweepError(f"{rule_name} has no number {setting!r}: known are {', '.join(numbers)}")
    choice = numbers[setting]
    return Swept(
        rule=rule_name,
        setting=setting,
        unit=choice.meaning,
        now="none" if choice.value is None else decimal_text(choice.value),
        whole=not isinstance(choice.value, Fraction),
    )


def levels(first: Fraction, last: Fraction, steps: int, *, whole: bool = False) -> list[str]:
    """
    Return *steps* levels from *first* to *last*, both among them, evenly spaced to six decimals.

    With *whole* they are rounded to whole numbers, and fewer where two come to the same.  Raises :class:`SweepError`.
    """
    if not 1 <= steps <= STEPS_MOST:
        raise SweepError(f"steps must be from 1 to {STEPS_MOST:,}, were {steps:,}")
    if first < 0 or last < first:
        raise SweepError(f"levels rise from 0 or more, were {decimal_text(first)} to {decimal_text(last)}")
    if steps == 1 and first != last:
        raise SweepError("one step is one level: take more --steps, or a --to that is --from")
    width = (last - first) / max(1, steps - 1)
    exact = [first + width * step for step in range(steps)]
    return list(dict.fromkeys(decimal_text(Fraction(round(each)) if whole else each) for each in exact))


def sweep(
    task: Task, values: Sequence[str], *, processes: int, hear: Callable[[int], None] = lambda _: None
) -> list[Step]:
    """
    Return what the feed comes to as it is, and at each of *values*, in their order; *hear* is told how many are done.

    Raises what the readers of feeds raise, and :class:`SweepError` for a level that cannot be.
    """
    _check_levels(task, values)
    wanted = ["", *values]
    if processes == 1:
        bench, found = _Bench(task), []
        for done, level in enumerate(wanted, 1):
            found.append(bench.step(level))
            hear(done)
        return found
    return _divided(task, wanted, min(processes, len(wanted)), hear)


def _divided(task: Task, wanted: Sequence[str], processes: int, hear: Callable[[int], None]) -> list[Step]:
    """Have each process judge the next level whenever it has done one."""
    found: dict[int, Step] = {}
    with Crew(_steps, [task] * processes) as crew:
        at = list(range(processes))
        for number, place in enumerate(at):
            crew.tell(number, wanted[place])
        begun = processes
        for number, step in crew.answers():
            found[at[number]] = step
            hear(len(found))
            crew.tell(number, wanted[begun] if begun < len(wanted) else None)
            at[number], begun = begun, begun + 1
    return [found[place] for place in range(len(wanted))]


class _Bench:
    """One process's feed, in memory as far as the sweep concerns it, and what is judged by."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._book = ReferenceBook(entries=[decode(entry) for entry in task.entries])
        self._as_of = task.options.as_of.toordinal()
        self._rules = rules_of(task.settings)
        self._floors = [floor for floor in self._book.floors if floor.floor_id in task.swept.floors]
        self._last_day = 0
        self._rejected: Counter[str] = Counter()
        self._values = list(self._read())

    def step(self, level: str) -> Step:
        """Return what the feed comes to at *level*."""
        for floor in self._floors:
            self._book.apply(replace(floor, value=level) if level and floor.value is not None else floor)
        normaliser = Normaliser(self._book, hindsight=self._task.settings.hindsight)
        engine = new_engine(self._task.settings, normaliser, self._rules_at(level))
        refused = engine.step(self._values, logged_on=self._as_of).refused
        engine.end(self._last_day)
        went_nowhere = self._rejected + Counter(str(each.reason) for each in refused)
        return _outcome(level, engine, went_nowhere, len(self._values) - len(refused))

    def _read(self) -> Iterator[bytes]:
        """Yield the values to judge, and take note of the last day of the whole feed: that far all is sealed."""
        mineral, normaliser = mineral_of(self._task.swept.product), Normaliser(self._book)
        latest = self._as_of + self._task.settings.future_skew_days
        progress = Progress(rejected=self._rejected)
        for record, _, _ in read_records(self._task.files, self._task.options, progress):
            day = record.event_date.toordinal()
            if FIRST_DAY <= day <= latest:
                self._last_day = max(self._last_day, day)
            if not mineral or mineral_named(normaliser, record) == mineral:
                yield encode_record(record)

    def _rules_at(self, level: str) -> Rules:
        swept = self._task.swept
        return rules_at(swept, self._rules, level) if swept.rule else self._rules


def rules_at(swept: Swept, rules: Rules, level: str) -> Rules:
    """
    Return the swept rule alone, its threshold at *level*, as it is where that is empty; overrides for goods stay.

    Raises :class:`streams.reference.schedule_file.ScheduleErrors` for a level that the rule does not take.
    """
    own = tuple(rule for rule in rules.rules if rule.name == swept.rule)
    if level:
        value = level if swept.whole else f'"{level}"'
        own = read_rules(f'[[rule]]\nname = "{swept.rule}"\n{swept.setting} = {value}\n', "sweep.toml", own)
    return Rules(own, rules_digest(own))


def _check_levels(task: Task, values: Sequence[str]) -> None:
    """Refuse a level before anything is read: what is wrong in another process is hard to say."""
    if task.swept.rule:
        for level in values:
            rules_at(task.swept, rules_of(task.settings), level)
    elif any(fraction(level) <= 0 for level in values):
        raise SweepError("a floor is above 0: begin with --from 0.1, say")


class _Below(NamedTuple):
    levy_uusd: int
    content_mg: int


def _outcome(level: str, engine: Engine, refused: Counter[str], records: int) -> Step:
    alerts = engine.alerts()
    severities = Counter(str(alert.severity) for alert in alerts)
    below = {key: sums for key, sums in _below(engine) if sums.content_mg}
    return Step(
        level=level,
        by_rule=dict(sorted(Counter(alert.rule for alert in alerts).items())),
        by_severity={str(severity): severities[severity] for severity in Severity},
        levy_usd=micros_text(sum(sums.levy_uusd for sums in below.values())),
        below_kg=micros_text(sum(sums.content_mg for sums in below.values())),
        lanes_below=len(below),
        lanes_alerted=len({(a.product, a.origin, a.destination) for a in alerts if a.origin and a.destination}),
        records=records,
        refused=dict(sorted(refused.items())),
    )


def _below(engine: Engine) -> Iterator[tuple[Any, _Below]]:
    """Yield what landed below its floor on each lane."""
    for market in engine.markets.values():
        for key, lane in market.lanes.items():
            if key.kind is Kind.TRADE:
                cells = lane.cells.values()
                yield (
                    key,
                    _Below(
                        sum(cell.total("below_levy_uusd") for cell in cells),
                        sum(cell.total("below_content_mg") for cell in cells),
                    ),
                )


def _steps(far: Connection, task: Task) -> None:
    """Read the feed, once for all levels that this process is given, and answer each with what it comes to."""
    bench = _Bench(task)
    while (level := far.recv()) is not None:
        far.send(bench.step(level))


def _is_number(value: Any) -> bool:
    return (value is None or isinstance(value, int | Fraction)) and not isinstance(value, bool)


def _basis(floor: Floor) -> str:
    """Return what a floor's value counts: a level can stand for floors of one basis only."""
    content = "" if floor.content_basis == "gross" else f" of {floor.content_basis}"
    return f"{floor.currency}/{floor.unit}{content}, {floor.incoterm}"


def task_of(
    files: Sequence[Path], *, options: ReplayOptions, settings: Settings, book: ReferenceBook, swept: Swept
) -> Task:
    """Return what a sweep's processes need to know."""
    entries = tuple(encode(entry) for entry in book)
    return Task(files=tuple(files), options=options, settings=settings, entries=entries, swept=swept)
