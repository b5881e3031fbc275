"""Dashboards and rules ask for metrics, labels and label values that there are; each expression is sound."""

import re

import promql_parser
import pytest

from alerts.metrics.catalogue import CATALOGUE
from alerts.metrics.declaration import Section, Type
from tests.watching import annotation_expressions, exposed, known_values, panel_expressions, rule_expressions

EXPRESSIONS = [*panel_expressions(), *annotation_expressions(), *rule_expressions()]
EXPOSED = exposed()
KNOWN = known_values()
COUNTERS = {metric.full_name for metric in CATALOGUE if metric.type is Type.COUNTER}

every_expression = pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda each: each.place)


@every_expression
def test_every_metric_that_is_asked_for_is_exposed(expression):
    """A renamed metric would leave the panel empty and the alert silent."""
    asked = {selector.name for selector in expression.selectors()}
    assert asked, "it asks for nothing"
    assert asked <= set(EXPOSED)


@every_expression
def test_every_label_that_is_asked_for_is_the_metrics(expression):
    """One that it does not have matches nothing, or everything."""
    for selector in expression.selectors():
        for matcher in selector.matchers.matchers:
            assert matcher.name in EXPOSED[selector.name], selector.name


@every_expression
def test_every_label_value_that_is_asked_for_is_one(expression):
    """Of the labels whose values are known beforehand."""
    for selector in expression.selectors():
        for matcher in selector.matchers.matchers:
            values = KNOWN.get((selector.name, matcher.name))
            if values and matcher.value not in {".+", "floorwatch.*"}:
                assert set(matcher.value.split("|")) <= values


@every_expression
def test_every_label_that_is_kept_is_one_of_what_is_added_up(expression):
    """``by`` a label that nothing has makes one sum of all."""

    def visit(node):
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
            found = set()

            def inner(below):
                if isinstance(below, promql_parser.VectorSelector):
                    found.update(EXPOSED[below.name])
                if isinstance(below, promql_parser.Call) and below.func.name == "label_replace":
                    found.add(below.args[1].val)

            promql_parser.walk(node.expr, inner)
            assert set(node.modifier.labels) <= found

    promql_parser.walk(promql_parser.parse(expression.filled_in()), visit)


@every_expression
def test_rates_are_taken_of_counters_and_of_nothing_else(expression):
    """The rate of a gauge is an answer to no question; ``deriv`` and ``delta`` are for those."""
    for name in re.findall(r"(?:rate|increase)\((\w+)", expression.text):
        assert name in COUNTERS or name.endswith(("_bucket", "_sum", "_count"))


@every_expression
def test_a_rate_looks_back_over_four_scrapes_and_more(expression):
    """With fewer one scrape that failed leaves a hole."""
    for span in re.findall(r"(?:rate|increase)\(\w+(?:\{[^}]*\})?\[([^\]]+)\]", expression.text):
        assert span == "$__rate_interval" or promql_parser.parse_duration(span).total_seconds() >= 20


def test_what_is_measured_is_looked_at():
    """A metric that no panel and no rule asks for is on no screen; these are left to whoever needs them."""
    asked = {selector.name for expression in EXPRESSIONS for selector in expression.selectors()}
    unseen = {
        metric.full_name
        for metric in CATALOGUE
        if metric.section is not Section.PROCESS
        and not asked & {metric.full_name + suffix for suffix in ("", "_bucket", "_sum", "_count")}
    }
    assert unseen <= {"floorwatch_alerts_resolved_total", "floorwatch_floor_usd_per_kg", "floorwatch_supplier_hhi"}
