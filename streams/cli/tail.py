"""``floorwatch tail``: alerts as they come, in a terminal or as JSON lines, from where the last call ended."""

import asyncio
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlencode

import msgspec
import typer
from rich.text import Text

from streams.cli.console import SEVERITY_STYLES, fail, out, severity_text, tell, warn
from streams.cli.options import AsJson, settings_of
from streams.cli.selecting import (
    AtLeast,
    Destination,
    InState,
    Mineral,
    Origin,
    Product,
    Rule,
    Stage,
    Zone,
    selected,
)
from streams.settings import api_token

if TYPE_CHECKING:
    import aiohttp

    from alerts.sse import ServerEvent

QUIET_S: Final = 60.0
"""After so long without a byte the connection counts as gone: the server says that it lives every fifteen seconds."""
_LAST_WAIT_S: Final = 30.0
_AGAIN: Final = frozenset({429, 500, 502, 503, 504})


def tail(
    *,
    mineral: Mineral = None,
    stage: Stage = None,
    product: Product = None,
    origin: Origin = None,
    destination: Destination = None,
    rule: Rule = None,
    zone: Zone = None,
    severity: AtLeast = None,
    state: InState = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="CURSOR", help="What came after it; earliest: all that is kept.")
    ] = None,
    cursor_file: Annotated[
        Path | None,
        typer.Option("--cursor-file", metavar="FILE", dir_okay=False, help="Keep the cursor there and go on from it."),
    ] = None,
    snapshot: Annotated[bool, typer.Option("--snapshot", help="The alerts that are open first.")] = False,
    count: Annotated[int | None, typer.Option("--count", min=1, help="End after so many.")] = None,
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="The API; default FLOORWATCH_API_URL or this machine.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Show alerts as they change, until Ctrl-C. It connects again by itself and leaves nothing out.

    The token is FLOORWATCH_TOKEN, or in the file FLOORWATCH_TOKEN_FILE. With --json a line is a CloudEvent.

    Example: [bold]floorwatch tail --mineral silicon,gallium --severity high --cursor-file ~/.floorwatch.cursor[/]
    """
    wanted = selected(
        mineral=mineral,
        stage=stage,
        product=product,
        origin=origin,
        destination=destination,
        rule=rule,
        zone=zone,
        severity=severity,
        state=state,
    )
    settings = settings_of(api_url=url)
    kept = _kept(cursor_file)
    listener = _Listener(
        url=settings.api_url,
        token=api_token(settings),
        query={name: str(value) for name, value in msgspec.to_builtins(wanted).items()}
        | ({"mode": "snapshot"} if snapshot else {}),
        cursor=kept or since or "",
        cursor_file=cursor_file,
        left=count,
        as_json=as_json,
    )
    try:
        asyncio.run(listener.listen())
    except KeyboardInterrupt:
        if listener.cursor and not as_json:
            tell(f"to go on from here: --since {listener.cursor}")
        sys.exit(0)


@dataclass(kw_only=True)
class _Listener:
    """Reads the stream, shows what comes, and remembers how far it came."""

    url: str
    token: str
    query: dict[str, str]
    cursor: str
    cursor_file: Path | None
    left: int | None
    as_json: bool
    failures: int = field(default=0, init=False)

    async def listen(self) -> None:
        """Read until there is enough; connections that end are made again."""
        import aiohttp

        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        timeout = aiohttp.ClientTimeout(total=None, connect=10, sock_read=QUIET_S)
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
            while self.left is None or self.left > 0:
                try:
                    await self._read(session)
                except (aiohttp.ClientError, TimeoutError, OSError) as error:
                    await self._wait(f"no stream from {self.url} ({type(error).__name__})")

    async def _read(self, session: "aiohttp.ClientSession") -> None:
        from alerts.sse import EventReader

        headers = {"Last-Event-ID": self.cursor} if self.cursor else {}
        query = f"?{urlencode(self.query)}" if self.query else ""
        async with session.get(f"{self.url}/v1/alerts/stream{query}", headers=headers, allow_redirects=False) as answer:
            if answer.status in _AGAIN:
                await self._wait(f"the API answers {answer.status}")
                return
            if answer.status != 200:  # noqa: PLR2004 - OK
                fail(_problem(answer.status, await answer.text()))
            reader = EventReader()
            async for data in answer.content.iter_any():
                for event in reader.feed(data):
                    self._take(event)
                    if self.left is not None and self.left <= 0:
                        self._keep()
                        return
                self._keep()
        await self._wait("the API ended the stream")

    def _take(self, event: "ServerEvent") -> None:
        self.failures = 0
        said: Any = msgspec.json.decode(event.data) if event.data else None
        if event.event in ("change", "snapshot"):
            self._show(event, said)
        elif event.event == "gap":
            warn(f"changes were missed after {said['requested']} ({said['reason']}): what follows is all that is kept")
        elif event.event == "behind":
            warn(f"the store has less than was seen already ({said['last']}): it is being filled again; waiting")
        if event.last_id:
            self.cursor = event.last_id

    def _show(self, event: "ServerEvent", said: Any) -> None:
        if self.left is not None:
            self.left -= 1
        if self.as_json:
            sys.stdout.write(event.data + "\n")
            sys.stdout.flush()
            return
        out.print(_line(said), soft_wrap=True)

    def _keep(self) -> None:
        if self.cursor_file is not None and self.cursor:
            # Replaced whole: a file that is cut in half would be no cursor.
            beside = self.cursor_file.with_name(self.cursor_file.name + ".new")
            beside.write_text(self.cursor + "\n", encoding="utf-8")
            beside.replace(self.cursor_file)

    async def _wait(self, why: str) -> None:
        self.failures += 1
        wait_s = min(_LAST_WAIT_S, 0.5 * 2 ** min(self.failures, 10)) * (0.5 + random.random())  # noqa: S311 - a wait
        if self.failures in (1, 4) or self.failures % 20 == 0:
            tell(f"{why}; connecting again until it answers")
        await asyncio.sleep(wait_s)


def _kept(cursor_file: Path | None) -> str:
    from alerts.cursors import parse_cursor

    if cursor_file is None or not cursor_file.exists():
        return ""
    text = cursor_file.read_text(encoding="utf-8").strip()
    return str(parse_cursor(text)) if text else ""


def _line(event: dict[str, Any]) -> Text:
    """Return one change in one line: when, how bad, what happened, where, in a sentence."""
    data = event["data"]
    alert, kind = (data["alert"], data["kind"]) if "alert" in data else (data, "open")
    lane = ">".join(each for each in (alert["origin"], alert["destination"]) if each)
    style = SEVERITY_STYLES.get(alert["severity"], "")
    return Text.assemble(
        (event["time"][:10], "dim"),
        "  ",
        severity_text(alert["severity"]),
        " " * (10 - len(alert["severity"])),
        (f"{kind.replace('_', ' '):<17}", style if kind in ("opened", "severity_raised", "reopened") else ""),
        f"{alert['product']} {lane}".rstrip(),
        ("  " + alert["rule"] + "  ", "dim"),
        alert["summary"],
        ("  " + alert["id"][:8], "dim"),
    )


def _problem(status: int, body: str) -> str:
    try:
        return f"the API answers {status}: {msgspec.json.decode(body)['detail']}"
    except (msgspec.DecodeError, KeyError, TypeError):
        return f"what answers {status} is not the API: check the address (--url)"
