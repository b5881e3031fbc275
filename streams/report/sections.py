"""The parts of the page that tell of a run as a whole: its title, what it found, its data, and how it was made."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import PurePath
from typing import Any, Final

from alerts.access import CONFIDENTIAL_STATUSES, RESTRICTED, is_confidential
from alerts.model import NOTICE, OPEN_STATES, Alert, Severity
from streams.month_series import FloorInForce
from streams.report.charts import month_name
from streams.report.elements import Content, Element, element, table
from streams.report.episodes import depth_of, lane_of, rule_name
from streams.report.figures import NONE, counted, listed, percent, tonnes, usd
from streams.report.markets import Market, levy_usd, severity_order
from streams.report.material import Material
from streams.report.places import goods_name
from streams.rules import RULES
from streams.rules.handbook import page

SIGNAL: Final = NOTICE[:1].upper() + NOTICE[1:]
_DIGITS: Final = 12
"""How much of a digest is shown where all of it stands in the manifest."""
_NAMED_MOST: Final = 3
_HUNDRED: Final = Fraction(100)


def header(run: Material, markets: Sequence[Market], leading: Alert | None) -> Element:
    """Return the title, what was run, the key figures and one paragraph on them, *leading* being told by itself."""
    return element(
        "header",
        element("p", "Floorwatch report", class_="eyebrow"),
        element("h1", _title(markets)),
        element("p", _what_was_run(run), class_="facts"),
        element("p", SIGNAL, class_="label"),
        list(_cautions(run)),
        element("p", summary(run, leading), class_="lead"),
        _key_figures(run, markets),
        class_="top",
    )


def summary(run: Material, leading: Alert | None) -> str:
    """Return what a run comes to in one paragraph."""
    records, alerts = _records(run), run.alerts
    products = len({line.product for line in run.series})
    span = f", {_span_words(run.months)}," if run.months else ""
    first = f"{counted(records, 'record')} of {counted(products, 'product')}{span} were judged."
    if not alerts:
        return f"{first} Nothing was found that one of them alerts on."
    by_severity = Counter(alert.severity for alert in alerts)
    graded = [f"{by_severity[each]} {each}" for each in reversed(Severity) if by_severity[each]]
    still_open = sum(alert.state in OPEN_STATES for alert in alerts)
    second = (
        f"They raise {counted(len(alerts), 'alert')} on {counted(_lanes(alerts), 'lane')} "
        f"({listed(graded)}); {still_open or 'none'} of them {'is' if still_open == 1 else 'are'} still open."
    )
    return " ".join([first, second, *_floor_words(alerts), *_largest_words(alerts, leading)])


def coverage(run: Material, markets: Sequence[Market]) -> Element:
    """Return what of the data could be used, and what could not be judged."""
    counts = run.manifest.summary
    return element(
        "section",
        element("h2", "Coverage and data quality", id="coverage"),
        element("p", _coverage_words(run)),
        _counted("Dead letters by reason", "Reason", "Rows", counts.get("dead_letters")),
        _counted("Records that repeat others", "What they are", "Records", counts.get("outcomes")),
        _counted("Records waiting for a rate, an assay or a basis", "Reason", "Records", counts.get("held")),
        _counted(
            "Subjects that a rule could not judge for want of data, at the end of the run",
            "Rule",
            "Subjects",
            {rule_name(rule): count for rule, count in _mapping(counts.get("insufficient_coverage")).items()},
        ),
        table(
            "What the markets are made of",
            [
                "Market",
                ("Partners", "num"),
                ("Months", "num"),
                ("Records", "num"),
                ("Without a price", "num"),
                ("Unit in doubt", "num"),
            ],
            [_market_coverage(each) for each in sorted(markets, key=lambda each: each.key)],
        ),
        aria_labelledby="coverage",
    )


def method(run: Material) -> Element:
    """Return how the run was made, from what, and by which versions."""
    manifest = run.manifest
    named = {alert.rule for alert in run.alerts}
    return element(
        "section",
        element("h2", "Method and versions", id="method"),
        element(
            "p",
            "Each record is brought to US dollars for a kilogram of content and set against the floors and reference "
            "values that were in force on its day; rules over periods judge a month once no more records of it are "
            "expected. Amounts are exact until they are shown. The same records and reference data give the same "
            "alerts.",
        ),
        table("Versions", ["What", "Which"], _versions(run)),
        table(
            "Files that were read",
            ["File", "Read as", ("Bytes", "num"), "SHA-256"],
            [
                (PurePath(each.path).name, each.format, f"{each.bytes:,}", _digest(each.sha256))
                for each in manifest.inputs
            ],
        ),
        table(
            "Floors, rates and reference data",
            ["What", "Which", "SHA-256; of data together, a short digest"],
            [
                *(
                    (kind, each.name or PurePath(each.path or NONE).name, _digest(each.sha256))
                    for kind, group in (("floors", manifest.floors), ("rates", manifest.rates))
                    for each in group
                ),
                *(("reference data", each.name, _digest(each.digest)) for each in manifest.reference),
            ],
        ),
        table(
            "What the rules with alerts look for",
            ["Rule", "What it finds"],
            [(rule_name(each.name), page(each).what) for each in RULES if each.name in named],
        ),
        element(
            "p",
            "A line of arithmetic can be worked out by hand from the figures in it. ",
            element("code", "floorwatch explain ALERT_ID --file alerts.jsonl"),
            " does so for all lines of an alert, from the run's own file.",
        ),
        aria_labelledby="method",
    )


def floor_statuses(run: Material) -> set[str]:
    """Return the statuses of the floors that a run's alerts name, and of those in force of its months."""
    named = {
        str(floor["status"])
        for alert in run.alerts
        for floor in _list(alert.evidence.get("floors"))
        if isinstance(floor, dict) and "status" in floor
    }
    return named | {floor.status for floor in _in_force(run)}


def shows_confidential(run: Material) -> bool:
    """Return whether the figures of a report give away a floor that is confidential."""
    return any(map(is_confidential, run.alerts)) or any(
        floor.status in CONFIDENTIAL_STATUSES or floor.visibility == RESTRICTED for floor in _in_force(run)
    )


def _in_force(run: Material) -> Iterator[FloorInForce]:
    return (line.floor_in_force for line in run.series if line.floor_in_force is not None)


# -- within ----------------------------------------------------------------------------------------------------


def _title(markets: Sequence[Market]) -> str:
    """Return the title: the goods with alerts, those that matter most first, else all of them."""
    told = [each for each in markets if each.alerts] or list(markets)
    names = list(dict.fromkeys(goods_name(each.key.product) for each in told))
    shown = names if len(names) <= _NAMED_MOST else [*names[: _NAMED_MOST - 1], f"{len(names) - _NAMED_MOST + 1} more"]
    return f"Price floors and dumping signals: {listed(shown) or 'no goods'}"


def _what_was_run(run: Material) -> str:
    manifest = run.manifest
    files = [PurePath(each.path).name for each in manifest.inputs]
    rest = len(files) - _NAMED_MOST + 1
    shown = files if rest <= 1 else [*files[: _NAMED_MOST - 1], f"{rest} more files"]
    made = f"Run {run.name}, made {_instant(manifest.made_at)} from {listed(shown) or 'no file'}"
    return f"{made}; rule set {manifest.rules.digest[:_DIGITS]}."


def _cautions(run: Material) -> Iterator[Element]:
    """Yield what has to be known of the floors before any of it is passed on."""
    statuses = floor_statuses(run)
    if "illustrative" in statuses:
        said = "The floors" if statuses == {"illustrative"} else "Some of the floors"
        yield element(
            "p",
            f"{said} in this report are illustrative: invented to show how floors work. Levies worked out by them are "
            "owed to nobody.",
            class_="caution",
        )
    if shows_confidential(run):
        yield element(
            "p",
            "Confidential: this report shows confidential floors, or figures that they can be worked out from.",
            class_="caution",
        )


def _floor_words(alerts: Sequence[Alert]) -> Iterator[str]:
    breaches = [alert for alert in alerts if alert.rule == "floor_breach"]
    if breaches:
        below = sum((Fraction(str(each.evidence.get("content_below_kg") or 0)) for each in breaches), Fraction(0))
        origins = len({alert.origin for alert in breaches})
        whose = "their" if origins > 1 else "its"
        landed = f"{tonnes(below)} from {counted(origins, 'origin')} landed below {whose} floor"
        yield f"{landed}; the levy comes to {usd(levy_usd(breaches))}."


def _largest_words(alerts: Sequence[Alert], leading: Alert | None) -> Iterator[str]:
    """Yield what is due most, and what is most serious, each in a sentence."""
    owed = max(alerts, key=lambda alert: levy_usd([alert]))
    worst = leading or min(alerts, key=severity_order)
    if levy := levy_usd([owed]):
        yield f"Most is due on {_goods_of(owed)}: {usd(levy)}, {depth_of(owed)}."
    if worst is not owed:
        yield f"Most serious: {rule_name(worst.rule)}, {_goods_of(worst)}, {depth_of(worst)}."


def _goods_of(alert: Alert) -> str:
    return f"{goods_name(alert.product)}, {lane_of(alert)}"


def _key_figures(run: Material, markets: Sequence[Market]) -> Element:
    alerts = run.alerts
    still_open = sum(alert.state in OPEN_STATES for alert in alerts)
    serious = [alert for alert in alerts if alert.severity >= Severity.HIGH]
    tiles = [
        ("Alerts", f"{len(alerts):,}", f"{still_open:,} open"),
        (
            "High or critical",
            f"{len(serious):,}",
            f"on {counted(_lanes(serious), 'lane')}" if serious else "none so grave",
        ),
        ("Levy due", *_levy_figure(run)),
        (
            "Goods seen",
            tonnes(sum((each.qty_kg for each in markets), Fraction(0))),
            f"{counted(len(markets), 'market')}",
        ),
        ("Records", f"{_records(run):,}", f"{_total(run.manifest.summary.get('dead_letters')):,} refused"),
        ("Without a price", percent(_unpriced_pct(run)), "of records, in no test of prices"),
    ]
    return element(
        "dl",
        [
            element("div", element("dt", name), element("dd", figure, element("small", aside)))
            for name, figure, aside in tiles
        ],
        class_="key",
    )


def _levy_figure(run: Material) -> tuple[str, str]:
    if any(line.floor_usd_per_kg is not None for line in run.series):
        return usd(levy_usd(run.alerts)), "on goods below a floor"
    return NONE, "no goods were set against a floor"


def _coverage_words(run: Material) -> str:
    refused, held = (_total(run.manifest.summary.get(name)) for name in ("dead_letters", "held"))
    suspect = sum(line.suspect_rows for line in run.series)
    lacking = _mapping(run.manifest.summary.get("insufficient_coverage"))
    span = f", {_span_words(run.months)}" if run.months else ""
    waiting = f"{held or 'none'} {'waits' if held <= 1 else 'wait'} for something a price needs"
    doubted = f"the unit of {suspect or 'none'} is in doubt"
    parts = [
        f"{counted(_records(run), 'record')} were read{span}.",
        f"{refused or 'None'} {'was' if refused <= 1 else 'were'} refused, {waiting}, and {doubted}.",
        f"{percent(_unpriced_pct(run))} of the records have no price.",
    ]
    if lacking:
        parts.append(
            f"{counted(len(lacking), 'rule')} could not judge some of what they look at: "
            "that they say nothing of it is no finding."
        )
    return " ".join(parts)


def _market_coverage(market: Market) -> tuple[Content, ...]:
    total = market.total
    priced, unpriced, suspect = (
        sum(getattr(each, name) for each in total) for name in ("rows", "unpriced_rows", "suspect_rows")
    )
    records = priced + unpriced + suspect
    share = percent(_HUNDRED * unpriced / records) if records else NONE
    return (market.title, f"{len(market.partners):,}", f"{len(total):,}", f"{records:,}", share, f"{suspect:,}")


def _versions(run: Material) -> Iterator[tuple[Content, Content]]:
    manifest, options = run.manifest, run.manifest.options
    yield "Floorwatch", manifest.code_version
    yield "source files, SHA-256", _digest(manifest.code_sha256)
    yield "rule set, digest", _digest(manifest.rules.digest)
    yield "rule file", PurePath(manifest.rules.path).name if manifest.rules.path else "thresholds as shipped"
    yield "judged", "in one process" if manifest.way == "direct" else "by workers, through Kafka"
    yield "replayed as of", str(options.as_of)
    if options.taken:
        yield "taken of the feed", " ".join(options.taken)
    yield "reference data known", "with hindsight" if options.hindsight else "as of each day"
    yield "run made", _instant(manifest.made_at)
    for name, digest in sorted(manifest.outputs.items()):
        yield name, _digest(digest)


def _counted(caption: str, what: str, how_many: str, counts: Any) -> Element | None:
    rows = sorted(_mapping(counts).items(), key=lambda each: (-each[1], each[0]))
    if not rows:
        return None
    return table(caption, [what, (how_many, "num")], [(name.replace("_", " "), f"{count:,}") for name, count in rows])


def _records(run: Material) -> int:
    found = run.manifest.summary.get("records")
    return found if isinstance(found, int) else 0


def _unpriced_pct(run: Material) -> Fraction:
    unpriced = sum(line.unpriced_rows for line in run.series)
    whole = sum(line.rows + line.unpriced_rows + line.suspect_rows for line in run.series)
    return _HUNDRED * unpriced / whole if whole else Fraction(0)


def _lanes(alerts: Iterable[Alert]) -> int:
    return len({(alert.product, alert.origin, alert.destination) for alert in alerts})


def _span_words(months: Sequence[str]) -> str:
    if not months:
        return ""
    return month_name(months[0]) if len(months) == 1 else f"{month_name(months[0])} to {month_name(months[-1])}"


def _instant(text: str) -> str:
    return text[:16].replace("T", " ") + " UTC" if len(text) > len("YYYY-MM-DD") else text


def _digest(digits: str) -> Element:
    return element("code", digits)


def _total(counts: Any) -> int:
    return sum(_mapping(counts).values())


def _mapping(value: Any) -> Mapping[str, int]:
    return (
        {str(name): count for name, count in value.items() if isinstance(count, int)} if isinstance(value, dict) else {}
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
