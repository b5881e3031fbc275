"""Running a folder of cases and saying how the engine did."""

import json
from fractions import Fraction

import pytest

from streams.conformance import conformance, run_directory

RUNNERS = {
    "doubling": lambda inputs: {"double": 2 * Fraction(inputs["x"])},
    "stumbling": lambda inputs: {"x": 1 / Fraction(inputs["x"])},
}


@pytest.fixture
def folder(tmp_path):
    """Return a folder and a way to put cases into it."""

    def put(name, /, **fields):
        usual = {
            "id": name.upper(),
            "topic": "doubling",
            "kind": "computed",
            "title": "Twice",
            "inputs": {"x": "1.5"},
            "expected": {"double": "3"},
        }
        (tmp_path / f"{name}.json").write_text(json.dumps(usual | fields))

    return tmp_path, put


def lines(folder):
    """Return the report's lines."""
    return list(run_directory(folder, RUNNERS).lines())


def test_a_folder_of_cases_that_are_met_says_so_and_exits_with_0(folder):
    """The last line counts; nothing else is said."""
    path, put = folder
    put("a")
    put("b")

    assert (lines(path), run_directory(path, RUNNERS).exit_code) == (["2 passed, 0 failed"], 0)


def test_a_failure_is_printed_with_expected_and_found(folder):
    """File, topic, title, then each key that was not met."""
    path, put = folder
    put("a", expected={"double": "4", "half": "1"})
    put("b")

    assert lines(path) == [
        "a.json: A, doubling: Twice",
        "  double: expected 4, found 3",
        "  half: expected 1, found nothing",
        "1 passed, 1 failed",
    ]
    assert run_directory(path, RUNNERS).exit_code == 1


def test_a_topic_without_a_runner_is_counted_apart(folder):
    """What cannot be run has not passed, and is no failure either."""
    path, put = folder
    put("a")
    for name in ("b", "c"):
        put(name, topic="tripling")
    put("d", topic="fourfold")

    assert lines(path) == ["not built: fourfold (1 case)", "not built: tripling (2 cases)", "1 passed, 0 failed"]
    assert run_directory(path, RUNNERS).exit_code == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"{", "is not JSON: ", id="no JSON"),
        pytest.param(b"\xff", "is not UTF-8 at byte 0", id="no UTF-8"),
        pytest.param(b"[]", "is no case: Expected `object`", id="a list"),
        pytest.param(b'{"id": "A"}', "is no case: Object missing required field `topic`", id="half a case"),
        pytest.param(b'{"id": 0.5}', "has the number 0.5, which would pass through a binary float", id="a float"),
        pytest.param(b'{"id": NaN}', "has the number NaN, which would pass through a binary float", id="not a number"),
    ],
)
def test_a_file_that_is_no_case_fails(folder, content, said):
    """It says what was found, and the other cases are run."""
    path, put = folder
    put("a")
    (path / "broken.json").write_bytes(content)

    found = lines(path)

    assert (found[0], found[-1]) == ("broken.json: could not be read", "1 passed, 1 failed")
    assert found[1].startswith(f"  {said}")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"inputs": {}}, "cannot be run: there is no 'x'", id="missing input"),
        pytest.param({"inputs": {"x": None}}, "cannot be run: TypeError: ", id="null input"),
        pytest.param({"inputs": {"x": "0"}, "topic": "stumbling"}, "cannot be run: ZeroDivisionError", id="no answer"),
        pytest.param({"inputs": {"x": "one"}}, "cannot be run: ValueError: ", id="no number"),
        pytest.param({"expected": {}}, "expected is empty: nothing could fail", id="nothing expected"),
        pytest.param({"kind": "guessed"}, "kind 'guessed' is none of published, published-rule, computed", id="kind"),
    ],
)
def test_a_case_that_cannot_be_run_fails(folder, fields, said):
    """A runner that stumbles over its inputs stops no other case."""
    path, put = folder
    put("a", **fields)
    put("b")

    found = lines(path)

    assert said in found[1]
    assert found[-1] == "1 passed, 1 failed"


def test_a_folder_without_cases_fails(tmp_path):
    """A wrong path is not a pass."""
    said = []

    assert conformance(tmp_path / "nowhere", said.append) == 1
    assert said == [f"no case files (*.json) in {tmp_path / 'nowhere'}", "0 passed, 0 failed"]


def test_files_are_run_in_order_of_name(folder):
    """Two runs print the same."""
    path, put = folder
    for name in ("b", "a", "c"):
        put(name, expected={"double": "4"})

    assert [line[:6] for line in lines(path) if not line.startswith(" ")] == ["a.json", "b.json", "c.json", "0 pass"]
