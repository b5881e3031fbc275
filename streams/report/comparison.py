"""The run beside another: what one of them has alone, what changed, and what that does to the levy."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from alerts.model import Alert
from streams.report.bars import paired_bars
from streams.report.elements import Column, Content, Element, element, table
from streams.report.episodes import lane_of, opened_on, rule_name, told
from streams.report.figure_sections import Figures
from streams.report.figures import NONE, counted, unit_of, usd, with_unit
from streams.report.markets import levy_of, levy_usd
from streams.report.material import Material
from streams.report.places import goods_title
from streams.runs.compare import ADDED, CHANGED, REMOVED, Difference, compare
from streams.runs.kept_records import KeptRecord

ROWS_MOST: Final = 100
LANES_DRAWN: Final = 10
_FIELDS_MOST: Final = 4


def comparison(run: Material, other: Material, figures: Figures) -> Element:
    """Return how *run* differs from *other*, which comes first in each pair of figures."""
    found = compare(other.alerts, run.alerts)
    kept = _kept(run, other)
    firsts = {each.alerts: each for each in kept}
    return element(
        "section",
        element("h2", f"Compared with {other.name}", id="comparison", class_="fresh"),
        element("p", _words(run, other, found)),
        element("p", _made_alike(run, other), class_="facts"),
        _about_first_records(run, other, kept) if found else None,
        _levies(run, other, figures),
        [_differences(kind, caption, found, firsts) for kind, caption in _CAPTIONS.items()],
        aria_labelledby="comparison",
    )


_CAPTIONS: Final = {
    ADDED: "Alerts that this run has and the other has not",
    REMOVED: "Alerts that the other run has and this one has not",
    CHANGED: "Alerts of both that differ",
}


def _words(run: Material, other: Material, found: Sequence[Difference]) -> str:
    if not found:
        return f"Both runs come to the same {counted(len(run.alerts), 'alert')}."
    added, removed, changed = (sum(each.kind == kind for each in found) for kind in _CAPTIONS)
    before, after = levy_usd(other.alerts), levy_usd(run.alerts)
    return (
        f"Against {other.name} ({counted(len(other.alerts), 'alert')}) this run has {added} added, {removed} removed "
        f"and {changed} changed. The levy goes from {usd(before)} to {usd(after)}, a difference of "
        f"{signed(after - before)}."
    )


def _made_alike(run: Material, other: Material) -> str:
    parts: tuple[tuple[str, object, object], ...] = (
        ("the records", [each.sha256 for each in run.manifest.inputs], [each.sha256 for each in other.manifest.inputs]),
        ("the floors", [each.sha256 for each in run.manifest.floors], [each.sha256 for each in other.manifest.floors]),
        ("the reference data", run.manifest.reference, other.manifest.reference),
        ("the rates", [each.sha256 for each in run.manifest.rates], [each.sha256 for each in other.manifest.rates]),
        ("the rules", run.manifest.rules.digest, other.manifest.rules.digest),
        ("the code", _code(run), _code(other)),
    )
    apart = [name for name, one, two in parts if one != two]
    alike = [name for name, one, two in parts if one == two]
    return f"Different: {', '.join(apart) or 'nothing'}. The same: {', '.join(alike) or 'nothing'}."


def _code(run: Material) -> tuple[str, str]:
    return run.manifest.code_version, run.manifest.code_sha256


def _kept(run: Material, other: Material) -> tuple[KeptRecord, ...]:
    """Return the first records that a comparison of the two left in the folder of either."""
    pairs = ((run, other), (other, run))
    found = (kept.records for one, two in pairs for kept in one.compared if two.digest and kept.other == two.digest)
    return next(found, ())


def _about_first_records(run: Material, other: Material, kept: Sequence[KeptRecord]) -> Element:
    if not kept:
        command = element("code", f"floorwatch replay diff {other.name} {run.name} --keep")
        words = "The record that made each difference is not known to these runs; ", command, " finds and keeps it."
        return element("p", words, class_="lack")
    return element(
        "p",
        "The first record is the one with which the two runs differ in the alert and without which they do not; where "
        "the runs could not be judged again it is the one that the alert names, and that is said.",
    )


def _levies(run: Material, other: Material, figures: Figures) -> Content:
    before, after = _by_lane(other), _by_lane(run)
    lanes = sorted(before | after, key=lambda lane: (-abs(after[lane] - before[lane]), lane))
    if not lanes:
        return None
    amounts = [(lane, before[lane], after[lane]) for lane in lanes]
    whole = ("All lanes", sum(before.values(), Fraction(0)), sum(after.values(), Fraction(0)))
    rows = [(lane, usd(was), usd(now), signed(now - was)) for lane, was, now in (*amounts[:ROWS_MOST], whole)]
    headings = (f"Levy in {other.name}", f"Levy in {run.name}", "Difference")
    drawn = amounts[:LANES_DRAWN]
    label = f"Levy of {counted(len(drawn), 'lane')} in {other.name} and in {run.name}."
    caption = f"Levy in US dollars by lane: grey in {other.name}, blue in {run.name}."
    return [
        figures.figure("levies", label, paired_bars(drawn, other.name, run.name), caption),
        table("Levy by lane", ["Lane", *((name, "num") for name in headings)], rows),
    ]


def _by_lane(run: Material) -> defaultdict[str, Fraction]:
    """Return what the levies of a run come to on each lane that has any."""
    found: defaultdict[str, Fraction] = defaultdict(Fraction)
    for alert in run.alerts:
        if levy := levy_of(alert):
            found[_lane(alert)] += levy
    return found


def _lane(alert: Alert) -> str:
    return f"{goods_title(alert.product)}: {lane_of(alert)}"


def _differences(
    kind: str, caption: str, found: Sequence[Difference], firsts: Mapping[tuple[str, ...], KeptRecord]
) -> Element | None:
    chosen = [each for each in found if each.kind == kind]
    if not chosen:
        return None
    what = "What changed" if kind == CHANGED else "In plain words"
    rows = [
        (
            rule_name(each.alert.rule),
            _lane(each.alert),
            opened_on(each.alert),
            str(each.alert.severity),
            signed(_levy(each.after) - _levy(each.before)),
            [list(_fields(each)) if kind == CHANGED else told(each.alert), _first(firsts.get(each.ids))],
        )
        for each in chosen[:ROWS_MOST]
    ]
    more = f"; {len(chosen) - ROWS_MOST} more are not shown" if len(chosen) > ROWS_MOST else ""
    columns: list[Column] = ["Rule", "Lane", ("From", "day"), "Severity", ("Levy", "num"), what]
    return table(f"{caption}: {len(chosen)}{more}", columns, rows)


def _first(kept: KeptRecord | None) -> Element | None:
    """Return the record that made a difference, in a line of its own."""
    if kept is None:
        return None
    if not kept.record:
        return element("div", "First record: not found", class_="facts")
    where = f", {kept.file}, line {kept.line}" if kept.file else ""
    how = {"replayed": "", "told": "; as the alert names it"}.get(kept.how, f"; {kept.how}")
    return element("div", "First record: ", element("code", kept.record), f" of {kept.day}{where}{how}", class_="facts")


def _fields(difference: Difference) -> Iterator[Content]:
    for change in difference.changes[:_FIELDS_MOST]:
        name, unit = unit_of(change.what)
        before, after = (with_unit(_short(text), unit) for text in (change.before, change.after))
        yield element("span", f"{name}: {before} became {after}")
        yield element("br")
    if len(difference.changes) > _FIELDS_MOST:
        yield counted(len(difference.changes) - _FIELDS_MOST, "more figure")


def _short(text: str) -> str:
    """Return a value of an alert as it is shown: of midnight, the day alone."""
    return text.removesuffix("T00:00:00Z") or NONE


def _levy(alert: Alert | None) -> Fraction:
    return (levy_of(alert) if alert is not None else None) or Fraction(0)


def signed(amount: Fraction) -> str:
    """Return a difference of amounts in US dollars with its sign, ``NONE`` where there is none."""
    if not amount:
        return NONE
    return f"{'+' if amount > 0 else '-'}{usd(abs(amount))}"
