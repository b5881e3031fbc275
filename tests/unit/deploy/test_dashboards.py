"""The dashboards: written by their code, and after the rules by which Grafana's own linter judges one."""

import re

import promql_parser
import pytest

from deploy.grafana.boards import BOARDS as WRITTEN
from deploy.grafana.boards.board import as_json
from deploy.grafana.boards.promql import mean, or_none, or_zero, quantile, share_of
from tests.watching import CHECKOUT, DASHBOARDS, dashboards, panels

BOARDS = dashboards()
PANELS = [(name, panel) for name, board in BOARDS.items() for panel in panels(board)]

UNITS = {
    "bytes",
    "cps",
    "currencyUSD",
    "dateTimeAsIso",
    "masskg",
    "none",
    "percentunit",
    "reqps",
    "s",
    "short",
}
"""Ids of Grafana's units, each looked up in its list of value formats."""

NOT_OF_A_JOB = {"ALERTS"}
"""Made by Prometheus for all jobs together."""

every_board = pytest.mark.parametrize("name", sorted(BOARDS))
every_panel = pytest.mark.parametrize(
    ("board", "panel"), PANELS, ids=[f"{name}: {panel['title']}" for name, panel in PANELS]
)


@every_board
def test_the_file_is_what_the_code_writes(name):
    """Written again by: python -m deploy.grafana.boards."""
    board = next(each for each in WRITTEN if each.name == name)
    assert (DASHBOARDS / f"{name}.json").read_text(encoding="utf-8") == as_json(board, WRITTEN)


def test_no_dashboard_is_left_over_and_none_is_missing():
    """A file that no code writes would never change again."""
    assert sorted(BOARDS) == ["delivery", "drill-down", "overview", "pipeline", "replay"]


@every_board
def test_a_dashboard_has_a_lasting_id_and_is_changed_by_its_code_alone(name):
    """Links lead to its uid; what is edited by hand is gone with the next start."""
    board = BOARDS[name]
    assert board["uid"] == f"floorwatch-{name}"
    assert board.get("id") is None
    assert board["editable"] is False
    assert board["description"].endswith(".")
    assert board["tags"] == ["floorwatch"]
    assert board["graphTooltip"] == 1


@every_board
def test_the_data_source_job_and_instance_can_be_chosen(name):
    """All of them at first, and asked for anew with the span of time."""
    variables = {each["name"]: each for each in BOARDS[name]["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    for each in variables.values():
        assert each["label"]
        if each["type"] == "query":
            assert each["datasource"]["uid"] == "${datasource}"
            assert each["refresh"] == 2
            assert each.get("multi", False) == each.get("includeAll", False) == ("allValue" in each)
            if "allValue" in each:
                assert each["current"] == {"text": "All", "value": "$__all"}
    assert {"job", "instance"} <= set(variables)


@every_board
def test_every_dashboard_leads_to_the_others(name):
    """With the span of time, and what is chosen."""
    links = {link["url"] for link in BOARDS[name]["links"]}
    assert links == {f"/d/{other['uid']}" for other in BOARDS.values() if other["uid"] != f"floorwatch-{name}"}
    assert all(link["keepTime"] and link["includeVars"] for link in BOARDS[name]["links"])


@every_board
def test_no_variable_is_used_that_there_is_not_and_none_is_there_in_vain(name):
    """One that is not there is sent to Prometheus as it is written."""
    board = BOARDS[name]
    text = " ".join(
        [target["expr"] for panel in panels(board) for target in panel["targets"]]
        + [each["query"] for each in board["templating"]["list"]]
        + [each.get("expr", "") for each in board["annotations"].get("list", ())]
    )
    used = {each for each in re.findall(r"\$\{?(\w+)", text) if not each.startswith("__")}
    assert used | {"datasource"} == {each["name"] for each in board["templating"]["list"]}


@every_panel
def test_a_panel_says_what_it_shows(board, panel):
    """A title, and a sentence."""
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert len(panel["description"]) > len(panel["title"])


@every_panel
def test_what_is_chosen_one_at_a_time_is_compared_whole_and_what_is_chosen_in_numbers_by_pattern(board, panel):
    """Grafana escapes only what it joins itself: ``silicon|metal`` as a pattern would be silicon or metal."""
    many = {each["name"]: "allValue" in each for each in BOARDS[board]["templating"]["list"]}
    for target in panel["targets"]:
        for sign, name in re.findall(r'(=~|=)"\$(\w+)"', target["expr"]):
            assert (sign == "=~") == many[name]


def test_no_two_panels_of_a_dashboard_have_one_title():
    """A link to one would be a link to either."""
    for name in BOARDS:
        titles = [panel["title"] for board, panel in PANELS if board == name]
        assert sorted(set(titles)) == sorted(titles)


@every_panel
def test_a_panel_has_a_unit(board, panel):
    """Of Grafana's; a table's columns each have one."""
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    if panel["type"] == "table":
        units = [each["value"] for row in panel["fieldConfig"]["overrides"] for each in row["properties"]]
        assert {each for each in units if isinstance(each, str)} <= UNITS


@every_panel
def test_a_panel_asks_the_data_source_that_is_chosen(board, panel):
    """And asks it something."""
    assert panel["targets"]
    for each in (panel, *panel["targets"]):
        assert each["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    refs = [target["refId"] for target in panel["targets"]]
    assert sorted(set(refs)) == refs


@every_panel
def test_a_panel_asks_for_the_job_and_instance_that_are_chosen(board, panel):
    """In each selector."""
    for target in panel["targets"]:
        for metric, matchers in re.findall(r"(\w+)\{([^}]*)\}", target["expr"]):
            if metric not in NOT_OF_A_JOB:
                assert 'job=~"$job"' in matchers
                assert 'instance=~"$instance"' in matchers


@every_panel
def test_a_rate_is_taken_over_the_span_that_goes_with_the_zoom_or_over_one_that_is_named(board, panel):
    """A span shorter than two scrapes has no rate; one that the title or description does not tell would mislead."""
    named = {"15m": "quarter of an hour", "1h": "hour", "6h": "six hours", "1d": "day"}
    for target in panel["targets"]:
        for function, span in re.findall(r"(rate|increase)\(\w+(?:\{[^}]*\})?\[([^\]]+)\]", target["expr"]):
            if span != "$__rate_interval":
                assert function == "increase"
                assert named[span] in panel["description"]


@every_panel
def test_a_series_has_a_name(board, panel):
    """Its labels, or a word; never the whole expression."""
    for target in panel["targets"]:
        if panel["type"] != "table":
            assert target["legendFormat"]
            assert target["legendFormat"] != "__auto"


@every_panel
def test_panels_lie_within_the_grid_and_not_on_each_other(board, panel):
    """24 columns."""
    place = panel["gridPos"]
    assert place["x"] + place["w"] <= 24
    for other_board, other in PANELS:
        if other_board == board and other is not panel:
            there = other["gridPos"]
            apart = (
                place["x"] + place["w"] <= there.get("x", 0)
                or there.get("x", 0) + there["w"] <= place["x"]
                or place["y"] + place["h"] <= there["y"]
                or there["y"] + there["h"] <= place["y"]
            )
            assert apart, other["title"]


def test_the_dashboards_are_where_grafana_is_told_to_look():
    """The folder that compose mounts, and the one that is opened first."""
    provider = (CHECKOUT / "deploy/grafana/provisioning/dashboards/floorwatch.yaml").read_text()
    compose = (CHECKOUT / "docker-compose.yml").read_text()
    assert "path: /etc/floorwatch/dashboards\n" in provider
    assert "./deploy/grafana/dashboards:/etc/floorwatch/dashboards:ro\n" in compose
    assert "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: /etc/floorwatch/dashboards/overview.json\n" in compose


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(quantile("0.99", "m", "a='b'"), id="quantile"),
        pytest.param(quantile("0.99", "m", "a='b'", "stage"), id="quantile by a label"),
        pytest.param(mean("m", "a='b'", "stage"), id="mean"),
        pytest.param(or_none("sum by (x) (m)", "x"), id="or none"),
        pytest.param(or_zero("sum(m)"), id="or zero"),
        pytest.param(share_of("sum(a)", "sum(b)"), id="share"),
    ],
)
def test_what_never_is_empty_says_so_in_promql(written):
    """Each has an answer where nothing was observed."""
    assert promql_parser.parse(written.replace("$__rate_interval", "1m"))
    assert "or " in written or "clamp_min(" in written
