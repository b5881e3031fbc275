"""``floorwatch serve``: the API."""

import asyncio
import ipaddress
import logging
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.console import fail, tell, warn
from streams.cli.options import Hindsight, Kafka, Patience, Rates, Redis, Schedules, settings_of
from streams.cli.policies import policies_of
from streams.settings import Settings, SettingsError, redis_url, state_path

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from alerts.action_store import ActionStore
    from alerts.asyncapi import TopicDocument
    from alerts.delivery.courier import Couriers
    from alerts.service import Service
    from alerts.store import AlertStore
    from streams.reference.book import ReferenceBook

INSTALL = "pip install 'floorwatch[api]'"


def serve(
    *,
    host: Annotated[
        str | None, typer.Option("--host", metavar="ADDRESS", help="Where to listen; default 127.0.0.1.")
    ] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Default 8480; 0: a free one.")] = None,
    schedules: Schedules = None,
    rates: Rates = None,
    kafka: Kafka = None,
    redis: Redis = None,
    hindsight: Hindsight = False,
    certificate: Annotated[
        Path | None, typer.Option("--tls-cert", metavar="FILE", help="Certificate and chain, PEM: listen with TLS.")
    ] = None,
    private_key: Annotated[Path | None, typer.Option("--tls-key", metavar="FILE", help="Its private key, PEM.")] = None,
    patience: Patience = 30.0,
) -> None:
    """
    Serve alerts, actions, silences and floor quotes over HTTP; the description is at /openapi.json.

    Alerts are read from Redis; what people do goes to the topic alert-actions. Floors come from the topic reference,
    or from files (--floors, --fx). Without any token, whoever is on this machine may read; the first token
    (floorwatch tokens create) closes that. Elsewhere than on loopback it starts only with tokens.

    Example: [bold]floorwatch serve --kafka broker:9092 --redis redis://cache:6379/0[/]
    """
    settings = settings_of(kafka=kafka, redis=redis, api_host=host, api_port=port)
    _must_be_installed()
    from alerts.access import TokenFile

    tokens = TokenFile(state_path(settings, "tokens_file"))
    _must_be_guarded(settings.api_host, tokens, encrypted=certificate is not None)
    if private_key is not None and certificate is None:
        message = "--tls-key goes with --tls-cert: give both, or neither"
        raise typer.BadParameter(message)
    load = _book_loader(settings, schedules, rates or [], patience)
    logging.basicConfig(level=logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.WARNING))
    tls = {"ssl_certfile": certificate, "ssl_keyfile": private_key} if certificate is not None else {}
    asyncio.run(_serve(settings, load, hindsight=hindsight, tls=tls))


def _must_be_installed() -> None:
    absent = [name for name in ("litestar", "uvicorn", "websockets") if find_spec(name) is None]
    if absent:
        fail(f"the API is not installed (no package {absent[0]}): {INSTALL}")


def _must_be_guarded(host: str, tokens: Any, *, encrypted: bool) -> None:
    """Refuse to listen to others than this machine without tokens; warn of tokens in the clear."""
    if _is_loopback(host):
        return
    if not tokens.tokens():
        fail(f"{host} can be reached by others and there is no token: make one first (floorwatch tokens create)")
    if not encrypted:
        warn(f"tokens come to {host} in the clear: give --tls-cert, or put a proxy with TLS in front")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _book_loader(settings: Settings, schedules: list[str] | None, rates: list[Path], patience_s: float) -> Any:
    from streams.cli.reference_data import book_for

    def load() -> "ReferenceBook":
        kafka = None if schedules else settings.kafka
        return book_for(schedules=schedules, rates=rates, kafka=kafka, patience_s=patience_s)

    return load


async def _serve(settings: Settings, load: Any, *, hindsight: bool, tls: dict[str, Any]) -> None:
    from alerts.api import build_api
    from alerts.clock import utc_now
    from alerts.console import console_routes
    from alerts.server import serve as serve_api

    service = _service(settings, load, hindsight=hindsight)
    beside = [] if settings.namespace else [_delivering(settings, service)]
    if settings.probe_seconds > 0 and not settings.namespace:
        beside.append(_probing(settings, service))
    if settings.namespace:
        tell(f"this is {settings.namespace}: nothing is delivered, to webhooks or otherwise")
    scheme = "https" if tls else "http"
    address = f"{scheme}://{settings.api_host}:{settings.api_port}"
    tell(f"serving {address}: a console for browsers, /openapi.json for programs; stop it with Ctrl-C")
    if not service.tokens.tokens():
        tell("no tokens: this machine may read; to acknowledge, close or silence, floorwatch tokens create")
    try:
        await serve_api(
            build_api(service, routes=console_routes()),
            service,
            beside=beside,
            host=settings.api_host,
            port=settings.api_port,
            log_level="info" if settings.log_level == "info" else "warning",
            **tls,
        )
    finally:
        service.audit.seal(at=utc_now())
        await service.alerts.aclose()
        await service.desk.store.aclose()


def _probing(settings: Settings, service: "Service") -> "Coroutine[Any, Any, None]":
    """Send heartbeats in at the source, and measure how old those are that come out here."""
    from alerts.awaiting import AwaitedHeartbeats
    from streams.probing import send_probes

    awaited = AwaitedHeartbeats(service.hub, service.metrics, settings.partitions)
    service.refreshing.append(awaited.refresh)
    return send_probes(settings)


def _delivering(settings: Settings, service: "Service") -> "Coroutine[Any, Any, None]":
    couriers = _couriers(settings, service)
    service.refreshing.append(couriers.refresh)
    return couriers.run()


def _service(settings: Settings, load: Any, *, hindsight: bool) -> "Service":
    from alerts.access import TokenFile
    from alerts.action_log import ActionDesk
    from alerts.audit import AuditLog, audit_key
    from alerts.gate import Limits
    from alerts.redis_actions import RedisActionStore
    from alerts.service import Service
    from streams.action_topic import ActionTopic
    from streams.broker import broker_security
    from streams.cli.stores import open_store
    from streams.cli.version import installed_version
    from streams.floor_desk import FloorDesk
    from streams.topics import TopicNames

    topic = ActionTopic(settings.kafka, TopicNames(settings.topic_prefix).alert_actions, broker_security(settings))
    floor_desk = FloorDesk(load, hindsight=hindsight or settings.hindsight)
    return Service(
        alerts=open_store(settings),
        desk=ActionDesk(topic, RedisActionStore(redis_url(settings), settings.redis_namespace)),
        tokens=TokenFile(state_path(settings, "tokens_file")),
        audit=AuditLog(state_path(settings, "audit_file"), audit_key(state_path(settings, "audit_key_file"))),
        quote=floor_desk,
        floors=floor_desk.floors,
        namespace=settings.redis_namespace,
        version=installed_version(),
        topics=topic_documents(settings),
        replay=_replay_stores(settings),
        policy=policies_of(settings),
        limits=Limits(
            requests_at_once=settings.api_requests_at_once,
            requests_at_once_per_caller=settings.api_requests_at_once_per_caller,
            requests_per_second=settings.api_requests_per_second,
            requests_burst=2 * settings.api_requests_per_second,
        ),
    )


def _replay_stores(settings: Settings) -> "Callable[[str], tuple[AlertStore, ActionStore] | None]":
    """Return what finds the stores of a replay; they share the connections of one server."""
    from alerts.redis_actions import RedisActionStore
    from alerts.redis_server import RedisServer
    from alerts.redis_store import RedisStore
    from streams.settings import replay_settings

    server = RedisServer(redis_url(settings))

    def stores(run: str) -> "tuple[AlertStore, ActionStore] | None":
        try:
            namespace = replay_settings(settings, run).redis_namespace
        except SettingsError:
            return None
        return RedisStore(server, namespace), RedisActionStore(server, namespace)

    return stores


def _couriers(settings: Settings, service: "Service") -> "Couriers":
    from alerts.delivery.courier import Couriers
    from alerts.delivery.endpoints import Kind
    from alerts.delivery.interruptions import Interruptions
    from alerts.delivery.notes import NoteSender
    from alerts.delivery.schedule import DELAYS_S
    from alerts.delivery.sending import WebhookSender
    from alerts.reading import Reading
    from streams.cli.webhooks import allowed_networks, endpoint_book

    reading = Reading(service.alerts, service.desk.store, policy=service.policy, now=service.now)
    return Couriers(
        endpoint_book(settings),
        service.hub,
        {
            Kind.WEBHOOK: WebhookSender(allowed_networks(settings), version=service.version),
            Kind.NOTIFY: NoteSender(),
        },
        service.metrics,
        interruptions=lambda: Interruptions(service.alerts, reading, service.policy),
        delays=retry_delays(settings) or DELAYS_S,
    )


def retry_delays(settings: Settings) -> list[float]:
    """Return the delays between attempts that are set, none where none are; raises :class:`SettingsError`."""
    try:
        return [float(each) for each in settings.webhook_retry_seconds.split(",") if each.strip()]
    except ValueError as error:
        message = f"FLOORWATCH_WEBHOOK_RETRY_SECONDS: {error}; write seconds with commas between, as 1,5,30"
        raise SettingsError(message) from error


def topic_documents(settings: Settings) -> "list[TopicDocument]":
    """Return the topics as the AsyncAPI document describes them."""
    from alerts.asyncapi import TopicDocument
    from streams.records import PriceTick, Trade
    from streams.reference.wire import Entry
    from streams.topics import TopicNames, TopicPlan

    names = TopicNames(settings.topic_prefix)
    described: dict[str, tuple[str, str, Any]] = {
        names.trades: ("mineral", "Trade", Trade),
        names.ticks: ("mineral", "PriceTick", PriceTick),
        names.reference: ("what the entry is about", "ReferenceEntry", Entry),
        names.alerts: ("alert, or heartbeat where it is one (Beat)", "AlertChange", None),
        names.alert_actions: ("alert", "Action", None),
        names.dead_letters: ("the record's own key", "DeadLetter", None),
    }
    plan = TopicPlan(prefix=settings.topic_prefix, app_id=settings.app_id, partitions=settings.partitions)
    return [
        TopicDocument(
            name=topic.name,
            purpose=topic.purpose,
            key=key,
            partitions=topic.partitions,
            message=message,
            value=value,
            beside=("Beat",) if topic.name == names.alerts else (),
        )
        for topic in plan.topics
        if topic.name in described
        for key, message, value in [described[topic.name]]
    ]
