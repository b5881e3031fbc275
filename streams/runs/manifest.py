"""The manifest of a run: what it was made from, by what, and the digests of what came of it."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec

import alerts
import streams
from streams.archive.manifest import NAME as ARCHIVE
from streams.archive.manifest import is_archive
from streams.assembly import rules_of
from streams.feed_records import ReplayOptions
from streams.feeds.feed import open_feed
from streams.feeds.options import FeedOptions
from streams.file_hash import sha256_of
from streams.log_source import WHOLE, Period
from streams.reference.book import ReferenceBook
from streams.reference.schedule_file import load_shipped
from streams.reference.wire import encode
from streams.settings import Settings

MANIFEST: Final = "manifest.json"
ALERTS: Final = "alerts.jsonl"
SERIES: Final = "series.jsonl"

VERSION: Final = 2
"""Of the form of a manifest; 1 called short digests ``sha256``."""

_ARCHIVE: Final = "archive"


class InputFile(msgspec.Struct, frozen=True, kw_only=True):
    """A feed file that was read."""

    path: str
    """As it was named, made absolute."""
    bytes: int
    sha256: str
    format: str
    """The adapter that read it; ``archive`` where the file is the manifest of one, which names all others."""


class ReferenceFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of floors, other reference data or rates; or a shipped schedule, which has a name and no path."""

    sha256: str
    """Of the file's bytes; of a shipped schedule, of its entries."""
    path: str | None = None
    name: str | None = None


class ReferenceData(msgspec.Struct, frozen=True, kw_only=True):
    """All reference data, as they were applied together."""

    name: str
    digest: str
    """16 hexadecimal digits that equal reference data have, :meth:`streams.reference.book.ReferenceBook.digest`."""


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """The rules that judged."""

    path: str | None
    """The rule file, None for the shipped thresholds."""
    digest: str
    """12 hexadecimal digits that equal rule sets have; every alert carries it as ``rule_set``."""


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What of the feed was taken, and the settings that a judgement depends on."""

    as_of: date
    first_day: date | None = None
    last_day: date | None = None
    log_from: str | None = None
    """Of a log: the first instant that was taken, by its time; ISO 8601, UTC."""
    log_until: str | None = None
    """Of a log: the instant before which records were taken."""
    products: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    feed: FeedOptions = FeedOptions()
    """What was declared of how the files are read."""
    sort: bool = False
    """Whether each file was put in order of date first."""
    hindsight: bool = False
    grace_days: int = 3
    allowed_lateness_days: int = -1
    future_skew_days: int = 1

    @property
    def declared(self) -> tuple[str, ...]:
        """What was declared of the files, as ``--declare`` takes it: ``flow=export``, ``sort=yes``."""
        said = [
            (each.name.replace("_", "-"), value)
            for each in fields(FeedOptions)
            if each.name != "hs_codes" and (value := getattr(self.feed, each.name)) != each.default
        ]
        said += [("hs", code) for code in self.feed.hs_codes]
        said += [("sort", "yes")] if self.sort else []
        return tuple(f"{name}={value}" for name, value in said)

    @property
    def taken(self) -> tuple[str, ...]:
        """What part of the feed was taken, and what was declared of it, in the words of the options."""
        said = [
            ("--from", self.first_day or self.log_from),
            ("--to", self.last_day),
            ("--to before", self.log_until),
            *(("--products", each) for each in self.products),
            *(("--origins", each) for each in self.origins),
            *(("--declare", each) for each in self.declared),
        ]
        return tuple(f"{name} {value}" for name, value in said if value is not None)


class Form(msgspec.Struct, frozen=True):
    """Of a manifest, in which form it is written."""

    v: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All that a run was made from; equal manifests but for name, time and summary mean equal alerts."""

    run: str
    made_at: str
    """ISO 8601, UTC."""
    code_version: str
    code_sha256: str = ""
    """Of the source files of the installation, which tells two of one version apart, :func:`code_digest`."""
    way: str
    """``direct``, or ``kafka`` where workers judged: their floors, rates and rules are then not known here."""
    inputs: tuple[InputFile, ...]
    floors: tuple[ReferenceFile, ...] = ()
    rates: tuple[ReferenceFile, ...] = ()
    reference: tuple[ReferenceData, ...] = ()
    """One entry; none where workers have data of their own."""
    rules: RuleSet
    options: RunOptions
    summary: dict[str, Any]
    """What the command says of the run with ``--json``."""
    outputs: dict[str, str] = {}
    """Digests (SHA-256) of the other files of the folder, by name."""
    v: int = VERSION

    @property
    def of_log(self) -> bool:
        """Whether it was made from the record of a log."""
        return any(each.format == _ARCHIVE for each in self.inputs)


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is made from, as it was named: feeds, schedules (names of shipped ones or files), rates."""

    files: tuple[Path, ...]
    schedules: tuple[str, ...]
    rates: tuple[Path, ...] = ()
    period: Period = WHOLE
    """Of a log, the part that was taken."""


def manifest_of(
    *,
    run: str,
    made_at: str,
    code_version: str,
    way: str,
    sources: Sources,
    book: ReferenceBook | None,
    settings: Settings,
    options: ReplayOptions,
    summary: dict[str, Any],
) -> Manifest:
    """Return the manifest of a run, its outputs still to be named; *book* is None where workers have one of theirs."""
    log_from, log_until = sources.period.instants
    return Manifest(
        run=run,
        made_at=made_at,
        code_version=code_version,
        code_sha256=code_digest(),
        way=way,
        inputs=tuple(_input(path, options) for path in sources.files),
        floors=tuple(_schedule(name) for name in sources.schedules),
        rates=tuple(ReferenceFile(path=_absolute(path), sha256=sha256_of(path)) for path in sources.rates),
        reference=() if book is None else (ReferenceData(name="all of it", digest=book.digest()),),
        rules=RuleSet(path=_absolute(settings.rules) if settings.rules else None, digest=rules_of(settings).digest),
        options=RunOptions(
            as_of=options.as_of,
            first_day=options.first_day,
            last_day=options.last_day,
            log_from=log_from,
            log_until=log_until,
            products=options.goods.products,
            origins=options.goods.origins,
            feed=options.feed,
            sort=options.sort,
            hindsight=settings.hindsight,
            grace_days=settings.grace_days,
            allowed_lateness_days=settings.allowed_lateness_days,
            future_skew_days=settings.future_skew_days,
        ),
        summary=summary,
    )


def code_digest() -> str:
    """Return the SHA-256 of the source files of both packages, by name: a changed line is another program."""
    folders = [Path(str(package.__file__)).parent for package in (alerts, streams)]
    files = sorted((path.relative_to(folder.parent).as_posix(), path) for folder in folders for path in _source(folder))
    return _digest(part for name, path in files for part in (f"{name}\n".encode(), path.read_bytes()))


def _source(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*.py") if path.is_file())


def changed_inputs(manifest: Manifest) -> list[str]:
    """Return what of the files that a run was made from is no longer there as it was, in words."""
    return [*_changed(manifest.inputs), *_changed((*manifest.floors, *manifest.rates))]


def _changed(files: Sequence[InputFile | ReferenceFile]) -> Iterable[str]:
    for each in files:
        if each.path is None:
            if _schedule(str(getattr(each, "name", ""))).sha256 != each.sha256:
                yield f"the shipped schedule {getattr(each, 'name', '')} is another since"
        elif not Path(each.path).is_file():
            yield f"{each.path} is not there"
        elif sha256_of(Path(each.path)) != each.sha256:
            yield f"{each.path} was changed since"


def _input(path: Path, options: ReplayOptions) -> InputFile:
    form = _ARCHIVE if is_archive(path.parent) and path.name == ARCHIVE else open_feed(path, options.feed).format
    return InputFile(path=_absolute(path), bytes=path.stat().st_size, sha256=sha256_of(path), format=form)


def _schedule(name: str) -> ReferenceFile:
    path = Path(name)
    if path.is_file():
        return ReferenceFile(path=_absolute(path), sha256=sha256_of(path))
    return ReferenceFile(name=name, sha256=_digest(encode(entry) + b"\n" for entry in load_shipped(name)))


def _digest(blocks: Iterable[bytes]) -> str:
    state = hashlib.sha256()
    for block in blocks:
        state.update(block)
    return state.hexdigest()


def _absolute(path: Path | str) -> str:
    return str(Path(path).absolute())
