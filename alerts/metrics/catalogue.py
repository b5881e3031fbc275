"""
Every metric there is.

No label holds an id, a user or free text.  Shares are not exposed, but what they are shares of: ratios of sums can be
added up over workers and products, sums of ratios cannot.
"""

from collections.abc import Iterable
from typing import Final

from alerts.metrics.declaration import Label, Metric, Overflow, Section, Type
from alerts.model import ChangeKind, Severity

SEVERITIES: Final = tuple(str(severity) for severity in Severity)

RULE: Final = Label(name="rule", meaning="name of the rule", most=40)
SEVERITY: Final = Label(name="severity", meaning="worst so far", values=SEVERITIES)
PRODUCT: Final = Label(name="product", meaning="`mineral|stage` of the catalogue", most=200)
MINERAL: Final = Label(name="mineral", meaning="mineral of the catalogue", most=80)
ORIGIN: Final = Label(name="origin", meaning="country of origin, ISO 3166 alpha-2", most=260)
DESTINATION: Final = Label(name="destination", meaning="country of destination, ISO 3166 alpha-2", most=260)
INSTRUMENT: Final = Label(name="instrument", meaning="price assessment, as its publisher names it", most=200)
FLOOR: Final = Label(name="floor", meaning="id of the floor, without its version", most=200)
KIND: Final = Label(name="kind", meaning="what the change did", values=tuple(str(kind) for kind in ChangeKind))
ENDING: Final = Label(name="ending", meaning="how it ended", values=("resolved", "expired", "retracted"))
JUDGED: Final = Label(
    name="judged",
    meaning="how the floor question was answered",
    values=("floor", "ambiguous", "missing", "out_of_zone", "suspended", "exempt", "unpriced"),
)
SOURCE: Final = Label(name="topic", meaning="source topic, without prefix", values=("trades", "price-ticks"))
FOLLOWED: Final = Label(name="topic", meaning="topic, without prefix", values=("trades", "price-ticks", "alerts"))
PARTITION: Final = Label(name="partition", meaning="partition of the topic", most=96)
OUTCOME: Final = Label(
    name="outcome",
    meaning="what became of the record",
    values=("new", "supersedes", "duplicate", "stale", "conflict", "refused"),
)
REASON: Final = Label(name="reason", meaning="why it cannot be right", most=32)
STAGE: Final = Label(
    name="stage",
    meaning="step of a slice's way",
    values=("judge", "ledger", "tell", "store"),
)
STORED: Final = Label(name="outcome", meaning="what the store made of it", values=("accepted", "duplicate"))
TRANSPORT: Final = Label(name="transport", meaning="how it is delivered", values=("sse", "websocket", "webhook"))
STREAM: Final = Label(name="transport", meaning="kind of connection", values=("sse", "websocket"))
DISCONNECTED: Final = Label(
    name="reason",
    meaning="why the API closed it",
    values=("stalled", "expired", "forbidden", "limit", "shutdown", "error"),
)
ATTEMPT: Final = Label(
    name="outcome",
    meaning="how the attempt ended",
    values=("delivered", "retry", "gone", "refused", "timeout", "unreachable", "dead"),
)
ROUTE: Final = Label(name="route", meaning="path template, never the path", most=60)
METHOD: Final = Label(name="method", meaning="HTTP method", values=("GET", "POST", "PUT", "PATCH", "DELETE"))
STATUS: Final = Label(name="status", meaning="class of the answer", values=("1xx", "2xx", "3xx", "4xx", "5xx"))

LATENCY_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
"""With a bound at each objective: 100 ms and 1 s."""
STAGE_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
RECOVERY_S: Final = (0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900)
RECORDS: Final = (1, 5, 10, 50, 100, 500, 1000, 2500, 5000, 10000)

_LATEST: Final = "on the latest day that each lane traded"


def _business(name: str, kind: Type, text: str, *labels: Label, **more: object) -> Metric:
    return Metric(name=name, type=kind, help=text, section=Section.BUSINESS, labels=labels, **more)  # type: ignore[arg-type]


def _pipeline(name: str, kind: Type, text: str, *labels: Label, **more: object) -> Metric:
    return Metric(name=name, type=kind, help=text, section=Section.PIPELINE, labels=labels, **more)  # type: ignore[arg-type]


def _api(name: str, kind: Type, text: str, *labels: Label, **more: object) -> Metric:
    return Metric(name=name, type=kind, help=text, section=Section.API, labels=labels, **more)  # type: ignore[arg-type]


def _process(name: str, kind: Type, text: str) -> Metric:
    return Metric(name=name, type=kind, help=text, section=Section.PROCESS)


# -- prices and alerts ---------------------------------------------------------------------------------------

ALERTS_OPEN: Final = _business(
    "alerts_open",
    Type.GAUGE,
    "Alerts that are open now (firing or recovering), by the worker that judges them.",
    RULE,
    SEVERITY,
    PRODUCT,
    overflow=Overflow.ADD,
)
ALERTS_OPENED: Final = _business(
    "alerts_opened_total", Type.COUNTER, "Alerts that opened or reopened since the worker started.", RULE, SEVERITY
)
ALERTS_RESOLVED: Final = _business(
    "alerts_resolved_total",
    Type.COUNTER,
    "Alerts that ended since the worker started: resolved, expired for want of trade, or retracted.",
    RULE,
    SEVERITY,
    ENDING,
)
ALERT_CHANGES: Final = _business(
    "alert_changes_total", Type.COUNTER, "Alert changes told on the topic alerts since the worker started.", KIND
)
EVENT_TO_ALERT: Final = _business(
    "event_to_alert_seconds",
    Type.HISTOGRAM,
    "From the arrival in Kafka of a slice's oldest record to the acknowledgement of each alert change it led to. "
    "Exemplars carry the alert id.",
    buckets=LATENCY_S,
)
FLOOR_PRICE: Final = _business(
    "floor_usd_per_kg",
    Type.GAUGE,
    "Floor that the latest goods or price were judged by, USD per kg of content.",
    PRODUCT,
    FLOOR,
)
MARKET_PRICE: Final = _business(
    "market_price_usd_per_kg",
    Type.GAUGE,
    "Latest market price, USD per kg of content, on the basis of the floor it is compared with.",
    PRODUCT,
    INSTRUMENT,
)
HEADROOM: Final = _business(
    "headroom_ratio",
    Type.GAUGE,
    "Latest market price above the floor, as a part of the floor; negative below it.",
    PRODUCT,
    INSTRUMENT,
    FLOOR,
)
BENCHMARK_AGE: Final = _business(
    "benchmark_age_seconds",
    Type.GAUGE,
    "Event time from the latest market price of an instrument to the latest day known of its mineral.",
    PRODUCT,
    INSTRUMENT,
)
UNIT_VALUE: Final = _business(
    "import_unit_value_usd_per_kg",
    Type.GAUGE,
    f"Import unit value {_LATEST}, USD per kg of content, all destinations together.",
    PRODUCT,
    ORIGIN,
)
IMPORT_FLOOR: Final = _business(
    "import_floor_usd_per_kg",
    Type.GAUGE,
    f"Floor of the same goods as the import unit value, USD per kg of content, {_LATEST}.",
    PRODUCT,
    ORIGIN,
)
IMPORT_CONTENT: Final = _business(
    "import_content_kg",
    Type.GAUGE,
    f"Priced goods imported {_LATEST}, kg of content, all destinations together.",
    PRODUCT,
    ORIGIN,
    overflow=Overflow.ADD,
)
IMPORT_DAY: Final = _business(
    "import_day_timestamp_seconds",
    Type.GAUGE,
    "Latest day (event time) on which a product was imported.",
    PRODUCT,
)
IMPORT_RECORDS: Final = _business(
    "import_records",
    Type.GAUGE,
    f"Records {_LATEST}, by how the floor question was answered. The unpriced share is that of `unpriced` (held "
    "until a rate, assay or basis is published), the floor-missing share that of `missing`.",
    PRODUCT,
    JUDGED,
    overflow=Overflow.ADD,
)
IMPORT_VALUE: Final = _business(
    "import_value_usd",
    Type.GAUGE,
    f"Value of the records {_LATEST}, USD; what is unpriced has none, and is counted in import_records.",
    PRODUCT,
    JUDGED,
    overflow=Overflow.ADD,
)
LEVY_DUE: Final = _business(
    "levy_due_usd",
    Type.GAUGE,
    "Levy due on what the open floor breaches add up to, USD.",
    PRODUCT,
    ORIGIN,
    overflow=Overflow.ADD,
)
DUMPING_MARGIN: Final = _business(
    "dumping_margin_ratio",
    Type.GAUGE,
    "Largest dumping margin among the open alerts, as a part of the export price; where a rule states one.",
    RULE,
    PRODUCT,
    ORIGIN,
    optional=True,
)
NORMAL_VALUE: Final = _business(
    "normal_value_usd_per_kg",
    Type.GAUGE,
    "Normal value that the latest open alert compares with, USD per kg; where a rule states one.",
    PRODUCT,
    ORIGIN,
    optional=True,
)
CONCENTRATION: Final = _business(
    "supplier_share_ratio",
    Type.GAUGE,
    "Largest supplier's share of a destination's imports among the open alerts; where a rule states one.",
    RULE,
    PRODUCT,
    DESTINATION,
    optional=True,
)

CONCENTRATION_INDEX: Final = _business(
    "supplier_hhi",
    Type.GAUGE,
    "Largest Herfindahl-Hirschman index (0 to 10000) of a destination's suppliers among the open alerts; where a rule "
    "states one.",
    RULE,
    PRODUCT,
    DESTINATION,
    optional=True,
)

# -- the pipeline --------------------------------------------------------------------------------------------

RECORDS_READ: Final = _pipeline(
    "records_total",
    Type.COUNTER,
    "Records judged since the worker started, heartbeats left out, by what became of them.",
    SOURCE,
    OUTCOME,
)
LATE_RECORDS: Final = _pipeline(
    "late_records_total", Type.COUNTER, "Records taken whose day was already sealed.", SOURCE
)
DEAD_LETTERS: Final = _pipeline(
    "dead_letters_total", Type.COUNTER, "Records refused, by reason; each is on the topic dead-letters.", SOURCE, REASON
)
WATERMARK: Final = _pipeline(
    "watermark_timestamp_seconds",
    Type.GAUGE,
    "End of the last sealed day (event time) of a mineral.",
    MINERAL,
)
WATERMARK_LAG: Final = _pipeline(
    "watermark_lag_seconds",
    Type.GAUGE,
    "From the end of the last sealed day to now; in a replay, how old the feed is.",
    MINERAL,
)
UNSEALED: Final = _pipeline(
    "unsealed_seconds",
    Type.GAUGE,
    "Event time from the last sealed day to the latest day known: grows when a source falls behind the others.",
    MINERAL,
)
CONSUMER_LAG: Final = _pipeline(
    "consumer_lag_records",
    Type.GAUGE,
    "Records in the log past the last one whose effects are durable, for the partitions the worker owns.",
    FOLLOWED,
    PARTITION,
    overflow=Overflow.ADD,
)
COMMIT_AGE: Final = _pipeline(
    "commit_age_seconds",
    Type.GAUGE,
    "How long records of a partition have waited without any becoming durable; 0 where none waits.",
    PARTITION,
)
SLICE_RECORDS: Final = _pipeline("slice_records", Type.HISTOGRAM, "Records in a slice.", SOURCE, buckets=RECORDS)
STAGE_SECONDS: Final = _pipeline(
    "stage_seconds",
    Type.HISTOGRAM,
    "Time that a slice took: judge (decoding included), ledger (written and acknowledged), tell (alert changes and "
    "dead letters acknowledged), store (alert changes written to Redis).",
    STAGE,
    buckets=STAGE_S,
)
END_TO_END: Final = _pipeline(
    "end_to_end_seconds",
    Type.HISTOGRAM,
    "From the arrival in Kafka of a slice's oldest record to each alert change it led to being in Redis. Exemplars "
    "carry the alert id.",
    buckets=LATENCY_S,
)
STATE_ROWS: Final = _pipeline("state_rows", Type.GAUGE, "Records remembered.", MINERAL, overflow=Overflow.ADD)
STATE_CELLS: Final = _pipeline("state_cells", Type.GAUGE, "Lane-days with records.", MINERAL, overflow=Overflow.ADD)
STATE_EPISODES: Final = _pipeline(
    "state_episodes", Type.GAUGE, "Episodes told and not retracted.", MINERAL, overflow=Overflow.ADD
)
STATE_BYTES: Final = _pipeline(
    "state_bytes",
    Type.GAUGE,
    "Bytes of the records' columns and index, in memory or in scratch files.",
    MINERAL,
    overflow=Overflow.ADD,
)
REBALANCES: Final = _pipeline(
    "rebalances_total", Type.COUNTER, "Assignments of partitions to this worker, the first among them."
)
PARTITIONS: Final = _pipeline(
    "partitions_assigned", Type.GAUGE, "Partitions of the source topics whose state this worker holds."
)
RECOVERING: Final = _pipeline("recovering", Type.GAUGE, "1 while state is being read and restored after an assignment.")
RECOVERY: Final = _pipeline(
    "recovery_seconds",
    Type.HISTOGRAM,
    "From an assignment of partitions to all of their state being restored.",
    buckets=RECOVERY_S,
)
READY: Final = _pipeline("ready", Type.GAUGE, "1 where /readyz answers 200.")
LIVE: Final = _pipeline("live", Type.GAUGE, "1 where /healthz answers 200.")
SINK_UP: Final = _pipeline(
    "sink_up",
    Type.GAUGE,
    "1 where the store answered last; exposed by the one worker that owns the partition of the topic alerts.",
    optional=True,
)
SINK_CHANGES: Final = _pipeline(
    "sink_changes_total", Type.COUNTER, "Alert changes handed to the store, by what it made of them.", STORED
)
SINK_RETRIES: Final = _pipeline(
    "sink_retries_total", Type.COUNTER, "Writes that were tried again because the store was away."
)
SINK_REFILLS: Final = _pipeline(
    "sink_refills_total", Type.COUNTER, "Times a store had lost changes and was filled again from the topic."
)
SNAPSHOT_AGE: Final = _pipeline(
    "snapshot_age_seconds",
    Type.GAUGE,
    "Age of the figures shown: more than a moment only where the worker is too busy to be read.",
)
SERIES_LEFT_OUT: Final = _pipeline(
    "series_left_out", Type.GAUGE, "Label sets past the bounds of their metrics, left out or added up as other."
)
BUILD_INFO: Final = _pipeline(
    "build_info",
    Type.GAUGE,
    "1; the labels say what runs.",
    Label(name="version", meaning="of floorwatch", most=1),
    Label(name="python", meaning="version", most=1),
    Label(name="rule_set", meaning="hash of the rules' settings", most=1),
)

# -- the API -------------------------------------------------------------------------------------------------

API_SUBSCRIBERS: Final = _api("api_subscribers", Type.GAUGE, "Subscribers connected.", TRANSPORT)
API_CURSOR_LAG: Final = _api(
    "api_cursor_lag_changes", Type.GAUGE, "Alert changes that the slowest subscriber has not been sent.", TRANSPORT
)
API_CHANGES_SENT: Final = _api("api_changes_sent_total", Type.COUNTER, "Alert changes sent to subscribers.", TRANSPORT)
API_GAPS: Final = _api(
    "api_gaps_total", Type.COUNTER, "Gap events: subscribers that asked for changes no longer kept.", TRANSPORT
)
API_DISCONNECTS: Final = _api(
    "api_disconnects_total", Type.COUNTER, "Connections that the API closed.", STREAM, DISCONNECTED
)
API_DELIVERY: Final = _api(
    "api_delivery_seconds",
    Type.HISTOGRAM,
    "From a change being read from Redis to its being written to a subscriber.",
    TRANSPORT,
    buckets=LATENCY_S,
)
API_WEBHOOK_ATTEMPTS: Final = _api(
    "api_webhook_attempts_total", Type.COUNTER, "Attempts to deliver by webhook, by how they ended.", ATTEMPT
)
API_WEBHOOK_PENDING: Final = _api(
    "api_webhook_pending_changes", Type.GAUGE, "Alert changes not yet delivered, all endpoints together."
)
API_WEBHOOK_OLDEST: Final = _api(
    "api_webhook_oldest_pending_seconds", Type.GAUGE, "Age of the oldest change not yet delivered; 0 where none is."
)
API_REQUESTS: Final = _api("api_requests_total", Type.COUNTER, "Requests answered.", ROUTE, METHOD, STATUS)
API_REQUEST_SECONDS: Final = _api(
    "api_request_seconds", Type.HISTOGRAM, "Time to answer a request; streams left out.", buckets=LATENCY_S
)
API_HEARTBEAT_AGE: Final = _api(
    "api_heartbeat_age_seconds",
    Type.GAUGE,
    "Since the last synthetic heartbeat that came all the way here was sent; absent where none are sent.",
    PARTITION,
)
API_STORE_UP: Final = _api("api_store_up", Type.GAUGE, "1 where Redis answered last.")

# -- the process ---------------------------------------------------------------------------------------------

_PROCESS: Final = (
    _process("process_cpu_seconds_total", Type.COUNTER, "Processor time used, user and system."),
    _process("process_resident_memory_bytes", Type.GAUGE, "Memory in use."),
    _process("process_virtual_memory_bytes", Type.GAUGE, "Address space in use."),
    _process("process_start_time_seconds", Type.GAUGE, "When the process started."),
    _process("process_open_fds", Type.GAUGE, "Files and sockets open."),
    _process("process_max_fds", Type.GAUGE, "Files and sockets that may be open."),
)


def _declared() -> tuple[Metric, ...]:
    found = [each for each in globals().values() if isinstance(each, Metric)]
    return (*found, *_PROCESS)


CATALOGUE: Final = _declared()
"""Every metric, in the order of this file."""

WORKER: Final = frozenset({Section.BUSINESS, Section.PIPELINE})
API: Final = frozenset({Section.API})


def metrics_of(sections: Iterable[Section]) -> tuple[Metric, ...]:
    """Return the metrics declared in *sections*, in order."""
    wanted = frozenset(sections)
    return tuple(metric for metric in CATALOGUE if metric.section in wanted)
