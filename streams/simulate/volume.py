"""
Plain trade by the million, for tests of volume: honest, in order of date, made from moulds.

A mould is a consignment of a lane in a month with its price, its parties and all that repeats; a row is a mould with a
number, a day and a quantity.  So a row costs a few dice and a line of text.
"""

from array import array
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from streams.file_hash import sha256_of
from streams.months import first_day, last_day
from streams.simulate.declarations import IMPORT_SOURCE
from streams.simulate.feed import month_deals
from streams.simulate.market import Deal
from streams.simulate.world import World
from streams.simulate.writing import Format, Written, load_parquet, new_parquet_writer, write_blocks

_BLOCK_ROWS: Final = 1 << 16
_A_BYTE: Final = 256
"""So many moulds and quantities are picked from, each by a byte of dice."""
_KG: Final = tuple(range(200, 200 + 100 * _A_BYTE, 100))
_COLUMNS: Final = (
    *("id", "source", "event_date", "origin", "destination", "product", "quantity", "unit", "value", "currency"),
    *("incoterm", "exporter", "importer", "hs_code"),
)
_SAME: Final = {"source": IMPORT_SOURCE, "unit": "kg", "incoterm": "CIF"}
_OF_DEAL: Final = ("origin", "destination", "product", "currency", "exporter", "importer", "hs_code")


class Mould(NamedTuple):
    """What rows have in common."""

    deal: Deal
    cents_per_kg: int
    """Of the declared currency."""


def write_volume(path: Path, world: World, rows: int, file_format: Format) -> Written:
    """Write *rows* plain trades of *world*, evenly over its months, in constant memory."""
    match file_format:
        case Format.JSONL:
            return write_blocks(path, _lines(world, rows, _JsonRow()))
        case Format.CSV:
            return write_blocks(path, _with_header(_lines(world, rows, _CsvRow())))
        case Format.PARQUET:
            return _write_parquet(path, world, rows)


class _Block(NamedTuple):
    """Rows of one day: from which moulds, and how much of each."""

    first: int
    """The number of the first."""
    day: int
    moulds: list[Mould]
    which: bytes
    """The place of each row's mould."""
    kg: bytes
    """The place of each row's quantity."""


def _blocks(world: World, rows: int) -> Iterator[_Block]:
    dice = Random(f"{world.seed}/volume")
    calendar = world.calendar
    days = calendar.last_day - calendar.first_day + 1
    number = 0
    for month in calendar.months:
        moulds = _moulds(world, month)
        for day in range(first_day(month), last_day(month) + 1):
            through = rows * (day - calendar.first_day + 1) // days
            while number < through:
                count = min(_BLOCK_ROWS, through - number)
                of_day = dice.choices(moulds, k=_A_BYTE)
                yield _Block(number, day, of_day, dice.randbytes(count), dice.randbytes(count))
                number += count


def _moulds(world: World, month: int) -> list[Mould]:
    deals = [deal for ground in world.grounds for deal in month_deals(ground, month, world.calendar.first)]
    middle = first_day(month) + 14
    return [Mould(deal, max(1, round(100 * deal.price * world.rates.per_usd(deal.currency, middle)))) for deal in deals]


class _JsonRow:
    """Rows as JSON lines, word for word as the wire has them."""

    def __call__(self, mould: Mould, day: str) -> tuple[str, str, str, str]:
        """Return the text of a row about its number, quantity and value."""
        deal = mould.deal
        return (
            '{"type":"trade","id":"',
            (
                f'","source":"{IMPORT_SOURCE}","event_date":"{day}","origin":"{deal.origin}",'
                f'"destination":"{deal.destination}","product":"{deal.product}","quantity":"'
            ),
            '","value":"',
            (
                f'","currency":"{deal.currency}","incoterm":"CIF","exporter":"{deal.exporter}",'
                f'"importer":"{deal.importer}","hs_code":"{deal.hs_code}"}}\n'
            ),
        )


class _CsvRow:
    """Rows as delimited text, in the order of the columns."""

    def __call__(self, mould: Mould, day: str) -> tuple[str, str, str, str]:
        """Return the text of a row about its number, quantity and value."""
        deal = mould.deal
        return (
            "",
            f",{IMPORT_SOURCE},{day},{deal.origin},{deal.destination},{deal.product},",
            ",kg,",
            f",{deal.currency},CIF,{deal.exporter},{deal.importer},{deal.hs_code}\n",
        )


def _lines(world: World, rows: int, row: _JsonRow | _CsvRow) -> Iterator[tuple[int, bytes]]:
    prefix = f"V{world.seed}-"
    for block in _blocks(world, rows):
        day = date.fromordinal(block.day).isoformat()
        texts = [(*row(mould, day), mould.cents_per_kg) for mould in block.moulds]
        kilograms = [_KG[each] for each in block.kg]
        numbers = range(block.first, block.first + len(kilograms))
        lines = [
            f"{a}{prefix}{number}{b}{kg}{c}{kg * cents // 100}.{kg * cents % 100:02d}{d}"
            for number, kg, (a, b, c, d, cents) in zip(
                numbers, kilograms, map(texts.__getitem__, block.which), strict=True
            )
        ]
        yield len(lines), "".join(lines).encode()


def _with_header(blocks: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    yield 0, (",".join(_COLUMNS) + "\n").encode()
    yield from blocks


def _write_parquet(path: Path, world: World, rows: int) -> Written:
    arrow, parquet = load_parquet()
    kinds = {"event_date": arrow.date32(), "quantity": arrow.int64(), "value": arrow.decimal128(18, 2)}
    schema = arrow.schema([(name, kinds.get(name, arrow.string())) for name in _COLUMNS])
    written = 0
    with path.open("wb") as file:
        writer = new_parquet_writer(parquet, file, schema)
        for block in _blocks(world, rows):
            writer.write_table(_table(arrow, schema, block, f"V{world.seed}-"))
            written += len(block.kg)
        writer.close()
    return Written(path, written, sha256_of(path))


def _table(arrow: Any, schema: Any, block: _Block, prefix: str) -> Any:
    """Return a block as a table; amounts are whole cents in decimal columns, no float among them."""
    count = len(block.kg)
    which = arrow.array(block.which, arrow.uint8())
    cents = [_KG[kg] * block.moulds[mould].cents_per_kg for mould, kg in zip(block.which, block.kg, strict=True)]
    # A decimal is sixteen bytes, the low half first: what is positive and small leaves the other empty.
    halves = array("q", bytes(16 * count))
    halves[::2] = array("q", cents)
    columns = {
        "id": arrow.array([f"{prefix}{number}" for number in range(block.first, block.first + count)]),
        "event_date": _repeated(arrow, date.fromordinal(block.day), count, arrow.date32()),
        "quantity": arrow.array(_KG, arrow.int64()).take(arrow.array(block.kg, arrow.uint8())),
        "value": arrow.Array.from_buffers(arrow.decimal128(18, 2), count, [None, arrow.py_buffer(halves)]),
        **{name: _repeated(arrow, text, count) for name, text in _SAME.items()},
        **{name: arrow.array([getattr(each.deal, name) for each in block.moulds]).take(which) for name in _OF_DEAL},
    }
    return arrow.table([columns[name] for name in _COLUMNS], schema=schema)


def _repeated(arrow: Any, value: Any, count: int, kind: Any = None) -> Any:
    return arrow.array([value], kind).take(arrow.array(bytes(count), arrow.uint8()))
