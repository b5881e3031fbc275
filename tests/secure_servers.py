"""
A Kafka and a Redis as they are run where others share the network: TLS, a login, and no way in without.

Certificates are made on the spot by openssl.  The Redis is the one on the path (Debian: redis-server): the embedded
server is built without TLS.
"""

import shutil
import ssl
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from streams.broker import BrokerSecurity
from streams.embedded import HOST, LocalServer, free_port
from tests.brokers import ApacheKafka

CHECKOUT: Final = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Certificates:
    """An authority that nobody else believes, and a server's certificate for 127.0.0.1 by it; PEM files."""

    authority: Path
    certificate: Path
    key: Path

    @classmethod
    def make(cls, folder: Path) -> Self:
        """Make both in *folder*; skip the test where there is no openssl."""
        if shutil.which("openssl") is None:
            pytest.skip("certificates are made by openssl (Debian: openssl), which is not on the path")
        folder.mkdir(parents=True, exist_ok=True)
        made = cls(folder / "ca.crt", folder / "server.crt", folder / "server.key")
        _openssl(folder, "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.crt")
        _openssl(
            folder,
            "req -newkey rsa:2048 -nodes -subj /CN=server -addext subjectAltName=IP:127.0.0.1 "
            "-keyout server.key -out server.csr",
        )
        _openssl(
            folder,
            "x509 -req -days 2 -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -copy_extensions copy "
            "-out server.crt",
        )
        return made


class SecureKafka(ApacheKafka):
    """An Apache Kafka whose clients come over TLS and log in by SCRAM; its open listener is for the test alone."""

    def __init__(self, certificates: Certificates, *, folder: Path) -> None:
        super().__init__(folder=folder)
        self._certificates = certificates
        self._secure_port = free_port()

    @property
    def secure_bootstrap(self) -> str:
        """The address for clients over TLS that log in."""
        return f"{HOST}:{self._secure_port}"

    @property
    def security(self) -> BrokerSecurity:
        """The settings that :attr:`secure_bootstrap` accepts."""
        return BrokerSecurity(
            protocol="SASL_SSL",
            mechanism="SCRAM-SHA-512",
            user=self.user,
            password=self.password,
            cafile=self._certificates.authority,
        )

    def format_options(self) -> list[str]:
        """Return what makes the user known: a SCRAM user is in the broker's own metadata."""
        return ["--add-scram", f"SCRAM-SHA-512=[name={self.user},password={self.password}]"]

    def settings(self) -> dict[str, str]:
        """Return the settings with a third listener, by TLS and SCRAM."""
        store = self.folder / "keystore.pem"
        store.write_text(self._certificates.key.read_text() + self._certificates.certificate.read_text())
        plain = super().settings()
        secure = f"SECURE://{self.secure_bootstrap}"
        return plain | {
            "listeners": f"{plain['listeners']},{secure}",
            "advertised.listeners": f"{plain['advertised.listeners']},{secure}",
            "listener.security.protocol.map": f"{plain['listener.security.protocol.map']},SECURE:SASL_SSL",
            "listener.name.secure.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.secure.scram-sha-512.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
            "listener.name.secure.ssl.keystore.type": "PEM",
            "listener.name.secure.ssl.keystore.location": str(store),
        }


class SecureRedis(LocalServer):
    """A Redis over TLS with the users of deploy/redis/users.acl, and no open port."""

    name = "Redis"

    def __init__(self, certificates: Certificates, *, folder: Path) -> None:
        super().__init__(folder=folder)
        self._certificates = certificates
        subprocess.run([CHECKOUT / "deploy" / "make-secrets", self.folder / "secrets"], check=True, capture_output=True)

    @property
    def password_file(self) -> Path:
        """The file that holds the password of the user `floorwatch`."""
        return self.folder / "secrets" / "redis_password"

    @property
    def url(self) -> str:
        """The address for the user of Floorwatch, without the password."""
        return f"rediss://floorwatch@{HOST}:{self.port}/0?ssl_ca_certs={self._certificates.authority}"

    def url_of(self, user: str, password: str) -> str:
        """Return the address for another user."""
        return f"rediss://{user}:{password}@{HOST}:{self.port}/0?ssl_ca_certs={self._certificates.authority}"

    @property
    def durable(self) -> bool:
        """True: the append-only file is in the folder."""
        return True

    def command(self) -> Sequence[str]:
        """Return the command line of the server."""
        server = shutil.which("redis-server")
        if server is None:
            pytest.skip("Redis over TLS needs a redis-server built with it (Debian: redis-server) on the path")
        options = {
            "bind": HOST,
            "port": "0",
            "tls-port": str(self.port),
            "tls-cert-file": str(self._certificates.certificate),
            "tls-key-file": str(self._certificates.key),
            "tls-ca-cert-file": str(self._certificates.authority),
            "tls-auth-clients": "no",
            "aclfile": str(self.folder / "secrets" / "redis_users.acl"),
            "dir": str(self.folder),
            "save": "",
            "appendonly": "yes",
            "maxmemory-policy": "noeviction",
        }
        return [server, *(word for name, value in options.items() for word in (f"--{name}", value))]

    def answers(self) -> bool:
        """Return whether the user ``health`` hears PONG, as the health check of docker-compose.yml asks."""
        try:
            with redis.Redis.from_url(
                self.url_of("health", "none"), socket_timeout=1.0, retry=Retry(NoBackoff(), 0)
            ) as client:
                return bool(client.ping())
        except (redis.RedisError, ssl.SSLError):
            return False


def _openssl(folder: Path, arguments: str) -> None:
    subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True)
