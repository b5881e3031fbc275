"""
The evidence pack of an alert in the forms that are filed: a table for a spreadsheet, a page for a printer.

Both are of the pack alone.  The page needs no script, font or picture from anywhere.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from alerts.actions import kind_of
from alerts.explain import Fact, Recomputed
from alerts.views import EvidencePack

_NUMBER: Final = re.compile(r"[-+]?[0-9][0-9.,/]*")
_FORMULA_BEGINS: Final = ("=", "+", "-", "@", "\t", "\r")

_STYLE: Final = """
:root { color-scheme: light; font: 11pt/1.45 system-ui, sans-serif; }
body { max-width: 48rem; margin: 2rem auto; padding: 0 1rem; color: #111; background: #fff; }
h1 { font-size: 1.35rem; } h2 { font-size: 1.05rem; margin-top: 1.8rem; border-bottom: 1px solid #999; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .2rem .5rem; }
tr { border-bottom: 1px solid #ddd; break-inside: avoid; } td.figure { text-align: right; white-space: nowrap; }
code { font-size: .9em; overflow-wrap: anywhere; } .notice { border: 1px solid #111; padding: .5rem .8rem; }
.wrong { color: #a00; font-weight: bold; } pre { white-space: pre-wrap; font: inherit; margin: 0; }
@media print { body { margin: 0; max-width: none; } }
"""
PAGE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""The content security policy that the page needs: its own style, and nothing else."""


def pack_as_csv(pack: EvidencePack) -> str:
    """Return *pack* as CSV (RFC 4180) with the columns part, section, label, value, unit, expression, check."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(["part", "section", "label", "value", "unit", "expression", "check"])
    writer.writerows([_harmless(cell) for cell in row] for row in _rows(pack))
    return written.getvalue()


def pack_as_html(pack: EvidencePack) -> str:
    """Return *pack* as a page to print; whatever people or records say is text in it, never markup."""
    explanation, alert = pack.explanation, pack.alert
    title = escape(explanation.title)
    parts = [
        f"<h1>{title}</h1>",
        f'<p class="notice">{escape(pack.notice.capitalize())}.</p>',
        f"<p>{escape(explanation.paragraph)}</p>",
        _section("What is alleged", _table([(fact.label, fact.value) for fact in _of(explanation.facts, "")])),
        *_arithmetic_sections(explanation.steps),
        *_fact_sections(explanation.facts),
        _section("Coverage", f"<p>{escape(explanation.coverage)}</p>"),
        _section("Course of events", _history(pack)),
        _section("What was done about it", _actions(pack)),
        _section("How to check this", _how_to_check(pack)),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title} ({escape(alert.id)})</title>\n"
        f'<meta name="viewport" content="width=device-width">\n<style>{_STYLE}</style>\n</head>\n<body>\n'
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def _rows(pack: EvidencePack) -> Iterator[tuple[str, ...]]:
    yield ("pack", "", "alert", pack.alert.id, "", "", "")
    yield ("pack", "", "made at", pack.made_at, "", "", "")
    yield ("pack", "", "made for", pack.made_for, "", "", "")
    yield ("pack", "", "sha-256 of the alert", pack.alert_sha256, "", "", "")
    yield ("pack", "", "notice", pack.notice, "", "", "")
    yield ("summary", "", "summary", pack.alert.summary, "", "", "")
    for fact in pack.explanation.facts:
        yield ("fact", fact.section, fact.label, fact.value, "", "", "")
    for each in pack.explanation.steps:
        step = each.step
        yield ("arithmetic", each.section, step.label, step.result, step.unit, step.expression, _check(each))
    for change in pack.history.changes:
        yield ("change", change.at, str(change.kind), change.summary, "", "", str(change.reason))
    for entry in pack.history.actions:
        action = entry.action
        yield ("action", action.at, kind_of(action), _words(entry.action), "", "", action.actor)


def _harmless(cell: str) -> str:
    """Return *cell* so that no spreadsheet takes it for a formula; a number stays one."""
    return f"'{cell}" if cell.startswith(_FORMULA_BEGINS) and not _NUMBER.fullmatch(cell) else cell


def _check(each: Recomputed) -> str:
    return "holds" if each.mismatch is None else each.mismatch.problem


def _words(action: object) -> str:
    said = (getattr(action, name, None) for name in ("disposition", "assignee", "comment", "note"))
    return ": ".join(str(each) for each in said if each)


def _of(facts: Iterable[Fact], section: str) -> list[Fact]:
    return [fact for fact in facts if fact.section == section]


def _arithmetic_sections(steps: Iterable[Recomputed]) -> Iterator[str]:
    by_section: dict[str, list[Recomputed]] = {}
    for each in steps:
        by_section.setdefault(each.section, []).append(each)
    for section, lines in by_section.items():
        rows = "".join(
            f"<tr><td>{escape(each.step.label)}</td><td><code>{escape(each.step.expression)}</code></td>"
            f'<td class="figure">{escape(each.step.result)} {escape(each.step.unit)}</td><td>{_checked(each)}</td></tr>'
            for each in lines
        )
        yield _section(f"Arithmetic{': ' + section if section else ''}", f"<table>{rows}</table>")


def _checked(each: Recomputed) -> str:
    return "holds" if each.mismatch is None else f'<span class="wrong">{escape(each.mismatch.problem)}</span>'


def _fact_sections(facts: Iterable[Fact]) -> Iterator[str]:
    sections = dict.fromkeys(fact.section for fact in facts if fact.section)
    for section in sections:
        yield _section(section.capitalize(), _table([(fact.label, fact.value) for fact in _of(facts, section)]))


def _history(pack: EvidencePack) -> str:
    return _table(
        [
            (change.at[:10], f"{change.kind} ({change.reason}), {change.severity}: {change.summary}")
            for change in pack.history.changes
        ]
    )


def _actions(pack: EvidencePack) -> str:
    if not pack.history.actions:
        return "<p>Nothing so far.</p>"
    return _table(
        [
            (entry.action.at, f"{kind_of(entry.action)} by {entry.action.actor}. {_words(entry.action)}")
            for entry in pack.history.actions
        ]
    )


def _how_to_check(pack: EvidencePack) -> str:
    return (
        "<p>Each line of the arithmetic can be worked out by hand from the figures in it; the last column says whether "
        "it was when this page was made. The alert as JSON, with sorted keys and no spaces, has the SHA-256 "
        f"<code>{escape(pack.alert_sha256)}</code>. Made at {escape(pack.made_at)} for {escape(pack.made_for)}.</p>"
    )


def _section(heading: str, content: str) -> str:
    return f"<h2>{escape(heading)}</h2>\n{content}"


def _table(rows: Iterable[tuple[str, str]]) -> str:
    body = "".join(f"<tr><th>{escape(label)}</th><td><pre>{escape(value)}</pre></td></tr>" for label, value in rows)
    return f"<table>{body}</table>"
