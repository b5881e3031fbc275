"""The demo as a process: everything it starts, it stops."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

COMMAND = [sys.executable, "-m", "streams.cli", "demo"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return the folder that the demo's own folder is made in."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def children_of(pid: int) -> Iterator[int]:
    """Yield every process that descends from *pid*."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            yield child
            yield from children_of(child)


def test_the_demo_replays_its_feed_and_sums_it_up(folder):
    """``--once --json``: exit 0, and the last line of stdout is one JSON object."""
    done = subprocess.run([*COMMAND, "--once", "--json"], capture_output=True, text=True, check=False)
    summary = json.loads(done.stdout.splitlines()[-1])

    assert done.returncode == 0, done.stderr
    assert 846 == summary["records"]
    assert {} == summary["dead_letters"]
    assert summary["alerts"]["by_rule"]["floor_breach"] > 0
    assert sum(summary["alerts"]["by_rule"].values()) == sum(summary["alerts"]["by_state"].values())
    assert summary["records_per_second"] > 0
    assert [] == list(folder.glob("floorwatch-demo-*"))


@pytest.mark.parametrize(
    ("how", "status"),
    [pytest.param(signal.SIGINT, {0, 130}, id="ctrl-c"), pytest.param(signal.SIGTERM, {143}, id="term")],
)
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the demo's processes in /proc")
def test_an_interrupted_demo_leaves_nothing_behind(folder, how, status):
    """Kafka, Redis and the worker end with it, and so does the folder."""
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as demo:
        for line in demo.stdout:
            if "opened" in line:
                break
        started = set(children_of(demo.pid))
        demo.send_signal(how)
        said = demo.stdout.read()

    assert demo.returncode in status, said
    assert len(started) >= 3
    assert "Traceback" not in said
    assert not [pid for pid in started if _runs(pid)]
    assert [] == list(folder.glob("floorwatch-demo-*"))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
