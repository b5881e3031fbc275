"""The table of episodes: each alert with its evidence, linked to its chart."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from alerts.arithmetic import Step
from alerts.explain import Explanation, explain
from alerts.model import Alert
from streams.report.elements import Element, element, markup
from streams.report.episodes import depth_of, ended_on, lane_of, opened_on, rule_name, told
from streams.report.figures import NONE, counted, percent, unit_of, usd, with_unit
from streams.report.markets import Market, levy_of, severity_order
from streams.report.places import goods_title

EPISODES_MOST: Final = 500
"""Rows of the table; the others are counted."""
EVIDENCE_MOST: Final = 4_000_000
"""Characters of evidence that a page holds, about as many as its charting library has; an episode has some 2,000."""
PRINTED_MOST: Final = 30
"""Up to so many episodes the arithmetic is printed, too."""
_ON_PAPER: Final = "On paper the arithmetic is left out, for there are too many episodes: it is in the page itself."
_TOLD_ELSEWHERE: Final = frozenset({"rule", "rule set", "story", "zone", "revision"})
_COLUMNS: Final = ("Severity", "Rule", "Lane", "From", "To", "Depth", "Levy", "Chart")


def episodes(alerts: Sequence[Alert], markets: Sequence[Market], drawn: Sequence[Market]) -> Element:
    """Return the table of *alerts*; those on a market that is *drawn* link to its chart."""
    ordered = sorted(alerts, key=severity_order)
    shown = ordered[:EPISODES_MOST]
    charts = {alert.id: market for market in markets if market in drawn for alert in market.alerts}
    return element(
        "section",
        element("h2", "Episodes and their evidence", id="episodes", class_="fresh"),
        element("p", _words(ordered)),
        element("p", _ON_PAPER, class_="on-paper lack") if len(shown) > PRINTED_MOST else None,
        _table(shown, charts) if shown else None,
        _left_out(len(ordered) - len(shown)) if len(shown) < len(ordered) else None,
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


def _left_out(count: int) -> Element:
    verb = "is" if count == 1 else "are"
    where = f"{verb} not in this page: each line of the run's alerts.jsonl is one, and "
    return element(
        "p",
        f"{counted(count, 'less serious episode')} {where}",
        _command("ALERT_ID"),
        " shows its evidence.",
        class_="lack",
    )


def _elsewhere(alert: Alert) -> Element:
    """Return how to get at the evidence of an episode for which the page has no more room."""
    words = "Its arithmetic and facts are not in this page, which would grow too large: "
    return element("p", words, _command(alert.id), " shows them.", class_="lack")


def _command(alert_id: str) -> Element:
    return element("code", f"floorwatch explain {alert_id} --file alerts.jsonl")


def _table(alerts: Sequence[Alert], charts: Mapping[str, Market]) -> Element:
    head = element(
        "tr", [element("th", name, scope="col", class_="num" if name == "Levy" else None) for name in _COLUMNS]
    )
    bodies = [
        element("tbody", _rows(alert, charts.get(alert.id), evidence), class_="episode")
        for alert, evidence in zip(alerts, _evidences(alerts), strict=True)
    ]
    caption = element("caption", f"{counted(len(alerts), 'episode')}, the most serious first")
    return element("div", element("table", caption, element("thead", head), bodies), class_="scroll")


def _evidences(alerts: Sequence[Alert]) -> Iterator[Element]:
    """Yield the evidence of each episode as long as there is room for it, then how to get at it."""
    printed, room = len(alerts) <= PRINTED_MOST, EVIDENCE_MOST
    for alert in alerts:
        evidence = _evidence(alert, printed=printed) if room > 0 else _elsewhere(alert)
        room -= len(markup(evidence))
        yield evidence


def _rows(alert: Alert, market: Market | None, evidence: Element) -> Iterator[Element]:
    levy = levy_of(alert)
    yield element(
        "tr",
        element("td", element("span", str(alert.severity), class_=f"severity {alert.severity}")),
        element("th", rule_name(alert.rule), scope="row", id=f"alert-{alert.id}"),
        element("td", f"{goods_title(alert.product)}: {lane_of(alert)}"),
        element("td", opened_on(alert), class_="day"),
        element("td", ended_on(alert) or "open", class_="day"),
        element("td", depth_of(alert)),
        element("td", NONE if levy is None else usd(levy), class_="num"),
        element("td", element("a", f"chart {market.number}", href=f"#{market.anchor}") if market else NONE),
    )
    yield element(
        "tr",
        element(
            "td",
            element("p", told(alert)),
            evidence,
            colspan=len(_COLUMNS),
        ),
        class_="more",
    )


def _evidence(alert: Alert, *, printed: bool) -> Element:
    explained = explain(alert)
    return element(
        "details",
        element("summary", f"Arithmetic and facts ({counted(len(explained.steps), 'line')})"),
        element(
            "p", f"{_coverage(explained, alert)} ", "All lines hold." if explained.holds else "Not all lines hold."
        ),
        list(_lines(explained)),
        element("p", "; ".join(_facts(explained)), ".", class_="facts"),
        [element("p", words, class_="facts") for words in _floors(alert)],
        element("p", "Id ", element("code", alert.id), class_="facts"),
        class_="print" if printed else None,
    )


def arithmetic(steps: Iterable[Step], *, wrong: Collection[Step] = ()) -> Element | None:
    """Return lines of arithmetic: what, how, and what it comes to; those that do not hold are marked."""
    lines = [
        element(
            "li",
            f"{step.label}: ",
            element("code", step.expression),
            " = ",
            element("strong", f"{step.result or 'no result'} {step.unit}".strip()),
            element("strong", " (does not hold)") if step in wrong else None,
        )
        for step in steps
    ]
    return element("ol", lines, class_="arithmetic") if lines else None


def _coverage(explained: Explanation, alert: Alert) -> str:
    stated = alert.evidence.get("coverage_pct")
    if "records_unjudged" in alert.evidence or not isinstance(stated, str):
        return explained.coverage
    return f"{percent(stated)} of the records could be judged."


def _lines(explained: Explanation) -> Iterator[Element | None]:
    """Yield the arithmetic, that of the alert as a whole first, each other part under its name."""
    wrong = [each.step for each in explained.steps if each.mismatch is not None]
    by_section: dict[str, list[Step]] = {}
    for each in explained.steps:
        by_section.setdefault(each.section, []).append(each.step)
    for section, steps in by_section.items():
        if section:
            yield element("p", f"{section[:1].upper()}{section[1:]}", class_="facts")
        yield arithmetic(steps, wrong=wrong)


def _facts(explained: Explanation) -> Iterator[str]:
    """Yield the alert's own facts; thresholds and rows of inputs are in the run's file."""
    for fact in explained.facts:
        if not fact.section and fact.label not in _TOLD_ELSEWHERE:
            name, unit = unit_of(fact.label)
            yield f"{name}: {with_unit(fact.value, unit)}"


def _floors(alert: Alert) -> Iterator[str]:
    """Yield each floor that the alert rests on in one sentence."""
    floors = alert.evidence.get("floors")
    for floor in floors if isinstance(floors, list) else ():
        if isinstance(floor, dict):
            price = f"{floor.get('value')} {floor.get('currency')}/{floor.get('unit')} {floor.get('incoterm')}"
            held = f"from {floor.get('effective_from')}"
            source = floor.get("legal_basis") or floor.get("source")
            yield f"Floor {floor.get('floor')}: {price}, {held}, {floor.get('status')}; {source}."
