"""
An alert in plain words, with its arithmetic recomputed.

What is shown comes from the alert alone, so that whoever holds its JSON can check it without the system
that raised it.  Nothing here knows what a rule puts into its evidence: lines of arithmetic are found
wherever they stand, and every other value is a fact.
"""

import textwrap
from collections.abc import Iterator
from typing import Any, Final, TypeVar

import msgspec

from alerts.arithmetic import Mismatch, Step, mismatch
from alerts.model import Alert, State

_STEP_KEYS: Final = frozenset(Step.__struct_fields__)
_WIDTH: Final = 100
_TOLD_APART: Final = frozenset({"story", "records_unjudged", "coverage_pct"})
"""Evidence that the paragraph and the coverage already tell."""
_NO_COVERAGE: Final = "The alert does not say how many records it could not judge."

_CONDITIONS: Final = {
    State.PENDING: "has not lasted long enough to be told",
    State.FIRING: "is still open",
    State.RECOVERING: "is open and recovering",
    State.RESOLVED: "was resolved",
    State.EXPIRED: "expired, because no trade came to say that it was over",
    State.RETRACTED: "was retracted: the records or the reference data it stood on have changed",
}


class Recomputed(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the alert's arithmetic, and whether it holds."""

    section: str
    """What the line is about: empty for the alert as a whole."""
    step: Step
    mismatch: Mismatch | None
    """How it fails to hold; None where it holds."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the alert states."""

    section: str
    label: str
    value: str


_Part = TypeVar("_Part", Recomputed, Fact)


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """All that is to be said of an alert, as plain structure for a terminal, a page or JSON."""

    id: str
    title: str
    paragraph: str
    steps: tuple[Recomputed, ...]
    facts: tuple[Fact, ...]
    coverage: str
    holds: bool
    """Whether every line of the arithmetic holds."""
    notice: str


def explain(alert: Alert) -> Explanation:
    """Return *alert* in plain words, its arithmetic recomputed, its facts in the order in which it states them."""
    steps = tuple(
        Recomputed(section=section, step=step, mismatch=mismatch(step)) for section, step in _steps(alert.evidence, "")
    )
    return Explanation(
        id=alert.id,
        title=_title(alert),
        paragraph=_paragraph(alert),
        steps=steps,
        facts=(*_identity(alert), *_facts(alert.evidence, "", "")),
        coverage=_coverage(alert.evidence),
        holds=all(step.mismatch is None for step in steps),
        notice=alert.notice,
    )


def steps_of(evidence: dict[str, Any]) -> list[Step]:
    """Return every line of arithmetic in *evidence*, however deep it stands."""
    return [step for _, step in _steps(evidence, "")]


def render_text(explanation: Explanation) -> str:
    """Return *explanation* as plain text, without markup; ends with a newline."""
    blocks = [
        f"{explanation.title}\n{explanation.id}",
        textwrap.fill(explanation.paragraph, _WIDTH),
        *_step_blocks(explanation.steps),
        *_fact_blocks(explanation.facts),
        textwrap.fill(f"{explanation.coverage} {_sentence(explanation.notice)}", _WIDTH),
    ]
    return "\n\n".join(blocks) + "\n"


def _title(alert: Alert) -> str:
    route = "".join(
        f" {word} {place}" for word, place in (("from", alert.origin), ("to", alert.destination)) if place is not None
    )
    return f"{alert.severity.upper()} {_words(alert.rule)}: {alert.product}{route} ({alert.state})"


def _paragraph(alert: Alert) -> str:
    opened, ended = f"It opened on {_day(alert.opened_at)}", _CONDITIONS[alert.state]
    if alert.resolved_at is not None:
        return f"{alert.summary} {opened} and {ended} on {_day(alert.resolved_at)}."
    return f"{alert.summary} {opened}, was last judged on {_day(alert.updated_at)} and {ended}."


def _day(instant: str) -> str:
    return instant.partition("T")[0]


def _identity(alert: Alert) -> Iterator[Fact]:
    stated = {
        "rule": alert.rule,
        "rule set": alert.rule_set,
        "zone": alert.zone,
        "revision": str(alert.revision),
        "story": _story(alert.evidence.get("story")),
    }
    for label, value in stated.items():
        if value:
            yield Fact(section="", label=label, value=value)


def _story(chapters: Any) -> str:
    """Return the chapters of the story on one line: the day, and what came on it."""
    if not isinstance(chapters, list):
        return ""
    return ", ".join(" ".join(_text(value) for value in chapter.values()) for chapter in chapters if chapter)


def _coverage(evidence: dict[str, Any]) -> str:
    records, unjudged = evidence.get("records"), evidence.get("records_unjudged")
    if not isinstance(records, int) or not isinstance(unjudged, int):
        return _NO_COVERAGE
    share = evidence.get("coverage_pct")
    shown = f" ({share} %)" if share is not None else ""
    return f"{records} of {records + unjudged} records could be judged{shown}."


def _steps(value: Any, section: str) -> Iterator[tuple[str, Step]]:
    if _is_step(value):
        yield section, Step(**value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _steps(inner, section if _is_arithmetic(inner) else _joined(section, _words(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value, start=1):
            yield from _steps(inner, section if _is_step(inner) else _entry(section, inner, index))


def _facts(value: Any, section: str, label: str) -> Iterator[Fact]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if _is_arithmetic(inner) or key in _TOLD_APART:
                continue
            if isinstance(inner, dict | list) and not _is_plain(inner):
                yield from _facts(inner, _joined(section, _words(key)), "")
            else:
                yield from _facts(inner, section, _words(key))
    elif isinstance(value, list) and not _is_plain(value):
        for index, inner in enumerate(value, start=1):
            yield from _facts(inner, _entry(section, inner, index), "")
    elif value not in (None, [], ""):
        yield Fact(section=section, label=label, value=_text(value))


def _is_step(value: Any) -> bool:
    return (
        isinstance(value, dict) and value.keys() == _STEP_KEYS and all(isinstance(text, str) for text in value.values())
    )


def _is_arithmetic(value: Any) -> bool:
    """Whether *value* is a list of steps: it tells no facts and needs no heading of its own."""
    return isinstance(value, list) and bool(value) and all(_is_step(each) for each in value)


def _is_plain(value: Any) -> bool:
    """Whether *value* is a list that fits on one line."""
    return isinstance(value, list) and not any(isinstance(each, dict | list) for each in value)


def _entry(section: str, value: Any, index: int) -> str:
    """Return the heading of a list's entry: its own name where it has one, else its number."""
    if isinstance(value, dict):
        for key in ("floor", "record_id"):
            if isinstance(name := value.get(key), str):
                return _joined(section, name)
    return _joined(section, str(index))


def _joined(section: str, more: str) -> str:
    return f"{section}, {more}" if section else more


def _words(key: str) -> str:
    return key.replace("_", " ")


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_text(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _by_section(parts: tuple[_Part, ...]) -> dict[str, list[_Part]]:
    """Return *parts* under their headings, the alert's own first."""
    sections: dict[str, list[_Part]] = {"": []}
    for part in parts:
        sections.setdefault(part.section, []).append(part)
    return {section: group for section, group in sections.items() if group}


def _step_blocks(steps: tuple[Recomputed, ...]) -> Iterator[str]:
    for section, group in _by_section(steps).items():
        heading = f"Arithmetic of {section}" if section else "Arithmetic"
        yield "\n".join([heading, *(f"  {_step_line(step)}" for step in group)])


def _step_line(recomputed: Recomputed) -> str:
    step, wrong = recomputed.step, recomputed.mismatch
    unit = f" {step.unit}" if step.unit and step.result else ""
    line = f"{step.label}: {step.expression} = {step.result or 'none'}{unit}"
    if wrong is None:
        return f"[ok] {line}"
    off = f", a difference of {wrong.difference}" if wrong.difference is not None else ""
    return f"[NOT SO] {line}: {wrong.problem}{off}"


def _fact_blocks(facts: tuple[Fact, ...]) -> Iterator[str]:
    for section, group in _by_section(facts).items():
        heading = _sentence(section).removesuffix(".") if section else "Facts"
        yield "\n".join([heading, *(f"  {fact.label}: {fact.value}" for fact in group)])
