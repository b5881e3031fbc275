"""The cases, one after the other, each under the headings of a petition."""

from collections.abc import Sequence
from typing import Final

from streams.report.cases import Case
from streams.report.elements import Column, Content, Element, element, table
from streams.report.episode_section import arithmetic
from streams.report.episodes import rule_name
from streams.report.figures import NONE, counted, listed, percent, usd
from streams.report.headings import parts_of
from streams.report.markets import Market, levy_usd
from streams.report.part import Part, Verdict
from streams.report.places import goods_name
from streams.report.sections import SIGNAL

CASES_MOST: Final = 8
"""Cases that are set out."""
SHORT_MOST: Final = 40
"""Cases that get a line; the others are in the table of episodes."""


_METHOD: Final = element("a", "Method and versions", href="#method")


def case_section(cases: Sequence[Case], drawn: Sequence[Market]) -> Element:
    """Return the cases that deserve most attention."""
    shown = [case for case in cases if case.is_substantial][:CASES_MOST]
    others = [case for case in cases if case not in shown]
    return element(
        "section",
        element("h2", "Evidence by case", id="cases", class_="fresh"),
        element(
            "p",
            "What a petition would have to show, as far as these data go. Each heading is answered with a signal, with "
            "none, or with what lacks to answer it. Whether goods are dumped, and whether that injures anybody, is for "
            "an authority to find.",
        ),
        [_case(each, drawn) for each in shown],
        element("p", "No alert makes a case.", class_="lack") if not cases else None,
        _in_short(others) if others else None,
        aria_labelledby="cases",
    )


def _in_short(cases: Sequence[Case]) -> Element:
    """Return the cases that are not set out: few goods, or alerts of a lower grade."""
    rows = [
        (
            case.title,
            element("span", str(case.alerts[0].severity), class_=f"severity {case.alerts[0].severity}"),
            listed(list(dict.fromkeys(rule_name(alert.rule) for alert in case.alerts))),
            percent(case.share_pct),
            usd(levy_usd(case.alerts)) if levy_usd(case.alerts) else NONE,
        )
        for case in cases[:SHORT_MOST]
    ]
    more = f"; {len(cases) - SHORT_MOST} more are in the table of episodes" if len(cases) > SHORT_MOST else ""
    caption = f"{counted(len(cases), 'case')} more in short, the most serious first{more}"
    columns: list[Column] = ["Case", "Worst", "Rules with alerts", ("Share of volume", "num"), ("Levy", "num")]
    return element("section", element("h3", "Other cases"), table(caption, columns, rows))


def _case(case: Case, drawn: Sequence[Market]) -> Element:
    heading = f"{case.anchor}-title"
    chart = element("a", f"Chart {case.market.number}", href=f"#{case.market.anchor}") if case.market in drawn else None
    return element(
        "section",
        element("h3", f"Case {case.number}. {case.title}", id=heading),
        element("p", SIGNAL, class_="label"),
        element(
            "p", f"{counted(len(case.alerts), 'alert')}. ", chart, ", " if chart else None, _METHOD, class_="facts"
        ),
        [_part(each, case.market.key.product) for each in parts_of(case)],
        id=case.anchor,
        class_="case",
        aria_labelledby=heading,
    )


def _part(part: Part, product: str) -> Element:
    return element(
        "div",
        element("h4", part.heading, _badge(part.verdict)),
        element(
            "div",
            [element("p", _sentence(words, product)) for words in part.words],
            _figures(part),
            arithmetic(part.steps),
            [element("p", _sentence(words, product), class_="lack") for words in part.lacks],
            element("p", part.basis, class_="facts"),
        ),
        class_="finding",
    )


def _sentence(words: str, product: str) -> str:
    """Return words with the product called as people do, begun as a sentence is; per cent stay with their figure."""
    told = words.replace(product, goods_name(product)).replace(" %", "\N{NO-BREAK SPACE}%")
    return f"{told[:1].upper()}{told[1:]}"


def _badge(verdict: Verdict | None) -> Content:
    if verdict is None:
        return None
    return element("span", str(verdict), class_=f"verdict {verdict.name.lower()}")


def _figures(part: Part) -> Element | None:
    if not part.rows:
        return None
    first, *others = part.columns
    return table(part.caption, [first, *((name, "num") for name in others)], part.rows)
