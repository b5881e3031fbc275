"""
The text of a schedule file as tables that remember their lines.

TOML, JSON, JSON lines and CSV all come to the same: tables of a kind (``floor``, ``zone`` ...), each with its
fields as written and the line each stands on, so that what is wrong can be said where it is.  Numbers keep the
text they are written with: no figure passes through a binary float.
"""

import csv
import io
import json
import re
import tomllib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, NoReturn, Protocol

_TRIPLES: Final = ('"""', "'''")
_HEADER: Final = re.compile(r"\s*\[\[?\s*([A-Za-z0-9_-]+)\s*(\.[^\]]*)?\]")
_KEY: Final = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*[=.]")
_AT_LINE: Final = re.compile(r" \(at line (\d+), column \d+\)$")
_SYNTAX_ERRORS_MOST: Final = 100
_SHOWN: Final = 60
_UNREADABLE: Final = "unreadable-"
_SPACE: Final = " \t\r\n"
_LISTS: Final = frozenset(
    {
        *("hs_codes", "exemptions", "origins", "exporters", "except_origins", "graduated_table"),
        *("products", "destinations"),
    }
)
"""CSV columns whose cells hold several values, separated by blanks."""


class ScheduleError(NamedTuple):
    """One thing that is wrong with a schedule file."""

    line: int
    message: str

    def __str__(self) -> str:
        """Return the error in one line, its place first."""
        return f"line {self.line}: {self.message}"


@dataclass(slots=True)
class Table:
    """One entry as written."""

    kind: str
    line: int
    fields: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    whole: bool = True
    """Whether all of its lines could be read: where not, a missing field is no error of its own."""

    def line_of(self, name: str) -> int:
        """Return the line of a field, that of the table where it has none."""
        return self.lines.get(name, self.line)


Read = tuple[list[Table], list[ScheduleError]]


class CsvRows(Protocol):
    """What :func:`csv.reader` returns."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]:
        """Iterate over the rows."""


def read_tables(text: str, name: str) -> Read:
    """Return the tables of a file and what could not be read of it; the suffix of *name* says which form it is in."""
    suffix = name.rpartition(".")[2].lower()
    reader = _READERS.get(suffix)
    if reader is None:
        return [], [ScheduleError(1, f"{name} ends in none of {', '.join(f'.{known}' for known in _READERS)}")]
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if not text.strip():
        return [], [ScheduleError(1, "the file is empty")]
    return reader(text)


def _read_toml(text: str) -> Read:
    lines = text.split("\n")
    errors, broken = _blank_what_is_broken(lines)
    try:
        document = tomllib.loads("\n".join(lines), parse_float=str)
    except tomllib.TOMLDecodeError:
        return [], errors
    tables = list(_toml_tables(document, _Outline(lines)))
    for line in broken:
        for table in [table for table in tables if table.line <= line][-1:]:
            table.whole = False
    return sorted(tables, key=lambda table: table.line), errors


def _blank_what_is_broken(lines: list[str]) -> tuple[list[ScheduleError], list[int]]:
    """Take out the lines that are no TOML, one after another, so that the rest can still be judged."""
    errors: list[ScheduleError] = []
    broken: list[int] = []
    while len(errors) < _SYNTAX_ERRORS_MOST:
        try:
            tomllib.loads("\n".join(lines), parse_float=str)
        except tomllib.TOMLDecodeError as e:
            message = str(e)
            at = _AT_LINE.search(message)
            line = int(at[1]) if at else len(lines)
            found = lines[line - 1].strip()
            errors.append(ScheduleError(line, f"{_AT_LINE.sub('', message)}, found {found[:_SHOWN]!r}"))
            if line in broken or not lines[line - 1].strip():
                break
            broken.append(line)
            is_header = lines[line - 1].lstrip().startswith("[")
            lines[line - 1] = f"[[{_UNREADABLE}{line}]]" if is_header else ""
        else:
            break
    return errors, broken


class _Outline:
    """Where the tables of a TOML text and their keys stand."""

    def __init__(self, lines: list[str]) -> None:
        self.tables: dict[str, list[Table]] = {}
        inside = ""
        current = Table("", 1)
        for number, line in enumerate(lines, 1):
            if not inside:
                current = self._note(line, number, current)
            for triple in _TRIPLES:
                if line.count(triple) % 2 and inside in ("", triple):
                    inside = "" if inside else triple

    def _note(self, line: str, number: int, current: Table) -> Table:
        if header := _HEADER.match(line):
            if header[2]:
                current.lines.setdefault(header[2].strip(". "), number)
                return current
            current = Table(header[1], number)
            self.tables.setdefault(header[1], []).append(current)
        elif key := _KEY.match(line):
            current.lines.setdefault(key[1], number)
            if not current.kind:
                self.tables.setdefault(key[1], []).append(Table(key[1], number))
        return current

    def table(self, kind: str, index: int) -> Table:
        """Return the place of the table of *kind* at *index*, without its fields."""
        places = self.tables.get(kind) or [Table(kind, 1)]
        found = places[min(index, len(places) - 1)]
        return Table(kind, found.line, lines=found.lines)


def _toml_tables(document: dict[str, Any], outline: _Outline) -> Iterator[Table]:
    for kind, content in document.items():
        if kind.startswith(_UNREADABLE):
            continue
        entries = content if isinstance(content, list) else [content]
        for index, entry in enumerate(entries):
            table = outline.table(kind, index)
            table.fields = entry if isinstance(entry, dict) else {kind: entry}
            yield table


def _read_json(text: str) -> Read:
    tables: list[Table] = []
    try:
        for table in _JsonText(text).tables():
            tables.append(table)  # noqa: PERF402 - what was read before an error counts
    except json.JSONDecodeError as e:
        return tables, [ScheduleError(e.lineno, e.msg)]
    return tables, []


class _JsonText:
    """A JSON text read entry by entry, so that each knows its lines."""

    def __init__(self, text: str, first_line: int = 1) -> None:
        self.text = text
        self.first_line = first_line
        self.decoder = json.JSONDecoder(
            parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=self._object
        )
        self.repeated: list[str] = []

    def tables(self) -> Iterator[Table]:
        """Iterate over the entries: a list of entries with a ``type``, or an object of lists by kind."""
        start = self._skip(0)
        if self.text[start] == "[":
            end = yield from self._list(start, "")
        elif self.text[start] == "{":
            end = yield from self._kinds(start)
        else:
            self._fail("expected a list or an object of entries", start)
        if (rest := self._skip(end, at_end=True)) < len(self.text):
            self._fail("expected nothing more", rest)

    def entry(self, start: int, kind: str) -> tuple[Table, int]:
        """Return the entry at *start* and where it ends."""
        self.repeated.clear()
        value, end = self.decoder.raw_decode(self.text, start)
        table = Table(kind, self._line(start))
        if not isinstance(value, dict):
            self._fail("expected an entry in braces", start)
        if self.repeated:
            self._fail(f"{self.repeated[0]!r} is given twice", start)
        table.kind = kind or str(value.pop("type", ""))
        table.fields = value
        for name in value:
            key = re.compile(rf"{re.escape(json.dumps(name))}\s*:").search(self.text, start, end)
            table.lines[name] = self._line(key.start() if key else start)
        return table, end

    def _kinds(self, place: int) -> Generator[Table, None, int]:
        place = self._skip(place + 1)
        while self.text[place] != "}":
            kind, place = self.decoder.raw_decode(self.text, place)
            place = self._skip(self._expect(":", self._skip(place)))
            if self.text[place] == "[":
                place = yield from self._list(place, str(kind))
            else:
                table, place = self.entry(place, str(kind))
                yield table
            place = self._after(place, "}")
        return place + 1

    def _list(self, place: int, kind: str) -> Generator[Table, None, int]:
        place = self._skip(place + 1)
        while self.text[place] != "]":
            table, place = self.entry(place, kind)
            yield table
            place = self._after(place, "]")
        return place + 1

    def _after(self, place: int, closing: str) -> int:
        """Return the place behind a comma, or of the closing bracket."""
        place = self._skip(place)
        if self.text[place] == closing:
            return place
        return self._skip(self._expect(",", place))

    def _expect(self, character: str, place: int) -> int:
        if self.text[place] != character:
            self._fail(f"expected {character!r}", place)
        return place + 1

    def _skip(self, place: int, *, at_end: bool = False) -> int:
        while place < len(self.text) and self.text[place] in _SPACE:
            place += 1
        if place == len(self.text) and not at_end:
            self._fail("the file ends too early", place)
        return place

    def _line(self, place: int) -> int:
        return self.first_line + self.text.count("\n", 0, place)

    def _fail(self, message: str, place: int) -> NoReturn:
        raise json.JSONDecodeError(message, self.text, place)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) < len(pairs):
            names = [name for name, _ in pairs]
            self.repeated += [name for name in fields if names.count(name) > 1]
        return fields


def _read_json_lines(text: str) -> Read:
    tables: list[Table] = []
    errors: list[ScheduleError] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                table, end = _JsonText(line, number).entry(len(line) - len(line.lstrip()), "")
                if line[end:].strip():
                    errors.append(ScheduleError(number, "expected nothing more behind the entry"))
                tables.append(table)
            except json.JSONDecodeError as e:
                errors.append(ScheduleError(number, e.msg))
    return tables, errors


def _read_csv(text: str) -> Read:
    header, _, _ = text.partition("\n")
    delimiter = max(",;\t", key=header.count)
    rows = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    tables: list[Table] = []
    errors: list[ScheduleError] = []
    try:
        names = [name.strip() for name in next(rows)]
        errors += [ScheduleError(1, f"column {name!r} is given twice") for name in sorted({*names} - _once(names))]
        tables += _csv_tables(rows, names, errors)
    except csv.Error as e:
        errors.append(ScheduleError(rows.line_num, str(e)))
    return tables, errors


def _once(names: list[str]) -> set[str]:
    return {name for name in names if names.count(name) == 1}


def _csv_tables(rows: CsvRows, names: list[str], errors: list[ScheduleError]) -> Iterator[Table]:
    last = rows.line_num
    for cells in rows:
        line, last = last + 1, rows.line_num
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) == len(names):
            yield _csv_table(line, dict(zip(names, map(str.strip, cells), strict=True)))
        else:
            errors.append(ScheduleError(line, f"expected {len(names)} cells as in the header, found {len(cells)}"))


def _csv_table(line: int, cells: dict[str, str]) -> Table:
    """Return a row as an entry, a floor where no type says otherwise: an empty cell is a field that is not given."""
    fields: dict[str, Any] = {
        name: cell.split() if name in _LISTS else _TRUTH.get(cell.lower(), cell) for name, cell in cells.items() if cell
    }
    kind = str(fields.pop("type", "floor"))
    scoped = ("origins", "exporters", "except_origins") if kind == "floor" else ()
    scope = {name: fields.pop(name) for name in scoped if name in fields}
    if scope or "applies_to" in fields:
        fields["applies_to"] = {"scope": fields.get("applies_to", "all"), **scope}
    if "graduated_table" in fields:
        pairs = [pair.partition(":") for pair in fields["graduated_table"]]
        fields["graduated_table"] = [{"above_pct": above, "rate_pct": rate} for above, _, rate in pairs]
    return Table(kind, line, fields)


_TRUTH: Final = {"true": True, "false": False}

_READERS: Final[dict[str, Callable[[str], Read]]] = {
    "toml": _read_toml,
    "json": _read_json,
    "jsonl": _read_json_lines,
    "csv": _read_csv,
}
