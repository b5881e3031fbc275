"""
Schedule files: floors and other reference data, written by people.

A file is read as a whole: either all of its entries are right, or all that is wrong is said at once, each with its
line.  Nothing is skipped, no key is ignored, and two floors that nothing could choose between are refused.

In TOML each entry is a table, ``[[floor]]``, ``[[zone]]``, ``[[quota]]``, ``[[basis-ratio]]``, ``[[fx-daily]]``,
``[[fx-monthly]]``, ``[[reference-value]]``, ``[[capacity]]`` or ``[[measure]]``, with the fields of that entry;
``[defaults]`` holds fields that all floors of the file share and ``[schedule]`` says what the file is.  JSON has the
same names.  What has no figure says so: a floor may be ``value = "suspended"``, a quota or a capacity
``quantity = "unknown"``.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from importlib.resources import files
from itertools import combinations
from typing import Any, Final, NamedTuple

import msgspec

from streams.exact import fraction
from streams.reference.basis import BasisRatio
from streams.reference.capacities import Capacity, CapacityRole
from streams.reference.floor import Floor, FloorStatus, Scope
from streams.reference.fx import FxDaily, FxMonthly
from streams.reference.levy import Instrument
from streams.reference.measures import Measure, MeasureKind
from streams.reference.quotas import Quota
from streams.reference.schedule_text import ScheduleError, Table, read_tables
from streams.reference.validity import InvalidEntryError, overlap
from streams.reference.values import ReferenceValue, Role
from streams.reference.wire import Entry, encode, key
from streams.reference.zones import Zone

SHIPPED: Final = ("eu-2025-2351", "forge-illustrative")
"""The schedules that come with the project."""

_KINDS: Final[dict[str, type[Entry]]] = {
    "floor": Floor,
    "zone": Zone,
    "quota": Quota,
    "basis-ratio": BasisRatio,
    "fx-daily": FxDaily,
    "fx-monthly": FxMonthly,
    "reference-value": ReferenceValue,
    "capacity": Capacity,
    "measure": Measure,
}
_NO_FIGURE: Final = {"value": "suspended", "quantity": "unknown"}
"""What stands for a figure that there is none of, by field."""
_STAND_INS: Final[dict[type[Entry], dict[str, Any]]] = {
    Floor: {
        "floor_id": "?",
        "status": FloorStatus.IN_FORCE,
        "instrument": Instrument.VARIABLE_LEVY,
        "zone_id": "?",
        "mineral": "?",
        "stage": "?",
        "value": None,
        "currency": "USD",
        "unit": "kg",
        "effective_from": date.min,
        "announced_at": date.min,
    },
    Zone: {"zone_id": "?", "members": ()},
    Quota: {
        "quota_id": "?",
        "zone_id": "?",
        "products": (),
        "period_from": date.min,
        "period_to": date.max,
        "quantity": None,
    },
    BasisRatio: {"publisher": "?", "ratio": "1"},
    FxDaily: {"day": date(2000, 1, 1), "rates": {}},
    FxMonthly: {"month": "2000-01", "rates": {}, "publisher": "?"},
    ReferenceValue: {
        "role": Role.UNIT_COST,
        "product": "x|x",
        "country": "XX",
        "value": "1",
        "currency": "USD",
        "unit": "kg",
        "valid_from": date.min,
        "publisher": "?",
    },
    Capacity: {
        "role": CapacityRole.CAPACITY,
        "product": "x|x",
        "country": "XX",
        "quantity": None,
        "valid_from": date.min,
        "publisher": "?",
    },
    Measure: {
        "measure_id": "?",
        "kind": MeasureKind.TARIFF,
        "products": ("x|x",),
        "announced_at": date.min,
        "effective_from": date.min,
    },
}
_ABOUT: Final = frozenset({"title", "source", "publisher", "licence", "note"})
_WHOLE_NUMBERS: Final = frozenset({"version", "v"})
_SHORT: Final = {"hs_codes": "code", "members": "country"}
"""Lists whose items may be written as plain text: the field that text is."""
_UNCHECKED: Final = frozenset({FloorStatus.PROPOSED, FloorStatus.REVOKED})


class ScheduleErrors(ValueError):  # noqa: N818 - it is several
    """Raised for a schedule file that cannot be taken; :attr:`errors` has all that is wrong, by line."""

    def __init__(self, name: str, errors: Iterable[ScheduleError]) -> None:
        self.name = name
        self.errors = tuple(sorted(set(errors)))
        count = f"{len(self.errors)} errors" if len(self.errors) > 1 else "1 error"
        super().__init__("\n".join([f"{name}: {count}", *(f"{name}, {error}" for error in self.errors)]))


class _Placed(NamedTuple):
    """An entry and the line it begins on."""

    line: int
    entry: Entry


def read_schedule(text: str, name: str) -> tuple[Entry, ...]:
    """
    Return the entries of a schedule file in the order they stand in.

    *name* says which form it is in by its suffix: ``.toml``, ``.json``, ``.jsonl`` or ``.csv`` (a header line, comma,
    semicolon or tab between cells; a row is a floor unless a column ``type`` says another kind).  Raises
    :class:`ScheduleErrors` with everything that is wrong.
    """
    tables, errors = read_tables(text, name)
    about, errors_about = _about(tables)
    errors += errors_about
    placed = []
    for table in tables:
        if table.kind not in ("schedule", "defaults"):
            entry = _entry(table, about, errors)
            if entry is not None:
                placed.append(_Placed(table.line, entry))
    if not placed and not errors:
        errors.append(ScheduleError(1, "there is no entry in the file"))
    errors += _clashes(placed)
    if errors:
        raise ScheduleErrors(name, errors)
    return tuple(each.entry for each in placed)


def load_shipped(name: str) -> tuple[Entry, ...]:
    """Return the entries of a schedule that comes with the project; raises :class:`ValueError` for another name."""
    if name not in SHIPPED:
        message = f"no schedule {name!r} comes with the project; there are {', '.join(SHIPPED)}"
        raise ValueError(message)
    file = files("streams.reference").joinpath("schedules", f"{name}.toml")
    return read_schedule(file.read_text(encoding="utf-8"), file.name)


def _about(tables: list[Table]) -> tuple[dict[str, Any], list[ScheduleError]]:
    """Return the defaults of the file's floors, and what is wrong with them and with its description."""
    defaults: dict[str, Any] = {}
    errors: list[ScheduleError] = []
    for table in tables:
        if table.kind == "defaults":
            defaults.update(table.fields)
        known = _ABOUT if table.kind == "schedule" else frozenset(Floor.__struct_fields__)
        if table.kind in ("schedule", "defaults"):
            errors += [
                ScheduleError(table.line_of(key), _unknown(key, known)) for key in table.fields if key not in known
            ]
    return {key: value for key, value in defaults.items() if key in Floor.__struct_fields__}, errors


def _entry(table: Table, defaults: dict[str, Any], errors: list[ScheduleError]) -> Entry | None:
    """Return a table as its entry, or None and add what is wrong with it."""
    kind = _KINDS.get(table.kind)
    if kind is None:
        errors.append(ScheduleError(table.line, f"unknown entry {table.kind!r}; known are {', '.join(_KINDS)}"))
        return None
    fields = {**defaults, **table.fields} if kind is Floor else table.fields
    converted, wrong = _converted(kind, fields, table)
    # What is missing is stood in for, so that all that is wrong with the rest is said too.
    stand_in = {name: value for name, value in _STAND_INS[kind].items() if name not in converted}
    try:
        entry = kind(**{**stand_in, **converted})
        encode(entry)
    except UnicodeEncodeError as e:
        wrong.append(ScheduleError(table.line, f"has characters that are no text: {e}"))
        entry = None
    except InvalidEntryError as e:
        wrong += [
            ScheduleError(table.line_of(problem.field), str(problem))
            for problem in e.problems
            if problem.field not in stand_in
        ]
        entry = None
    errors += wrong
    return entry if not wrong and table.whole else None


def _converted(kind: type[Entry], fields: dict[str, Any], table: Table) -> tuple[dict[str, Any], list[ScheduleError]]:
    """Return the fields in the types of the entry, and what cannot be brought into them."""
    known = {field.name: field for field in msgspec.structs.fields(kind)}
    errors = [ScheduleError(table.line_of(name), _unknown(name, known)) for name in fields if name not in known]
    missing = [name for name, field in known.items() if field.required and name not in fields]
    if missing and table.whole:
        errors.append(ScheduleError(table.line, f"{table.kind} without {', '.join(missing)}"))
    converted: dict[str, Any] = {}
    for name, value in fields.items():
        if name not in known:
            continue
        try:
            converted[name] = msgspec.convert(_plain(name, value), known[name].type)
        except (msgspec.ValidationError, UnicodeEncodeError) as e:
            message = _expected(known[name].type, value) or str(e)
            errors.append(ScheduleError(table.line_of(name), f"{name}: {message}"))
    return converted, errors


def _plain(name: str, value: Any) -> Any:
    """Return a value as the wire would have it: numbers as text, short forms written out."""
    if name in _WHOLE_NUMBERS:
        return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if name in _NO_FIGURE and value == _NO_FIGURE[name]:
        return None
    if name == "applies_to" and isinstance(value, str):
        return {"scope": value}
    if isinstance(value, list):
        short = _SHORT.get(name)
        return [{short: item} if short and isinstance(item, str) else _plain("", item) for item in value]
    if isinstance(value, dict):
        return {key: _plain("", item) for key, item in value.items()}
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _expected(kind: Any, found: Any) -> str | None:
    """Return what a field of a fixed choice expected; None for any other."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return f"expected one of {', '.join(kind)}, found {found!r}"
    return None


def _unknown(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
    return f"unknown key {name!r}; {hint}"


def _clashes(placed: list[_Placed]) -> Iterator[ScheduleError]:
    """Find entries that are given twice, and floors that nothing could choose between."""
    lines: dict[str, int] = {}
    for each in placed:
        name = key(each.entry)
        if name in lines:
            yield ScheduleError(each.line, f"{name} is given twice, first on line {lines[name]}")
        lines.setdefault(name, each.line)
    floors = [(each.line, each.entry) for each in placed if isinstance(each.entry, Floor)]
    applied = [(line, floor) for line, floor in floors if floor.status not in _UNCHECKED]
    ends = {key(floor): _end(floor, [other for _, other in applied]) for _, floor in applied}
    for (line, floor), (other_line, other) in combinations(applied, 2):
        clash = _clash(floor, other, ends)
        if clash:
            yield ScheduleError(max(line, other_line), f"{clash} (line {min(line, other_line)})")


def _end(floor: Floor, floors: Iterable[Floor]) -> date | None:
    """Return the first day an entry no longer holds: its own end, or the first day of what takes over."""
    later = [
        other.effective_from
        for other in floors
        if other.floor_id == floor.floor_id
        and (other.version, other.effective_from) > (floor.version, floor.effective_from)
    ]
    return min([end for end in (floor.effective_to, *later) if end is not None], default=None)


def _clash(floor: Floor, other: Floor, ends: dict[str, date | None]) -> str | None:
    """Return why two floors cannot stand side by side, None where they can."""
    if floor.floor_id == other.floor_id:
        first, second = sorted((floor, other), key=lambda each: each.effective_from)
        within = first.effective_to is not None and second.effective_from < first.effective_to
        if floor.version == other.version and within and first.effective_from != second.effective_from:
            return (
                f"{other.name} from {second.effective_from} begins before its period from {first.effective_from} ends"
            )
        return None
    start, end = max(floor.effective_from, other.effective_from), (ends[key(floor)], ends[key(other)])
    if not overlap(floor.effective_from, end[0], other.effective_from, end[1]) or not _alike(floor, other):
        return None
    where = f"for {other.product} in {other.zone_id} from {start}"
    return f"{other.name} and {floor.name} are equally specific {where}: tell them apart by origin, code, grade or date"


def _alike(floor: Floor, other: Floor) -> bool:
    """Return whether some shipment would fall under both floors, and neither be the more specific."""
    return (
        (floor.zone_id, floor.product, floor.status) == (other.zone_id, other.product, other.status)
        and _same_goods(floor, other)
        and _same_grades(floor, other)
        and _same_parties(floor, other)
    )


def _same_goods(floor: Floor, other: Floor) -> bool:
    codes, other_codes = ({each.code for each in one.hs_codes} for one in (floor, other))
    return bool(codes & other_codes) or not (codes or other_codes)


def _same_grades(floor: Floor, other: Floor) -> bool:
    bounds = [(one.grade_min_pct, one.grade_max_pct) for one in (floor, other)]
    if bounds.count((None, None)):
        return bounds[0] == bounds[1]
    least = [fraction(low or "0") for low, _ in bounds]
    most = [fraction(high or "101") for _, high in bounds]
    return max(least) < min(most)


def _same_parties(floor: Floor, other: Floor) -> bool:
    one, two = floor.applies_to, other.applies_to
    scopes = {one.scope, two.scope}
    if scopes == {Scope.ORIGINS}:
        return bool(set(one.origins) & set(two.origins))
    if scopes == {Scope.EXPORTERS}:
        return bool(set(one.exporters) & set(two.exporters))
    return not scopes & {Scope.ORIGINS, Scope.EXPORTERS} and scopes != {Scope.MEMBERS, Scope.NON_MEMBERS}
