"""What holds the house together, read from the tree itself: names, exactness, pins, what is never checked in."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = PYPROJECT["tool"]["importlinter"]["contracts"]
PURE_CORE = next(contract["source_modules"] for contract in CONTRACTS if contract.get("id") == "pure-core")
PROJECT = PYPROJECT["project"]

DRAWERS = {"common", "helper", "helpers", "manager", "managers", "util", "utils"}
UNFINISHED = re.compile(r"\b(?:T[O]DO|FIX[M]E)\b|#.*\bX{3}\b")
MACHINE_PATH = re.compile(r"(?<![\w.\-])/(?:Users|home|root|tmp|work)/\w")
REGISTRY_HOST = re.compile(r"pypi\.org|pythonhosted\.org|repo1?\.maven|registry\.npmjs|(?:deb|ftp)\.debian")


@cache
def tracked() -> tuple[Path, ...]:
    """Return the files under version control; a tree without its history cannot say which those are."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs a git checkout: this tree does not say which files are tracked")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def python_files() -> Iterator[tuple[Path, ast.Module]]:
    """Yield every tracked Python file with what it says."""
    return ((path, ast.parse(path.read_bytes())) for path in tracked() if path.suffix == ".py")


def core_files() -> Iterator[tuple[Path, ast.Module]]:
    """Yield the files of the modules that the import contract calls the pure core."""
    prefixes = [ROOT / name.replace(".", "/") for name in PURE_CORE]
    for path, tree in python_files():
        if any(path == prefix.with_suffix(".py") or prefix in path.parents for prefix in prefixes):
            yield path, tree


def place(path: Path, line: int) -> str:
    """Return where to look, in the form that editors and terminals open."""
    return f"{path.relative_to(ROOT)}:{line}"


def lines_matching(pattern: re.Pattern[str]) -> list[str]:
    """Return where a tracked text file matches; compressed and binary files are data, not words."""
    found = []
    for path in tracked():
        content = path.read_bytes()
        if b"\0" in content:
            continue
        text = content.decode(errors="replace")
        found += [place(path, number) for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)]
    return found


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method, nested ones included."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def is_binary_float(node: ast.AST) -> bool:
    """Tell whether this makes a binary float: a literal such as 0.1, or a call of float()."""
    match node:
        case ast.Constant(value=float()):
            return True
        case ast.Call(func=ast.Name(id="float")):
            return True
        case _:
            return False


def test_no_file_is_a_drawer_for_odds_and_ends():
    """A module is a concept; one called utils, helpers, common or manager is a concept without a name."""
    assert [] == [str(path.relative_to(ROOT)) for path in tracked() if DRAWERS & set(re.split(r"[_\W]", path.stem))]


def test_no_function_is_a_drawer_for_odds_and_ends():
    """A function is called after what it does; one that ends in helper, utils, common or manager is not."""
    assert [] == [
        f"{place(path, function.lineno)} {function.name}"
        for path, tree in python_files()
        for function in functions(tree)
        if function.name.rsplit("_", 1)[-1] in DRAWERS
    ]


def test_no_binary_float_enters_the_pure_core():
    """Money is integers and fractions: the core neither calls float() nor writes a float literal."""
    assert [] == [
        place(path, node.lineno)
        for path, tree in core_files()
        for node in ast.walk(tree)
        if isinstance(node, ast.expr) and is_binary_float(node)
    ]


def test_the_pure_core_is_found():
    """The two lints of the core look at files: every module the import contract lists is there to be read."""
    read = {path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for path, _ in core_files()}

    assert [] == [name for name in PURE_CORE if name not in read and f"{name}.__init__" not in read]


def test_every_layer_from_the_ledger_log_down_is_pure():
    """The layers and the pure core are two lists of one thing: a module under the drivers' wiring is in both."""
    layers = next(contract["layers"] for contract in CONTRACTS if contract.get("containers") == ["streams"])
    below = " ".join(layers[layers.index("ledger_log") :])

    assert {f"streams.{name}" for name in re.findall(r"\w+", below)} == {
        name for name in PURE_CORE if name.startswith("streams.")
    }


def test_nothing_is_left_to_do_in_a_comment():
    """What is not done is an issue or a line in the documents, not a mark in the code."""
    assert [] == lines_matching(UNFINISHED)


def test_no_file_names_a_path_of_one_machine():
    """The project works wherever it is cloned."""
    assert [] == lines_matching(MACHINE_PATH)


def test_no_file_names_a_package_registry():
    """Which registry or mirror serves the packages is the machine's own setting."""
    assert [] == lines_matching(REGISTRY_HOST)


def test_every_module_says_what_it_is():
    """Each module, packages included, opens with a docstring."""
    assert [] == [
        str(path.relative_to(ROOT)) for path, tree in python_files() if not (ast.get_docstring(tree) or "").strip()
    ]


@pytest.mark.parametrize("name", ["aiokafka", "faust-streaming", "mode-streaming"])
def test_the_libraries_whose_internals_are_leaned_on_are_the_pinned_ones(name):
    """Another version may have moved what the transport and the tables reach into: refuse to test on it."""
    pinned = {requirement.name: requirement for requirement in map(Requirement, PROJECT["dependencies"])}

    assert "==" in {clause.operator for clause in pinned[name].specifier}
    assert version(name) in pinned[name].specifier


def test_the_lock_answers_for_every_declared_dependency():
    """A dependency added to pyproject.toml without `make lock` is found here, before a machine without it does."""
    locked = dict(re.findall(r"^([a-z0-9.\-]+)==([^\s;]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    declared = [
        *PROJECT["dependencies"],
        *(line for extra in PROJECT["optional-dependencies"].values() for line in extra),
    ]

    assert [] == [
        line
        for line, requirement in ((line, Requirement(line)) for line in declared)
        if locked.get(requirement.name, "") not in requirement.specifier
    ]
