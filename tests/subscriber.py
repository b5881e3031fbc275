"""
A subscriber as a process: writes what it hears to a file, a line a change, and goes on from its last line.

``python -m tests.subscriber KIND FILE ADDRESS [NAMESPACE]``; KIND is ``sse``, ``websocket``, ``webhook`` or ``group``.
It may be killed at any point: a line is one write, and what was not written was not heard.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from redis import exceptions
from redis.asyncio import Redis
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from alerts.sse import EventReader

PAUSE_S = 0.2
GROUP = "desk"


class Heard(NamedTuple):
    """One change, as a line has it."""

    cursor: str
    id: str


class Notes:
    """The file of a subscriber."""

    def __init__(self, path: Path) -> None:
        whole = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
        path.write_bytes(whole + b"\n" if whole else b"")
        self.known = [Heard(*line.split("\t")) for line in whole.decode().splitlines()]
        self.ids = {each.id for each in self.known}
        self.cursor = self.known[-1].cursor if self.known else ""
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)

    def write(self, cursor: str, change_id: str) -> None:
        """Write down one change."""
        os.write(self._file, f"{cursor}\t{change_id}\n".encode())
        self.cursor = cursor
        self.ids.add(change_id)


def read_notes(path: Path) -> list[Heard]:
    """Return what a subscriber has written so far."""
    whole = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
    return [Heard(*line.split("\t")) for line in whole.decode().splitlines()]


async def sse(notes: Notes, url: str) -> None:
    """Read the stream; a connection that ends is made again."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_read=20)) as session:
        while True:
            headers = {"Last-Event-ID": notes.cursor or "earliest"}
            try:
                async with session.get(f"{url}/v1/alerts/stream", headers=headers) as answer:
                    reader = EventReader()
                    async for data in answer.content.iter_any():
                        for event in reader.feed(data):
                            if event.event == "gap":
                                sys.exit(f"a gap: {event.data}")
                            if event.event == "change":
                                notes.write(event.last_id, json.loads(event.data)["id"])
            except (aiohttp.ClientError, TimeoutError, OSError):
                pass
            await asyncio.sleep(PAUSE_S)


async def websocket(notes: Notes, url: str) -> None:
    """Read the socket; one that ends is opened again."""
    while True:
        try:
            async with connect(f"ws{url.removeprefix('http')}/v1/ws") as socket:
                await socket.send(json.dumps({"type": "subscribe", "after": notes.cursor or "earliest"}))
                async for text in socket:
                    said = json.loads(text)
                    if said["type"] == "gap":
                        sys.exit(f"a gap: {text!r}")
                    if said["type"] == "change":
                        notes.write(said["cursor"], said["event"]["id"])
        except (WebSocketException, OSError, TimeoutError):
            pass
        await asyncio.sleep(PAUSE_S)


async def webhook(notes: Notes, url: str) -> None:
    """Take deliveries; one whose id is known is taken and dropped, as the standard asks of a receiver."""

    async def take(request: web.Request) -> web.Response:
        event = json.loads(await request.read())
        if request.headers["webhook-id"] not in notes.ids:
            notes.write(event["sequence"], event["id"])
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, urlsplit(url).hostname, urlsplit(url).port).start()
    await asyncio.Event().wait()


async def group(notes: Notes, url: str, namespace: str) -> None:
    """Read the stream of Redis in a group; a store that was emptied has lost the group, which is made where this is."""
    client: Any = Redis.from_url(url, socket_timeout=5, decode_responses=True)
    stream, start = f"{{{namespace}}}:alerts", "0"
    while True:
        try:
            found = await client.xreadgroup(GROUP, "one", {stream: start}, count=100, block=1000)
            entries = (
                next(iter(found.values()))[0] if isinstance(found, dict) and found else found[0][1] if found else []
            )
            for entry_id, fields in entries:
                change = json.loads(fields["change"])["id"] if fields else None
                # Handed out before a kill and not acknowledged: it may have been written down.
                if change is not None and change not in notes.ids:
                    notes.write(entry_id, change)
                await client.xack(stream, GROUP, entry_id)
            if not entries:
                start = ">"
        except exceptions.ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            await client.xgroup_create(stream, GROUP, id=notes.cursor or "0-0", mkstream=True)
            start = "0"
        except (exceptions.ConnectionError, exceptions.TimeoutError, OSError):
            await asyncio.sleep(PAUSE_S)


def main() -> None:
    """Run the subscriber that the command line names."""
    kind, path, address, *more = sys.argv[1:]
    heard = {"sse": sse, "websocket": websocket, "webhook": webhook, "group": group}[kind]
    asyncio.run(heard(Notes(Path(path)), address, *more))


if __name__ == "__main__":
    main()
