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
from streams.cli.options import AsJson, settings_of
from streams.rules.evidence import short

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
    *,
    once: Annotated[bool, typer.Option("--once", help="End after the feed instead of staying up.")] = False,
    as_json: AsJson = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the folder of logs and data.")] = False,
    pace: Annotated[
        float | None,
        typer.Option(
            "--days-per-second", min=0, help="Event days a second, 0: as fast as possible. Default 60; with --once 0."
        ),
    ] = None,
) -> None:
    """
    Replay real trade through the live path on this machine, with embedded Kafka and Redis.

    UK imports of silicon metal and tungsten by origin, 2024 to 2026 (HM Revenue & Customs), and metal prices (World
    Bank), judged against illustrative floors. Alerts are shown as they open, worsen and resolve; then it stays up until
    Ctrl-C, the API and its console too (FLOORWATCH_API_PORT, FLOORWATCH_STATE_DIR), so that other commands can be
    tried on it. --json: the last line of stdout is a JSON summary.

    Example: [bold]floorwatch demo[/]
    """
    from streams.demo import Demo, DemoError

    signal.signal(signal.SIGTERM, _end)
    days = pace if pace is not None else (0 if once else _WATCHABLE)
    screen = err if as_json else out
    stage = Stage(screen)
    try:
        with Demo(stage, keep=keep, api=None if once else settings_of()) as running:
            summary = running.run(speed=days * _DAY_S or None)
            _close(screen, summary, days=days, as_json=as_json)
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

    def _print(self, line: Text) -> None:
        if self._screen.is_terminal:
            self._screen.print(line, no_wrap=True, overflow="ellipsis")
        else:
            self._screen.print(line, soft_wrap=True)


def _line(change: "AlertChange", mark: tuple[str, str, str]) -> Text:
    sign, word, style = mark
    alert = change.alert
    severity = (
        SEVERITY_STYLES[alert.severity] if change.kind not in (ChangeKind.RESOLVED, ChangeKind.EXPIRED) else "dim"
    )
    return Text.assemble(
        (f"{change.at[:10]}  ", "dim"),
        (f"{sign} {word:<9} ", style),
        (f"{alert.severity.upper():<8} ", severity),
        (f"{alert.rule:<16} ", ""),
        (f"{lane(alert):<21}  ", "bold"),
        (_told(change), "" if severity != "dim" else "dim"),
    )


def _told(change: "AlertChange") -> str:
    """Return the figures in a few words, or the summary without what the line has said before it."""
    alert = change.alert
    facts = alert.evidence
    price, floor, gap = (facts.get(name) for name in ("landed_price_usd_per_kg", "floor_usd_per_kg", "gap_pct"))
    if price is None or floor is None or gap is None or "content_below_kg" not in facts:
        return alert.summary.removeprefix(f"{alert.product} ").removeprefix(
            f"from {alert.origin} to {alert.destination} "
        )
    days = facts["breach_days"]
    return (
        f"{short(gap, 1)} % below: {short(price, 3)} against {short(floor, 3)} USD/kg, "
        f"{short(facts['content_below_kg'], 0)} kg on {days} day{'' if days == 1 else 's'}, "
        f"levy {short(facts['levy_usd'], 0)} USD"
    )


def _close(screen: Console, summary: "Summary", *, days: float, as_json: bool) -> None:
    screen.print()
    speed = (
        f"paced at {days:g} event days a second"
        if days
        else f"{summary.records_per_second:,} a second, from the first one written to the last alert in Redis"
    )
    rows = [
        ("records", f"{summary.records:,}", speed),
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
    rows = [
        (Text("floorwatch alerts list", style="cyan"), "the alerts that stand"),
        (Text("floorwatch explain ALERT_ID", style="cyan"), "the arithmetic of one, recomputed"),
        (
            Text(
                "floorwatch floors quote --product 'silicon|metal' --origin CN --price 1.52 --date 2025-12-31",
                style="cyan",
            ),
            "the levy",
        ),
        (Text("floorwatch doctor", style="cyan"), "how it all is"),
    ]
    environ = f"export FLOORWATCH_KAFKA={settings.kafka} FLOORWATCH_REDIS={settings.redis}"
    if running.api is not None:
        rows.insert(0, (Text("floorwatch tail --since earliest", style="cyan"), "alerts as they came, and come"))
        environ += f" FLOORWATCH_API_URL={running.api.url} FLOORWATCH_STATE_DIR={settings.state_dir}"
        environ += f" FLOORWATCH_WEBHOOK_ALLOW={settings.webhook_allow}"
        screen.print(Text.assemble("The console: ", (running.api.url, "cyan")), soft_wrap=True)
    screen.print(Text(environ, style="cyan"), soft_wrap=True)
    screen.print(table("", ["", ""], rows))
    screen.print(Text(f"\nLogs: {running.folder}.  Stays up until Ctrl-C.", style="dim"), soft_wrap=True)
    try:
        running.wait()
    except KeyboardInterrupt:
        screen.print(Text("\nStopping.", style="dim"))


def _end(number: int, frame: "FrameType | None") -> None:  # noqa: ARG001 - a signal handler's signature
    raise SystemExit(128 + number)
