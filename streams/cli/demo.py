"""``floorwatch demo``: everything on one machine, told as it happens."""

import signal
import sys
import time
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from alerts.model import ChangeKind
from streams.cli.alerts import lane
from streams.cli.console import SEVERITY_STYLES, counted, err, fail, out, print_json, table
from streams.cli.options import AsJson

if TYPE_CHECKING:
    from types import FrameType

    from alerts.model import AlertChange
    from streams.demo import Demo, Summary

_DAY_S: Final = 86_400
_WATCHABLE: Final = 60.0
"""Event days a second at which a person can follow two years of trade."""

_MARKS: Final = {
    ChangeKind.OPENED: ("▲", "opened", "bold"),
    ChangeKind.REOPENED: ("▲", "reopened", "bold"),
    ChangeKind.SEVERITY_RAISED: ("▲", "worse", "bold"),
    ChangeKind.SEVERITY_LOWERED: ("▽", "eased", "green"),
    ChangeKind.RESOLVED: ("✓", "resolved", "green"),
    ChangeKind.EXPIRED: ("○", "expired", "dim"),
    ChangeKind.RETRACTED: ("✗", "retracted", "dim"),
}
"""What is told, a line each; more of the same is not."""


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the feed instead of staying up.")] = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002 - a flag
    keep: Annotated[bool, typer.Option("--keep", help="Keep the folder of logs and data.")] = False,  # noqa: FBT002
    pace: Annotated[
        float | None, typer.Option("--days-per-second", min=0, help="Event days a second, 0: as fast as possible. Default 60; with --once 0.")
    ] = None,
) -> None:
    """
    Replay real trade through the live path on this machine, with embedded Kafka and Redis.

    UK imports of silicon metal and tungsten by origin, 2024 to 2026 (HM Revenue & Customs), and metal prices (World Bank),
    judged against illustrative floors. Alerts are shown as they open, worsen and resolve; then it stays up until Ctrl-C
    so that other commands can be tried on it. --json: the last line of stdout is a JSON summary.

    Example: [bold]floorwatch demo[/]
    """
    from streams.demo import Demo, DemoError  # noqa: PLC0415

    signal.signal(signal.SIGTERM, _end)
    days = pace if pace is not None else (0 if once else _WATCHABLE)
    screen = err if as_json else out
    stage = Stage(screen)
    try:
        with Demo(stage, keep=keep) as running:
            summary = running.run(speed=days * _DAY_S or None)
            _close(screen, stage, running, summary, as_json=as_json)
            if not once:
                _stay(running, screen)
            if keep:
                screen.print(Text(f"Logs and data are kept in {running.folder}"), soft_wrap=True)
    except DemoError as error:
        fail(str(error))
    except KeyboardInterrupt:
        screen.print(Text("Stopped.", style="dim"))
        raise typer.Exit(130) from None


class Stage:
    """Shows what the demo does: a line for what begins, a line for each alert that changes for better or worse."""

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._began = time.monotonic()
        self._lines = 0

    def stage(self, text: str) -> None:
        """Show what begins."""
        self._screen.print(Text.assemble((f"{time.monotonic() - self._began:5.1f} s  ", "dim"), text), soft_wrap=True)

    def change(self, change: "AlertChange") -> None:
        """Show a change that makes a difference."""
        mark = _MARKS.get(change.kind)
        if mark is None:
            return
        if not self._lines:
            self._screen.print()
        self._lines += 1
        self._print(_line(change, mark))

    def progress(self, judged: int, total: int) -> None:
        """Show nothing: the alerts are the progress."""

    def rest(self) -> None:
        """Part the alerts from what follows."""
        self._screen.print()

    def _print(self, line: Text) -> None:
        if self._screen.is_terminal:
            self._screen.print(line, no_wrap=True, overflow="ellipsis")
        else:
            self._screen.print(line, soft_wrap=True)


def _line(change: "AlertChange", mark: tuple[str, str, str]) -> Text:
    sign, word, style = mark
    alert = change.alert
    severity = SEVERITY_STYLES[alert.severity] if change.kind not in (ChangeKind.RESOLVED, ChangeKind.EXPIRED) else "dim"
    return Text.assemble(
        (f"{change.at[:10]}  ", "dim"),
        (f"{sign} {word:<9} ", style),
        (f"{alert.severity.upper():<8} ", severity),
        (f"{alert.rule:<16} ", ""),
        (f"{lane(alert):<21}  ", "bold"),
        (_told(change), "" if severity != "dim" else "dim"),
    )


def _told(change: "AlertChange") -> str:
    """Return the summary without what the line has said before it."""
    alert = change.alert
    words = alert.summary.removeprefix(f"{alert.product} ")
    return words.removeprefix(f"from {alert.origin} ").removeprefix(f"landed in {alert.destination} ")


def _close(screen: Console, stage: Stage, running: "Demo", summary: "Summary", *, as_json: bool) -> None:
    stage.rest()
    rows = [
        ("records", f"{summary.records:,}", f"{summary.records_per_second:,} a second from the first one written to the last alert in Redis"),
        ("dead letters", f"{sum(summary.dead_letters.values()):,}", counted(summary.dead_letters)),
        ("alerts", f"{sum(summary.by_rule.values()):,}", counted(summary.by_rule)),
        ("", "", counted(summary.by_state)),
    ]
    screen.print(table("What came of it", ["", ("", "right"), ""], rows))
    screen.print(Text("\nEvery alert is a signal, not a determination; the floors are illustrative.", style="dim"))
    if as_json:
        print_json(summary.as_json())
    sys.stdout.flush()


def _stay(running: "Demo", screen: Console) -> None:
    settings = running.settings
    screen.print(Text("\nWhere to look next, in another terminal", style="bold"))
    for command, what in (
        (f"export FLOORWATCH_KAFKA={settings.kafka} FLOORWATCH_REDIS={settings.redis}", ""),
        ("floorwatch alerts list", "the alerts that stand"),
        ("floorwatch explain ALERT_ID", "the arithmetic of one, recomputed"),
        ("floorwatch floors list --kafka $FLOORWATCH_KAFKA", "what was judged by"),
        ("floorwatch doctor", "how it all is"),
    ):
        screen.print(Text.assemble("  ", (command, "cyan"), (f"   {what}" if what else "", "dim")), soft_wrap=True)
    screen.print(Text(f"\nLogs: {running.folder}.  Stays up until Ctrl-C.", style="dim"), soft_wrap=True)
    try:
        running.wait()
    except KeyboardInterrupt:
        screen.print(Text("\nStopping.", style="dim"))


def _end(number: int, frame: "FrameType | None") -> None:  # noqa: ARG001 - a signal handler's signature
    raise SystemExit(128 + number)
