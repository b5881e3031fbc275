"""A worker, and the API, as processes of this one: what the demo and a replay in a namespace of its own start."""

import os
import shutil
import signal
import sys
from collections.abc import Sequence
from dataclasses import fields
from http import HTTPStatus
from pathlib import Path
from typing import ClassVar, Final
from urllib.request import urlopen

from streams.embedded import HOST, LocalServer
from streams.settings import PREFIX, Settings

_READY_S: Final = 2.0


class _OwnProcess(LocalServer):
    """A command of this project as a process that dies with this one; its log is in the folder."""

    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    words: ClassVar[tuple[str, ...]]

    def __init__(self, settings: Settings, *, folder: Path, port: int | None = None) -> None:
        super().__init__(folder=folder, port=port)
        self._settings = settings

    @property
    def durable(self) -> bool:
        """True: what it did is in Kafka."""
        return True

    def command(self) -> Sequence[str]:
        """Return the command line, the settings in its environment and no others."""
        env = shutil.which("env") or "/usr/bin/env"
        strange = [name for name in os.environ if name.startswith(PREFIX)]
        unset = [word for name in strange for word in ("-u", name)]
        given = [f"{PREFIX}{each.name.upper()}={getattr(self._settings, each.name)}" for each in fields(Settings)]
        return [env, *unset, *given, sys.executable, "-m", "streams.cli", *self.words]


class WorkerProcess(_OwnProcess):
    """A worker."""

    name = "Worker"
    words = ("worker",)

    def answers(self) -> bool:
        """Return True: what a worker is ready for waits in Kafka until it is."""
        return True


class ApiProcess(_OwnProcess):
    """The API, on the port that the settings name."""

    name = "API"
    words = ("serve",)

    def __init__(self, settings: Settings, *, folder: Path) -> None:
        super().__init__(settings, folder=folder, port=settings.api_port)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.port}"

    def answers(self) -> bool:
        """Return whether it says that it is ready."""
        try:
            with urlopen(f"{self.url}/readyz", timeout=_READY_S) as answer:  # noqa: S310 - an address of this machine
                return int(answer.status) == HTTPStatus.OK
        except OSError:
            return False
