"""``floorwatch replay diff``: what two runs do not agree on, and the record that made each difference."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import msgspec
import typer
from rich.text import Text

from streams.cli.console import counted, fail, number_of, out, print_json, table, tell
from streams.cli.failures import in_one_line
from streams.cli.options import AsJson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.runs.compare import Difference
    from streams.runs.first_record import FirstRecord
    from streams.runs.reading import Run

DIFFERS: Final = 1
TROUBLE: Final = 2

_SHOWN: Final = 4
"""Changes of an alert that the table shows; --json has all."""
_STYLES: Final = {"added": "green", "removed": "red", "changed": "yellow"}

_RunPath = typer.Argument(show_default=False, help="A folder of replay --run, or a file of replay --out.")


def diff(
    before: Annotated[Path, _RunPath],
    after: Annotated[Path, _RunPath],
    *,
    first: Annotated[
        bool, typer.Option("--first/--no-first", help="Find the record that made each difference, by judging again.")
    ] = True,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep these records with AFTER: floorwatch report AFTER --against BEFORE.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Say which alerts of two runs were added, removed or changed, and the first record that made each difference.

    Exit 0 where both are the same, 1 where they differ, 2 where they cannot be compared.

    Example: [bold]floorwatch replay diff january february[/]
    """
    from streams.runs.compare import compare
    from streams.runs.kept_records import keep_records
    from streams.runs.reading import read_run

    if keep and not first:
        message = "--keep keeps what --no-first does not look for: leave one of them out"
        raise typer.BadParameter(message)
    try:
        runs = read_run(before), read_run(after)
        found = compare(runs[0].alerts, runs[1].alerts)
        records, why = _firsts(runs, found, wanted=first)
        if keep:
            keep_records(runs[1], runs[0], found, records)
    except Exception as error:  # noqa: BLE001 - what is no known failure is raised again
        _fail(error)
    tell_difference(runs, found, records, why, as_json=as_json)
    raise typer.Exit(DIFFERS if found else 0)


def tell_difference(
    runs: "tuple[Run, Run]",
    found: "Sequence[Difference]",
    records: "Sequence[FirstRecord]",
    why: str,
    *,
    as_json: bool,
    kept: bool = True,
) -> None:
    """
    Print how two runs differ; *why* says why a record could only be read off the alerts.

    *kept* says whether the runs stay where they are.
    """
    if as_json:
        print_json(_plain(runs, found, records, why, kept=kept))
        return
    for words in _taken_apart(runs):
        tell(words)
    names = f"{runs[0].name} and {runs[1].name}"
    if not found:
        out.print(f"{names} have the same {number_of(len(runs[0].alerts), 'alert')}", markup=False)
        return
    rows = [_row(each, records[place] if records else None) for place, each in enumerate(found)]
    title = f"{names}: {counted(Counter(each.kind for each in found))}"
    out.print(table(title, ["", "alert", "rule", "product", "way", "from", "what", "first record"], rows))
    if why:
        tell(f"where no first record was found, it is the one that the alert names: {why}")


def _taken_apart(runs: "tuple[Run, Run]") -> list[str]:
    """Return what each run took of its feed and how it read it, nothing where that is the same."""
    taken = [(run.name, run.manifest.options.taken) for run in runs if run.manifest is not None]
    if len({each for _, each in taken}) <= 1:
        return []
    return [f"{name} took its feed {' '.join(each) or 'as it is'}" for name, each in taken]


def _firsts(runs: "tuple[Run, Run]", found: "Sequence[Difference]", *, wanted: bool) -> "tuple[list[FirstRecord], str]":
    from streams.runs.first_record import first_records

    return first_records(*runs, found) if wanted else ([], "")


def _row(found: "Difference", record: "FirstRecord | None") -> list[str | Text]:
    alert = found.alert
    what = [f"{each.what} {each.before or '-'} → {each.after or '-'}" for each in found.changes[:_SHOWN]]
    more = len(found.changes) - len(what)
    return [
        Text(found.kind, style=_STYLES[found.kind]),
        alert.id[:12],
        alert.rule,
        alert.product,
        f"{alert.origin or 'any'} → {alert.destination or 'any'}",
        alert.opened_at[:10],
        "\n".join([*what, f"and {more} more"] if more > 0 else what) or str(alert.severity),
        _place(record),
    ]


def _place(record: "FirstRecord | None") -> str:
    if record is None:
        return ""
    where = f"\n{Path(record.file).name}, line {record.line}" if record.file else ""
    if record.how == "told":
        # What the alert names is its worst record, which need not be the one that made a difference.
        return f"not found; the alert names {record.record} on {record.day}" if record.record else "not found"
    return f"{record.record} on {record.day}{where}" + ("" if record.how == "replayed" else f"\n{record.how}")


def _plain(
    runs: "tuple[Run, Run]", found: "Sequence[Difference]", records: "Sequence[FirstRecord]", why: str, *, kept: bool
) -> dict[str, Any]:
    differences = []
    for place, each in enumerate(found):
        alert = each.alert
        one = {
            "kind": each.kind,
            "rule": alert.rule,
            "product": alert.product,
            "origin": alert.origin,
            "destination": alert.destination,
            "before": None if each.before is None else each.before.id,
            "after": None if each.after is None else each.after.id,
            "opened_on": alert.opened_at[:10],
            "changes": [change._asdict() for change in each.changes],
        }
        differences.append(one | ({"first_record": records[place]._asdict()} if records else {}))
    return {
        "before": _said(runs[0], kept=kept),
        "after": _said(runs[1], kept=kept),
        "same": not found,
        "counts": dict(sorted(Counter(each.kind for each in found).items())),
        "differences": differences,
        "first_records": why,
    }


def _said(run: "Run", *, kept: bool) -> dict[str, Any]:
    manifest = {} if run.manifest is None else msgspec.to_builtins(run.manifest)
    return {
        "run": run.name,
        "path": str(run.path) if kept else None,
        "alerts": len(run.alerts),
        "rules": manifest.get("rules"),
        "floors": manifest.get("floors"),
        "options": manifest.get("options"),
        "declared": [] if run.manifest is None else run.manifest.options.declared,
    }


def _fail(error: Exception) -> NoReturn:
    message, _ = in_one_line(error)
    if message is None:
        raise error
    fail(message, status=TROUBLE)
