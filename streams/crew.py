"""
Crews: processes of our own that are given work and answer, and that end when whoever asked them ends or fails.

Each runs one function with a pipe in hand.  Ctrl-C is the asking process's to heed: it reaches the whole group of a
terminal, and theirs is ignored from before they begin, so that none dies in the middle of a line of a traceback.
SIGTERM and SIGKILL reach the asking process alone: each of the crew sees that it is gone, and is gone too.
"""

import os
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from threading import Thread, current_thread, main_thread
from typing import Any, NamedTuple, Self


class CrewError(RuntimeError):
    """Raised when a process ends before its work does: it was killed, for want of memory perhaps."""


class Answer(NamedTuple):
    """What one of the crew said."""

    number: int
    """Which of them."""
    said: Any


def cores() -> int:
    """Return how many cores this process may use; of a system that does not say so, how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Crew:
    """
    A process for each of *tasks*, in which ``work(pipe, task)`` runs; a context that ends them, busy or not.

    What *work* raises is raised by :meth:`answers`, with where it came from as a note.
    """

    def __init__(self, work: Callable[[Connection, Any], None], tasks: Sequence[Any]) -> None:
        context = get_context("spawn")
        self._near: list[Any] = []
        self._processes: list[Any] = []
        with _interrupts_ignored():
            for task in tasks:
                near, far = context.Pipe()
                process = context.Process(target=_run, args=(far, work, task), daemon=True)
                process.start()
                far.close()
                self._near.append(near)
                self._processes.append(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self.close()

    def end(self) -> None:
        """End the processes; whoever is telling them something is heard by nobody any more."""
        for process in self._processes:
            process.terminate()
            process.join()

    def close(self) -> None:
        """Close the pipes, once nobody tells or asks anything."""
        for near in self._near:
            near.close()

    def tell(self, number: int, words: object) -> None:
        """Send something to one of them; where it has ended, that is said by :meth:`answers`."""
        with suppress(OSError):
            self._near[number].send(words)

    def answers(self) -> Iterator[Answer]:
        """Yield what they say, as it comes, until each has returned from its work; raises :class:`CrewError`."""
        waiting = dict(zip(self._near, range(len(self._near)), strict=True))
        while waiting:
            ready: list[Any] = list(wait(list(waiting)))
            for near in ready:
                said = self._hear(waiting[near])
                if isinstance(said, _Done):
                    del waiting[near]
                else:
                    yield Answer(waiting[near], said)

    def check(self) -> None:
        """Raise what one of them has raised, without waiting; while they are asked nothing and say nothing else."""
        for number, near in enumerate(self._near):
            if near.poll():
                self._hear(number)

    def _hear(self, number: int) -> Any:
        try:
            said = self._near[number].recv()
        except (EOFError, OSError) as error:
            process = self._processes[number]
            process.join()
            ended = f"a judging process ended with status {process.exitcode} in the middle of its work"
            raise CrewError(ended) from error
        if isinstance(said, _Raised):
            raise said.error
        return said


class _Raised(NamedTuple):
    error: Exception


class _Done(NamedTuple):
    pass


def _run(far: Connection, work: Callable[[Connection, Any], None], task: Any) -> None:
    """Work: the far end, in a process of its own."""
    Thread(target=_end_with_who_asked, daemon=True).start()
    try:
        work(far, task)
    except Exception as error:  # noqa: BLE001 - raised again by who asked
        error.add_note(traceback.format_exc())
        far.send(_Raised(error))
    else:
        far.send(_Done())


def _end_with_who_asked() -> None:
    """End this process, in the middle of its work, once the one that asked for it has ended."""
    asking = parent_process()
    if asking is not None:
        asking.join()
        os._exit(1)


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Have processes that are started meanwhile ignore Ctrl-C: it is inherited."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
