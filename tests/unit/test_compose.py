"""What the compose file promises, read as text: no YAML reader is among the project's dependencies."""

import re
from pathlib import Path

from streams.settings import read_settings
from streams.topics import TopicPlan
from tests.brokers import APACHE_KAFKA

CHECKOUT = Path(__file__).resolve().parents[2]
COMPOSE = (CHECKOUT / "docker-compose.yml").read_text()
DOCKERFILE = (CHECKOUT / "deploy" / "Dockerfile").read_text()


def test_the_composed_kafka_is_the_version_that_is_tested():
    """Another version would run untried."""
    assert f"image: apache/kafka:{APACHE_KAFKA}\n" in COMPOSE


def test_every_image_is_pinned_to_a_version():
    """What is built tomorrow is what was written today."""
    images = re.findall(r"^ *image: (\S+)$", COMPOSE, re.MULTILINE) + re.findall(
        r"^FROM (\S+)", DOCKERFILE, re.MULTILINE
    )
    assert images
    assert [image for image in images if not re.search(r":\d+\.\d+\.\d+", image)] == []


def test_every_port_is_on_the_loopback_interface():
    """No password guards them."""
    ports = re.findall(r"^ *ports: (.*)$", COMPOSE, re.MULTILINE)
    assert len(ports) == 2
    assert [line for line in ports if not line.startswith('["127.0.0.1:')] == []


def test_the_worker_understands_its_settings():
    """A misspelt setting would keep it from starting."""
    given = dict(re.findall(r'^ *(FLOORWATCH_\w+): "?([^"\n]+)"?$', COMPOSE, re.MULTILINE))
    settings = read_settings(given)
    assert settings.kafka == "kafka:19092"
    assert TopicPlan(partitions=settings.partitions, replication=settings.replication).replication == 1


def test_the_image_runs_as_nobody_special():
    """A number, which an orchestrator can check."""
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
