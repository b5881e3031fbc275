"""What the compose file promises, and what it says twice: the files must agree with each other and with the code."""

import re
from pathlib import Path

import pytest
import yaml

from streams.feeds import shipped_feed
from streams.reference.schedule_file import SHIPPED
from streams.settings import read_settings
from tests.brokers import APACHE_KAFKA

CHECKOUT = Path(__file__).resolve().parents[3]
COMPOSE = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
DOCKERFILE = (CHECKOUT / "deploy" / "Dockerfile").read_text()
PROMETHEUS = yaml.safe_load((CHECKOUT / "deploy" / "prometheus" / "prometheus.yml").read_text())

ONE_SHOT = {"topics", "first-token", "demo-floors", "demo-feed", "replay"}
OURS = {*ONE_SHOT, "worker", "api"}
WRITES_TO_ITS_OWN_FILES = {"kafka"}
"""Its start script writes the broker's configuration into the image's own folder."""

every_service = pytest.mark.parametrize("name", sorted(SERVICES))


def environment(name: str) -> dict[str, str]:
    """Return the variables of a service."""
    return SERVICES[name].get("environment", {})


def ports(name: str) -> list[str]:
    """Return the ports that a service publishes."""
    return SERVICES[name].get("ports", [])


def test_the_composed_kafka_is_the_version_that_is_tested():
    """Another version would run untried."""
    assert SERVICES["kafka"]["image"].startswith(f"apache/kafka:{APACHE_KAFKA}@")


@every_service
def test_every_image_is_pinned_to_a_version_and_a_digest(name):
    """What runs tomorrow is what was written today; ours is built here, to the version of the project."""
    if name in OURS:
        version = re.search(r'^version = "(.+)"$', (CHECKOUT / "pyproject.toml").read_text(), re.MULTILINE)
        assert SERVICES[name]["image"] == f"floorwatch:{version[1]}"
    else:
        assert re.fullmatch(r"[\w/]+:v?\d+\.\d+\.\d+[\w-]*@sha256:[0-9a-f]{64}", SERVICES[name]["image"])


def test_what_workers_remember_of_records_is_not_kept_in_memory():
    """``/tmp`` is memory in these containers; the folder for scratch is a volume that workers may write to."""
    scratch = environment("worker")["FLOORWATCH_SCRATCH_DIR"]
    assert f"worker-scratch:{scratch}" in SERVICES["worker"]["volumes"]
    assert not [each for each in SERVICES["worker"]["tmpfs"] if each.startswith(scratch)]


def test_every_stage_of_the_image_is_pinned_and_of_one_python():
    """An environment built by one Python does not run on another."""
    stages = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(stages) == 2
    assert len(set(stages)) == 1
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm@sha256:[0-9a-f]{64}", stages[0])


@every_service
def test_every_port_is_on_the_loopback_interface(name):
    """The machine's neighbours are not asked in."""
    assert [port for port in ports(name) if not port.startswith("127.0.0.1:")] == []


def test_no_port_of_the_machine_is_given_twice():
    """The second service would not start."""
    given = [port.split(":")[1] for name in SERVICES for port in ports(name)]
    assert sorted(given) == sorted(set(given))


@every_service
def test_every_service_is_hardened(name):
    """Not root, no capability, nothing to gain, nothing to write but its volumes."""
    service = SERVICES[name]
    assert int(service["user"].split(":")[0]) > 0
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("read_only", False) == (name not in WRITES_TO_ITS_OWN_FILES)
    assert "privileged" not in service
    assert "network_mode" not in service


@every_service
def test_every_lasting_service_is_watched_and_started_again(name):
    """One that is to end is not."""
    service = SERVICES[name]
    assert service["restart"] == ("no" if name in ONE_SHOT else "unless-stopped")
    assert ("healthcheck" in service) == (name not in ONE_SHOT)


@every_service
def test_what_a_service_waits_for_can_come(name):
    """Health only of what has a health check; an end only of what ends."""
    for other, wanted in SERVICES[name].get("depends_on", {}).items():
        once = other in ONE_SHOT
        assert wanted["condition"] == ("service_completed_successfully" if once else "service_healthy")
        # A service of the plain start must not wait for one that a profile brings.
        assert set(SERVICES[other].get("profiles", [])) <= set(SERVICES[name].get("profiles", []))


def test_every_volume_and_secret_that_is_used_is_declared_and_none_is_declared_in_vain():
    """A misspelt volume would be one more, empty."""
    mounts = [each.split(":")[0] for service in SERVICES.values() for each in service.get("volumes", [])]
    assert {each for each in mounts if not each.startswith((".", "$"))} == set(COMPOSE["volumes"])
    assert {each for service in SERVICES.values() for each in service.get("secrets", [])} == set(COMPOSE["secrets"])


@every_service
def test_every_file_that_is_mounted_is_in_the_checkout_and_cannot_be_written(name):
    """Docker makes an empty folder of a path that is not there."""
    for mount in SERVICES[name].get("volumes", []):
        if mount.startswith("./"):
            source, _, how = mount.split(":")
            assert how == "ro"
            assert (CHECKOUT / source).exists()


def test_no_secret_is_in_the_file():
    """Passwords are in files that are not part of the checkout."""
    for name in SERVICES:
        for variable, value in environment(name).items():
            if re.search("PASSWORD|SECRET|TOKEN|KEY", variable):
                assert variable.endswith(("_FILE", "__FILE"))
                assert value.removeprefix("/run/secrets/") in SERVICES[name]["secrets"]
    assert re.search("^/deploy/secrets/$", (CHECKOUT / ".gitignore").read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", sorted(OURS))
def test_floorwatch_understands_its_settings(name):
    """A misspelt setting would keep it from starting."""
    given = environment(name)
    settings = read_settings(given)
    assert len(given) == len([each for each in given if each.startswith("FLOORWATCH_")])
    assert settings.kafka in environment("kafka")["KAFKA_ADVERTISED_LISTENERS"]
    assert settings.redis.startswith("redis://floorwatch@redis:")
    assert settings.redis_password_file.removeprefix("/run/secrets/") in SERVICES[name]["secrets"]


def test_all_of_floorwatch_goes_by_the_same_settings():
    """A worker of other partitions than the topics' refuses to start."""
    common = environment("topics")
    assert all(environment(name).items() >= common.items() for name in OURS)


def test_kafka_is_reached_by_its_names():
    """A client is sent on to what the broker advertises."""
    kafka = environment("kafka")
    listeners = dict(each.split("://") for each in kafka["KAFKA_ADVERTISED_LISTENERS"].split(","))
    bound = dict(each.split("://") for each in kafka["KAFKA_LISTENERS"].split(","))
    assert listeners["INTERNAL"] == f"kafka{bound['INTERNAL']}"
    assert listeners["EXTERNAL"] == f"localhost{bound['EXTERNAL']}"
    assert ports("kafka") == [f"127.0.0.1{bound['EXTERNAL']}{bound['EXTERNAL']}"]
    assert kafka["KAFKA_CONTROLLER_QUORUM_VOTERS"] == f"{kafka['KAFKA_NODE_ID']}@kafka{bound['CONTROLLER']}"
    assert set(kafka["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].replace(":PLAINTEXT", "").split(",")) == set(bound)


def test_kafka_and_redis_keep_what_they_are_given():
    """The log is on its volume; Redis writes every change down and drops no key."""
    assert f"kafka-data:{environment('kafka')['KAFKA_LOG_DIRS']}" in SERVICES["kafka"]["volumes"]
    command = SERVICES["redis"]["command"]
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"
    assert options["--aclfile"].removeprefix("/run/secrets/") in SERVICES["redis"]["secrets"]
    assert "redis-data:/data" in SERVICES["redis"]["volumes"]


def test_prometheus_asks_the_services_that_there_are_at_the_ports_they_listen_on():
    """A target that is not there is down for ever."""
    jobs = {each["job_name"]: each for each in PROMETHEUS["scrape_configs"]}
    found = jobs["floorwatch-worker"]["dns_sd_configs"][0]
    assert found["names"] == ["worker"]
    assert str(found["port"]) == environment("worker")["FLOORWATCH_METRICS_PORT"]
    assert environment("worker")["FLOORWATCH_METRICS_HOST"] == "0.0.0.0"  # noqa: S104 - within its container
    targets = {name: each["static_configs"][0]["targets"] for name, each in jobs.items() if "static_configs" in each}
    assert targets["floorwatch-api"] == [f"api:{SERVICES['api']['command'][-1]}"]
    assert targets["alertmanager"] == PROMETHEUS["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"]
    for name in ("alertmanager", "api"):
        host, port = targets[name if name == "alertmanager" else f"floorwatch-{name}"][0].split(":")
        assert host in SERVICES
        assert ports(name) == [f"127.0.0.1:{port}:{port}"]


def test_workers_can_be_scaled():
    """No name and no port of the machine that the second could not have."""
    assert "container_name" not in SERVICES["worker"]
    assert "ports" not in SERVICES["worker"]
    assert "deploy" not in SERVICES["worker"]


def test_the_health_checks_ask_the_ports_that_are_listened_on():
    """Of the services that speak HTTP."""
    listened = {"worker": "9480", "api": "8480", "prometheus": "9090", "alertmanager": "9093", "grafana": "3000"}
    for name, port in listened.items():
        assert f"http://127.0.0.1:{port}/" in " ".join(SERVICES[name]["healthcheck"]["test"])


def test_the_demo_replays_what_is_shipped():
    """The feed of `floorwatch demo`, by the same floors."""
    assert SERVICES["demo-floors"]["command"][2:] == list(SHIPPED)
    files = [each for each in SERVICES["demo-feed"]["command"] if each.startswith("/feeds/")]
    assert sorted(Path(each).name for each in files) == sorted(path.name for path in shipped_feed())
    assert SERVICES["demo-feed"]["volumes"] == [f"./{shipped_feed()[0].parent.relative_to(CHECKOUT)}:/feeds:ro"]


def test_the_image_runs_as_nobody_special():
    """A number, which an orchestrator can check; the same as the services'."""
    assert re.search(rf"^USER {SERVICES['worker']['user']}$", DOCKERFILE, re.MULTILINE)
