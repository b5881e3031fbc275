"""A way to a Kafka broker that can be cut: every connection through it ends at once, and new ones are let in again."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Final, Self

HOST: Final = "127.0.0.1"


class CuttableKafka:
    """
    A proxy before a broker on 127.0.0.1 that speaks plain text.

    A broker tells its clients its own address; in what comes from it the proxy puts its own port there.
    """

    def __init__(self, bootstrap: str) -> None:
        self._broker_port = int(bootstrap.rpartition(":")[2])
        self._listener = socket.create_server((HOST, 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def bootstrap(self) -> str:
        """The address for clients, host:port."""
        return f"{HOST}:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        self.cut()

    def cut(self) -> int:
        """End every connection, whatever is on its way; return how many there were."""
        with self._lock:
            pairs, self._pairs = [pair for pair in self._pairs if pair[0].fileno() >= 0], []
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        return len(pairs)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError), socket.create_connection((HOST, self._broker_port)) as broker:
            pair = (client, broker)
            with self._lock:
                self._pairs.append(pair)
            requests = threading.Thread(target=_hand_over, args=pair, daemon=True)
            requests.start()
            self._answer(client, broker)
            requests.join()

    def _answer(self, client: socket.socket, broker: socket.socket) -> None:
        address = HOST.encode() + self._broker_port.to_bytes(4, "big")
        ours = HOST.encode() + self._listener.getsockname()[1].to_bytes(4, "big")
        with _ending(client, broker), broker.makefile("rb") as stream:
            while length := stream.read(4):
                answer = stream.read(int.from_bytes(length, "big"))
                client.sendall(length + answer.replace(address, ours))


def _hand_over(client: socket.socket, broker: socket.socket) -> None:
    with _ending(client, broker):
        while data := client.recv(1 << 16):
            broker.sendall(data)


@contextlib.contextmanager
def _ending(*ends: socket.socket) -> Iterator[None]:
    """End both sides when one has ended."""
    try:
        with contextlib.suppress(OSError):
            yield
    finally:
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
