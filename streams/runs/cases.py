"""
Cases: what happened in the world, to hold a run against; a CSV file in a form of our own.

Columns: ``case`` (a name), ``product`` (``mineral|stage``, or a pattern such as ``graphite|*``), ``origin``,
``destination`` (ISO 3166 alpha-2; empty: any), ``petitioned_on`` and ``initiated_on`` (days; at least one of them),
``outcome`` (in the authority's words: ``order``, ``negative``, ``terminated``, ``pending`` ...) and ``source`` (where
the dates are from).  Two rows may share a name: a petition on two products.
"""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from streams.runs.errors import RunError
from streams.selection import Selection, SelectionError

COLUMNS: Final = ("case", "product", "origin", "destination", "petitioned_on", "initiated_on", "outcome", "source")


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One product of one case."""

    case: str
    product: str
    origin: str = ""
    destination: str = ""
    petitioned_on: date | None = None
    initiated_on: date | None = None
    outcome: str = ""
    source: str = ""

    @property
    def known_on(self) -> date:
        """The day from which everybody knew: of the petition, else of the initiation."""
        day = self.petitioned_on or self.initiated_on
        if day is None:  # refused when it was read
            raise RunError(f"case {self.case!r} has no date")
        return day


def read_cases(path: Path) -> list[Case]:
    """Return the cases of a file; raises :class:`RunError` with all that is wrong with it, by line."""
    try:
        read = list(_rows(path))
    except (UnicodeDecodeError, csv.Error) as error:
        raise RunError(f"{path} is no CSV file in UTF-8: {error}; save it again in that form") from error
    errors = [f"{path}, {each}" for each in read if isinstance(each, str)]
    if errors:
        raise RunError("\n".join(errors))
    cases = [each for each in read if isinstance(each, Case)]
    if not cases:
        raise RunError(f"{path} has no case: write one a line under {','.join(COLUMNS)}")
    return cases


def _rows(path: Path) -> Iterator[Case | str]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise RunError(f"{path} has no column {', '.join(missing)}: the columns are {','.join(COLUMNS)}")
        for row in rows:
            yield _case(row, rows.line_num)


def _case(row: dict[str, str | None], line: int) -> Case | str:
    """Return the case of a row, or what is wrong with it."""
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    problems = list(_problems(cells))
    if problems:
        return f"line {line}: {'; '.join(problems)}"
    days = {name: date.fromisoformat(cells.pop(name)) for name in ("petitioned_on", "initiated_on") if cells[name]}
    texts = {name: text for name, text in cells.items() if not name.endswith("_on")}
    return Case(**texts, **days)  # type: ignore[arg-type]  # texts and days by the names of the fields


def _product_problems(product: str) -> Iterator[str]:
    """Yield what is wrong with a product; a pattern may be of goods that no run has yet."""
    if product and "|" not in product:
        yield f"product {product!r} is not mineral|stage"
    elif product and not set(product) & set("*?["):
        try:
            Selection(products=(product,))
        except SelectionError as error:
            yield str(error)


def _problems(cells: dict[str, str]) -> Iterator[str]:
    for name in ("case", "product"):
        if not cells[name]:
            yield f"{name} is empty"
    yield from _product_problems(cells["product"])
    for name in ("origin", "destination"):
        text = cells[name]
        if text and not (len(text) == 2 and text.isascii() and text.isalpha() and text.isupper()):  # noqa: PLR2004
            yield f"{name} {text!r} is no country: write two capitals, or nothing for any"
    if not cells["petitioned_on"] and not cells["initiated_on"]:
        yield "neither petitioned_on nor initiated_on is given"
    for name in ("petitioned_on", "initiated_on"):
        try:
            date.fromisoformat(cells[name] or "2000-01-01")
        except ValueError:
            yield f"{name} {cells[name]!r} is no day: write it as 2024-12-18"
