"""Kafka by the settings of docker-compose.yml: they start, and floorwatch finds its topics where they say."""

import os
from pathlib import Path

import pytest
import yaml

from streams.broker import admin_client
from streams.embedded import HOST, free_port
from streams.topics import TopicPlan, create
from tests.brokers import ApacheKafka

pytestmark = [pytest.mark.integration, pytest.mark.apache]

CHECKOUT = Path(__file__).resolve().parents[2]
KAFKA = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]["kafka"]
OF_THE_JVM = {"KAFKA_HEAP_OPTS"}


class ComposedKafka(ApacheKafka):
    """An Apache Kafka by the variables of the service, as the image's start script reads them."""

    def settings(self) -> dict[str, str]:
        """Return the settings, with the addresses and the folder of this run."""
        ports = {":19092": f":{self.port}", ":9093": f":{free_port()}", ":9092": f":{free_port()}"}
        found = {}
        for name, value in KAFKA["environment"].items():
            if not name.startswith("KAFKA_") or name in OF_THE_JVM:
                continue
            text = value.replace("kafka:", f"{HOST}:").replace("://:", f"://{HOST}:")
            for there, here in ports.items():
                text = text.replace(there, here)
            found[setting(name)] = text
        return found | {"log.dirs": str(self.folder / "data")}


def setting(variable: str) -> str:
    """Return the setting that *variable* sets: one underscore is a dot, two are one, three a dash."""
    name = variable.removeprefix("KAFKA_").lower()
    return name.replace("___", "-").replace("__", "\0").replace("_", ".").replace("\0", "_")


@pytest.fixture
def composed_kafka(tmp_path):
    """Return the broker, running; skip where Apache Kafka is not asked for."""
    if os.environ.get("FLOORWATCH_TEST_KAFKA") != "apache":
        pytest.skip("only an Apache Kafka of this run can show it: make test KAFKA=apache")
    with ComposedKafka(folder=tmp_path) as broker:
        yield broker


def test_the_composed_kafka_starts_and_takes_the_topics(composed_kafka):
    """And no others: a misspelt one is refused, not created."""
    create(composed_kafka.bootstrap, TopicPlan())
    with admin_client(composed_kafka.bootstrap) as client:
        assert {topic.name for topic in TopicPlan().topics} <= set(client.list_topics())
        configs = composed_kafka.settings()
        assert configs["auto.create.topics.enable"] == "false"


def test_the_composed_kafka_keeps_its_log_over_a_kill(composed_kafka):
    """What is acknowledged is on the volume."""
    create(composed_kafka.bootstrap, TopicPlan())
    composed_kafka.kill()
    composed_kafka.start()
    with admin_client(composed_kafka.bootstrap) as client:
        assert "trades" in client.list_topics()
