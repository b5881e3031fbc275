"""
The headings of a petition, under which a case is set out.

They are those of the WTO Anti-Dumping Agreement: like product (article 2.6), negligible volumes and de minimis margins
(5.8), effects on prices (3.2), a significant increase (3.2, 10.6); the floor and the data come beside them.  Each is
answered with a signal, with none, or with what lacks to answer it.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

from alerts.arithmetic import Step
from alerts.model import Alert
from streams.antidumping.de_minimis import THRESHOLD_PCT, Proceeding, Reading, is_de_minimis
from streams.antidumping.negligibility import COLLECTIVE_PCT, INDIVIDUAL_PCT, Country, Pool, negligibility
from streams.exact import decimal_text
from streams.month_series import FloorInForce
from streams.reference.catalogue import Product, load_catalogue
from streams.report.cases import Case
from streams.report.charts import month_name, months_between
from streams.report.episodes import figure_of, rule_name
from streams.report.figures import counted, listed, percent, price, tonnes, usd
from streams.report.markets import Month, levy_of, levy_usd, merged, with_article
from streams.report.part import Part, Verdict, steps_of
from streams.report.places import goods_name, goods_title, place_name
from streams.report.price_effects import PRICES, price_effects
from streams.report.windows import YEAR, change, covered_pct, last_year, period, span, within, year_before

_INTERNATIONAL: Final = 6
"""Digits of a commodity code that all countries share."""
COVERAGE_LEAST_PCT: Final = Fraction(80)
_MORE: Final = "more, less serious or earlier, are in the table of episodes."
_NO_FLOOR_ON_LEAVING: Final = "Goods declared on leaving are not judged by a floor, which holds on entry."
_SUMMARIES_MOST: Final = 5
"""Alerts that are told in their own words under one heading."""
_HUNDRED: Final = Fraction(100)
_DE_MINIMIS: Final = THRESHOLD_PCT[Proceeding.INVESTIGATION]
_MARGIN: Final = ("dumping_margin", "dumping_margin_early", "targeted_dumping")
_SURGE: Final = ("massive_imports", "surge", "surge_with_price_fall", "front_loading", "stockpile_flush")
_FLOOR: Final = ("floor_breach", "sustained_breach")


def parts_of(case: Case) -> tuple[Part, ...]:
    """Return what is said under each heading."""
    return (
        _like_product(case),
        _volume(case),
        _margin(case),
        price_effects(case),
        _surge(case),
        _floor(case),
        *_others(case),
        _data(case),
    )


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
    window = last_year(case.market)
    if case.is_export:
        whole, own = (within(months, window).qty_kg for months in (case.market.total, case.partner.months))
        share = f" ({percent(_HUNDRED * own / whole)} of its exports of the product)" if whole else ""
        words = f"{place_name(case.origin)} declared {tonnes(own)} {period(window)}{share}."
        importer = with_article(place_name(case.destination))
        lack = (
            f"What {importer} imports from other origins is not in this run: there is no share of imports to set "
            "against 3 % and 7 %."
        )
        return Part(heading, basis, Verdict.UNKNOWN, (words,), (lack,))
    if (covered := covered_pct(within(case.market.total, window))) < COVERAGE_LEAST_PCT:
        lack = (
            f"Only {percent(covered)} of the records of these months have a price and a quantity: shares are not told."
        )
        return Part(heading, basis, Verdict.UNKNOWN, (), (lack,))
    return _shares(case, window, heading, basis)


def _shares(case: Case, window: Sequence[str], heading: str, basis: str) -> Part:
    volumes = {each.code: within(each.months, window).qty_kg for each in case.market.partners}
    total = sum(volumes.values(), Fraction(0))
    found = negligibility([Country(code, qty) for code, qty in volumes.items()], total=total, pool=Pool.ALL)
    if found is None:
        return Part(heading, basis, Verdict.UNKNOWN, (), (f"No imports {period(window)}.",))
    own = next(each for each in found.countries if each.country == case.partner.code)
    verdict = Verdict.NEGLIGIBLE if own.negligible else Verdict.NOT_NEGLIGIBLE
    sent = f"{place_name(own.country)} sent {tonnes(volumes[own.country])} of {tonnes(total)} {period(window)}"
    words = [f"{sent}: {percent(own.share_pct, 2)} of imports, {verdict}."]
    lacks = [] if len(window) == YEAR else [f"Only {len(window)} of twelve months are in this run."]
    largest = sorted(found.countries, key=lambda each: (-each.share_pct, each.country))[:6]
    shown = largest if own in largest else [*largest[:5], own]
    rows = [
        (
            place_name(each.country),
            tonnes(volumes[each.country]),
            percent(each.share_pct, 2),
            f"{'below' if each.below_individual else 'at or above'} {INDIVIDUAL_PCT} %",
        )
        for each in shown
    ]
    small = [each.country for each in found.countries if each.below_individual]
    if small:
        together = sum((volumes[country] for country in small), Fraction(0))
        above = "more than" if found.collective_pct > COLLECTIVE_PCT else "not more than"
        name = f"{counted(len(small), 'origin')} below {INDIVIDUAL_PCT} %"
        rows.append((name, tonnes(together), percent(found.collective_pct, 2), f"{above} {COLLECTIVE_PCT} %"))
    step = Step(
        label="share of imports",
        expression=f"{decimal_text(volumes[own.country])} / {decimal_text(total)} * 100",
        result=decimal_text(own.share_pct),
        unit="%",
    )
    columns = ("Origin", "Volume", "Share", "Threshold")
    caption = f"Imports into {with_article(place_name(case.destination))} {period(window)}"
    return Part(heading, basis, verdict, tuple(words), tuple(lacks), columns, tuple(rows), caption, (step,))


def _margin(case: Case) -> Part:
    heading, basis = "Margin of dumping", "ADA 5.8: de minimis below 2 % of the export price"
    alerts = case.of_rules(_MARGIN)
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
        return Part(heading, basis, verdict, tuple(words), tuple(lacks), steps=steps_of(alerts, "dumping margin"))
    known = [each for each in case.partner.months if each.normal_value is not None and each.qty_kg]
    origin = place_name(case.origin)
    if not known:
        lack = f"No normal value of {case.market.key.product} in {origin} is in the reference data of this run."
        return Part(
            heading,
            basis,
            Verdict.UNKNOWN,
            (),
            (lack, f"Without one there is no margin to set against {_DE_MINIMIS} %."),
        )
    both = within(known, [each.month for each in known])
    landed = (
        f"Goods landed at {price(both.price)} USD/kg on average in {counted(len(known), 'month')} with a normal value, "
        f"which averaged {price(both.normal_value)} USD/kg. No exporter's margin was alleged."
    )
    return Part(heading, basis, Verdict.NONE, (landed, *_between(both)))


def _between(both: Month) -> Iterator[str]:
    """Yield how far two averages lie apart where the normal value is the higher: no margin, for nothing is adjusted."""
    if both.price and both.normal_value is not None and both.normal_value > both.price:
        apart = _HUNDRED * (both.normal_value - both.price) / both.price
        side = "below" if apart < _DE_MINIMIS else "at or above"
        yield (
            f"The averages lie {percent(apart)} of the price apart, {side} {_DE_MINIMIS} %: an indication and no "
            "margin, for trades, levels of trade and costs of sale are not set against each other."
        )


def _surge(case: Case) -> Part:
    heading, basis = "Increase", "ADA 3.2 and 10.6; massive from 15 % (19 CFR 351.206(h))"
    alerts = case.of_rules(_SURGE)
    words = [alert.summary for alert in alerts[:_SUMMARIES_MOST]]
    now = last_year(case.market)
    before = year_before(case.market)
    lacks: list[str] = []
    rows: list[tuple[str, ...]] = []
    if len(before) == len(now) == YEAR:
        was, came = (within(case.partner.months, window) for window in (before, now))
        rows = [
            (span(before), tonnes(was.qty_kg), price(was.price)),
            (span(now), tonnes(came.qty_kg), price(came.price)),
            ("Change", change(was.qty_kg, came.qty_kg), change(was.price, came.price)),
        ]
    else:
        lacks.append("There are not two full years to compare.")
    if len(alerts) > _SUMMARIES_MOST:
        words.append(f"{len(alerts) - _SUMMARIES_MOST} {_MORE}")
    if not alerts:
        lacks.append("No rule on volumes found a surge, or the goods came too unevenly to judge.")
    verdict = Verdict.SIGNAL if alerts else Verdict.NONE if rows else Verdict.UNKNOWN
    steps = steps_of(case.of_rules(("massive_imports",))[:1], "")
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
    alerts = case.of_rules(_FLOOR)
    if alerts:
        breaches = [alert for alert in alerts if alert.rule == "floor_breach"]
        levy = levy_usd(breaches)
        below = sum((figure_of(each.evidence, "content_below_kg") or Fraction(0) for each in breaches), Fraction(0))
        words = [f"{tonnes(below)} landed below the floor; the levy comes to {usd(levy)}."] if breaches else []
        words += [alert.summary for alert in alerts if alert.rule != "floor_breach" or len(breaches) == 1]
        worst = max(breaches, key=lambda each: levy_of(each) or Fraction(0), default=None)
        steps = steps_of([worst] if worst else [], "levy", "gap in per cent of the floor")
        return Part(heading, basis, Verdict.SIGNAL, tuple(words), steps=steps)
    if any(each.floor is not None for each in case.partner.months):
        return Part(heading, basis, Verdict.NONE, ("No goods landed below the floor.",))
    on_entry = [each.floor_on_entry for each in case.partner.months if each.floor_on_entry is not None]
    if on_entry:
        words = list(_beside_entry(case, on_entry[-1]))
        return Part(heading, basis, Verdict.UNKNOWN, tuple(words), (_NO_FLOOR_ON_LEAVING,))
    names = list(dict.fromkeys(each.name for each in case.market.floors))
    if names and not case.is_export:
        lack = f"A floor of the product holds here ({listed(names)}), but these goods did not fall under it."
    else:
        lack = "No floor applies to these goods in the schedules of this run."
    return Part(heading, basis, Verdict.UNKNOWN, (), (lack,))


def _beside_entry(case: Case, floor: FloorInForce) -> Iterator[str]:
    """Yield the floor that goods declared on leaving would meet, and where their declared value lies beside it."""
    status = floor.status.replace("_", " ")
    entered = with_article(place_name(case.destination))
    yield f"On entry into {entered} the floor {floor.name} holds ({status}): {price(floor.usd_per_kg)} USD/kg CIF."
    window = last_year(case.market)
    if own := within(case.partner.months, window).price:
        gap = _HUNDRED * (own - Fraction(floor.usd_per_kg)) / Fraction(floor.usd_per_kg)
        side = "below" if gap < 0 else "above"
        yield (
            f"{period(window)} the goods were declared at {price(own)} USD/kg on leaving: "
            f"{percent(abs(gap))} {side} it before freight and insurance."
        )


def _data(case: Case) -> Part:
    """Return what the case rests on: how many records, of which months, and what of them could be used."""
    months = case.partner.months
    whole = merged([[each._replace(month="") for each in months]])[0]
    records = whole.rows + whole.unpriced_rows + whole.suspect_rows
    of = f"{counted(len(months), 'month')} from {month_name(months[0].month)} to {month_name(months[-1].month)}"
    unpriced, suspect = whole.unpriced_rows or "none", whole.suspect_rows or "none"
    words = [f"{counted(records, 'record')} in {of}, {unpriced} of them without a price and {suspect} of unsure unit."]
    known = [pct for alert in case.alerts if (pct := figure_of(alert.evidence, "coverage_pct")) is not None]
    if known:
        least = f"At least {percent(min(known))} of" if min(known) < _HUNDRED else "All"
        words.append(f"{least} the records that an alert is about could be judged.")
    without = len(months_between(months[0].month, months[-1].month)) - len(months)
    lacks = (f"No goods were declared in {counted(without, 'month')} of that time.",) if without else ()
    return Part(
        "Data and coverage", "Files, rules and versions are under Method and versions", None, tuple(words), lacks
    )


def _others(case: Case) -> Iterator[Part]:
    seen = {*_MARGIN, *PRICES, *_SURGE, *_FLOOR}
    others = [alert for alert in case.alerts if alert.rule not in seen]
    if others:
        words = [f"{rule_name(alert.rule).capitalize()}: {alert.summary}" for alert in others[:_SUMMARIES_MOST]]
        if len(others) > _SUMMARIES_MOST:
            words.append(f"{len(others) - _SUMMARIES_MOST} {_MORE}")
        basis = "What each rule looks for is under Method and versions"
        yield Part("Other signals", basis, Verdict.SIGNAL, tuple(words))


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
