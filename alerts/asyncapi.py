"""What moves by itself, described: topics, Redis streams and sockets (AsyncAPI 3.1), and the JSON Schemas of it all."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from alerts.actions import Action
from alerts.envelope import CONTENT_TYPE, CloudEvent
from alerts.heartbeat import Beat
from alerts.model import Alert, AlertChange
from alerts.problems import Problem
from alerts.views import ActionTaken, AlertDetail, AlertHistory, AlertPage, EvidencePack

ASYNCAPI_VERSION: Final = "3.1.0"
SCHEMA_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_SCHEMA_REF: Final = "#/components/schemas/"

PUBLISHED: Final[dict[str, Any]] = {
    "Alert": Alert,
    "AlertChange": AlertChange,
    "Action": Action,
    "Beat": Beat,
    "CloudEvent": CloudEvent,
    "Problem": Problem,
    "AlertDetail": AlertDetail,
    "AlertPage": AlertPage,
    "AlertHistory": AlertHistory,
    "ActionTaken": ActionTaken,
    "EvidencePack": EvidencePack,
}
"""The types that leave this system, by the names of their schemas."""


class TopicDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A Kafka topic as the document describes it."""

    name: str
    purpose: str
    key: str
    """What records are keyed by, in words."""
    partitions: int
    message: str
    """What a record is called."""
    value: Any = None
    """The type of its value; None for one of :data:`PUBLISHED`, or where it may be anything."""
    beside: tuple[str, ...] = ()
    """What else is on the topic, of :data:`PUBLISHED`."""


def asyncapi_document(*, version: str, namespace: str, topics: Sequence[TopicDocument]) -> dict[str, Any]:
    """Return the AsyncAPI document of an installation: its topics, its streams in Redis, and the API's sockets."""
    channels = _topic_channels(topics) | _redis_channels(namespace) | _socket_channels()
    types = PUBLISHED | {each.message: each.value for each in topics if each.value is not None}
    messages = {
        name: _message(name, types) for name in ["AlertChange", "Action", "Beat", *(each.message for each in topics)]
    }
    messages |= {"CloudEvent": {"name": "CloudEvent", "contentType": CONTENT_TYPE, "payload": _ref("CloudEvent")}}
    messages |= {
        "Doorbell": {
            "name": "Doorbell",
            "contentType": "text/plain",
            "payload": {"type": "string", "pattern": "^[0-9]+$"},
        }
    }
    return {
        "asyncapi": ASYNCAPI_VERSION,
        "info": {
            "title": "Floorwatch",
            "version": version,
            "description": "Price-floor and dumping alerts. Every alert is a signal, not a determination.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {"host": "127.0.0.1:9092", "protocol": "kafka", "description": "The truth."},
            "redis": {"host": "127.0.0.1:6379", "protocol": "redis", "description": "A copy for readers."},
            "api": {"host": "127.0.0.1:8480", "protocol": "http", "description": "floorwatch serve"},
            "sockets": {"host": "127.0.0.1:8480", "protocol": "ws", "description": "floorwatch serve"},
        },
        "channels": channels,
        "operations": _operations(channels),
        "components": {"messages": messages, "schemas": _schemas(types, _SCHEMA_REF)},
    }


def json_schemas() -> dict[str, Any]:
    """Return the JSON Schemas of all that leaves this system, under ``$defs``."""
    return {"$schema": SCHEMA_DIALECT, "title": "Floorwatch", "$defs": _schemas(PUBLISHED, "#/$defs/")}


def _schemas(types: dict[str, Any], prefix: str) -> dict[str, Any]:
    named, components = msgspec.json.schema_components(types.values(), ref_template=prefix + "{name}")
    found = dict(components)
    for name, schema in zip(types, named, strict=True):
        found.setdefault(name, schema)
    plain: dict[str, Any] = _without_discriminators(found)
    return plain


def _without_discriminators(value: Any) -> Any:
    """Return a schema without OpenAPI's own word for what each alternative's constant says as well."""
    if isinstance(value, dict):
        return {
            key: _without_discriminators(each)
            for key, each in value.items()
            if not (key == "discriminator" and isinstance(each, dict) and "propertyName" in each)
        }
    return [_without_discriminators(each) for each in value] if isinstance(value, list) else value


def _topic_channels(topics: Sequence[TopicDocument]) -> dict[str, Any]:
    return {f"topic.{each.name}": _topic_channel(each) for each in topics}


def _topic_channel(topic: TopicDocument) -> dict[str, Any]:
    found = _channel(
        topic.name,
        "kafka",
        f"{topic.purpose}; keyed by {topic.key}",
        topic.message,
        bindings={"kafka": {"topic": topic.name, "partitions": topic.partitions, "bindingVersion": "0.5.0"}},
    )
    for each in topic.beside:
        found["messages"][each] = {"$ref": f"#/components/messages/{each}"}
    return found


def _redis_channels(namespace: str) -> dict[str, Any]:
    prefix = f"{{{namespace}}}:"
    return {
        "redis.alerts": _channel(
            f"{prefix}alerts",
            "redis",
            "Stream: every change of an alert, field change its JSON; ids are <offset on the topic>-0.",
            "AlertChange",
        ),
        "redis.actions": _channel(
            f"{prefix}actions",
            "redis",
            "Stream: every action, field action its JSON; ids are <offset on the topic>-0.",
            "Action",
        ),
        "redis.doorbell": _channel(
            f"{prefix}doorbell", "redis", "Pub/Sub: the last offset of the stream alerts; read the stream.", "Doorbell"
        ),
        "redis.doorbell.actions": _channel(
            f"{prefix}doorbell:actions",
            "redis",
            "Pub/Sub: the last offset of the stream actions; read the stream.",
            "Doorbell",
        ),
    }


def _socket_channels() -> dict[str, Any]:
    return {
        "sse.alerts": _channel(
            "/v1/alerts/stream",
            "api",
            "Server-sent events; resumes with Last-Event-ID. Events: hello, change (a CloudEvent), gap (changes were "
            "missed), behind (the store has less than the subscriber), snapshot and live (mode=snapshot), end. Events "
            "without an id, which resuming does not repeat: action (a CloudEvent: what somebody did), heartbeat (a "
            "CloudEvent: the whole way from the source to here is open).",
            "CloudEvent",
        ),
        "ws.alerts": _channel(
            "/v1/ws",
            "sockets",
            "The same over a WebSocket, as JSON with a member type: change has cursor and event, a CloudEvent; action "
            "and heartbeat have event. The "
            "client says authenticate (token), subscribe (filter, after, mode) and act (alert_id, action, body, key); "
            "done and problem answer it.",
            "CloudEvent",
        ),
        "webhooks": _channel(
            "an endpoint of a subscriber",
            "api",
            "POST by Standard Webhooks 1.0: webhook-id is the event's id, webhook-signature v1 (HMAC-SHA256). "
            "Endpoints that want them get heartbeats too.",
            "CloudEvent",
        ),
    }


def _channel(
    address: str, server: str, description: str, message: str, bindings: dict[str, Any] | None = None
) -> dict[str, Any]:
    found: dict[str, Any] = {
        # Braces would be parameters of an address.
        "address": address if "{" not in address else None,
        "description": description if "{" not in address else f"{address}: {description}",
        "servers": [{"$ref": f"#/servers/{server}"}],
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
    }
    return found | ({"bindings": bindings} if bindings else {})


def _operations(channels: dict[str, Any]) -> dict[str, Any]:
    return {
        f"hear.{name}": {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{name}"},
            "messages": [{"$ref": f"#/channels/{name}/messages/{message}"} for message in channel["messages"]],
        }
        for name, channel in channels.items()
    }


def _message(name: str, types: dict[str, Any]) -> dict[str, Any]:
    if name not in types:
        return {"name": name, "contentType": "application/octet-stream", "payload": {}}
    return {"name": name, "contentType": "application/json", "payload": _ref(name)}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _SCHEMA_REF + name}
