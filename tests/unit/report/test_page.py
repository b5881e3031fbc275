"""The page of a report: what it says is the run's, what stands in a run is text, and it asks nobody for anything."""

import base64
import hashlib
import os
import re
import subprocess
import sys
from itertools import pairwise

import pytest
from msgspec.structs import replace

from alerts.model import Severity, State
from streams.feeds.options import FeedOptions
from streams.month_series import CountryValue, FloorInForce
from streams.report import episode_section
from streams.report import page as page_module
from streams.report.figures import NONE
from streams.report.markets import levy_of
from streams.report.material import Material, read_material
from streams.report.page import report, write_report
from streams.runs.compare import compare
from streams.runs.errors import RunError
from streams.runs.first_record import first_records
from streams.runs.kept_records import keep_records
from streams.runs.reading import read_run
from tests.unit.report.reported import QUOTE, PageRead, alert, line, material
from tests.unit.runs.run_of import feed_of, floors_of, run_of

HOSTILE = '</script><img src="https://evil.example/x" onerror="alert(1)"><b>"&\'</title>'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the run of a feed of two origins, one of which falls below a floor of 2.00 and comes back."""
    made = tmp_path_factory.mktemp("report")
    prices = [("2025-01-05", 2.5), ("2025-02-05", 1.5), ("2025-02-20", 1.25), ("2025-03-05", 2.5), ("2025-04-05", 2.5)]
    rows = [(f"c{place}", day, "CN", price) for place, (day, price) in enumerate(prices)]
    rows += [(f"b{place}", day, "BR", 3) for place, (day, _) in enumerate(prices)]
    feed = feed_of(made / "feed.csv", *sorted(rows, key=lambda row: row[1]))
    run_of(made / "run", [feed], [floors_of(made / "floors.toml", "2.00")])
    return made / "run"


@pytest.fixture(scope="module")
def run(folder):
    """Return that run as it is read."""
    return read_material(folder)


@pytest.fixture(scope="module")
def read(run):
    """Return its page taken apart."""
    return PageRead(report(run))


@pytest.fixture(scope="module")
def hostile():
    """Return the page of a run whose every text would be markup."""
    lines = [
        line(f"2025-0{month}", HOSTILE, product=HOSTILE, destination=HOSTILE, floor_usd_per_kg="3")
        for month in (1, 2, 3)
    ]
    evidence = {"levy_usd": "5", HOSTILE: HOSTILE, "floors": [{"floor": HOSTILE, "status": HOSTILE}]}
    evidence["arithmetic"] = [{"label": HOSTILE, "expression": "1 + 1", "result": "2", "unit": HOSTILE}]
    names = {"product": HOSTILE, "origin": HOSTILE, "destination": HOSTILE, "summary": HOSTILE, "rule": HOSTILE}
    run = material(*lines, alerts=(alert(evidence=evidence, **names),), run=HOSTILE, dead_letters={HOSTILE: 3})
    return report(run, against=material(*lines, run=HOSTILE))


def test_the_key_figures_are_those_of_the_run(run, read):
    """Records, alerts, the levy and what landed below the floor, to the cent where there is room for it."""
    breach, _ = run.alerts

    assert levy_of(breach) == 1250
    assert "10 records of 1 product, Jan 2025 to Apr 2025, were judged" in read.text
    assert "They raise 2 alerts on 1 lane (2 warning); 1 of them is still open." in read.text
    assert "2 t from 1 origin landed below its floor; the levy comes to USD 1,250." in read.text


def test_each_episode_is_a_row_with_its_evidence(run, read):
    """Rule, lane, days, depth, levy; under it the alert's own words and each line of its arithmetic."""
    breach, _ = run.alerts
    _, _, head, more = read.table("2 episodes")

    assert head[:7] == [
        "warning", "floor breach", "Silicon metal: China to United Kingdom", "2025-02-05",
        breach.resolved_at[:10], "31.3 % below the floor", "USD 1,250",
    ]  # fmt: skip
    assert breach.summary.replace("silicon|metal", "Silicon metal") in more[0]
    assert "; levy: 1,250 USD;" in more[0]
    assert "silicon|metal" not in more[0]
    for step in breach.evidence["arithmetic"]:
        assert f"{step['label']}: {step['expression']} = {step['result']} {step['unit']}" in more[0]
    assert breach.id in more[0]


def test_each_of_hundreds_of_episodes_has_its_evidence_and_of_more_it_is_said_where_it_is():
    """Five hundred are in the page, each with its arithmetic; of the others the reader is told how to ask."""
    alerts = tuple(alert(number) for number in range(503))
    read = PageRead(report(material(line("2025-01"), line("2025-02"), alerts=alerts)))

    assert read.text.count("Arithmetic and facts (") == 500
    assert "3 less serious episodes are not in this page" in read.text
    assert "floorwatch explain ALERT_ID --file alerts.jsonl shows its evidence." in read.text


def test_where_evidence_would_make_the_page_too_large_it_is_said_how_to_get_it(monkeypatch):
    """The row stays, and names the command for its own alert; the most serious keep theirs."""
    monkeypatch.setattr(episode_section, "EVIDENCE_MOST", 1)
    alerts = (alert(1, severity=Severity.HIGH), alert(2))
    read = PageRead(report(material(line("2025-01"), line("2025-02"), alerts=alerts)))
    rows = read.table("2 episodes")

    assert "Arithmetic and facts (" in rows[1][0]
    assert f"floorwatch explain {alerts[1].id} --file alerts.jsonl shows them." in rows[3][0]


def test_the_months_in_the_table_are_those_of_the_series(read):
    """Volume, average price, floor and how far it lies below, all origins together."""
    rows = read.table("Silicon metal into the United Kingdom, all origins together")

    assert [row[0] for row in rows] == ["Jan 2025", "Feb 2025", "Mar 2025", "Apr 2025"]
    assert rows[1] == ["Feb 2025", "4 t", "2.188", "2.000", NONE, "-9.4 %"]


def test_the_charts_draw_the_series(read):
    """Each partner's unit value by month, the floor, and alerts from their first day to their last or on."""
    chart = read.charts["market-1"]
    drawn = {trace.get("name"): trace["y"] for trace in chart["data"] if trace["type"] == "scatter"}
    bars = [shape for shape in chart["layout"]["shapes"] if shape["type"] == "rect"]

    assert drawn["China"] == [2.5, 1.375, 2.5, 2.5]
    assert drawn["floor"] == [2.0] * 4
    assert [(bar["x0"], bar["x1"]) for bar in bars] == [("2025-02-05", "2025-03-05"), ("2025-03-05", "2025-05-01")]


def test_quotes_are_drawn_against_the_floor_in_force_without_an_alert():
    """An analyst sees how far a market is from its floor though no goods of it were declared."""
    floor = FloorInForce(name="f@2", usd_per_kg="1.8", status="illustrative")
    read = PageRead(report(material(*(line(month, **QUOTE, floor_in_force=floor) for month in ("2025-01", "2025-02")))))
    drawn = {trace.get("name"): trace["y"] for trace in read.charts["market-1"]["data"]}

    assert drawn["floor"] == [1.8, 1.8]
    assert "Dashed: the floor of the goods, the highest of its product (f@2, illustrative)." in read.text
    assert "The floors in this report are illustrative" in read.text


def test_quotes_are_drawn_against_the_normal_value_of_each_country():
    """Each under its country's name, for a quote comes from none."""
    values = (CountryValue(country="CN", usd_per_kg="2.4"), CountryValue(country="NO", usd_per_kg="2.8"))
    read = PageRead(report(material(*(line(each, **QUOTE, normal_values=values) for each in ("2025-01", "2025-02")))))
    drawn = {trace.get("name"): trace["y"] for trace in read.charts["market-1"]["data"]}

    assert (drawn["value CN"], drawn["value NO"]) == ([2.4, 2.4], [2.8, 2.8])
    assert "Dotted: the normal value, of China and Norway." in read.text
    assert "No floor of these goods is known to this run." in read.text


def test_goods_without_a_price_do_not_break_the_line_of_the_floor():
    """The floor in force is drawn for a month of which no row could be set against it."""
    floor = FloorInForce(name="f@1", usd_per_kg="3", status="in_force")
    lines = [
        line("2025-01", floor_usd_per_kg="3", floor_in_force=floor),
        line("2025-02", qty_kg="0", value_usd="0", usd_per_kg=None, rows=0, unpriced_rows=2, floor_in_force=floor),
    ]
    drawn = {trace.get("name"): trace["y"] for trace in PageRead(report(material(*lines))).charts["market-1"]["data"]}

    assert drawn["floor"] == [3, 3]


def test_goods_that_a_floor_left_out_are_not_drawn_against_it():
    """They were judged, and none of them fell under the floor in force."""
    floor = FloorInForce(name="f@1", usd_per_kg="3", status="in_force")
    read = PageRead(report(material(*(line(month, floor_in_force=floor) for month in ("2025-01", "2025-02")))))

    assert "floor" not in {trace.get("name") for trace in read.charts["market-1"]["data"]}
    assert "A floor is in force (f@1, in force); none of these goods fell under it." in read.text


def test_the_same_run_gives_the_same_bytes(run, folder, tmp_path):
    """Read again by other processes, whatever the order of their sets, it is the same page."""
    command = "import sys, pathlib\nfrom streams.report.material import read_material\n"
    command += "from streams.report.page import write_report\n"
    command += "write_report(read_material(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2]))"
    pages = [report(run).encode()]
    for seed in ("1", "2"):
        path = tmp_path / f"{seed}.html"
        environment = os.environ | {"PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", command, folder, path], env=environment, check=True)
        pages.append(path.read_bytes())

    assert len(set(pages)) == 1


def test_what_stands_in_a_run_is_text_and_never_markup(hostile):
    """Names, words, figures, labels of charts: none makes an element, an attribute or the end of a script."""
    read = PageRead(hostile)

    assert HOSTILE in "".join(read.texts)
    assert {"img", "b"}.isdisjoint(name for name, _ in read.elements)
    assert [key for _, given in read.elements for key in given if key.startswith("on")] == []
    assert len(read.scripts) == 3
    assert set(re.findall("<[^>]*>", str(read.charts))) == {"<b>", "</b>", "<extra>", "</extra>"}


@pytest.mark.parametrize("which", ["own", "hostile"])
def test_nothing_is_loaded_from_anywhere(run, hostile, which):
    """No source, no sheet, no import; links lead into the page, and the policy forbids the rest."""
    read = PageRead(report(run, against=run) if which == "own" else hostile)
    (policy,) = [given["content"] for _, given in read.elements if given.get("http-equiv") == "Content-Security-Policy"]

    assert "link" not in {name for name, _ in read.elements}
    for name in ("src", "srcset", "action", "poster", "data"):
        assert read.attributes(name) == []
    assert [link for link in read.attributes("href") if not link.startswith("#")] == []
    assert not re.search(r"@import|url\(", "".join(read.styles))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "http" not in policy


def test_the_policy_lets_the_two_scripts_run_and_no_other(read):
    """The charting library and what draws, each by its hash."""
    policy = next(given["content"] for _, given in read.elements if "http-equiv" in given)
    hashes = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in read.scripts[1:]]

    assert re.findall(r"'sha256-([^']+)'", policy) == hashes
    assert read.scripts[1].lstrip().startswith("/**\n* plotly.js")


def test_every_table_chart_and_heading_can_be_told(read):
    """Captions, scopes, labels, no level left out; ids once, and every link has where to go."""
    levels = [int(name[1]) for name, _ in read.elements if re.fullmatch("h[1-6]", name)]
    ids = read.attributes("id")

    assert all(each["caption"] for each in read.tables)
    assert all(given.get("scope") in ("col", "row") for name, given in read.elements if name == "th")
    assert all(given["aria-label"] for _, given in read.elements if given.get("role") == "img")
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in read.attributes("href")} <= set(ids)


def test_a_signal_is_called_one(read):
    """At the head, at each case and at the end."""
    assert read.text.count("Signal, not a determination") >= 3


def test_invented_floors_are_called_invented(read):
    """Nobody owes what an illustration comes to."""
    assert "illustrative: invented to show how floors work" in read.text


def test_the_method_names_what_the_run_was_made_from(run, read):
    """Rule set, code, files, floors and reference data with their digests; no path of a machine."""
    manifest = run.manifest

    assert ["rule set, digest", manifest.rules.digest] in read.table("Versions")
    assert ["Floorwatch", "test"] in read.table("Versions")
    assert [row[3] for row in read.table("Files that were read")] == [manifest.inputs[0].sha256]
    assert ["floors", "floors.toml", manifest.floors[0].sha256] in read.table("Floors, rates and reference data")
    assert str(manifest.inputs[0].path) not in read.text


def test_what_was_taken_and_declared_of_the_feed_is_said(read):
    """As it was asked for; of a feed that was taken as it is, nothing."""
    run = material(line("2025-01"))
    options = replace(run.manifest.options, products=("silicon|*",), feed=FeedOptions(flow="export"), sort=True)
    part = PageRead(report(Material(replace(run.manifest, options=options), (), run.series)))

    taken = "--products silicon|* --declare flow=export --declare sort=yes"
    assert ["taken of the feed", taken] in part.table("Versions")
    assert "taken of the feed" not in [row[0] for row in read.table("Versions")]


def test_what_went_nowhere_and_what_was_not_judged_is_said():
    """Dead letters by reason, rows without a price, rules that lack data."""
    run = material(
        line("2025-01", unpriced_rows=3, suspect_rows=1),
        line("2025-02"),
        records=9,
        dead_letters={"bad_json": 2, "unknown_product": 1},
        held={"fx_missing": 3},
        insufficient_coverage={"dumping_margin": 4},
    )
    read = PageRead(report(run))

    assert read.table("Dead letters by reason") == [["bad json", "2"], ["unknown product", "1"]]
    assert read.table("Records waiting") == [["fx missing", "3"]]
    assert read.table("Subjects that a rule could not judge") == [["dumping margin", "4"]]
    assert "50.0 % of the records have no price." in read.text
    assert read.table("What the markets are made of") == [
        ["Silicon metal into the United Kingdom", "1", "2", "6", "50.0 %", "1"]
    ]


def test_a_run_without_alerts_says_so():
    """An empty table would leave the reader guessing."""
    read = PageRead(report(material(line("2025-01"), line("2025-02"))))

    assert "Nothing was found that one of them alerts on." in read.text
    assert "No alert makes a case." in read.text


def test_a_run_without_anything_is_still_a_page():
    """No months, no markets, no charts."""
    read = PageRead(report(material()))

    assert "0 records of 0 products were judged" in read.text
    assert "there is nothing to draw" in read.text
    assert read.charts == {}


def test_two_runs_are_set_side_by_side(run, folder, tmp_path_factory):
    """What was added, removed and changed by a lower floor, and what that does to the levy."""
    made = tmp_path_factory.mktemp("what-if")
    feed = folder.parent / "feed.csv"
    run_of(made / "lower", [feed], [floors_of(made / "floors.toml", "1.40")])
    lower = read_material(made / "lower")
    read = PageRead(report(lower, against=run))
    (breach,) = lower.alerts

    assert levy_of(breach) == 150
    assert "this run has 0 added, 1 removed and 1 changed." in read.text
    assert "from USD 1,250 to USD 150, a difference of -USD 1,100." in read.text
    assert (
        "Different: the floors, the reference data. The same: the records, the rates, the rules, the code." in read.text
    )
    assert "levy: 1,250 USD became 150 USD" in read.text
    assert read.table("Levy by lane")[-1] == ["All lanes", "USD 1,250", "USD 150", "-USD 1,100"]
    assert "levies" in read.charts


@pytest.mark.parametrize("turned", [False, True], ids=["kept-with-this-run", "kept-with-the-other"])
def test_each_difference_names_the_record_that_made_it(folder, tmp_path, turned):
    """Where the runs were compared before, in either folder; a record that is only read off the alert is called so."""
    run_of(tmp_path / "lower", [folder.parent / "feed.csv"], [floors_of(tmp_path / "floors.toml", "1.40")])
    runs = read_run(tmp_path / "lower"), read_run(folder)
    found = compare(runs[1].alerts, runs[0].alerts)
    records, _ = first_records(runs[1], runs[0], found)
    records[-1] = records[-1]._replace(how="told", file="", line=0)
    keep_records(runs[0], runs[1], found, records)
    pair = [read_material(tmp_path / "lower"), read_material(folder)]
    read = PageRead(report(pair[1], against=pair[0]) if turned else report(pair[0], against=pair[1]))

    assert f"First record: {records[0].record} of {records[0].day}, feed.csv, line {records[0].line}" in read.text
    assert f"First record: {records[-1].record} of {records[-1].day}; as the alert names it" in read.text
    assert "--keep" not in read.text
    assert str(tmp_path) not in read.text


def test_a_run_beside_itself_differs_in_nothing(run):
    """Both come to the same."""
    assert "Both runs come to the same 2 alerts." in PageRead(report(run, against=run)).text


def test_only_the_most_serious_of_many_alerts_are_drawn():
    """A market with more alerts than rows says how many are drawn, and which."""
    alerts = tuple(
        alert(number, severity=Severity.CRITICAL if number < 3 else Severity.INFO, state=State.RESOLVED,
              resolved_at="2025-02-20T00:00:00Z")
        for number in range(20)
    )  # fmt: skip
    chart = PageRead(report(material(line("2025-01"), line("2025-02"), alerts=alerts)))
    bars = [shape for shape in chart.charts["market-1"]["layout"]["shapes"] if shape["type"] == "rect"]

    assert len(bars) == 12
    assert sum(bar["fillcolor"] == "#8f1838" for bar in bars) == 3
    assert "Of 20 alerts the 12 most serious are drawn" in chart.text


def test_without_plotly_it_says_what_to_install(run, tmp_path, monkeypatch):
    """The charts' library is an extra."""
    page_module._plotly.cache_clear()
    monkeypatch.setattr(page_module, "find_spec", lambda _: None)
    with pytest.raises(RunError, match=r"floorwatch\[report\]"):
        write_report(run, tmp_path / "page.html")


def test_a_file_of_alerts_is_no_run(folder):
    """A report needs the months and the manifest, too."""
    with pytest.raises(RunError, match="a report needs the folder"):
        read_material(folder / "alerts.jsonl")


def test_confidential_floors_are_said_to_be_so():
    """Whoever passes the page on is warned."""
    evidence = {"floors": [{"floor": "f@1", "status": "contractual"}]}
    read = PageRead(report(material(line("2025-01"), line("2025-02"), alerts=(alert(evidence=evidence),))))

    assert "Confidential: this report shows confidential floors" in read.text
    assert "illustrative" not in read.text


@pytest.mark.parametrize(
    ("floor", "said"),
    [
        pytest.param(FloorInForce(name="f@1", usd_per_kg="3", status="contractual"), True, id="between-parties"),
        pytest.param(
            FloorInForce(name="f@1", usd_per_kg="3", status="in_force", visibility="restricted"), True, id="restricted"
        ),
        pytest.param(FloorInForce(name="f@1", usd_per_kg="3", status="in_force"), False, id="public"),
    ],
)
def test_a_confidential_floor_is_said_to_be_so_without_an_alert(floor, said):
    """The line of the floor in a chart gives it away, too."""
    lines = (line(month, floor_in_force=floor, floor_usd_per_kg="3") for month in ("2025-01", "2025-02"))

    assert ("Confidential: this report shows" in PageRead(report(material(*lines))).text) is said
