"""What the manifests say twice, and what they must agree on with the compose file and the rules."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from streams.settings import read_settings
from tests.watching import rules

CHECKOUT = Path(__file__).resolve().parents[3]
COMPOSE = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]


@pytest.fixture(scope="module")
def manifests():
    """Return every object of the example by kind and name."""
    if shutil.which("kubectl") is None:
        pytest.skip("needs kubectl on the path, which puts the manifests together")
    command = ["kubectl", "kustomize", str(CHECKOUT / "deploy" / "k8s" / "example")]
    built = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(built)}


@pytest.fixture(scope="module")
def settings(manifests):
    """Return what the config map sets."""
    return next(each["data"] for (kind, _), each in manifests.items() if kind == "ConfigMap")


def pods(manifests):
    """Return the pod of each workload."""
    kinds = {"StatefulSet", "Job"}
    return {name: each["spec"]["template"]["spec"] for (kind, name), each in manifests.items() if kind in kinds}


def test_floorwatch_understands_its_settings(settings):
    """And all that is secret comes from the mounted folder."""
    read = read_settings(settings)
    assert (read.kafka_protocol, read.kafka_mechanism) == ("SASL_SSL", "SCRAM-SHA-512")
    assert read.redis.startswith("rediss://")
    assert read.replication == 3
    for name, value in settings.items():
        if name.endswith(("_FILE", "_CAFILE")):
            assert value.startswith("/run/secrets/floorwatch/")
        assert not re.search("PASSWORD$", name)


def test_every_pod_is_hardened_and_has_its_secrets(manifests):
    """As the namespace demands: not root, nothing to gain, nothing to write."""
    for name, pod in pods(manifests).items():
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["requests"]
            assert "memory" in container["resources"]["limits"]
            assert "/run/secrets/floorwatch" in {each["mountPath"] for each in container["volumeMounts"]}


def test_each_does_what_its_like_does_in_compose(manifests):
    """The same commands on the same ports, asked for their health in the same places."""
    for name, pod in pods(manifests).items():
        container = pod["containers"][0]
        assert container["args"] == COMPOSE[name]["command"]
        if name == "topics":
            continue
        port = next(each for each in container["ports"])
        assert str(port["containerPort"]) in " ".join(COMPOSE[name]["healthcheck"]["test"])
        assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": port["name"]}
        assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": port["name"]}
        grace = COMPOSE[name]["stop_grace_period"].removesuffix("s")
        assert str(pod["terminationGracePeriodSeconds"]) == grace


def test_a_worker_keeps_its_name_over_a_restart(manifests, settings):
    """Static membership: the name of its pod, of which there is one at a time."""
    container = pods(manifests)["worker"]["containers"][0]
    given = {each["name"]: each for each in container["env"]}
    assert given["FLOORWATCH_INSTANCE"]["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"
    plain = {name: each["value"] for name, each in given.items() if "value" in each}
    read = read_settings(settings | plain | {"FLOORWATCH_INSTANCE": "worker-0"})
    assert read.metrics_port == container["ports"][0]["containerPort"]


def test_one_worker_at_a_time_may_be_taken_away_and_one_api_stays(manifests):
    """While a node is drained."""
    assert manifests["PodDisruptionBudget", "worker"]["spec"]["maxUnavailable"] == 1
    assert manifests["PodDisruptionBudget", "api"]["spec"]["minAvailable"] == 1
    for name in ("worker", "api"):
        selector = manifests["PodDisruptionBudget", name]["spec"]["selector"]["matchLabels"]
        assert selector["app.kubernetes.io/component"] == name


def test_workers_are_scaled_by_a_figure_that_is_recorded_and_never_past_the_partitions(manifests, settings):
    """One more would have nothing to do."""
    scaled = manifests["ScaledObject", "worker"]["spec"]
    assert str(scaled["maxReplicaCount"]) == settings["FLOORWATCH_PARTITIONS"]
    query = scaled["triggers"][0]["metadata"]["query"]
    assert re.search(r"\((\S+)\{", query)[1] in {rule.get("record") for rule in rules()}
    assert scaled["scaleTargetRef"]["kind"] == "StatefulSet"
    assert "replicas" not in manifests["StatefulSet", "worker"]["spec"]


def test_the_jobs_are_those_that_rules_and_dashboards_go_by(manifests):
    """``job`` is set, not guessed from the name of a pod."""
    for name in ("worker", "api"):
        endpoint = manifests["PodMonitor", name]["spec"]["podMetricsEndpoints"][0]
        assert {"targetLabel": "job", "replacement": f"floorwatch-{name}"} in endpoint["relabelings"]
        assert endpoint["port"] == pods(manifests)[name]["containers"][0]["ports"][0]["name"]
