"""The rules of Prometheus and the configuration of Alertmanager, by the tools that come with them and by ours."""

import re
import shutil
import subprocess
from dataclasses import fields

import pytest
import yaml

from streams.settings import Settings
from tests.watching import CHECKOUT, PROMETHEUS, dashboards, exposed, rules

RULES = rules()
ALERTS = [rule for rule in RULES if "alert" in rule]
RUNBOOKS = CHECKOUT / "docs" / "runbooks"
ALERTMANAGER = CHECKOUT / "deploy" / "alertmanager" / "alertmanager.yml"

every_alert = pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])


def tool(name: str, package: str) -> str:
    """Return the path of a tool; skip where there is none, saying how to get it."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"needs {name} on the path (Debian: apt-get install {package})")
    return path


def run(*command: str) -> None:
    """Run a command that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROMETHEUS / "tests")
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_understands_its_configuration():
    """As its own tool judges it."""
    run(tool("promtool", "prometheus"), "check", "config", str(PROMETHEUS / "prometheus.yml"))


def test_the_rules_are_right_and_none_is_there_twice():
    """As promtool judges them, with every lint."""
    promtool = tool("promtool", "prometheus")
    run(promtool, "check", "rules", "--lint=all", "--lint-fatal", *map(str, sorted((PROMETHEUS / "rules").glob("*"))))


def test_every_alert_fires_when_it_should_and_only_then():
    """The tests of deploy/prometheus/tests."""
    run(
        tool("promtool", "prometheus"), "test", "rules", *sorted(path.name for path in (PROMETHEUS / "tests").glob("*"))
    )


def test_every_alert_is_tested_to_fire_and_to_stay_quiet():
    """One that cannot fire is worse than none."""
    found = {}
    for path in (PROMETHEUS / "tests").glob("*.yml"):
        for case in yaml.safe_load(path.read_text())["tests"]:
            for each in case["alert_rule_test"]:
                found.setdefault(each["alertname"], set()).add(bool(each["exp_alerts"]))
    assert found == {rule["alert"]: {True, False} for rule in ALERTS}


def test_alertmanager_understands_its_configuration():
    """As its own tool judges it."""
    run(tool("amtool", "prometheus-alertmanager"), "check-config", str(ALERTMANAGER))


@pytest.mark.parametrize(
    ("severity", "receiver"), [("critical", "on-call"), ("warning", "team"), ("info", "team")], ids=str
)
def test_an_alert_goes_to_whom_it_concerns(severity, receiver):
    """Critical ones to whoever is on call."""
    amtool = tool("amtool", "prometheus-alertmanager")
    labels = (f"severity={severity}", "alertname=FloorwatchX")
    run(amtool, "config", "routes", "test", f"--config.file={ALERTMANAGER}", f"--verify.receivers={receiver}", *labels)


def test_alertmanager_holds_no_secret():
    """Addresses with tokens come from files."""
    assert not re.search(r"(?m)^[^#]*(password|api_url|url|token|routing_key):", ALERTMANAGER.read_text())


@every_alert
def test_an_alert_says_what_is_wrong_how_bad_it_is_and_what_to_do(rule):
    """A fixed sentence, one with the figures, a runbook and a dashboard."""
    assert rule["alert"].startswith("Floorwatch")
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    notes = rule["annotations"]
    assert notes["summary"].endswith(".")
    assert "{{" not in notes["summary"]
    assert notes["description"] != notes["summary"]
    assert notes["runbook_url"] == f"docs/runbooks/{rule['alert']}.md"
    assert notes["dashboard_url"] in {f"/d/{board['uid']}" for board in dashboards().values()}


@every_alert
def test_an_alert_compares(rule):
    """One without a comparison fires whenever there is a sample."""
    assert re.search(r" (==|>|<|!=) |^absent\(", rule["expr"])


@every_alert
def test_a_critical_alert_waits_before_it_calls_someone(rule):
    """A scrape that failed is no outage."""
    if rule["labels"]["severity"] == "critical":
        assert rule.get("for")


@every_alert
def test_an_alert_has_a_runbook_that_says_where_to_look_and_what_to_do(rule):
    """Its own, and short."""
    text = (RUNBOOKS / f"{rule['alert']}.md").read_text()
    assert text.startswith(f"# {rule['alert']}\n\n")
    assert re.findall("^## (.+)$", text, re.MULTILINE) == ["Look", "Do"]
    assert 5 < text.count("\n") < 40


def test_no_runbook_is_left_over():
    """Its alert would be gone."""
    found = {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"}
    assert found == {rule["alert"] for rule in ALERTS}


def test_the_metrics_and_settings_that_a_runbook_names_are_there():
    """It is read in the middle of the night."""
    settings = {f"FLOORWATCH_{each.name.upper()}" for each in fields(Settings)}
    metrics = {re.sub("_(bucket|sum|count)$", "", name) for name in exposed()}
    for path in RUNBOOKS.glob("*.md"):
        text = path.read_text()
        assert set(re.findall(r"\bFLOORWATCH_\w+", text)) <= settings, path.name
        assert set(re.findall(r"\bfloorwatch_\w+", text)) <= metrics, path.name


@pytest.mark.parametrize("rule", [each for each in RULES if "record" in each], ids=lambda rule: rule["record"])
def test_a_recorded_figure_is_named_by_its_labels_metric_and_operation(rule):
    """Its first part is what it is added up by."""
    level, metric, _ = rule["record"].split(":")
    assert metric.startswith("floorwatch_")
    for kept in re.findall(r"by \(([^)]*)\)", rule["expr"]):
        assert "_".join(part.strip() for part in kept.split(",")) == level
