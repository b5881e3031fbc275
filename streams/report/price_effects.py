"""
Effects on prices: undercutting, depression and suppression (WTO Anti-Dumping Agreement, article 3.2), as far as known.

Without the importing industry's prices, what others charge is told beside the goods: a proxy, and called one.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from alerts.model import Alert
from streams.report.cases import Case
from streams.report.figures import percent, price
from streams.report.markets import Month, merged, with_article
from streams.report.part import Part, Verdict, steps_of
from streams.report.places import place_name
from streams.report.windows import YEAR, change, last_year, period, span, within, year_before

PRICES: Final = ("undercutting", "underselling", "price_suppression")
"""The rules on prices."""
_HUNDRED: Final = Fraction(100)


def price_effects(case: Case) -> Part:
    """Return what is known of the effects on prices."""
    heading, basis = "Effects on prices", "ADA 3.2: undercutting, depression, suppression"
    alerts = case.of_rules(PRICES)
    alerts += [alert for alert in _on_the_industry(case) if alert not in alerts]
    words = [alert.summary for alert in alerts]
    lacks = list(_price_lacks(case, alerts))
    steps = steps_of(case.of_rules(PRICES), "undercutting", "underselling", "squeeze")
    others = _of_others(case)
    rows = _unit_values(case, others)
    words += _beside_others(case, others)
    verdict = Verdict.SIGNAL if alerts else Verdict.UNKNOWN
    windows = (year_before(case.market), last_year(case.market)) if rows else ()
    columns = ("Unit value, USD/kg", *map(span, windows), "Change") if rows else ()
    caption = "Unit values of the last twelve months beside those before"
    return Part(heading, basis, verdict, tuple(words), tuple(lacks), columns, rows, caption, steps)


def _on_the_industry(case: Case) -> list[Alert]:
    """Return the alerts on the prices of the importing industry, whoever's goods press them."""
    return [alert for alert in case.market.alerts if alert.rule == "price_suppression" and alert.origin is None]


def _unit_values(case: Case, others: Sequence[Month]) -> tuple[tuple[str, ...], ...]:
    """Return the unit values of these goods and of all others in the last year and before; empty without two years."""
    windows = year_before(case.market), last_year(case.market)
    if any(len(window) < YEAR for window in windows):
        return ()
    rows = []
    for name, months in ((_own_name(case), case.partner.months), (_others_name(case), others)):
        was, now = (within(months, window).price for window in windows)
        if was is not None or now is not None:
            rows.append((name, price(was), price(now), change(was, now)))
    return tuple(rows)


def _own_name(case: Case) -> str:
    return f"To {place_name(case.destination)}" if case.is_export else f"From {place_name(case.origin)}"


def _others_name(case: Case) -> str:
    return f"All other {case.market.partner_word}s"


def _of_others(case: Case) -> tuple[Month, ...]:
    return merged(each.months for each in case.market.partners if each.code != case.partner.code)


def _beside_others(case: Case, others: Sequence[Month]) -> Iterator[str]:
    """Yield how far the goods of the last year lie from the average of all others: no undercutting, but beside it."""
    window = last_year(case.market)
    own, usual = within(case.partner.months, window).price, within(others, window).price
    if own is None or not usual:
        return
    side = "below" if own < usual else "above"
    gap = percent(_HUNDRED * abs(own - usual) / usual)
    yield (
        f"{period(window)} the goods went at {price(own)} USD/kg, {gap} {side} the average of all other "
        f"{case.market.partner_word}s, whatever their quality."
    )


def _price_lacks(case: Case, alerts: Sequence[Alert]) -> Iterator[str]:
    importer = with_article(place_name(case.destination))
    proxies = [alert for alert in case.alerts if "proxy" in str(alert.evidence.get("measured_by", ""))]
    if proxies:
        yield "Undercutting is measured against other origins: a proxy, for the domestic price is not known."
    elif not any(alert.rule == "undercutting" for alert in alerts):
        yield f"Undercutting: none found, or no domestic price of {importer} to find it by."
    effects = {alert.evidence.get("effect") for alert in alerts if alert.rule == "price_suppression"}
    if "depressed" not in effects:
        yield f"Depression: the prices of the industry of {importer} did not fall so, or are not in this run."
    if "suppressed" not in effects:
        yield (
            f"Suppression: the prices of the industry of {importer} kept up with its costs, "
            "or one of the two is not in this run."
        )
