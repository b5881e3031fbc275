"""What the API says of topics, streams and types: complete, resolvable, and true of what is sent."""

import json
import shutil
import subprocess
from copy import deepcopy

import msgspec
import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from alerts.actions import encode_action
from alerts.asyncapi import PUBLISHED, TopicDocument, asyncapi_document, json_schemas
from alerts.envelope import change_event, encode_event
from alerts.model import encode_alert, encode_change
from alerts.store import Recorded
from streams.cli.serve import topic_documents
from streams.settings import Settings
from tests.unit.alerts.deeds import acknowledged, assigned, closed, silenced
from tests.unit.alerts.examples import FIRING, change_of

DOCUMENT = asyncapi_document(version="0.1.0", namespace="fw", topics=topic_documents(Settings(topic_prefix="uk-")))


def references(value):
    """Yield every reference in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def resolve(document, reference):
    """Return what a reference within *document* points at; raises KeyError where there is nothing."""
    found = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


@pytest.mark.parametrize("document", [DOCUMENT, json_schemas()], ids=["asyncapi", "schemas"])
def test_every_reference_leads_somewhere(document):
    """Nothing is described that is not there."""
    found = list(references(document))
    assert found
    for each in found:
        assert resolve(document, each) is not None


def test_every_topic_stream_and_socket_is_described():
    """Under the names that this installation gives them."""
    channels = DOCUMENT["channels"]
    topics = {channel["address"] for name, channel in channels.items() if name.startswith("topic.")}
    assert {"uk-trades", "uk-price-ticks", "uk-reference", "uk-alerts", "uk-alert-actions", "uk-dead-letters"} == topics
    assert {"redis.alerts", "redis.actions", "sse.alerts", "ws.alerts"} < set(channels)
    assert channels["sse.alerts"]["address"] == "/v1/alerts/stream"
    assert set(DOCUMENT["operations"]) == {f"hear.{name}" for name in channels}


def test_schemas_are_schemas():
    """Each by the dialect that the document names."""
    for schema in json_schemas()["$defs"].values():
        Draft202012Validator.check_schema(schema)
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        pytest.param("Alert", encode_alert(FIRING), id="alert"),
        pytest.param("AlertChange", encode_change(change_of(FIRING)), id="change"),
        pytest.param("CloudEvent", encode_event(change_event(Recorded(3, change_of(FIRING)), "fw")), id="event"),
        *(
            pytest.param("Action", encode_action(deed.action), id=type(deed.action).__name__)
            for deed in (acknowledged(FIRING), assigned(FIRING, assignee=None), closed(FIRING), silenced(origin="CN"))
        ),
    ],
)
def test_what_is_sent_is_what_its_schema_says(name, sent):
    """A reader that generates its types from the schemas can read what comes."""
    schemas = json_schemas()
    assert name in PUBLISHED
    validator = Draft202012Validator({**schemas, "$ref": f"#/$defs/{name}"})
    assert list(validator.iter_errors(msgspec.json.decode(sent))) == []
    broken = {**msgspec.json.decode(sent), "id": 7}
    assert list(validator.iter_errors(broken)) != []


def test_a_topic_of_unknown_bytes_is_said_to_be_one():
    """Its payload is described by nothing, rather than by something that it is not."""
    topic = TopicDocument(name="odd", purpose="odd things", key="nothing", partitions=1, message="Odd")
    odd = asyncapi_document(version="1", namespace="fw", topics=[topic])["components"]["messages"]["Odd"]
    assert (odd["contentType"], odd["payload"]) == ("application/octet-stream", {})


ASYNCAPI_SPECS = "@asyncapi/specs@6.11.1"
"""The package in which the AsyncAPI initiative publishes the schemas of its documents."""
PRINT_SCHEMA = """\
export NODE_PATH=$(dirname "$(echo "$PATH" | cut -d: -f1)")
node -p 'JSON.stringify(require("@asyncapi/specs").schemas["3.1.0"])'
"""


@pytest.fixture(scope="module")
def asyncapi_schema():
    """Return AsyncAPI's own schema of a document; skip where Node, or the package, cannot be had."""
    if shutil.which("npx") is None:
        pytest.skip("there is no npx to get the schema of AsyncAPI with")
    command = ["npx", "--yes", "--package", ASYNCAPI_SPECS, "-c", PRINT_SCHEMA]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"{ASYNCAPI_SPECS} cannot be had: {done.stderr.strip()[-300:]}")
    return Draft7Validator(json.loads(done.stdout))


def as_json(document):
    """Return a document as whoever fetches it has it."""
    return json.loads(msgspec.json.encode(document))


def test_the_asyncapi_document_is_valid_by_asyncapis_own_schema(asyncapi_schema):
    """Of the version that the document names."""
    assert [each.message for each in asyncapi_schema.iter_errors(as_json(DOCUMENT))] == []


@pytest.mark.parametrize(
    ("part", "name", "wrong"),
    [
        pytest.param("channels", "sse.alerts", {"adress": "/v1/alerts/stream"}, id="channel-misspelt"),
        pytest.param("operations", "hear.sse.alerts", {"action": "hear"}, id="operation-of-no-kind"),
        pytest.param("servers", "kafka", {"protocol": 9}, id="server-without-a-protocol"),
    ],
)
def test_the_schema_would_find_what_is_wrong(asyncapi_schema, part, name, wrong):
    """Otherwise it would show nothing."""
    document = as_json(deepcopy(DOCUMENT))
    document[part][name] |= wrong
    assert not asyncapi_schema.is_valid(document)
