"""What a run was made from, read again from its manifest: to judge parts of it once more."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from streams.assembly import rules_of
from streams.engine import FIRST_DAY
from streams.feed_records import Progress, ReplayOptions, read_records
from streams.market import Rules
from streams.normalise import Normaliser
from streams.records import PriceTick, Trade, encode_record, mineral_of
from streams.reference.book import ReferenceBook
from streams.reference.schedule_file import ScheduleErrors
from streams.replay import load_book
from streams.routing import RefusedError
from streams.runs.errors import RunError
from streams.runs.manifest import Manifest, changed_inputs
from streams.selection import Selection
from streams.settings import Settings


class Placed(NamedTuple):
    """A record as it travels, and where it stood."""

    value: bytes
    record: Trade | PriceTick
    path: Path
    line: int


class Judgement(NamedTuple):
    """What a run judged by."""

    book: ReferenceBook
    rules: Rules
    settings: Settings


def judgement_of(manifest: Manifest) -> Judgement:
    """
    Return the reference data, rules and settings that a run judged by.

    Raises :class:`RunError` where a file of it is not what it was, or the run was judged elsewhere.
    """
    if manifest.way != "direct":
        raise RunError(f"{manifest.run} was judged by workers: what they judged by is not in the run")
    if changed := changed_inputs(manifest):
        raise RunError(f"{manifest.run} cannot be judged again: {'; '.join(changed)}")
    _check_files(manifest)
    options = manifest.options
    settings = Settings(
        rules=manifest.rules.path or "",
        hindsight=options.hindsight,
        grace_days=options.grace_days,
        allowed_lateness_days=options.allowed_lateness_days,
        future_skew_days=options.future_skew_days,
    )
    rules = _rules(manifest, settings)
    if rules.digest != manifest.rules.digest:
        raise RunError(f"{manifest.run} cannot be judged again: its rules {manifest.rules.digest} are others now")
    schedules = [each.path or each.name or "" for each in manifest.floors]
    book = load_book(schedules, [Path(each.path) for each in manifest.rates if each.path])
    if book.digest() not in {each.digest for each in manifest.reference}:
        raise RunError(f"{manifest.run} cannot be judged again: its reference data came from elsewhere than its files")
    return Judgement(book, rules, settings)


def _rules(manifest: Manifest, settings: Settings) -> Rules:
    path = manifest.rules.path
    if path and not Path(path).is_file():
        raise RunError(f"{manifest.run} cannot be judged again: its rule file {path} is not there")
    try:
        return rules_of(settings)
    except ScheduleErrors as error:
        raise RunError(f"{manifest.run} cannot be judged again: its rule file was changed since; {error}") from error


def options_of(manifest: Manifest) -> ReplayOptions:
    """Return which part of its feed a run took, and what was declared of its files."""
    options = manifest.options
    return ReplayOptions(
        as_of=options.as_of,
        first_day=options.first_day,
        last_day=options.last_day,
        feed=options.feed,
        goods=Selection(products=options.products, origins=options.origins),
        sort=options.sort,
    )


def feed_of(manifest: Manifest) -> Iterator[Placed]:
    """Yield the records that a run read, in the order in which it read them; raises :class:`RunError` for a log's."""
    _check_files(manifest)
    for record, path, line in read_records(files_of(manifest), options_of(manifest), Progress()):
        yield Placed(encode_record(record), record, path, line)


def _check_files(manifest: Manifest) -> None:
    if manifest.of_log:
        raise RunError(f"{manifest.run} was made from the record of a log: only feed files are judged again")


def files_of(manifest: Manifest) -> Sequence[Path]:
    """Return the feed files of a run."""
    return [Path(each.path) for each in manifest.inputs]


def mineral_named(normaliser: Normaliser, record: Trade | PriceTick) -> str:
    """Return the mineral that a record is judged under, empty where it is refused."""
    try:
        return mineral_of(normaliser.route(record).shape.product)
    except (RefusedError, ValueError):
        return ""


def is_dated(manifest: Manifest, day: date) -> bool:
    """Return whether a record of *day* was taken for what it says: neither too old nor in the run's future."""
    return FIRST_DAY <= day.toordinal() <= manifest.options.as_of.toordinal() + manifest.options.future_skew_days
