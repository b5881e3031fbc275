"""
The services of docker-compose.yml as bare processes: the same commands, the same environment, other addresses.

There is no container engine where the tests run.  What can differ then are addresses, paths and who one is; those are
put in place of the ones in the file, and all else is run as it is written there.
"""

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Self

import pytest
import yaml

from streams.embedded import HOST, EmbeddedRedis, LocalServer, free_port
from tests.brokers import Broker

CHECKOUT: Final = Path(__file__).resolve().parents[1]
PORTS: Final = ("6379", "8480", "9090", "9093", "9480")
EXECUTABLES: Final = {"prometheus": ("prometheus", "prometheus"), "alertmanager": ("prometheus-alertmanager",) * 2}
"""By service: what its image runs is called here, and the Debian package that has it."""
SCRAPE: Final = "1s"
PATIENCE_S: Final = 90.0


class Composed:
    """The services of the file, each to be started by its name; all end with the context."""

    def __init__(self, kafka: Broker, folder: Path) -> None:
        self.services: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]
        self.folder = folder
        self.ports = {port: str(free_port()) for port in PORTS}
        self.state = folder / "state"
        self.state.mkdir()
        self._kafka = kafka
        self._running: list[Service] = []
        self._make_secrets()
        self._write_configurations()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        for each in reversed(self._running):
            each.close()

    def start(self, name: str, **more: str) -> "Service":
        """Start a service that lasts, with *more* variables, and return once its health check succeeds."""
        service = Service(self, name, more)
        self._running.append(service)
        return service.start()

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run a service that ends, and return what it said."""
        return subprocess.run(
            self.command(name), env=self.environ(name), cwd=self.state, capture_output=True, text=True, check=False
        )

    def url(self, port: str) -> str:
        """Return the address of what listens on *port* in the file."""
        return f"http://{HOST}:{self.ports[port]}"

    def command(self, name: str) -> list[str]:
        """Return the command line of a service."""
        service = self.services[name]
        words = [self._here(str(word)) for word in service.get("command", ())]
        if name in EXECUTABLES:
            return [_installed(*EXECUTABLES[name]), *words, *self._of_this_machine(name)]
        if name == "redis":
            return [_redis_server(), *words[1:], *self._of_this_machine(name)]
        if "entrypoint" in service:
            return [self._here(word) for word in service["entrypoint"]]
        return [sys.executable, "-m", "streams.cli", *words]

    def environ(self, name: str, more: dict[str, str] | None = None) -> dict[str, str]:
        """Return the variables of a service; of this process's own those that are no settings."""
        own = {each: value for each, value in os.environ.items() if not each.startswith("FLOORWATCH_")}
        given = {each: self._here(str(value)) for each, value in self.services[name].get("environment", {}).items()}
        return own | {"PYTHONPATH": str(CHECKOUT)} | given | (more or {})

    def health_check(self, name: str) -> list[str]:
        """Return the command that asks a service how it is."""
        kind, *words = self.services[name]["healthcheck"]["test"]
        words = [self._here(word) for word in words]
        if kind == "CMD-SHELL":
            return ["sh", "-c", words[0].replace("redis-cli", f"redis-cli -p {self.ports['6379']}")]
        return [sys.executable if words[0] == "python" else words[0], *words[1:]]

    def _here(self, text: str) -> str:
        """Return *text* with the addresses and paths of this run."""
        places = {
            "kafka:19092": self._kafka.bootstrap,
            "@redis:6379": f"@{HOST}:{self.ports['6379']}",
            "/run/secrets/redis_users": str(self.folder / "secrets" / "redis_users.acl"),
            "/run/secrets/api_tokens": str(self.folder / "secrets" / "api_tokens.json"),
            "/run/secrets": str(self.folder / "secrets"),
            "/var/lib/floorwatch": str(self.state),
            "/feeds": str(CHECKOUT / "streams" / "feeds" / "shipped"),
            "/etc/prometheus/prometheus.yml": str(self.folder / "prometheus.yml"),
            "/etc/alertmanager": str(CHECKOUT / "deploy" / "alertmanager"),
            "=/prometheus": f"={self.folder}/prometheus-data",
            "=/alertmanager": f"={self.folder}/alertmanager-data",
        }
        for there, here in places.items():
            text = text.replace(there, here)
        for port, chosen in self.ports.items():
            text = text.replace(f":{port}/", f":{chosen}/")
        return self.ports.get(text, text)

    def _of_this_machine(self, name: str) -> list[str]:
        """Return the options that a container does not need: its addresses and folders are its own."""
        if name == "redis":
            (self.folder / "redis").mkdir(exist_ok=True)
            return ["--port", self.ports["6379"], "--bind", HOST, "--dir", str(self.folder / "redis")]
        port = {"prometheus": "9090", "alertmanager": "9093"}[name]
        return [f"--web.listen-address={HOST}:{self.ports[port]}"]

    def _make_secrets(self) -> None:
        subprocess.run([CHECKOUT / "deploy" / "make-secrets", self.folder / "secrets"], check=True, capture_output=True)

    def listen(self, stack: ExitStack) -> None:
        """Have somebody take each change from the API with the first token, for as long as *stack* holds."""
        theirs = {
            "FLOORWATCH_API_URL": self.url("8480"),
            "FLOORWATCH_TOKEN_FILE": str(self.folder / "secrets" / "api_token"),
        }
        command = [sys.executable, "-m", "streams.cli", "tail", "--json", "--since", "earliest"]
        environ = self.environ("api", theirs)
        process = subprocess.Popen(command, env=environ, cwd=self.state, stdout=subprocess.DEVNULL)
        stack.callback(process.wait)
        stack.callback(process.terminate)

    def _write_configurations(self) -> None:
        """Write Prometheus' configuration with targets of this run, scraped so often that a test need not wait."""
        config = yaml.safe_load((CHECKOUT / "deploy" / "prometheus" / "prometheus.yml").read_text())
        config["global"] = dict.fromkeys(("scrape_interval", "evaluation_interval", "scrape_timeout"), SCRAPE)
        config["rule_files"] = [str(CHECKOUT / "deploy" / "prometheus" / each) for each in config["rule_files"]]
        found = [config["alerting"]["alertmanagers"][0], *config["scrape_configs"]]
        for each in found:
            port = each.pop("dns_sd_configs", [{}])[0].get("port")
            target = f":{port}" if port else each["static_configs"][0]["targets"][0]
            each["static_configs"] = [{"targets": [f"{HOST}:{self.ports[target.rpartition(':')[2]]}"]}]
        (self.folder / "prometheus.yml").write_text(yaml.safe_dump(config))


class Service(LocalServer):
    """One service that lasts, as a process; it answers once its health check succeeds."""

    name = "Service"

    def __init__(self, composed: Composed, service: str, more: dict[str, str]) -> None:
        super().__init__(folder=composed.folder / f"log-{service}", start_timeout_s=PATIENCE_S)
        self._composed = composed
        self._service = service
        self._more = more

    @property
    def durable(self) -> bool:
        """Not asked of these."""
        return False

    def command(self) -> Sequence[str]:
        """Return its command line under its environment, in the image's working folder."""
        environ = self._composed.environ(self._service, self._more)
        env = shutil.which("env") or "/usr/bin/env"
        given = [f"{name}={value}" for name, value in environ.items()]
        return [env, "-i", "-C", str(self._composed.state), *given, *self._composed.command(self._service)]

    def answers(self) -> bool:
        """Return whether the health check of the file succeeds."""
        command = self._composed.health_check(self._service)
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _installed(name: str, package: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"needs {name} on the path (Debian: apt-get install {package})")
    return path


def _redis_server() -> str:
    return EmbeddedRedis(port=1).command()[0]


def answer(url: str, token: str = "") -> tuple[int, bytes]:
    """Return status and body of an answer, (0, why) where there is none."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the address is our own
    try:
        with urllib.request.urlopen(request, timeout=20) as found:  # noqa: S310 - the address is our own
            return found.status, found.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except OSError as error:
        return 0, str(error).encode()


def until(reached: Any) -> Any:
    """Return what *reached* returns once that is something."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := reached()):
        assert time.monotonic() < deadline, "it was not reached in time"
        time.sleep(0.2)
    return found
