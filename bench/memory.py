"""Resident memory of an engine's state, measured in a process of its own for each figure."""

import multiprocessing
import resource
from collections.abc import Callable
from pathlib import Path

from streams.cells import Cell, Judged, Lane, LaneKey, TallyKey
from streams.memory import NOT_INGESTED, RowMemory
from streams.shapes import Kind


def cells_memory(cells: int) -> float:
    """Return the MiB that *cells* cells with one tally each take, in lanes of 400 days."""
    return _measure(_fill_cells, cells)


def ids_memory(ids: int) -> float:
    """Return the MiB that *ids* remembered records with ids of 17 characters take, index included."""
    return _measure(_fill_ids, ids)


def _fill_cells(cells: int) -> object:
    lanes = []
    key = TallyKey(Judged.FLOOR, "floor@1")
    for number in range(cells // 400):
        lane = Lane(LaneKey(Kind.TRADE, "silicon|metal", f"O{number}", "GB"))
        for day in range(738_000, 738_400):
            cell: Cell = lane.cell(day)
            cell.last = number
            tally = cell.tally(key)
            tally.rows, tally.content_mg, tally.value_uusd, tally.floor_uusd = 1, 10**9 + number, 10**10 + day, 10**10
        lanes.append(lane)
    return lanes


def _fill_ids(ids: int) -> object:
    memory = RowMemory(tuple)
    for number in range(ids):
        memory.append_new(f"GB26-{number:010d}-1", 1, 1, 1, 738_000, 10**9, 10**9, NOT_INGESTED)
        if number % 5000 == 0:
            memory.settle()
    memory.settle()
    return memory


def _measure(fill: Callable[[int], object], count: int) -> float:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=_report, args=(fill, count, answers))
    process.start()
    mebibytes: float = answers.get()
    process.join()
    return mebibytes


def _report(fill: Callable[[int], object], count: int, answers: "multiprocessing.Queue[float]") -> None:
    before = _resident_kib()
    held = fill(count)
    answers.put((_resident_kib() - before) / 1024)
    del held


def _resident_kib() -> int:
    """Return the process's resident set now, or its largest so far where the system does not say."""
    try:
        with Path("/proc/self/status").open(encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
