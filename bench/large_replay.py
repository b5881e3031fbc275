"""
A feed larger than what should be in memory: how fast it is replayed, and what that takes.

``python -m bench.large_replay`` writes simulated trades of the same months and lanes in two sizes and two forms,
replays each in a process of its own as a user would, and prints records a second (reading included) and the most that
all its processes took: memory of their own, memory with mapped files and shared libraries in it, and scratch files.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from rich.console import Console
from rich.table import Table

POLL_S: Final = 1.0
MEBIBYTE: Final = 1 << 20
_PROC: Final = Path("/proc")


class Taken(NamedTuple):
    """What some processes take, bytes."""

    own: int
    """Anonymous memory: nobody else's, and not to be had back from them."""
    resident: int
    scratch: int
    """Blocks of nameless files."""

    def most(self, other: "Taken") -> "Taken":
        """Return the larger of each."""
        return Taken(*map(max, self, other))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.large_replay", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[5_000_000, 20_000_000])
    parser.add_argument("--formats", nargs="+", default=["parquet", "csv"], choices=["parquet", "csv", "jsonl"])
    parser.add_argument("--folder", type=Path, help="where the feeds are written; default: a temporary folder")
    arguments = parser.parse_args()
    table = Table("form", "records", "records/s", "own memory MiB", "resident MiB", "scratch MiB", "file MiB")
    for column in table.columns[1:]:
        column.justify, column.min_width = "right", len("20,000,000")
    for form in arguments.formats:
        for rows in arguments.rows:
            with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
                table.add_row(form, f"{rows:,}", *_replay(Path(folder), rows, form))
    Console().print(table)


def _replay(folder: Path, rows: int, form: str) -> tuple[str, ...]:
    _floorwatch("simulate", "--rows", str(rows), "--format", form, "--out", str(folder)).communicate()
    trades = folder / f"trades.{form}"
    floors = str(folder / "reference.jsonl")
    process = _floorwatch("replay", str(trades), "--direct", "--floors", floors, "--json", "--out", f"{folder}/alerts")
    most = Taken(0, 0, 0)
    while process.poll() is None:
        most = most.most(_taken(process.pid))
        time.sleep(POLL_S)
    answer = json.loads(process.communicate()[0])
    if answer["records"] != rows:
        raise SystemExit(f"{trades} has {rows:,} rows, {answer['records']:,} were replayed")
    sizes = (*most, trades.stat().st_size)
    return (f"{answer['records_per_second']:,}", *(f"{size // MEBIBYTE:,}" for size in sizes))


def _floorwatch(*arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "streams.cli", *arguments], stdout=subprocess.PIPE)


def _taken(root: int) -> Taken:
    """Return what a process and those that it started take."""
    own = resident = scratch = 0
    for pid in _family(root):
        try:
            status = dict(line.split(":", 1) for line in (_PROC / pid / "status").read_text().splitlines())
            own += _kib(status.get("RssAnon", "0 kB"))
            resident += _kib(status.get("VmRSS", "0 kB"))
            scratch += sum(_scratch_of(_PROC / pid / "fd"))
        except (OSError, ValueError):
            continue
    return Taken(own, resident, scratch)


def _scratch_of(files: Path) -> Iterator[int]:
    for each in files.iterdir():
        if "/floorwatch-" in str(each.readlink()):
            yield 512 * each.stat().st_blocks


def _family(pid: int | str) -> Iterator[str]:
    yield str(pid)
    for task in (_PROC / str(pid) / "task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _family(child)


def _kib(text: str) -> int:
    return 1024 * int(text.split(maxsplit=1)[0])


if __name__ == "__main__":
    main()
