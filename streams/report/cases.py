"""
Cases: the alerts on one way of a product's goods, set out under the headings of a petition.

The headings are those of the WTO Anti-Dumping Agreement: like product (article 2.6), negligible volumes and de minimis
margins (5.8), effects on prices (3.2), a significant increase (3.2, 10.6); the floor comes beside them.  Each is
answered with a signal, with none, or with what lacks to answer it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final, NamedTuple

from alerts.arithmetic import Step
from alerts.explain import explain
from alerts.model import Alert, Severity
from streams.antidumping.de_minimis import THRESHOLD_PCT, Proceeding, Reading, is_de_minimis
from streams.antidumping.negligibility import INDIVIDUAL_PCT, Country, Pool, negligibility
from streams.exact import decimal_text
from streams.reference.catalogue import Product, load_catalogue
from streams.report.charts import month_name, months_between
from streams.report.episodes import figure_of, rule_name
from streams.report.figures import NONE, counted, listed, percent, price, tonnes, usd
from streams.report.markets import (
    DATA_RULES,
    Market,
    Month,
    Partner,
    Side,
    attention,
    is_small,
    levy_of,
    levy_usd,
    merged,
    severity_order,
    with_article,
    worst_rank,
)
from streams.report.places import goods_name, goods_title, place_name

YEAR: Final = 12
_INTERNATIONAL: Final = 6
"""Digits of a commodity code that all countries share."""
COVERAGE_LEAST_PCT: Final = Fraction(80)
_MORE: Final = "more, less serious or earlier, are in the table of episodes."
_SUMMARIES_MOST: Final = 5
"""Alerts that are told in their own words under one heading."""
_HUNDRED: Final = Fraction(100)
_DE_MINIMIS: Final = THRESHOLD_PCT[Proceeding.INVESTIGATION]
_MARGIN: Final = ("dumping_margin", "dumping_margin_early", "targeted_dumping")
_PRICES: Final = ("undercutting", "underselling", "price_suppression")
_SURGE: Final = ("massive_imports", "surge", "surge_with_price_fall", "front_loading", "stockpile_flush")
_FLOOR: Final = ("floor_breach", "sustained_breach")


class Verdict(StrEnum):
    """What a heading comes to."""

    SIGNAL = "signal"
    NONE = "none found"
    UNKNOWN = "not known"
    NEGLIGIBLE = "negligible"
    NOT_NEGLIGIBLE = "not negligible"


class Part(NamedTuple):
    """What is said under one heading."""

    heading: str
    basis: str
    verdict: Verdict | None
    """None where the heading asks nothing."""
    words: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    caption: str = ""
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Case:
    """The alerts on one way of goods, and what they come to."""

    market: Market
    partner: Partner
    alerts: tuple[Alert, ...]
    number: int = 0

    @property
    def anchor(self) -> str:
        """The name by which the page links to it."""
        return f"case-{self.number}"

    @property
    def origin(self) -> str:
        """Where the goods come from."""
        return self.market.key.country if self.market.key.side is Side.EXPORT else self.partner.code

    @property
    def destination(self) -> str:
        """Where they go."""
        return self.partner.code if self.market.key.side is Side.EXPORT else self.market.key.country

    @property
    def title(self) -> str:
        """What to call it."""
        way = f"{place_name(self.origin)} to {place_name(self.destination)}"
        return f"{goods_title(self.market.key.product)}: {way}"

    @property
    def share_pct(self) -> Fraction:
        """What part of its market's goods it is about, per cent."""
        return _HUNDRED * self.partner.qty_kg / self.market.qty_kg if self.market.qty_kg else Fraction(0)

    @property
    def is_substantial(self) -> bool:
        """Whether it is worth setting out: a serious alert, or goods that are not negligible."""
        return worst_rank(self.alerts) >= Severity.HIGH.rank or not is_small(self.partner, self.market)

    def parts(self) -> tuple[Part, ...]:
        """Return what is said under each heading."""
        return (
            _like_product(self),
            _volume(self),
            _margin(self),
            _price_effects(self),
            _surge(self),
            _floor(self),
            *_others(self),
        )


def cases_of(markets: Iterable[Market]) -> list[Case]:
    """Return the cases of a run, the most serious first."""
    found = [case for market in markets if market.key.side is not Side.QUOTE for case in _of_market(market)]
    found.sort(
        key=lambda each: (
            not each.is_substantial,
            is_small(each.partner, each.market),
            attention(each.alerts),
            each.title,
        )
    )
    return [Case(each.market, each.partner, each.alerts, number) for number, each in enumerate(found, start=1)]


def _order(case: Case) -> tuple[Any, ...]:
    return not case.is_substantial, is_small(case.partner, case.market), attention(case.alerts), case.title


def _of_market(market: Market) -> Iterator[Case]:
    for partner in market.partners:
        alerts = [alert for alert in market.alerts if _is_about(alert, market, partner)]
        if any(market.partner_of(alert) == partner.code and alert.rule not in DATA_RULES for alert in alerts):
            yield Case(market, partner, tuple(sorted(alerts, key=severity_order)))


def _is_about(alert: Alert, market: Market, partner: Partner) -> bool:
    """Return whether an alert is about a partner: by its lane, or as the largest origin that its evidence names."""
    named = market.partner_of(alert)
    return named == partner.code or (named is None and alert.evidence.get("largest_origin") == partner.code)


# -- the headings ----------------------------------------------------------------------------------------------


def _like_product(case: Case) -> Part:
    product = load_catalogue().product(case.market.key.product)
    declared = sorted(set(_declared_codes(case.alerts)))
    words = [_goods(case.market.key.product, product)]
    if declared:
        words.append(f"Declared under {'code' if len(declared) == 1 else 'codes'} {listed(declared)}.")
    lacks = list(_baskets(product)) if product else ["The catalogue does not know this product."]
    lacks.append("Whether the industry of the importing country makes a like product is not in these data.")
    return Part("Like product", "ADA 2.6", None, tuple(words), tuple(lacks))


def _goods(name: str, product: Product | None) -> str:
    if product is None:
        return f"{goods_title(name)}."
    counted_in = f"contained {product.quote.of}" if product.quote.of else "the goods as they are"
    codes = sorted({each.code for each in product.hs if each.level <= _INTERNATIONAL})
    known = f" Known to customs as HS {listed(codes)}." if codes else ""
    form = "" if product.form == goods_name(name) else f" ({product.form})"
    return f"{goods_title(name)}{form}. Quantities and prices are per kilogram of {counted_in}.{known}"


def _baskets(product: Product) -> Iterator[str]:
    for each in product.hs:
        if each.basket:
            yield f"Code {each.code} holds other goods too ({each.basket}): it does not identify the product alone."


def _declared_codes(alerts: Iterable[Alert]) -> Iterator[str]:
    for alert in alerts:
        worst = alert.evidence.get("worst_record")
        found = [worst, *codes] if isinstance(codes := alert.evidence.get("codes"), list) else [worst]
        yield from (
            each["hs_code"] for each in found if isinstance(each, dict) and isinstance(each.get("hs_code"), str)
        )


def _volume(case: Case) -> Part:
    heading, basis = "Volume", "ADA 5.8: negligible below 3 %, unless those below exceed 7 % together"
    window = _last_year(case.market)
    if case.market.key.side is Side.EXPORT:
        whole, own = (_within(months, window).qty_kg for months in (case.market.total, case.partner.months))
        share = f" ({percent(_HUNDRED * own / whole)} of its exports of the product)" if whole else ""
        words = f"{place_name(case.origin)} declared {tonnes(own)} {_period(window)}{share}."
        importer = with_article(place_name(case.destination))
        lack = f"What {importer} imports from other origins is not in this run: no share of imports."
        return Part(heading, basis, Verdict.UNKNOWN, (words,), (lack,))
    if (covered := _covered_pct(case.market, window)) < COVERAGE_LEAST_PCT:
        lack = (
            f"Only {percent(covered)} of the records of these months have a price and a quantity: shares are not told."
        )
        return Part(heading, basis, Verdict.UNKNOWN, (), (lack,))
    return _shares(case, window, heading, basis)


def _shares(case: Case, window: Sequence[str], heading: str, basis: str) -> Part:
    volumes = {each.code: _within(each.months, window).qty_kg for each in case.market.partners}
    total = sum(volumes.values(), Fraction(0))
    found = negligibility([Country(code, qty) for code, qty in volumes.items()], total=total, pool=Pool.ALL)
    if found is None:
        return Part(heading, basis, Verdict.UNKNOWN, (), (f"No imports {_period(window)}.",))
    own = next(each for each in found.countries if each.country == case.partner.code)
    verdict = Verdict.NEGLIGIBLE if own.negligible else Verdict.NOT_NEGLIGIBLE
    sent = f"{place_name(own.country)} sent {tonnes(volumes[own.country])} of {tonnes(total)} {_period(window)}"
    words = [f"{sent}: {percent(own.share_pct, 2)} of imports, {verdict}."]
    if own.below_individual:
        words.append(f"Origins below 3 % account for {percent(found.collective_pct, 2)} together.")
    lacks = [] if len(window) == YEAR else [f"Only {len(window)} of twelve months are in this run."]
    largest = sorted(found.countries, key=lambda each: (-each.share_pct, each.country))[:6]
    shown = largest if own in largest else [*largest[:5], own]
    rows = tuple(
        (
            place_name(each.country),
            tonnes(volumes[each.country]),
            percent(each.share_pct, 2),
            _against_3(each.below_individual),
        )
        for each in shown
    )
    step = Step(
        label="share of imports",
        expression=f"{decimal_text(volumes[own.country])} / {decimal_text(total)} * 100",
        result=decimal_text(own.share_pct),
        unit="%",
    )
    columns = ("Origin", "Volume", "Share", f"Against {INDIVIDUAL_PCT} %")
    caption = f"Imports into {with_article(place_name(case.destination))} {_period(window)}"
    return Part(heading, basis, verdict, tuple(words), tuple(lacks), columns, rows, caption, (step,))


def _against_3(below: bool) -> str:  # noqa: FBT001 -- the answer of a test.
    return "below" if below else "at or above"


def _margin(case: Case) -> Part:
    heading, basis = "Margin of dumping", "ADA 5.8: de minimis below 2 % of the export price"
    alerts = _by(case, _MARGIN)
    if alerts:
        words, verdict = [], Verdict.NONE
        for alert in alerts:
            margin = figure_of(alert.evidence, "dumping_margin_pct")
            small = is_de_minimis(margin, _DE_MINIMIS, reading=Reading.STRICT)
            verdict = Verdict.SIGNAL if small is False else verdict
            said = "" if small is None else f" That is {'below' if small else 'at or above'} {_DE_MINIMIS} %."
            words.append(f"{alert.summary}{said}")
        methods = sorted({method for alert in alerts for method in _texts(alert.evidence.get("normal_value_methods"))})
        lacks = (
            ["A market quote stands for the normal value: an indication, not home sales."]
            if "price_proxy" in methods
            else []
        )
        return Part(heading, basis, verdict, tuple(words), tuple(lacks), steps=_steps(alerts, "dumping margin"))
    known = [each for each in case.partner.months if each.normal_value is not None and each.qty_kg]
    origin = place_name(case.origin)
    if not known:
        lack = f"No normal value of {case.market.key.product} in {origin} is in the reference data of this run."
        return Part(heading, basis, Verdict.UNKNOWN, (), (lack, "Without one there is no margin to work out."))
    both = _within(known, [each.month for each in known])
    landed = (
        f"Goods landed at {price(both.price)} USD/kg on average in {counted(len(known), 'month')} with a normal value, "
        f"which averaged {price(both.normal_value)} USD/kg. No exporter's margin was alleged."
    )
    return Part(heading, basis, Verdict.NONE, (landed,))


def _price_effects(case: Case) -> Part:
    heading, basis = "Effects on prices", "ADA 3.2: undercutting, suppression, depression"
    words = [alert.summary for alert in _by(case, _PRICES)]
    market_wide = [alert for alert in case.market.alerts if alert.rule == "price_suppression" and alert.origin is None]
    words += [alert.summary for alert in market_wide if alert not in case.alerts]
    told = {alert.rule for alert in (*_by(case, _PRICES), *market_wide)}
    lacks = list(_price_lacks(case, told))
    steps = _steps(_by(case, _PRICES), "undercutting", "underselling", "squeeze")
    verdict = Verdict.SIGNAL if words else Verdict.UNKNOWN
    return Part(heading, basis, verdict, tuple(words), tuple(lacks), steps=steps)


def _price_lacks(case: Case, told: set[str]) -> Iterator[str]:
    importer = with_article(place_name(case.destination))
    proxies = [alert for alert in case.alerts if "proxy" in str(alert.evidence.get("measured_by", ""))]
    if proxies:
        yield "Undercutting is measured against other origins: a proxy, for the domestic price is not known."
    elif "undercutting" not in told:
        yield f"Undercutting: none found, or no domestic price of {importer} to find it by."
    if "price_suppression" not in told:
        yield (
            f"Suppression and depression: the prices and costs of the industry of {importer} show none, "
            "or are not in this run."
        )


def _surge(case: Case) -> Part:
    heading, basis = "Increase", "ADA 3.2 and 10.6; massive from 15 % (19 CFR 351.206(h))"
    alerts = _by(case, _SURGE)
    words = [alert.summary for alert in alerts[:_SUMMARIES_MOST]]
    now = _last_year(case.market)
    before = [month for month in (_year_earlier(each) for each in now) if month in _months(case.market)]
    lacks: list[str] = []
    rows: list[tuple[str, ...]] = []
    if len(before) == len(now) == YEAR:
        was, came = (_within(case.partner.months, window) for window in (before, now))
        rows = [
            (_span(before), tonnes(was.qty_kg), price(was.price)),
            (_span(now), tonnes(came.qty_kg), price(came.price)),
            ("Change", _change(was.qty_kg, came.qty_kg), _change(was.price, came.price)),
        ]
    else:
        lacks.append("There are not two full years to compare.")
    if len(alerts) > _SUMMARIES_MOST:
        words.append(f"{len(alerts) - _SUMMARIES_MOST} {_MORE}")
    if not alerts:
        lacks.append("No rule on volumes found a surge, or the goods came too unevenly to judge.")
    verdict = Verdict.SIGNAL if alerts else Verdict.NONE if rows else Verdict.UNKNOWN
    steps = _steps(_by(case, ("massive_imports",))[:1], "")
    columns = ("Twelve months", "Volume", "USD/kg")
    return Part(
        heading,
        basis,
        verdict,
        tuple(words),
        tuple(lacks),
        columns,
        tuple(rows),
        "The last twelve months beside those before",
        steps,
    )


def _floor(case: Case) -> Part:
    heading, basis = "Reference floor", "The floor schedules of this run"
    alerts = _by(case, _FLOOR)
    if alerts:
        breaches = [alert for alert in alerts if alert.rule == "floor_breach"]
        levy = levy_usd(breaches)
        below = sum((figure_of(each.evidence, "content_below_kg") or Fraction(0) for each in breaches), Fraction(0))
        words = [f"{tonnes(below)} landed below the floor; the levy comes to {usd(levy)}."] if breaches else []
        words += [alert.summary for alert in alerts if alert.rule != "floor_breach" or len(breaches) == 1]
        worst = max(breaches, key=lambda each: levy_of(each) or Fraction(0), default=None)
        steps = _steps([worst] if worst else [], "levy", "gap in per cent of the floor")
        return Part(heading, basis, Verdict.SIGNAL, tuple(words), steps=steps)
    if any(each.floor is not None for each in case.partner.months):
        return Part(heading, basis, Verdict.NONE, ("No goods landed below the floor.",))
    return Part(heading, basis, Verdict.UNKNOWN, (), ("No floor applies to these goods in the schedules of this run.",))


def _others(case: Case) -> Iterator[Part]:
    seen = {*_MARGIN, *_PRICES, *_SURGE, *_FLOOR}
    others = [alert for alert in case.alerts if alert.rule not in seen]
    if others:
        words = [f"{rule_name(alert.rule).capitalize()}: {alert.summary}" for alert in others[:_SUMMARIES_MOST]]
        if len(others) > _SUMMARIES_MOST:
            words.append(f"{len(others) - _SUMMARIES_MOST} {_MORE}")
        basis = "What each rule looks for is under Method and versions"
        yield Part("Other signals", basis, Verdict.SIGNAL, tuple(words))


# -- figures ---------------------------------------------------------------------------------------------------


def _by(case: Case, rules: Sequence[str]) -> list[Alert]:
    return [alert for alert in case.alerts if alert.rule in rules]


def _steps(alerts: Iterable[Alert], *labels: str) -> tuple[Step, ...]:
    """Return the lines of the alerts' arithmetic whose label is, or begins with, one of *labels*."""
    found = [
        each.step
        for alert in alerts
        for each in explain(alert).steps
        if not each.section and each.step.label.startswith(labels)
    ]
    return tuple(dict.fromkeys(found))[:6]


def _months(market: Market) -> list[str]:
    months = [each.month for each in market.total]
    return months_between(months[0], months[-1])


def _last_year(market: Market) -> list[str]:
    return _months(market)[-YEAR:]


def _year_earlier(month: str) -> str:
    return f"{int(month[:4]) - 1:04}{month[4:]}"


def _within(months: Iterable[Month], window: Sequence[str]) -> Month:
    """Return the sum of the *months* that are in *window*."""
    inside = [each._replace(month=window[-1]) for each in months if each.month in set(window)]
    none = Month(window[-1], Fraction(0), Fraction(0), None, None, None)
    return merged([inside])[0] if inside else none


def _covered_pct(market: Market, window: Sequence[str]) -> Fraction:
    """Return how many of the records of a window have a price, per cent."""
    inside = _within(market.total, window)
    whole = inside.rows + inside.unpriced_rows
    return _HUNDRED * inside.rows / whole if whole else _HUNDRED


def _period(window: Sequence[str]) -> str:
    return f"from {month_name(window[0])} to {month_name(window[-1])}"


def _span(window: Sequence[str]) -> str:
    return f"{month_name(window[0])} to {month_name(window[-1])}"


def _change(before: Fraction | None, after: Fraction | None) -> str:
    if not before or after is None:
        return NONE
    change = _HUNDRED * (after - before) / before
    return f"{'+' if change > 0 else ''}{percent(change)}"


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
