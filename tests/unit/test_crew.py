"""Processes that are given work: what they answer, and that they end with whoever asked them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from streams.crew import Answer, Crew, CrewError
from streams.feeds.items import FeedError


def echo(far, task):
    """Answer the task, then what is said until that is nothing."""
    far.send(task)
    while (said := far.recv()) is not None:
        far.send(said)


def fail(_far, task):
    """Raise what cannot be read."""
    raise FeedError(task)


def die(_far, how):
    """End in the middle."""
    os.kill(os.getpid(), how)


def test_each_answers_by_its_number():
    """Whichever is first; it is over when all have returned."""
    heard = []
    with Crew(echo, ["a", "b"]) as crew:
        for answer in crew.answers():
            heard.append(answer)
            crew.tell(answer.number, answer.said * 2 if len(answer.said) == 1 else None)

    assert [Answer(0, "a"), Answer(0, "aa"), Answer(1, "b"), Answer(1, "bb")] == sorted(heard)


def test_what_one_raises_is_raised_with_where_it_came_from():
    """As the error that it is, so that it is said in the same words."""
    with Crew(fail, ["the file is no feed"]) as crew, pytest.raises(FeedError, match="the file is no feed") as raised:
        list(crew.answers())

    assert "in fail" in raised.value.__notes__[0]


def test_one_that_is_killed_is_said():
    """The others are not waited for."""
    with Crew(die, [signal.SIGKILL]) as crew, pytest.raises(CrewError, match="status -9"):
        list(crew.answers())


def test_an_interrupt_ends_those_who_are_busy(tmp_path):
    """Ctrl-C, which the whole group of a terminal gets: one traceback of whoever asked, none of theirs, nobody left."""
    said = tmp_path / "said"
    with (
        said.open("w") as errors,
        subprocess.Popen(
            [sys.executable, asking_for_busy_ones(tmp_path)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        pids = [int(process.stdout.readline()) for _ in range(2)]
        os.killpg(process.pid, signal.SIGINT)
        assert 0 != process.wait(timeout=60)

    assert 1 == said.read_text().count("Traceback")
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_those_who_are_busy_end_with_whoever_asked_them(tmp_path, how):
    """A signal to that process alone, however rude: nobody stays to hold its output open, and nothing is said."""
    with subprocess.Popen(
        [sys.executable, asking_for_busy_ones(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        for _ in range(2):
            assert process.stdout.readline()
        process.send_signal(how)
        assert ("", "") == process.communicate(timeout=60)

    assert process.returncode == -how


def asking_for_busy_ones(folder):
    """Return a program that has two busy processes and prints their ids."""
    script = folder / "asking.py"
    script.write_text(
        "import sys\nfrom streams.crew import Crew\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\nfrom test_crew import busy\n"
        "if __name__ == '__main__':\n    with Crew(busy, [1, 2]) as crew:\n"
        "        for _, pid in crew.answers():\n            print(pid, flush=True)\n"
    )
    return script


def busy(far, _task):
    """Say who it is, and go on."""
    far.send(os.getpid())
    while True:
        time.sleep(1)
