"""``floorwatch metrics``: the catalogue in the forms in which it is wanted."""

import json

import pytest
from typer.testing import CliRunner

from alerts.metrics.catalogue import CATALOGUE
from alerts.metrics.page import page
from streams.cli import app


@pytest.fixture
def said(capfd):
    """Return what the command writes to stdout, given its options."""

    def run(*options):
        with capfd.disabled():
            return CliRunner().invoke(app, ["metrics", *options]).stdout

    return run


def test_the_page_is_written_as_markdown(said):
    """The very text of docs/metrics.md."""
    assert page() == said("--markdown")


def test_a_machine_gets_every_metric_with_its_labels(said):
    """In the order of the catalogue."""
    found = json.loads(said("--json"))
    assert [metric.full_name for metric in CATALOGUE] == [each["name"] for each in found]
    assert {"rule", "severity", "product"} == set(found[0]["labels"])
