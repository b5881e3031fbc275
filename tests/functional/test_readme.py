"""README's own way from a running demo to the first filtered alert, command by command as it is written there."""

import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from streams.embedded import free_port
from streams.settings import PREFIX

pytestmark = [pytest.mark.integration, pytest.mark.once]

CHECKOUT: Final = Path(__file__).resolve().parents[2]
SECTION: Final = "## Your first alerts\n"
PATIENCE_S: Final = 120.0
DEMO, SETUP, TERMINAL, BROWSER, WEBHOOK = range(5)


class Guide:
    """The commands of the section, with ports and a folder of this test's own in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self._hook = free_port(), free_port()
        text = (CHECKOUT / "README.md").read_text(encoding="utf-8").partition(SECTION)[2].partition("\n## ")[0]
        self.blocks = [self._own(each) for each in re.findall(r"```\n(.*?)```", text, re.DOTALL)]

    def _own(self, block: str) -> str:
        own = {
            "127.0.0.1:8480": f"127.0.0.1:{self.port}",
            ".floorwatch/demo": str(self.folder / "state"),
            "127.0.0.1:9000": f"127.0.0.1:{self._hook}",
            "--port 9000": f"--port {self._hook}",
            # The environment is there: it is not made anew while tests run in it.
            "make demo": "make -o .venv/.floorwatch-setup demo",
        }
        for written, ours in own.items():
            block = block.replace(written, ours)
        return block

    @property
    def environ(self) -> dict[str, str]:
        """What a new user has set: nothing of ours; the port is this test's."""
        return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)} | {
            "TMPDIR": str(self.folder),
            "FLOORWATCH_API_PORT": str(self.port),
            "FLOORWATCH_API_URL": f"http://127.0.0.1:{self.port}",
        }

    def start(self, script: str, *, name: str, **more: str) -> "Typed":
        """Type commands into a terminal."""
        return Typed(script, self.folder / f"{name}.out", self.environ | more)


class Typed:
    """Commands that run, and what they print."""

    def __init__(self, script: str, path: Path, environ: dict[str, str]) -> None:
        self._path = path
        with path.open("wb") as out:
            self.process = subprocess.Popen(
                ["bash", "-ec", script],
                cwd=CHECKOUT,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """What was printed so far."""
        return self._path.read_text(errors="replace")

    def until(self, reached: Callable[[str], object]) -> str:
        """Return what was printed once it is enough."""
        deadline = time.monotonic() + PATIENCE_S
        while not reached(self.said):
            assert time.monotonic() < deadline, self.said
            assert self.process.poll() in (None, 0), self.said
            time.sleep(0.05)
        return self.said

    def end(self) -> None:
        """Press Ctrl-C, and close the terminal."""
        for how in (signal.SIGINT, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, how)
                self.process.wait(timeout=20)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guide]:
    """Return the section, its demo running."""
    if not (CHECKOUT / ".venv" / "bin" / "floorwatch").exists():
        pytest.skip("needs the environment that make builds: make test")
    guide = Guide(tmp_path_factory.mktemp("readme"))
    state = str(guide.folder / "state")
    demo = guide.start(guide.blocks[DEMO], name="demo", FLOORWATCH_STATE_DIR=state)
    try:
        demo.until(lambda _: _answers(f"http://127.0.0.1:{guide.port}/readyz"))
        yield guide
    finally:
        demo.end()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - of this machine
            return bool(answer.status == 200)
    except OSError:
        return False


def test_the_section_is_what_this_test_follows(guide: Guide):
    """Five blocks: the demo, the other terminal, and three ways of hearing."""
    assert len(guide.blocks) == 5
    first_words = [block.split()[0] for block in guide.blocks]
    assert first_words == ["make", ".", "floorwatch", "curl", "floorwatch"]


def test_the_first_filtered_alerts_come_in_a_terminal(guide: Guide):
    """As many as were asked for, and then it ends."""
    typed = guide.start(guide.blocks[SETUP] + guide.blocks[TERMINAL], name="terminal")
    assert typed.process.wait(timeout=PATIENCE_S) == 0, typed.said
    alerts = [line for line in typed.said.splitlines() if "silicon" in line]
    assert len(alerts) == 3
    assert all(re.search("HIGH|CRITICAL", line, re.IGNORECASE) for line in alerts), typed.said


def test_what_a_browser_hears_comes_by_the_stream(guide: Guide):
    """Events with ids to resume from, of the alerts that were asked for."""
    typed = guide.start(guide.blocks[SETUP] + guide.blocks[BROWSER], name="browser")
    try:
        said = typed.until(lambda text: "event: change" in text.partition("event: hello")[2] and "\nid: " in text)
    finally:
        typed.end()
    assert '"product":"silicon|' in said


def test_the_first_filtered_alert_comes_by_webhook(guide: Guide):
    """To the receiver of the section, which shows it."""
    typed = guide.start(guide.blocks[SETUP] + guide.blocks[WEBHOOK] + "\nwait\n", name="webhook")
    try:
        said = typed.until(lambda text: "alert." in text)
    finally:
        typed.end()
    assert re.search(r"alert\.\w+\.v1 +(high|critical) +.*silicon", said), said


def test_a_browser_finds_the_console_where_the_section_says(guide: Guide):
    """A page, not an error."""
    with urllib.request.urlopen(f"http://127.0.0.1:{guide.port}/", timeout=20) as answer:
        assert (answer.status, answer.headers.get_content_type()) == (200, "text/html")
