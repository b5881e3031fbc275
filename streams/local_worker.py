"""A worker as a process of this one: what the demo and a replay in a namespace of its own start."""

import os
import shutil
import signal
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import ClassVar

from streams.embedded import LocalServer
from streams.settings import PREFIX, Settings


class WorkerProcess(LocalServer):
    """A worker as a process that dies with this one; its log is in the folder."""

    name = "Worker"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, settings: Settings, *, folder: Path) -> None:
        super().__init__(folder=folder)
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
        return [env, *unset, *given, sys.executable, "-m", "streams.cli", "worker"]

    def answers(self) -> bool:
        """Return True: what a worker is ready for waits in Kafka until it is."""
        return True
