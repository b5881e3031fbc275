"""The table of episodes: each alert with its evidence, linked to its chart."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from alerts.arithmetic import Step
from alerts.explain import Explanation, Fact, explain
from alerts.model import Alert
from streams.report.elements import Content, Element, element
from streams.report.episodes import depth_of, ended_on, lane_of, opened_on, rule_name
from streams.report.figures import NONE, counted, usd
from streams.report.markets import Market, levy_of, severity_order
from streams.report.places import goods_title

EPISODES_MOST: Final = 500
"""Rows of the table; the others are counted."""
EVIDENCE_MOST: Final = 200
"""Episodes whose evidence is in the page; of the others it is in the run's file."""
PRINTED_MOST: Final = 30
"""Up to so many episodes the arithmetic is printed, too."""
_COLUMNS: Final = ("Severity", "Rule", "Lane", "From", "To", "Depth", "Levy", "Chart")


def episodes(alerts: Sequence[Alert], markets: Sequence[Market], drawn: Sequence[Market]) -> Element:
    """Return the table of *alerts*; those on a market that is *drawn* link to its chart."""
    ordered = sorted(alerts, key=severity_order)
    shown = ordered[:EPISODES_MOST]
    anchors = {alert.id: market.anchor for market in markets if market in drawn for alert in market.alerts}
    return element(
        "section",
        element("h2", "Episodes and their evidence", id="episodes", class_="fresh"),
        element("p", _words(ordered)),
        _table(shown, anchors) if shown else None,
        element("p", f"{counted(len(ordered) - len(shown), 'less serious episode')} are in alerts.jsonl alone.")
        if len(shown) < len(ordered)
        else None,
        aria_labelledby="episodes",
    )


def _words(alerts: Sequence[Alert]) -> str:
    if not alerts:
        return "There are none."
    return (
        "An episode is one run of breaches of one lane, told once however many records it is made of. The most serious "
        "come first; the depth is the rule's own measure. Under each stand the alert in plain words, its arithmetic "
        "and the facts it rests on."
    )


def _table(alerts: Sequence[Alert], anchors: Mapping[str, str]) -> Element:
    head = element(
        "tr", [element("th", name, scope="col", class_="num" if name == "Levy" else None) for name in _COLUMNS]
    )
    printed = len(alerts) <= PRINTED_MOST
    bodies = [
        element(
            "tbody", _rows(alert, anchors.get(alert.id), full=place < EVIDENCE_MOST, printed=printed), class_="episode"
        )
        for place, alert in enumerate(alerts)
    ]
    caption = element("caption", f"{counted(len(alerts), 'episode')}, the most serious first")
    return element("div", element("table", caption, element("thead", head), bodies), class_="scroll")


def _rows(alert: Alert, anchor: str | None, *, full: bool, printed: bool) -> Iterator[Element]:
    levy = levy_of(alert)
    yield element(
        "tr",
        element("td", element("span", str(alert.severity), class_=f"severity {alert.severity}")),
        element("th", rule_name(alert.rule), scope="row", id=f"alert-{alert.id}"),
        element("td", f"{goods_title(alert.product)}: {lane_of(alert)}"),
        element("td", opened_on(alert), class_="day"),
        element("td", ended_on(alert) or str(alert.state), class_="day"),
        element("td", depth_of(alert)),
        element("td", NONE if levy is None else usd(levy), class_="num"),
        element(
            "td", element("a", "chart", href=f"#{anchor}", aria_label=f"chart of {alert.product}") if anchor else NONE
        ),
    )
    yield element(
        "tr",
        element(
            "td",
            element("p", alert.summary),
            _evidence(alert, printed=printed) if full else None,
            colspan=len(_COLUMNS),
        ),
        class_="more",
    )


def _evidence(alert: Alert, *, printed: bool) -> Element:
    told = explain(alert)
    return element(
        "details",
        element("summary", f"Arithmetic and facts ({counted(len(told.steps), 'line')})"),
        element("p", f"{told.coverage} ", "All lines hold." if told.holds else "Not all lines hold."),
        arithmetic(each.step for each in told.steps),
        _facts(told),
        class_="print" if printed else None,
    )


def arithmetic(steps: Iterator[Step] | Sequence[Step]) -> Element | None:
    """Return lines of arithmetic: what, how, and what it comes to."""
    lines = [element("li", f"{step.label}: ", element("code", step.expression), " = ", _result(step)) for step in steps]
    return element("ol", lines, class_="arithmetic") if lines else None


def _result(step: Step) -> Element:
    return element("strong", f"{step.result or 'no result'} {step.unit}".strip())


def _facts(told: Explanation) -> Content:
    facts = [fact for fact in told.facts if _is_worth_showing(fact)]
    pairs = [f"{fact.section + ': ' if fact.section else ''}{fact.label} {fact.value}" for fact in facts]
    return [
        element("p", "; ".join(pairs), ".", class_="facts"),
        element("p", "Id ", element("code", told.id), class_="facts"),
    ]


def _is_worth_showing(fact: Fact) -> bool:
    """Whether a fact is the alert's own: thresholds are in the method, rows of inputs in the run's file."""
    return fact.section.partition(",")[0] in ("", "floors", "worst record") and fact.label not in (
        "rule",
        "rule set",
        "story",
    )
