"""``floorwatch score``: the alerts of a run against cases that became known."""

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.text import Text

from streams.cli.console import Column, number_of, out, print_json, table, tell
from streams.cli.options import AsJson

if TYPE_CHECKING:
    from streams.runs.score import CaseScore, RuleScore, Scored


_HEADS: Final = (
    *("hits", "misses", "median lead", "alerts", "after", "false"),
    *("false a product-year", "hit rate", "base rate"),
)


def score(
    run: Annotated[Path, typer.Argument(show_default=False, help="A folder of replay --run, or a file of alerts.")],
    *,
    cases: Annotated[
        Path,
        typer.Option(
            "--cases",
            metavar="CSV",
            help="case,product,origin,destination,petitioned_on,initiated_on,outcome,source",
        ),
    ],
    rules: Annotated[
        list[str] | None, typer.Option("--rule", metavar="RULE", help="Alerts of this rule alone. Repeatable.")
    ] = None,
    window: Annotated[
        int,
        typer.Option("--window", metavar="DAYS", help="How long before a case an alert is a warning."),
    ] = 365,
    lag: Annotated[
        int, typer.Option("--lag", metavar="DAYS", help="How long after the day of goods they become known.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """
    Say how a run's alerts meet known cases: hits, misses, days before the petition, false alarms, base rate.

    The base rate is the part of all ways and months with a warning before them: hits that are no more frequent say
    nothing. A false alarm is an alert that no case of the file explains; the file is not the world.

    Example: [bold]floorwatch score january --cases cases.csv --rule surge_with_price_fall --lag 45[/]
    """
    from streams.rules import RULES
    from streams.runs.cases import read_cases
    from streams.runs.manifest import SERIES
    from streams.runs.reading import read_run, read_series
    from streams.runs.score import score as scored_by

    if window < 1 or lag < 0:
        message = f"--window is 1 day or more, and --lag 0 or more: they are {window} and {lag}"
        raise typer.BadParameter(message)
    unknown = sorted(set(rules or ()) - {rule.name for rule in RULES})
    if unknown:
        message = f"there is no rule {', '.join(unknown)}: floorwatch rules list shows those there are"
        raise typer.BadParameter(message)
    known = read_cases(cases)
    found = read_run(run)
    series = read_series(run) if (run / SERIES).is_file() else None
    scored = scored_by(known, found.alerts, series, rules=rules or (), window_days=window, lag_days=lag)
    if as_json:
        print_json({"run": found.name, "window_days": window, "lag_days": lag} | _plain(scored))
    else:
        _tell(scored, found.name, window, lag)


def _tell(scored: "Scored", name: str, window: int, lag: int) -> None:
    title = f"{name}: {number_of(len(scored.cases), 'case')}, window {number_of(window, 'day')}"
    title += f", lag {number_of(lag, 'day')}" if lag else ""
    columns: list[Column] = ["case", "product", "way", "known", "", ("lead, days", "right"), "first warnings"]
    out.print(table(title, columns, [_case_row(each) for each in scored.cases]))
    rows = [_rule_row(each) for each in scored.rules]
    heads: list[Column] = ["rule", *((head, "right") for head in _HEADS)]
    out.print(table("", heads, rows))
    if scored.product_years is None:
        tell("a file of alerts does not say what was traded: no base rate, and every case counts as covered")


def _case_row(each: "CaseScore") -> list[str | Text]:
    case = each.case
    verdict = Text("hit", style="green") if each.warnings else Text("miss", style="red")
    firsts = dict.fromkeys(f"{alert.rule} {alert.opened_at[:10]}" for alert in each.warnings)
    return [
        case.case,
        case.product,
        f"{case.origin or 'any'} → {case.destination or 'any'}",
        f"{case.known_on} {'petition' if case.petitioned_on else 'initiation'}",
        verdict if each.covered else Text("not covered", style="dim"),
        "" if each.lead_days is None else f"{each.lead_days:,}",
        ", ".join(list(firsts)[:3]),
    ]


def _rule_row(mark: "RuleScore") -> list[str | Text]:
    return [
        mark.rule,
        f"{mark.hits} of {mark.cases}",
        str(mark.misses),
        _text(mark.median_lead_days, 1),
        f"{mark.alerts:,}",
        f"{mark.after:,}",
        f"{mark.false:,}",
        _text(mark.false_per_product_year, 2),
        _pct(mark.hit_rate),
        _pct(mark.base_rate),
    ]


def _plain(scored: "Scored") -> dict[str, Any]:
    return {
        "product_years": _number(scored.product_years),
        "cases": [_plain_case(each) for each in scored.cases],
        "rules": [
            {
                "rule": mark.rule,
                "cases": mark.cases,
                "hits": mark.hits,
                "misses": mark.misses,
                "lead_days": list(mark.lead_days),
                "median_lead_days": _number(mark.median_lead_days),
                "alerts": mark.alerts,
                "after": mark.after,
                "false": mark.false,
                "false_per_product_year": _number(mark.false_per_product_year),
                "hit_rate": _number(mark.hit_rate),
                "base_rate": _number(mark.base_rate),
            }
            for mark in scored.rules
        ],
    }


def _plain_case(each: "CaseScore") -> dict[str, Any]:
    case = each.case
    return {
        "case": case.case,
        "product": case.product,
        "origin": case.origin,
        "destination": case.destination,
        "known_on": case.known_on.isoformat(),
        "outcome": case.outcome,
        "source": case.source,
        "covered": each.covered,
        "hit": bool(each.warnings),
        "lead_days": each.lead_days,
        "warnings": [
            {"alert": alert.id, "rule": alert.rule, "opened_on": alert.opened_at[:10]} for alert in each.warnings
        ],
    }


def _number(value: Fraction | None) -> str | None:
    from streams.exact import decimal_text

    return None if value is None else decimal_text(value)


def _text(value: Fraction | None, places: int) -> str:
    from streams.exact import decimal_text

    return "" if value is None else decimal_text(value, places)


def _pct(part: Fraction | None) -> str:
    return "" if part is None else f"{_text(100 * part, 1)} %"
