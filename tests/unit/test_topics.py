"""The plan of the topics, and how what is found is told."""

import faust
import pytest

from streams.topics import Difference, Outcome, Topic, TopicNames, TopicPlan, TopicReport, state_changelog


def _topic(plan: TopicPlan, name: str) -> Topic:
    return next(topic for topic in plan.topics if topic.name == name)


def test_a_prefix_is_put_before_every_name_but_the_changelogs():
    """The changelog goes by the app's id, which is its own namespace."""
    names = [topic.name for topic in TopicPlan(prefix="uk-", app_id="uk-floorwatch").topics]
    assert names == [
        "uk-trades",
        "uk-price-ticks",
        "uk-reference",
        "uk-alerts",
        "uk-alert-actions",
        "uk-dead-letters",
        "uk-floorwatch-state-changelog",
    ]


def test_the_names_of_a_plan_are_those_of_its_prefix():
    """Workers take the names alone, the plan is the administrator's."""
    plan = TopicPlan(prefix="uk-")
    assert plan.names == TopicNames("uk-")
    assert {plan.names.trades, plan.names.ticks, plan.names.reference, plan.names.alerts, plan.names.dead_letters} < {
        topic.name for topic in plan.topics
    }


def test_the_state_changelog_is_named_as_faust_names_it():
    """A changelog of another name would be created by nobody and recovered from by nobody."""
    app = faust.App("uk-floorwatch", store="memory://")
    table = app.Table("state")
    assert state_changelog("uk-floorwatch") == table._changelog_topic_name()


@pytest.mark.parametrize("partitions", [1, 4, 12])
def test_trades_ticks_and_state_share_their_partitions(partitions):
    """A mineral's trades, ticks and state meet in one worker only if they are in one partition number."""
    plan = TopicPlan(partitions=partitions)
    shared = {plan.names.trades, plan.names.ticks, state_changelog(plan.app_id)}
    assert {topic.partitions for topic in plan.topics if topic.name in shared} == {partitions}


@pytest.mark.parametrize("name", ["alerts", "alert-actions"])
def test_alerts_and_actions_have_one_partition_and_are_kept_for_good(name):
    """Their offsets are the order that every copy repeats."""
    alerts = _topic(TopicPlan(partitions=12), name)
    assert alerts.partitions == 1
    assert (alerts.configs["retention.ms"], alerts.configs["retention.bytes"]) == ("-1", "-1")
    assert alerts.configs["cleanup.policy"] == "delete"


@pytest.mark.parametrize("name", ["reference", "floorwatch-state-changelog"])
def test_topics_of_latest_values_are_compacted(name):
    """Only the last record of a key is needed."""
    assert _topic(TopicPlan(), name).configs["cleanup.policy"] == "compact"


@pytest.mark.parametrize("name", ["trades", "price-ticks", "dead-letters"])
def test_retention_goes_by_the_time_of_arrival(name):
    """A feed of two years ago must outlive its replay."""
    configs = _topic(TopicPlan(), name).configs
    assert configs["message.timestamp.type"] == "LogAppendTime"
    assert int(configs["retention.ms"]) >= 14 * 86_400_000


def test_a_refused_record_of_the_largest_size_fits_into_the_dead_letters():
    """Kafka's usual limit is 1 MiB and the batch's header; base64 makes it a third longer."""
    largest_refused = 4 * (1_048_588 // 3 + 1)
    assert int(_topic(TopicPlan(), "dead-letters").configs["max.message.bytes"]) > largest_refused


def test_a_batch_of_state_may_have_eight_mib():
    """A worker writes what a whole slice changed as one record."""
    assert _topic(TopicPlan(), "floorwatch-state-changelog").configs["max.message.bytes"] == str(8 * 1024 * 1024)


@pytest.mark.parametrize(
    ("replication", "in_sync"),
    [
        pytest.param(1, "1", id="one copy"),
        pytest.param(2, "1", id="two copies: either may be away"),
        pytest.param(3, "2", id="three copies: one may be away"),
    ],
)
def test_one_broker_may_be_away(replication, in_sync):
    """An acknowledged record is on all copies but one, where there are several."""
    assert {topic.configs["min.insync.replicas"] for topic in TopicPlan(replication=replication).topics} == {in_sync}


@pytest.mark.parametrize("setting", ["partitions", "replication"])
@pytest.mark.parametrize("number", [-1, 0])
def test_a_plan_without_partitions_or_copies_is_refused(setting, number):
    """The message says which number and what it was."""
    with pytest.raises(ValueError, match=f"{setting} must be at least 1, was {number}"):
        TopicPlan(**{setting: number})


def test_a_report_reads_as_a_sentence():
    """What differs is told as found and wanted; a refusal in the cluster's words."""
    trades = _topic(TopicPlan(), "trades")
    differs = TopicReport(topic=trades, outcome=Outcome.DIFFERS, differences=(Difference("partitions", "4", "6"),))
    refused = TopicReport(topic=trades, outcome=Outcome.REFUSED, reason="too many copies")
    assert [str(report) for report in (differs, refused, TopicReport(topic=trades, outcome=Outcome.EXISTS))] == [
        "trades: differs (partitions is 4, wanted 6)",
        "trades: refused (too many copies)",
        "trades: exists",
    ]
