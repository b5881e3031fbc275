"""``floorwatch replay``: a historical feed through the very same judgement, with a broker or without."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.compare import diff
from streams.cli.console import counted, out, print_json, print_lines, table, tell, warn
from streams.cli.default_command import DEFAULT, DefaultCommandGroup
from streams.cli.feed_options import Declared, feed_options, wants_sorting
from streams.cli.log_inputs import (
    FirstMoment,
    LastMoment,
    book_of_log_or_files,
    day_of_feed,
    is_log,
    log_inputs,
    log_source,
    period_of,
)
from streams.cli.named_files import check_feeds, check_not_read
from streams.cli.options import (
    AsJson,
    Files,
    Hindsight,
    Patience,
    Rates,
    Schedules,
    day_of,
    settings_of,
    today,
)
from streams.cli.progress import feed_progress, log_progress, whole_or_nothing
from streams.cli.reference_data import book_of
from streams.cli.replay_live import kafka_summary, log_series, reference_for, through_namespace, written
from streams.cli.run_folder import Origins, Products, RunFolder, check_folder, keep_run, selection_of
from streams.cli.what_if import Against, RuleFiles, Side, replay_both, rule_file, sides_of
from streams.settings import replay_settings

if TYPE_CHECKING:
    from rich.table import Table

    from alerts.model import Alert
    from streams.feed_records import ReplayOptions
    from streams.log_source import LogSource
    from streams.replay import DirectResult
    from streams.settings import Settings

STDOUT = Path("-")

app = typer.Typer(cls=DefaultCommandGroup, help="Replay feed files, and compare what replays came to.")
app.command("diff")(diff)


def _speed(text: str) -> float:
    """Return event seconds a second; 0 for as fast as possible."""
    if text == "max":
        return 0.0
    try:
        speed = float(text)
    except ValueError:
        speed = -1.0
    if not 0 < speed < float("inf"):
        message = f"{text!r} is no speed: give event seconds a second (1 is real time, 86400 a day a second), or max"
        raise typer.BadParameter(message)
    return speed


@app.command(DEFAULT)
def replay(
    files: Files,
    *,
    direct: Annotated[bool, typer.Option("--direct", help="In this process, without a broker.")] = False,
    kafka: Annotated[
        str | None,
        typer.Option(
            "--kafka",
            metavar="HOST:PORT",
            help="Into the live topics there and through their workers: whoever listens is told. See --namespace.",
        ),
    ] = None,
    out_file: Annotated[
        Path | None,
        typer.Option("--out", metavar="ALERTS", help="Write the final alerts: JSON lines sorted by id; - is stdout."),
    ] = None,
    run: RunFolder = None,
    namespace: Annotated[
        str | None,
        typer.Option(
            "--namespace",
            metavar="RUN",
            help="With --kafka: apart, in topics, a worker and Redis keys of its own (replay:RUN); interrupts nobody.",
        ),
    ] = None,
    schedules: Schedules = None,
    rates: Rates = None,
    products: Products = None,
    origins: Origins = None,
    first: FirstMoment = None,
    last: LastMoment = None,
    declared: Declared = None,
    hindsight: Hindsight = False,
    rule_files: RuleFiles = None,
    against: Against = None,
    as_of: Annotated[
        date | None,
        typer.Option(
            "--as-of",
            metavar="DAY",
            parser=day_of,
            help="The day it is replayed on: later dates are refused. Default today.",
        ),
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            "--speed",
            parser=_speed,
            metavar="1|60|max",
            help="Event seconds a second, or max (the default); --kafka only.",
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on where an interrupted replay of the same files stopped; --kafka only."),
    ] = False,
    patience: Patience = 30.0,
    as_json: AsJson = False,
) -> None:
    """
    Replay feed files: with --direct in this process, with --kafka through the live path. Both end in the same alerts.

    With --kafka the records go into the live topics: whoever is told of today's alerts is told of theirs. They are
    paced by their dates (--speed); Ctrl-C is safe, and --resume goes on from there. --floors, --fx and --rules are for
    --direct: workers judge by what was published.

    With --namespace RUN as well it stays apart, as replay:RUN, and interrupts nobody: floorwatch alerts list
    --namespace RUN shows what it came to, and so does the API with run=RUN.

    An archive (floorwatch record) or kafka://HOST:PORT is replayed in the order of the log, by the reference data that
    was published beside it, --from and --to by the log's own time (UTC), to where it ends.

    Ctrl-Z pauses a direct replay and fg goes on; one that was broken off wrote nothing and is run again.

    Examples: [bold]floorwatch replay trades.csv --direct --out alerts.jsonl --floors our-floors.toml[/],
    [bold]floorwatch replay trades.csv --direct --run january[/], [bold]floorwatch replay archive/ --direct[/],
    [bold]floorwatch replay trades.csv --kafka broker:9092 --speed max[/];
    [bold]floorwatch replay trades.csv --direct --rules shipped --rules stricter.toml[/] asks what if, and
    [bold]floorwatch replay diff january february[/] compares two runs.
    """
    from streams.feed_records import ReplayOptions

    rules = rule_file(rule_files)
    sides = sides_of(rule_files, schedules, against)
    _check(
        direct=direct,
        kafka=kafka,
        namespace=namespace,
        schedules=schedules,
        rates=rates,
        hindsight=hindsight,
        rules=rules,
        speed=speed,
        resume=resume,
    )
    check_feeds(files)
    named = [*files, *(schedules or ()), *(against or ()), *(rates or ()), *(rule_files or ())]
    check_not_read(None if out_file == STDOUT else out_file, "--out", named)
    check_not_read(run, "--run", named)
    check_folder(run)
    goods = selection_of(products, origins)
    period_of(first, last)
    log = log_source(files[0], first, last, goods, patience) if is_log(files) else None
    if log is not None and (as_of or declared or speed or resume):
        message = (
            "--as-of, --declare, --speed and --resume are for feed files: "
            "a log says itself when and how a record was written, and goes in one go"
        )
        raise typer.BadParameter(message)
    options = ReplayOptions(
        as_of=as_of or today(),
        first_day=None if log else day_of_feed(first),
        last_day=None if log else day_of_feed(last),
        speed=speed or None,
        feed=feed_options(declared),
        goods=goods,
        sort=wants_sorting(declared),
    )
    if sides is not None:

        def judge(side: Side, folder: Path) -> None:
            settings = settings_of(hindsight=hindsight or None, rules=side.rules)
            _direct(files, settings, options, schedules=side.schedules, rates=rates, run=folder)

        alone = direct and log is None and out_file is None
        replay_both(sides, judge, run, alone=alone, as_json=as_json)
    if kafka is None:
        settings = settings_of(hindsight=hindsight or None, rules=None if rules is None else str(rules))
        if log is not None:
            alerts, summary = _direct_log(log, files, settings, options, schedules=schedules, rates=rates, run=run)
        else:
            alerts, summary = _direct(files, settings, options, schedules=schedules, rates=rates, run=run)
    else:
        settings = place = settings_of(kafka=kafka)
        wanted = out_file is not None or run is not None
        if namespace is not None:
            ours = settings_of(kafka=kafka, hindsight=hindsight or None, rules=None if rules is None else str(rules))
            place = replay_settings(ours, namespace)
            alerts, summary = through_namespace(
                log or files,
                place,
                options,
                reference=reference_for(log, settings, schedules, rates or ()),
                resume=resume,
                patience_s=patience,
            )
        else:
            warn(
                f"this history goes into the live topics at {kafka}, and its alerts to whoever listens there: "
                "--namespace RUN keeps a replay apart from people"
            )
            alerts, summary = _through_kafka(log or files, settings, options, patience, resume=resume, wanted=wanted)
        if run is not None:
            inputs = log_inputs(files[0]) if log is not None else files
            _keep_kafka(run, inputs, place, options, log=log, alerts=alerts, summary=summary, patience_s=patience)
    _write(alerts, out_file)
    part = not goods.everything or (first, last) != (None, None)
    _tell(summary, out_file, part=part, as_json=as_json)


def _check(
    *, direct: bool, kafka: str | None, namespace: str | None, speed: float | None, resume: bool, **of_direct: Any
) -> None:
    if direct == (kafka is not None):
        message = "say how: --direct in this process, or --kafka HOST:PORT through the live path"
        raise typer.BadParameter(message)
    if direct and (resume or speed):
        message = "--speed and --resume are for --kafka: a direct replay is over before they matter"
        raise typer.BadParameter(message)
    if direct and namespace:
        message = "--namespace is for --kafka: a direct replay writes nothing that is live"
        raise typer.BadParameter(message)
    if not direct and not namespace and any(of_direct.values()):
        message = (
            "--floors, --fx, --hindsight and --rules are for --direct, or for a --namespace with a worker of its own: "
            "publish floors and rates, and set FLOORWATCH_HINDSIGHT and FLOORWATCH_RULES of the workers"
        )
        raise typer.BadParameter(message)


def _direct(
    files: list[Path],
    settings: "Settings",
    options: "ReplayOptions",
    *,
    schedules: Sequence[str] | None,
    rates: Sequence[Path] | None,
    run: Path | None,
) -> "tuple[list[Alert], dict[str, Any]]":
    from streams.assembly import spare_the_collector
    from streams.replay import DEFAULT_SCHEDULES, replay_direct

    book = book_of(schedules, rates or ())
    spare_the_collector()
    with whole_or_nothing(), feed_progress(files) as hear:
        result = replay_direct(files, book=book, settings=settings, options=options, hear=hear, series=run is not None)
    summary = _direct_summary(result)
    if run is not None:
        keep_run(
            run,
            way="direct",
            files=files,
            schedules=schedules or DEFAULT_SCHEDULES,
            rates=rates or (),
            book=book,
            settings=settings,
            options=options,
            summary=summary,
            alerts=result.alerts,
            series=result.series,
        )
    return result.alerts, summary


def _direct_log(
    log: "LogSource",
    files: list[Path],
    settings: "Settings",
    options: "ReplayOptions",
    *,
    schedules: Sequence[str] | None,
    rates: Sequence[Path] | None,
    run: Path | None,
) -> "tuple[list[Alert], dict[str, Any]]":
    """Replay what topics held, by the reference data published beside it unless others are named."""
    from streams.assembly import spare_the_collector
    from streams.log_replay import replay_log

    inputs = log_inputs(files[0]) if run is not None else []
    book = book_of_log_or_files(log, schedules, rates or ())
    spare_the_collector()
    with whole_or_nothing(), log_progress(log) as hear:
        result = replay_log(log, book=book, settings=settings, hear=hear, series=run is not None)
    summary = _direct_summary(result)
    if run is not None:
        keep_run(
            run,
            way="direct",
            files=inputs,
            schedules=schedules or (),
            rates=rates or (),
            book=book,
            settings=settings,
            options=options,
            summary=summary,
            alerts=result.alerts,
            series=result.series,
            log=log,
        )
    return result.alerts, summary


def _direct_summary(result: "DirectResult") -> dict[str, Any]:
    return {
        "records": result.records,
        "dead_letters": _plain(result.refused),
        "outcomes": result.outcomes,
        "held": result.held,
        "insufficient_coverage": result.lacks,
        "out_of_order": result.disorder,
        "alerts": _tally(result.alerts),
        "seconds": f"{result.seconds:.3f}",
        "records_per_second": round(result.records / result.seconds) if result.seconds else 0,
    }


def _keep_kafka(
    run: Path,
    files: list[Path],
    settings: "Settings",
    options: "ReplayOptions",
    *,
    log: "LogSource | None",
    alerts: "list[Alert]",
    summary: dict[str, Any],
    patience_s: float,
) -> None:
    """Keep what workers came to; the sums of lanes come of the same log, read once more by the published reference."""
    book, series = log_series(settings, patience_s)
    keep_run(
        run,
        way="kafka",
        files=files,
        schedules=(),
        rates=(),
        book=book,
        settings=settings,
        options=options,
        summary=summary | {"alerts": _tally(alerts)},
        alerts=alerts,
        series=series,
        log=log,
    )


def _through_kafka(
    feed: "list[Path] | LogSource",
    settings: "Settings",
    options: "ReplayOptions",
    patience_s: float,
    *,
    resume: bool,
    wanted: bool,
) -> "tuple[list[Alert], dict[str, Any]]":
    summary = kafka_summary(written(feed, settings, options, resume=resume, patience_s=patience_s))
    if not wanted:
        return [], summary
    from streams.ledger_reader import await_judged, told_alerts

    tell("waiting until the workers have judged everything")
    ledger = await_judged(settings)
    alerts = told_alerts(settings, ledger.told)
    return alerts, summary | {"refused_by_workers": ledger.refused(), "alerts": _tally(alerts)}


def _write(alerts: "Iterable[Alert]", out_file: Path | None) -> None:
    from alerts.model import encode_alert
    from streams.replay import write_alerts

    if out_file == STDOUT:
        print_lines("".join(f"{encode_alert(alert).decode()}\n" for alert in alerts) or "")
    elif out_file is not None:
        write_alerts(alerts, out_file)


def _tell(summary: dict[str, Any], out_file: Path | None, *, part: bool, as_json: bool) -> None:
    if part and not summary["records"]:
        warn("no record is of the goods and days that were asked for: --products, --origins, --from, --to")
    if as_json:
        print_json(summary)
    elif out_file != STDOUT:
        out.print(_table(summary))
        if out_file is not None:
            said = f"alerts are in {out_file}: floorwatch explain ALERT_ID --file {out_file}"
            out.print(said, soft_wrap=True, markup=False)


def _table(summary: dict[str, Any]) -> "Table":
    resumed = summary.get("resumed")
    rows = [
        ("records", f"{summary['records']:,}", f"{summary['records_per_second']:,} a second"),
        *([("", f"{resumed:,}", "of them from before")] if resumed else []),
        ("dead letters", f"{sum(summary['dead_letters'].values()):,}", counted(summary["dead_letters"])),
    ]
    if refused := summary.get("refused_by_workers"):
        rows.append(("refused", f"{sum(refused.values()):,}", f"by workers, of all on the topics: {counted(refused)}"))
    if summary.get("outcomes"):
        rows.append(("repeated", f"{sum(summary['outcomes'].values()):,}", counted(summary["outcomes"])))
    if summary.get("held"):
        rows.append(("waiting", f"{sum(summary['held'].values()):,}", counted(summary["held"])))
    if lacks := summary.get("insufficient_coverage"):
        rows.append(("not judged", f"{sum(lacks.values()):,}", f"for want of data: {counted(lacks)}"))
    if late := summary.get("out_of_order"):
        rows.append(("out of order", f"{sum(late.values()):,}", "dated before one above them: --declare sort=yes"))
    if "alerts" in summary:
        rows.append(
            ("alerts", f"{sum(summary['alerts']['by_rule'].values()):,}", counted(summary["alerts"]["by_rule"]))
        )
        rows.append(("", "", counted(summary["alerts"]["by_state"])))
    return table("Replayed", ["", ("", "right"), ""], rows)


def _tally(alerts: "Sequence[Alert]") -> dict[str, dict[str, int]]:
    return {
        "by_rule": dict(sorted(Counter(alert.rule for alert in alerts).items())),
        "by_state": dict(sorted(Counter(str(alert.state) for alert in alerts).items())),
    }


def _plain(counts: dict[str, int]) -> dict[str, int]:
    return {str(name): count for name, count in sorted(counts.items())}
