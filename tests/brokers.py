"""
The Kafka brokers that tests run against, all with one interface.

``FLOORWATCH_TEST_KAFKA`` chooses: unset or ``embedded`` the embedded broker; ``apache`` an Apache Kafka in KRaft
mode with a durable log, its jars fetched by Maven into ``.cache/kafka``; ``host:port`` a broker of yours, which is
neither stopped nor restarted.
"""

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol, Self

import pytest

from streams.broker import BrokerSecurity, admin_client
from streams.embedded import HOST, EmbeddedKafka, LocalServer, free_port, kafka_cluster_id

VARIABLE: Final = "FLOORWATCH_TEST_KAFKA"

APACHE_KAFKA: Final = "4.1.1"
"""The version of Apache Kafka that is tested against; deploy/ and docker-compose.yml name the same."""

_LOG4J: Final = "2.24.3"
_CACHE: Final = Path(__file__).resolve().parents[1] / ".cache" / "kafka"

_POM: Final = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>floorwatch</groupId>
  <artifactId>kafka-for-tests</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{APACHE_KAFKA}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>{_LOG4J}</version>
    </dependency>
  </dependencies>
</project>
"""

_LOG4J_PROPERTIES: Final = """\
rootLogger.level = INFO
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1}: %m%n
"""


class Broker(Protocol):
    """What a test may ask of the broker it runs against."""

    can_restart: bool

    @property
    def bootstrap(self) -> str:
        """The address for clients, host:port."""

    @property
    def durable(self) -> bool:
        """Whether records survive a kill and a start."""

    @property
    def alive(self) -> bool:
        """Whether it runs."""

    def start(self) -> object:
        """Start it and return once it answers."""

    def stop(self) -> None:
        """Stop it in good order."""

    def kill(self) -> None:
        """Kill it with SIGKILL."""

    def restart(self) -> None:
        """Stop it and start it on the same port, with the same log."""

    def close(self) -> None:
        """Stop it and remove what it left."""


class ApacheKafka(LocalServer):
    """
    One Apache Kafka broker and controller, as in production but for its replicas: durable, and refusing what it should.

    Topics are not created on demand.  :attr:`sasl_bootstrap` is a second listener that wants ``PLAIN`` logins.
    """

    name = "Kafka"
    user: Final = "floorwatch"
    password: Final = "right"  # noqa: S105 - of a broker that lives for one test run

    def __init__(self, *, folder: Path | None = None, port: int | None = None) -> None:
        super().__init__(port=port, folder=folder, start_timeout_s=90.0)
        self._sasl_port = free_port()
        self._controller_port = free_port()
        self._cluster_id: str | None = None

    @property
    def bootstrap(self) -> str:
        """The address for clients, host:port."""
        return f"{HOST}:{self.port}"

    @property
    def sasl_bootstrap(self) -> str:
        """The address for clients that log in as :attr:`user`."""
        return f"{HOST}:{self._sasl_port}"

    @property
    def security(self) -> BrokerSecurity:
        """The settings that :attr:`sasl_bootstrap` accepts."""
        return BrokerSecurity(protocol="SASL_PLAINTEXT", mechanism="PLAIN", user=self.user, password=self.password)

    @property
    def durable(self) -> bool:
        """True: the log is on disk."""
        return True

    def command(self) -> Sequence[str]:
        """Return the command line of the broker, its storage formatted."""
        if self._cluster_id is None:
            self._cluster_id = self._format_storage()
        return [*self._java(), "kafka.Kafka", str(self._properties)]

    def answers(self) -> bool:
        """Return whether a metadata request is answered, by this broker."""
        return kafka_cluster_id(self.bootstrap) == self._cluster_id

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def _format_storage(self) -> str:
        self._properties.write_text(self._configuration())
        (self.folder / "log4j2.properties").write_text(_LOG4J_PROPERTIES)
        tool = [*self._java(), "kafka.tools.StorageTool"]
        cluster_id = _run([*tool, "random-uuid"]).split()[-1]
        _run([*tool, "format", "-t", cluster_id, "-c", str(self._properties), *self.format_options()])
        return cluster_id

    def format_options(self) -> list[str]:
        """Return what more the storage is formatted with."""
        return []

    def _java(self) -> list[str]:
        java = _executable("java", "a Java runtime 17 or later (Debian: openjdk-17-jre-headless)")
        options = [
            "-Xms256m",
            "-Xmx512m",
            "-XX:+UseSerialGC",
            f"-Dlog4j2.configurationFile={self.folder}/log4j2.properties",
        ]
        return [java, *options, "-cp", f"{apache_kafka_jars()}/*"]

    def _configuration(self) -> str:
        return "".join(f"{name}={value}\n" for name, value in self.settings().items())

    def settings(self) -> dict[str, str]:
        """Return the broker's settings."""
        login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        listeners = f"OPEN://{self.bootstrap},SASL://{self.sasl_bootstrap}"
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{HOST}:{self._controller_port}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "OPEN",
            "listeners": f"{listeners},CONTROLLER://{HOST}:{self._controller_port}",
            "advertised.listeners": listeners,
            "listener.security.protocol.map": "OPEN:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.sasl.plain.sasl.jaas.config": f'{login} user_{self.user}="{self.password}";',
            "log.dirs": str(self.folder / "data"),
            "auto.create.topics.enable": "false",
            # A killed broker is forgotten after this time; until then its next run may not register.
            "broker.session.timeout.ms": "1500",
            "broker.heartbeat.interval.ms": "250",
            "group.initial.rebalance.delay.ms": "0",
            # A worker that was killed is missed soon.
            "group.min.session.timeout.ms": "1000",
            "offsets.topic.num.partitions": "4",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            # Compaction and expiry within a test's patience.
            "log.cleaner.backoff.ms": "500",
            "log.retention.check.interval.ms": "500",
            "log.initial.task.delay.ms": "500",
        }


class GivenKafka:
    """A broker of the user's own; a test that would stop it is skipped instead."""

    can_restart = False
    durable = True
    alive = True

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap

    def start(self) -> Self:
        """Check that it is there."""
        with admin_client(self.bootstrap):
            return self

    def stop(self) -> None:
        """Skip the test."""
        pytest.skip(f"{VARIABLE}={self.bootstrap} is a broker of the user's own, which tests do not stop")

    kill = restart = stop

    def close(self) -> None:
        """Leave it as it is."""


def broker() -> Broker:
    """Return the broker that the environment chooses, not started; an unknown choice is a ``pytest.UsageError``."""
    choice = os.environ.get(VARIABLE) or "embedded"
    if choice == "embedded":
        return EmbeddedKafka()
    if choice == "apache":
        return ApacheKafka()
    if re.fullmatch(r"[^:\s]+:\d+", choice):
        return GivenKafka(choice)
    raise pytest.UsageError(f"{VARIABLE} must be embedded, apache or host:port, was {choice!r}")


def apache_kafka_jars() -> Path:
    """Return the folder of Apache Kafka's jars, fetching them once by Maven (about 45 MB)."""
    folder = _CACHE / APACHE_KAFKA
    jars, complete = folder / "jars", folder / "complete"
    with _alone(_CACHE):
        if not complete.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            (folder / "pom.xml").write_text(_POM)
            maven = _executable("mvn", "Maven (Debian: maven), or the embedded broker")
            goal = "org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies"
            _run([maven, "-B", "-q", "-f", str(folder / "pom.xml"), goal, f"-DoutputDirectory={jars}"])
            complete.touch()
    return jars


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    # Two test runs at once must not fetch into each other's folder.
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n")
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _executable(name: str, what: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise FileNotFoundError(f"{VARIABLE}=apache needs {what}: there is no {name} on the path")
    return path


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout
