"""
Policy files: what an installation mutes, written by people.

A file is TOML.  ``[[storm]]`` and ``[[flap]]`` set how many alerts are too many, for a ``rule`` or, without one, for
all; ``[[inhibition]]`` has open alerts of one rule mute less serious ones of others; ``[[silence]]`` mutes what it
names for a time.  Inhibitions come to the shipped ones unless ``shipped_inhibitions = false`` says otherwise; what is
not named stays as it is.  All that is wrong is said at once, each with its line; no key is ignored.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec

from alerts.actions import AlertMatch, Instant, Name, Silence, Text
from alerts.lifecycle import FlapPolicy
from alerts.model import Alert
from alerts.suppression import ActiveSilence, Inhibition, StormPolicy, SuppressionPolicy
from streams.reference.schedule_file import ScheduleErrors
from streams.reference.schedule_text import ScheduleError, Table, read_tables
from streams.rules import RULES

SILENCE_PREFIX: Final = "policies:"
"""What the ids of silences that a file makes begin with."""
_SHIPPED: Final = "shipped_inhibitions"
_RULE_NAMES: Final = tuple(rule.name for rule in RULES)
_KINDS: Final = ("storm", "flap", "inhibition", "silence", _SHIPPED)

Count = Annotated[int, msgspec.Meta(ge=0)]
S = TypeVar("S", bound=msgspec.Struct)


class StormTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[[storm]]``: how many alerts of a rule may be open before more of them interrupt nobody."""

    rule: Name | None = None
    most: Count = StormPolicy().most
    calm: Count = StormPolicy().calm


class FlapTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[[flap]]``: when a subject that keeps opening interrupts nobody."""

    rule: Name | None = None
    enter: Count = FlapPolicy().enter
    leave: Count = FlapPolicy().leave
    window_days: Count = FlapPolicy().window_days


class SilenceTable(AlertMatch, frozen=True, kw_only=True):
    """``[[silence]]``: what it is for, among the fields of an alert, and how long."""

    name: Name
    starts_at: Instant
    ends_at: Instant
    reason: Text
    ticket: Name | None = None


def read_policies(text: str, name: str) -> SuppressionPolicy:
    """Return what the file *text* mutes; raises :class:`ScheduleErrors` with everything that is wrong, by line."""
    if not name.endswith(".toml"):
        raise ScheduleErrors(name, [ScheduleError(1, "a policy file is TOML: call it something.toml")])
    tables, errors = read_tables(text, name)
    reading = _Reading(errors)
    reading.check_kinds(tables)
    storms = reading.by_rule(tables, "storm", StormTable, lambda read: StormPolicy(most=read.most, calm=read.calm))
    flaps = reading.by_rule(tables, "flap", FlapTable, _flap_policy)
    inhibitions = reading.each(tables, "inhibition", Inhibition, _inhibition)
    silences = reading.each(tables, "silence", SilenceTable, lambda read: _silence(read, name))
    reading.check_names(tables)
    shipped = reading.shipped(tables)
    if errors:
        raise ScheduleErrors(name, errors)
    default = SuppressionPolicy()
    return SuppressionPolicy(
        inhibitions=(*(default.inhibitions if shipped else ()), *inhibitions),
        storm=storms.pop(None, default.storm),
        storms={rule: each for rule, each in storms.items() if rule is not None},
        flap=flaps.pop(None, default.flap),
        flaps={rule: each for rule, each in flaps.items() if rule is not None},
        silences=tuple(silences),
    )


def load_policies(path: Path) -> SuppressionPolicy:
    """Return what the file at *path* mutes; raises as :func:`read_policies` does, and ``OSError``."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ScheduleErrors(str(path), [ScheduleError(line, "the text is not UTF-8: save it as UTF-8")]) from error
    return read_policies(text, str(path))


T = TypeVar("T")


class _Reading:
    """Reads tables and adds what is wrong with them to *errors*."""

    def __init__(self, errors: list[ScheduleError]) -> None:
        self._errors = errors

    def check_kinds(self, tables: Iterable[Table]) -> None:
        for table in tables:
            if table.kind not in _KINDS:
                self._errors.append(ScheduleError(table.line, f"{table.kind} is unknown; {_hint(table.kind, _KINDS)}"))

    def check_names(self, tables: Iterable[Table]) -> None:
        seen: set[str] = set()
        for table in tables:
            name = table.fields.get("name")
            if table.kind == "silence" and isinstance(name, str):
                if name in seen:
                    self._errors.append(ScheduleError(table.line_of("name"), f"there is a silence {name!r} already"))
                seen.add(name)

    def shipped(self, tables: Iterable[Table]) -> bool:
        found = True
        for table in tables:
            if table.kind == _SHIPPED:
                found = table.fields.get(_SHIPPED) is True
                if table.fields.get(_SHIPPED) not in (True, False):
                    self._errors.append(ScheduleError(table.line, f"{_SHIPPED} is true or false"))
        return found

    def by_rule(self, tables: Iterable[Table], kind: str, form: type[S], made: Callable[[S], T]) -> dict[str | None, T]:
        """Return what tables of a kind come to, by rule; None is for all that are not named."""
        found: dict[str | None, T] = {}
        for table in tables:
            if table.kind != kind:
                continue
            rule = table.fields.get("rule")
            if rule in found:
                which = f"rule {rule}" if rule else "all rules"
                self._errors.append(ScheduleError(table.line, f"there is a {kind} for {which} already"))
                continue
            for each in self.each([table], kind, form, made):
                found[rule] = each
        return found

    def each(self, tables: Iterable[Table], kind: str, form: type[S], made: Callable[[S], T]) -> list[T]:
        """Return what each table of a kind comes to."""
        found = []
        for table in tables:
            if table.kind != kind:
                continue
            read = self._read(table, form)
            if read is not None:
                try:
                    found.append(made(read))
                except ValueError as error:
                    self._errors.append(ScheduleError(table.line, str(error)))
        return found

    def _read(self, table: Table, form: type[S]) -> S | None:
        before = len(self._errors)
        fields = {each.name: each for each in msgspec.structs.fields(form)}
        values: dict[str, Any] = {}
        for name, value in table.fields.items():
            if name not in fields:
                self._errors.append(
                    ScheduleError(table.line_of(name), f"{name} is no key of {table.kind}; {_hint(name, list(fields))}")
                )
                continue
            try:
                values[name] = msgspec.convert(_plain(value), fields[name].type)
            except msgspec.ValidationError as error:
                self._errors.append(ScheduleError(table.line_of(name), f"{name}: {error}"))
                continue
            self._check_rules(table, name, values[name])
        missing = [name for name, each in fields.items() if each.required and name not in table.fields]
        if table.whole:
            self._errors += [ScheduleError(table.line, f"{table.kind} lacks {name}") for name in missing]
        return form(**values) if len(self._errors) == before and not missing else None

    def _check_rules(self, table: Table, name: str, value: Any) -> None:
        if name in ("rule", "source_rule", "target_rules"):
            named = [value] if isinstance(value, str) else value or ()
            self._errors += [
                ScheduleError(table.line_of(name), f"there is no rule {each!r}; {_hint(each, _RULE_NAMES)}")
                for each in named
                if each not in _RULE_NAMES
            ]


def _flap_policy(read: FlapTable) -> FlapPolicy:
    return FlapPolicy(enter=read.enter, leave=read.leave, window_days=read.window_days)


def _inhibition(read: Inhibition) -> Inhibition:
    strange = [name for name in read.equal if name not in Alert.__struct_fields__]
    if strange:
        raise ValueError(f"equal: an alert has no field {strange[0]!r}; {_hint(strange[0], Alert.__struct_fields__)}")
    if not read.target_rules:
        raise ValueError("target_rules is empty: name the rules that are muted")
    return read


def _silence(read: SilenceTable, file: str) -> ActiveSilence:
    match = AlertMatch(**{name: getattr(read, name) for name in AlertMatch.__struct_fields__})
    if match.empty:
        raise ValueError(f"a silence names what it is for, with one at least of {', '.join(match.__struct_fields__)}")
    if read.starts_at >= read.ends_at:
        raise ValueError(f"a silence ends after it starts; was {read.starts_at} to {read.ends_at}")
    return ActiveSilence(
        id=f"{SILENCE_PREFIX}{read.name}",
        created_by=Path(file).name,
        created_at=read.starts_at,
        silence=Silence(
            match=match, starts_at=read.starts_at, ends_at=read.ends_at, reason=read.reason, ticket=read.ticket
        ),
    )


def _plain(value: Any) -> Any:
    """Return a value of TOML as one of JSON: an instant as text in UTC."""
    if isinstance(value, datetime):
        zoned = value if value.tzinfo else value.replace(tzinfo=UTC)
        return zoned.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def _hint(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
