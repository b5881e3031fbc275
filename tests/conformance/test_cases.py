"""The worked cases, the project's own and the shared ones, each through the engine's own code."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from streams.conformance.case import read_case
from streams.conformance.comparison import compare
from streams.conformance.registry import RUNNERS
from streams.conformance.report import run_file

OWN = sorted((Path(__file__).parent / "cases").glob("*.json"))


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_an_own_case_is_met(path):
    """The engine comes to the answer that was worked out by hand."""
    result = run_file(path)

    assert (result.built, result.failures) == (True, ())


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_an_own_case_is_called_after_its_file(path):
    """A failure names a file that can be found."""
    assert read_case(path).id.lower() == path.stem


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_no_expectation_of_an_own_case_is_idle(path):
    """Whatever single answer of a case is changed, the case is no longer met."""
    case = read_case(path)
    outputs = RUNNERS[case.topic](case.inputs)

    assert [] == [where for where, changed in changes(case.expected) if not compare(changed, outputs)]


@pytest.mark.parametrize("topic", sorted(RUNNERS))
def test_the_shared_cases_of_a_topic_are_met(topic, shared_data):
    """Every case of a topic that the engine can answer is met in full."""
    results = [run_file(path) for path in sorted((shared_data / "cases").glob("*.json"))]
    ours = [result for result in results if result.case and result.case.topic == topic]
    if not ours:
        pytest.skip(f"the shared cases have none of {topic}")

    assert [] == [f"{result.file} {failure}" for result in ours for failure in result.failures]


def test_every_shared_case_can_be_read(shared_data):
    """No file of the shared cases is left out because its form was not understood."""
    assert [] == [path.name for path in (shared_data / "cases").glob("*.json") if run_file(path).case is None]


def changes(expected) -> Iterator[tuple[str, object]]:
    """Yield copies of *expected* with one answer changed, and where."""
    for key, value in leaves(expected):
        changed = deepcopy(expected)
        place = changed
        for step in key[:-1]:
            place = place[step]
        place[key[-1]] = other(value)
        yield ".".join(map(str, key)), changed


def leaves(tree, path=()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Yield every answer with the keys that lead to it; an empty list is an answer."""
    steps = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) and tree else None
    if steps is None:
        yield path, tree
        return
    for key, value in steps:
        yield from leaves(value, (*path, key))


def other(value):
    """Return an answer unlike *value*."""
    match value:
        case bool():
            return not value
        case None:
            return "0"
        case int():
            return value + 1
        case []:
            return ["R0"]
        case _:
            return f"1{value}"
