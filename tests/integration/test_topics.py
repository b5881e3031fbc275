"""Creating and describing topics on a real broker."""

import gc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import MessageSizeTooLargeError

from streams.broker import BrokerRefusedError, BrokerSecurity, BrokerUnreachableError, admin_client, connect_once
from streams.embedded import EmbeddedKafka
from streams.topics import Outcome, TopicPlan, create, describe, state_changelog

pytestmark = pytest.mark.integration

WRONG = "wr0ng"
LOGIN = BrokerSecurity(protocol="SASL_PLAINTEXT", mechanism="SCRAM-SHA-512", user="floorwatch", password=WRONG)


class LockedKafka(EmbeddedKafka):
    """An embedded broker that lets nobody in: it wants a password and knows no user."""

    def command(self):
        """Return the command line."""
        return [*super().command(), "--authentication"]

    def answers(self):
        """Return whether it refuses."""
        try:
            connect_once(self.bootstrap, LOGIN, timeout_s=2).close()
        except BrokerRefusedError:
            return True
        except BrokerUnreachableError:
            return False
        return False


class MisadvertisedKafka(EmbeddedKafka):
    """An embedded broker that sends its clients to an address where it is not."""

    def command(self):
        """Return the command line."""
        words = list(super().command())
        words[words.index("--advertised-listener-url") + 1] = "tcp://127.0.0.1:1"
        return words

    def answers(self):
        """Return whether it answers at its true address."""
        try:
            connect_once(self.bootstrap, timeout_s=2).close()
        except BrokerUnreachableError:
            return False
        return True


@pytest.fixture
def plan(fresh_topics):
    """Return a plan none of whose topics exists."""
    return TopicPlan(prefix=fresh_topics, app_id=f"{fresh_topics}floorwatch", partitions=3)


def _outcomes(reports):
    return [report.outcome for report in reports]


def test_all_topics_are_created_once_and_found_as_planned_afterwards(kafka, plan):
    """A second run changes nothing and says so."""
    assert _outcomes(create(kafka.bootstrap, plan)) == [Outcome.CREATED] * 7
    assert _outcomes(create(kafka.bootstrap, plan)) == [Outcome.EXISTS] * 7
    assert _outcomes(describe(kafka.bootstrap, plan)) == [Outcome.EXISTS] * 7


def test_describing_creates_nothing(kafka, plan):
    """Not even on a broker that creates a topic when asked for it."""
    assert _outcomes(describe(kafka.bootstrap, plan)) == [Outcome.ABSENT] * 7
    assert _outcomes(describe(kafka.bootstrap, plan)) == [Outcome.ABSENT] * 7


def test_a_topic_that_differs_is_reported_with_found_and_wanted_and_left_as_it_is(kafka, plan):
    """The number of partitions decides where a key goes: changing it is nobody's side effect."""
    create(kafka.bootstrap, plan)
    wider = replace(plan, partitions=5)
    reports = create(kafka.bootstrap, wider)
    wide = {plan.names.trades, plan.names.ticks, state_changelog(plan.app_id)}
    assert {str(report) for report in reports if report.outcome is Outcome.DIFFERS} == {
        f"{name}: differs (partitions is 3, wanted 5)" for name in wide
    }
    assert _outcomes(describe(kafka.bootstrap, plan)) == [Outcome.EXISTS] * 7


def test_a_config_that_differs_is_named(kafka, plan):
    """A topic made by hand with another retention is found out."""
    with admin_client(kafka.bootstrap) as client:
        configs = {"cleanup.policy": "compact"}
        client.create_topics({plan.names.alerts: {"num_partitions": 1, "replication_factor": 1, "configs": configs}})
    report = next(each for each in create(kafka.bootstrap, plan) if each.topic.name == plan.names.alerts)
    assert report.outcome is Outcome.DIFFERS
    found = {each.setting: (each.found, each.wanted) for each in report.differences}
    assert found["cleanup.policy"] == ("compact", "delete")


def test_two_administrators_at_once_create_each_topic_once(kafka, plan):
    """Who comes second finds the topic there, and nothing refused."""
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: create(kafka.bootstrap, plan), range(2)))
    for one, other in zip(*both, strict=True):
        assert {one.outcome, other.outcome} <= {Outcome.CREATED, Outcome.EXISTS}
    assert _outcomes(describe(kafka.bootstrap, plan)) == [Outcome.EXISTS] * 7


def test_more_copies_than_brokers_are_refused_in_the_clusters_words(apache_kafka, plan):
    """No topic is created, and the reason says how many brokers there are."""
    reports = create(apache_kafka.bootstrap, replace(plan, replication=3))
    assert _outcomes(reports) == [Outcome.REFUSED] * 7
    assert "only 1 broker" in reports[0].reason


def test_state_may_be_larger_than_other_records(apache_kafka, plan):
    """The limit is raised for the changelog alone."""
    create(apache_kafka.bootstrap, plan)
    producer = KafkaProducer(bootstrap_servers=apache_kafka.bootstrap, max_request_size=16 << 20)
    try:
        assert producer.send(state_changelog(plan.app_id), b"x" * (7 << 20), key=b"1").get(30).offset == 0
        with pytest.raises(MessageSizeTooLargeError):
            producer.send(plan.names.trades, b"x" * (2 << 20)).get(30)
    finally:
        producer.close()


def test_a_feed_of_long_ago_outlives_its_replay(apache_kafka, plan):
    """Where retention goes by the records' own time, the broker drops them as soon as it looks."""
    create(apache_kafka.bootstrap, plan)
    by_record_time = f"{plan.prefix}by-record-time"
    with admin_client(apache_kafka.bootstrap) as client:
        client.create_topics({by_record_time: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    producer = KafkaProducer(bootstrap_servers=apache_kafka.bootstrap)
    for topic in (plan.names.trades, by_record_time):
        producer.send(topic, b"{}", partition=0, timestamp_ms=1_600_000_000_000).get(30)
    producer.close()
    kept, dropped = TopicPartition(plan.names.trades, 0), TopicPartition(by_record_time, 0)
    consumer = KafkaConsumer(bootstrap_servers=apache_kafka.bootstrap)
    while consumer.beginning_offsets([dropped])[dropped] == 0:
        pass
    assert consumer.beginning_offsets([kept]) == {kept: 0}
    consumer.close()


def test_a_broker_that_comes_up_late_is_waited_for():
    """The message of the first try is the occasion to start it."""
    plan = TopicPlan()
    with EmbeddedKafka() as server:
        server.stop()
        heard = []

        def start(waiting):
            heard.append(waiting.attempt)
            server.start()

        assert _outcomes(create(server.bootstrap, plan, on_wait=start)) == [Outcome.CREATED] * 7
        assert heard == [1]


def test_a_login_that_the_broker_refuses_is_said_without_a_second_try():
    """Waiting would not make the password right."""
    with LockedKafka() as server, pytest.raises(BrokerRefusedError, match=r"refused user 'floorwatch'.*Check the user"):
        create(server.bootstrap, TopicPlan(), security=LOGIN, on_wait=lambda _: pytest.fail("tried again"))


def test_a_wrong_password_is_said_and_the_right_one_accepted(apache_kafka, plan):
    """The password itself is not repeated."""
    with pytest.raises(BrokerRefusedError, match="refused user 'floorwatch'") as raised:
        describe(apache_kafka.sasl_bootstrap, plan, security=replace(apache_kafka.security, password=WRONG))
    assert WRONG not in str(raised.value)
    reports = describe(apache_kafka.sasl_bootstrap, plan, security=apache_kafka.security)
    assert _outcomes(reports) == [Outcome.ABSENT] * 7


def test_a_login_at_a_broker_without_logins_is_said_at_once():
    """The message says that it is the protocol, not the password."""
    with EmbeddedKafka() as server, pytest.raises(BrokerRefusedError, match="without SASL"):
        describe(server.bootstrap, TopicPlan(), security=LOGIN, on_wait=lambda _: pytest.fail("tried again"))


def _complaint(bootstrap):
    with pytest.raises(BrokerUnreachableError) as raised:
        create(bootstrap, TopicPlan())
    return str(raised.value)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_broker_that_advertises_a_wrong_address_is_found_out(caplog):
    """The first answer comes, the next ones go astray: the address to correct is named."""
    caplog.set_level("CRITICAL", logger="kafka")  # A kept log record would keep the socket that is named below.
    with MisadvertisedKafka() as server:
        assert "It tells its clients to use 127.0.0.1:1: that address" in _complaint(server.bootstrap)
    gc.collect()  # kafka-python leaves the socket of a refused connection to the collector: here, not in another test.
