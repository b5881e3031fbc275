"""What docker compose starts, started without it; Prometheus watches, and whatever it is asked has an answer."""

import json
import math
import os
import shutil
import subprocess
import time
import urllib.parse
from contextlib import ExitStack
from pathlib import Path

import promql_parser
import pytest

from deploy.grafana.boards import pictures
from tests.composed import Composed, answer, until
from tests.watching import PRODUCT, annotation_expressions, optional_metrics, panel_expressions, rules

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.once]

HEALTH_CHECKED_BY = {"redis-cli": "redis-tools", "wget": "wget"}
RATE_INTERVAL = "8s"
COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")
MAY_BE_ABSENT = optional_metrics() | {"floorwatch_market_price_usd_per_kg"}
"""The last where no market price is published of the product that is chosen."""
OF_YESTERDAY = "offset 1d"


@pytest.fixture(scope="module")
def composed(kafka, tmp_path_factory):
    """Return the system, all of it up, the shipped feed replayed through it and Prometheus watching."""
    for tool, package in HEALTH_CHECKED_BY.items():
        if shutil.which(tool) is None:
            pytest.skip(f"a health check asks by {tool} (Debian: {package}), which is not on the path")
    with ExitStack() as stack, Composed(kafka, tmp_path_factory.mktemp("composed")) as system:
        system.start("redis")
        for name in ("topics", "first-token", "demo-floors"):
            done = system.run(name)
            assert done.returncode == 0, done.stdout + done.stderr
        # The embedded broker lets a group's join wait half of the session timeout.
        system.start("worker", FLOORWATCH_SESSION_TIMEOUT_SECONDS="6", FLOORWATCH_REBALANCE_TIMEOUT_SECONDS="6")
        system.start("api")
        system.listen(stack)
        system.start("alertmanager")
        system.start("prometheus")
        done = system.run("demo-feed")
        assert done.returncode == 0, done.stdout + done.stderr
        until(lambda: judged(system) == 846)
        # Two rate intervals after the feed: what is asked for has been quiet, too.
        seen = time.time()
        until(lambda: time.time() > seen + 20)
        yield system


def ask(system, expression, *, instant=False):
    """Return the series that Prometheus answers *expression* with; over the last half minute, or now."""
    now = time.time()
    span = {"time": now} if instant else {"start": now - 30, "end": now, "step": 2}
    query = urllib.parse.urlencode({"query": expression, **span})
    _, body = answer(f"{system.url('9090')}/api/v1/{'query' if instant else 'query_range'}?{query}")
    said = json.loads(body)
    assert said["status"] == "success", f"{expression}: {said.get('error')}"
    return said["data"]["result"]


def judged(system):
    """Return how many records Prometheus has seen judged."""
    found = ask(system, "sum(floorwatch_records_total)", instant=True)
    return int(found[0]["value"][1]) if found else 0


def numbers(series):
    """Return every sample of *series*."""
    return [float(value) for each in series for _, value in each.get("values") or [each["value"]]]


def metrics_in(expression):
    """Return the metrics that *expression* asks for."""
    found = set()

    def visit(node):
        if isinstance(node, promql_parser.VectorSelector):
            found.add(node.name)

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found


def measured(node):
    """Return what an alert's expression compares: what it looks at while it does not fire."""
    if isinstance(node, promql_parser.ParenExpr):
        return measured(node.expr)
    if isinstance(node, promql_parser.Call) and node.func.name == "absent":
        return measured(node.args[0])
    if isinstance(node, promql_parser.BinaryExpr):
        if str(node.op) in COMPARISONS:
            return [node.lhs.prettify()]
        if str(node.op) in {"and", "or", "unless"}:
            return [*measured(node.lhs), *measured(node.rhs)]
    return [node.prettify()]


@pytest.mark.parametrize("expression", panel_expressions(), ids=lambda each: each.place)
def test_every_panel_shows_something_in_normal_running(composed, expression):
    """No error, only numbers, and not empty: unless what it asks for may be absent and its panel has more."""
    text = expression.filled_in(RATE_INTERVAL)
    series = ask(composed, text)
    if not series and metrics_in(text) <= MAY_BE_ABSENT:
        others = [each for each in panel_expressions() if each.panel == expression.panel]
        assert any(not metrics_in(each.filled_in()) <= MAY_BE_ABSENT for each in others)
        return
    assert series, text
    assert numbers(series)
    assert all(math.isfinite(number) for number in numbers(series)), text


@pytest.mark.parametrize("expression", annotation_expressions(), ids=lambda each: each.place)
def test_every_annotation_is_understood(composed, expression):
    """It may well mark nothing."""
    ask(composed, expression.filled_in(RATE_INTERVAL))


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_every_rule_looks_at_something(composed, rule):
    """An alert on a metric that is not there would never fire; a recorded figure is recorded."""
    looked_at = [rule["record"]] if "record" in rule else measured(promql_parser.parse(rule["expr"]))
    assert looked_at
    for each in looked_at:
        series = ask(composed, each)
        if OF_YESTERDAY not in each:
            assert series, each
        assert all(math.isfinite(number) for number in numbers(series)), each


def test_no_rule_fails_and_no_alert_about_the_system_is_raised_in_normal_running(composed):
    """None fires, and none waits to."""
    _, body = answer(f"{composed.url('9090')}/api/v1/rules")
    found = [rule for group in json.loads(body)["data"]["groups"] for rule in group["rules"]]
    assert [rule["name"] for rule in found if rule["health"] != "ok"] == []
    assert [rule["name"] for rule in found if rule.get("alerts")] == []


def test_prometheus_reaches_what_it_is_told_to(composed):
    """Each job has a target that is up."""
    up = {each["metric"]["job"]: each["value"][1] for each in ask(composed, "up", instant=True)}
    assert up == dict.fromkeys(("floorwatch-worker", "floorwatch-api", "prometheus", "alertmanager"), "1")


def test_the_metrics_are_well_formed(composed):
    """As promtool judges names, types, units and help."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("needs promtool on the path (Debian: apt-get install prometheus)")
    _, text = answer(f"{composed.url('9480')}/metrics")
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


def test_alerts_are_there_for_whoever_has_the_token(composed):
    """By the API that compose starts, with the token that deploy/make-secrets made."""
    token = (composed.folder / "secrets" / "api_token").read_text()
    status, body = answer(f"{composed.url('8480')}/v1/alerts", token)
    assert status == 200, body
    assert b"floor_breach" in body
    assert answer(f"{composed.url('8480')}/v1/alerts")[0] == 401


def test_the_first_token_is_laid_down_once(composed):
    """Tokens made since are kept."""
    tokens = composed.state / "tokens.json"
    tokens.write_text(tokens.read_text() + "\n")
    kept = tokens.read_bytes()
    assert composed.run("first-token").returncode == 0
    assert tokens.read_bytes() == kept


def test_topics_are_created_once_and_then_left_alone(composed):
    """The service runs at each start."""
    assert composed.run("topics").returncode == 0


def test_the_dashboards_can_be_drawn(composed, tmp_path):
    """For readers without Grafana; FLOORWATCH_TEST_PICTURES names a folder to keep the pictures in."""
    folder = Path(os.environ.get("FLOORWATCH_TEST_PICTURES") or tmp_path)
    for picture in pictures.write(composed.url("9090"), folder, minutes=1, product=PRODUCT):
        assert picture.stat().st_size > 50_000
