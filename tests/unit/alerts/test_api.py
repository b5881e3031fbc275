"""What the API answers: alerts, what people do about them, and every refusal with what to do."""

import pytest
from msgspec.structs import replace
from openapi_spec_validator import validate

from alerts.access import Scope
from alerts.action_log import ActionLogError
from alerts.audit import verify
from alerts.gate import Limits
from alerts.model import ChangeKind, Severity, State, decode_alert, encode_alert
from alerts.problems import MEDIA_TYPE
from alerts.store import MemoryStore, StoreAuthError, StoreUnavailableError
from tests.unit.alerts.deeds import AFTER, NOW
from tests.unit.alerts.examples import FIRING, RESOLVED, change_of
from tests.unit.alerts.served import AUDIT_KEY, served

LATER = replace(FIRING, id="1" * 20, opened_at="2025-05-01T00:00:00Z", updated_at="2025-05-02T00:00:00Z")
ELSEWHERE = replace(FIRING, id="2" * 20, origin="NO", product="tungsten|apt", severity=Severity.CRITICAL, zone=None)
RETRACTED = replace(FIRING, id="3" * 20, state=State.RETRACTED, opened_at="2025-06-01T00:00:00Z")
CHANGES = [
    change_of(FIRING),
    change_of(RESOLVED, 2, ChangeKind.RESOLVED),
    change_of(LATER),
    change_of(ELSEWHERE),
    change_of(RETRACTED),
]
PATH = f"/v1/alerts/{LATER.id}"


@pytest.fixture
async def api(tmp_path):
    """Return the API with four alerts and no token."""
    async with served(tmp_path, CHANGES) as running:
        yield running


@pytest.fixture
async def mine(api):
    """Return the API, called with a token that allows everything."""
    api.client.headers.update(api.token(Scope.ADMIN))
    return api


def problem(answer, status, kind):
    """Assert that *answer* is such a problem and return it."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE)
    said = answer.json()
    assert (said["status"], said["type"]) == (status, f"urn:floorwatch:problem:{kind}")
    assert said["detail"]
    return said


# -- reading -------------------------------------------------------------------------------------------------------


async def test_alerts_are_listed_the_last_opened_first(api):
    """The retracted are history, and shown when they are asked for."""
    listed = (await api.get("/v1/alerts")).json()
    assert [each["id"] for each in listed["alerts"]] == [LATER.id, FIRING.id, ELSEWHERE.id]
    assert listed["cursor"] is None
    every = (await api.get("/v1/alerts?retracted=true")).json()["alerts"]
    assert every[0]["id"] == RETRACTED.id


async def test_an_alert_over_http_is_the_alert(api):
    """Its own fields are in the same form as everywhere else, so that a reader needs one decoder."""
    answer = await api.get(PATH)
    assert encode_alert(decode_alert(answer.content)) == encode_alert(LATER)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("mineral=tungsten", [ELSEWHERE]),
        ("stage=metal&origin=CN", [LATER, FIRING]),
        ("product=tungsten%7Capt", [ELSEWHERE]),
        ("severity=critical", [ELSEWHERE]),
        ("severity=info&open=true", [LATER, ELSEWHERE]),
        ("open=false", [FIRING]),
        ("state=resolved", [FIRING]),
        ("state=retracted", [RETRACTED]),
        ("zone=illustrative", [LATER, FIRING]),
        ("destination=GB&rule=floor_breach", [LATER, FIRING, ELSEWHERE]),
        ("workflow=closed", []),
        ("origin=cn", [LATER, FIRING]),
        ("mineral=tungsten,silicon&open=true", [LATER, ELSEWHERE]),
        ("origin=SE", []),
    ],
)
async def test_filters_narrow(api, query, found):
    """Each takes what it says, all of them together what all say."""
    listed = (await api.get(f"/v1/alerts?{query}")).json()["alerts"]
    assert [each["id"] for each in listed] == [each.id for each in found]


async def test_pages_are_followed_by_their_cursor(api):
    """The cursor is all that a client keeps."""
    found, cursor = [], ""
    while cursor is not None:
        page = (await api.get(f"/v1/alerts?limit=1{cursor and f'&cursor={cursor}'}")).json()
        found += [each["id"] for each in page["alerts"]]
        cursor = page["cursor"]
    assert found == [LATER.id, FIRING.id, ELSEWHERE.id]


async def test_an_episode_names_the_one_before_and_after(api):
    """A breach after the end is a new episode of the same story."""
    first, second = (await api.get(f"/v1/alerts/{FIRING.id}")).json(), (await api.get(PATH)).json()
    assert (first["previous_id"], first["next_id"], first["episodes"]) == (None, LATER.id, 2)
    assert (second["previous_id"], second["next_id"], second["flapping"]) == (FIRING.id, None, False)


async def test_the_history_has_every_change_and_action(mine):
    """Both logs, each in its order."""
    path = f"/v1/alerts/{FIRING.id}"
    await mine.post(f"{path}/comment", {"comment": "Seen."})
    found = (await mine.get(f"{path}/history")).json()
    assert [(each["offset"], each["kind"]) for each in found["changes"]] == [(0, "opened"), (1, "resolved")]
    assert [each["action"]["kind"] for each in found["actions"]] == ["commented"]


@pytest.mark.parametrize("end", ["", "/history", "/evidence", "/evidence.csv", "/evidence.html"])
async def test_an_unknown_alert_is_not_found(api, end):
    """The answer says where alerts are listed."""
    assert "GET /v1/alerts" in problem(await api.get(f"/v1/alerts/nothing{end}"), 404, "not-found")["detail"]


# -- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("mineal=silicon", "mineal"),
        ("severity=dreadful", "severity"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=many", "limit"),
        ("open=maybe", "open"),
        ("state=", "state"),
        ("origin=CN&origin=NO", "origin"),
        (f"mineral={'x' * 201}", "mineral"),
    ],
)
async def test_a_malformed_filter_is_refused_by_name(api, query, where):
    """A filter that were passed over would show what was not asked for, or hide what was."""
    found = problem(await api.get(f"/v1/alerts?{query}"), 400, "malformed")
    assert [each["where"] for each in found["errors"]] == [where]


@pytest.mark.parametrize("cursor", ["x", "////", "MTIzNA", "MTIz.NA", "%00", "bm90LWEtbnVtYmVyLng"])
async def test_an_unknown_cursor_is_refused(api, cursor):
    """It says how to begin again."""
    assert "leave it out" in problem(await api.get(f"/v1/alerts?cursor={cursor}"), 400, "unknown-cursor")["detail"]


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("Bearer fw_abc_wrong", id="wrong"),
        pytest.param("Bearer ", id="empty"),
        pytest.param("Basic bWFyaWE6eA==", id="other-scheme"),
        pytest.param("fw_abc_wrong", id="no-scheme"),
    ],
)
async def test_a_wrong_token_is_refused_even_where_none_is_needed(api, header):
    """Whoever sends one means to be somebody."""
    answer = await api.get("/v1/alerts", headers={"Authorization": header})
    problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_an_expired_token_is_refused(api):
    """It says when it expired."""
    answer = await api.get("/v1/alerts", headers=api.token(Scope.READ, expires_at=NOW))
    assert NOW in problem(answer, 401, "unauthenticated")["detail"]


async def test_a_missing_scope_is_named_and_written_down(api):
    """Who tried to change something is in the audit log, though nothing was changed."""
    reader = api.token(Scope.READ)
    found = problem(await api.post(f"{PATH}/acknowledge", {}, headers=reader), 403, "forbidden")
    assert "needs ack" in found["detail"]
    assert api.log.actions == []
    assert b'"outcome":"denied"' in api.service.audit.path.read_bytes()
    assert verify(api.service.audit.path, AUDIT_KEY).holds


async def test_without_tokens_nobody_changes_anything(api):
    """Reading on this machine needs none; acting does, and the answer says how to get one."""
    assert (await api.get("/v1/me")).json()["scopes"] == ["read"]
    found = problem(
        await api.post(f"{PATH}/close", {"disposition": "no_action", "comment": "x"}), 401, "unauthenticated"
    )
    assert "floorwatch tokens create" in found["detail"]


async def test_without_tokens_only_this_machine_is_answered(api):
    """A name on the internet that points here is no reason to trust the page that used it."""
    problem(await api.get("/v1/alerts", headers={"Host": "evil.example"}), 403, "wrong-host")


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        pytest.param(f"{PATH}/acknowledge", {"nte": "x"}, "body", id="misspelt"),
        pytest.param(f"{PATH}/acknowledge", {"until": "tomorrow"}, "until", id="no-instant"),
        pytest.param(f"{PATH}/acknowledge", [], "body", id="no-object"),
        pytest.param(f"{PATH}/comment", {}, "body", id="no-comment"),
        pytest.param(f"{PATH}/comment", {"comment": ""}, "comment", id="empty-comment"),
        pytest.param(f"{PATH}/comment", {"comment": "x" * 4001}, "comment", id="long-comment"),
        pytest.param(f"{PATH}/close", {"comment": "x"}, "body", id="no-disposition"),
        pytest.param(
            f"{PATH}/close", {"disposition": "guilty", "comment": "x"}, "disposition", id="no-such-disposition"
        ),
        pytest.param(f"{PATH}/close", {"disposition": "no_action"}, "body", id="closed-without-comment"),
        pytest.param("/v1/silences", {"match": {"origin": "CN"}, "reason": "x"}, "body", id="silence-without-end"),
        pytest.param(
            "/v1/silences", {"match": {"origin": "CN"}, "ends_at": AFTER}, "body", id="silence-without-reason"
        ),
    ],
)
async def test_a_body_that_is_not_what_is_asked_for_is_refused(mine, path, body, where):
    """Nothing is recorded, and the answer says where it is wrong."""
    found = problem(await mine.post(path, body), 400, "malformed")
    assert where in {each["where"] for each in found["errors"]} | {"body"}
    assert mine.log.actions == []


@pytest.mark.parametrize(
    ("silence", "where"),
    [
        pytest.param({"match": {}, "ends_at": AFTER}, "match", id="matches-everything"),
        pytest.param({"match": {"origin": "CN"}, "ends_at": NOW}, "ends_at", id="over-already"),
        pytest.param({"match": {"origin": "CN"}, "ends_at": "2025-02-31T00:00:00Z"}, "ends_at", id="no-such-day"),
        pytest.param({"match": {"origin": "CN"}, "ends_at": "2025-06-30T12:00:01Z"}, "ends_at", id="more-than-90-days"),
        pytest.param(
            {"match": {"origin": "CN"}, "ends_at": AFTER, "starts_at": "2025-05-01T00:00:00Z"},
            "ends_at",
            id="backwards",
        ),
    ],
)
async def test_a_silence_that_makes_no_sense_is_refused(mine, silence, where):
    """It says which part."""
    found = problem(await mine.post("/v1/silences", {"reason": "x", **silence}), 422, "invalid")
    assert found["errors"][0]["where"] == where


async def test_a_body_that_is_no_json_is_refused(mine):
    """Neither by its type nor by its content."""
    path = f"{PATH}/comment"
    plain = await mine.client.post(path, content=b"{}", headers={"Content-Type": "text/plain"})
    problem(plain, 415, "wrong-media-type")
    broken = await mine.client.post(path, content=b'{"comment":', headers={"Content-Type": "application/json"})
    problem(broken, 400, "malformed")


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
async def test_a_large_body_is_refused_unread(mine, declared):
    """Whether it says beforehand how large it is or not."""
    body = b'{"comment":"' + b"x" * 10_000_000 + b'"}'

    async def chunks():
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    content = body if declared else chunks()
    answer = await mine.client.post(f"{PATH}/comment", content=content, headers={"Content-Type": "application/json"})
    problem(answer, 413, "too-large")
    assert mine.log.actions == []


async def test_paths_and_methods_that_are_none_are_problems_too(api):
    """There is no answer of another form."""
    problem(await api.get("/v1/nothing"), 404, "not-found")
    answer = await api.client.put("/v1/alerts")
    problem(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["allow"]


async def test_too_many_requests_are_put_off(tmp_path):
    """The answer says for how long; others are answered meanwhile."""
    async with served(tmp_path, CHANGES, limits=Limits(requests_per_second=1, requests_burst=2)) as api:
        one, other = api.token(Scope.READ, name="one"), api.token(Scope.READ, name="other")
        answers = [await api.get("/v1/me", headers=one) for _ in range(3)]
        assert [each.status_code for each in answers] == [200, 200, 429]
        problem(answers[2], 429, "too-many-requests")
        assert int(answers[2].headers["retry-after"]) >= 1
        assert (await api.get("/v1/me", headers=other)).status_code == 200


class Broken(MemoryStore):
    """A store that fails in whatever way it is told."""

    error: Exception

    async def page(self, *given, **more):
        """Fail."""
        raise self.error

    async def last_offset(self):
        """Fail."""
        raise self.error


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (StoreUnavailableError("Redis at redis://secret-host does not answer"), 503, "unavailable"),
        (StoreAuthError("user secret-user was refused"), 503, "unavailable"),
        (RuntimeError("secret"), 500, "fault"),
    ],
)
async def test_a_failure_says_nothing_of_the_inside(tmp_path, error, status, kind, caplog):
    """What failed is for the log; the caller hears what to do."""
    store = Broken()
    store.error = error
    async with served(tmp_path, alerts=store) as api:
        for path in ("/v1/alerts", "/readyz"):
            answer = await api.get(path)
            problem(answer, status, kind)
            assert "secret" not in answer.text
    assert "secret" in caplog.text


async def test_an_action_that_cannot_be_recorded_is_said_not_to_be(mine, monkeypatch):
    """Kafka is away: the caller may try again, and the audit log has the attempt."""

    async def away(action):
        raise ActionLogError("no broker")

    monkeypatch.setattr(mine.log, "append", away)
    answer = await mine.post(f"{PATH}/comment", {"comment": "x"})
    problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"]
    assert b'"outcome":"failed"' in mine.service.audit.path.read_bytes()


# -- acting --------------------------------------------------------------------------------------------------------


async def test_an_alert_goes_through_its_workflow(mine):
    """Each step is recorded, seen by the next reader, and audited."""
    steps = [
        ("acknowledge", {"note": "Mine."}, "acknowledged"),
        ("unacknowledge", {}, "open"),
        ("assign", {"assignee": "li"}, "assigned"),
        ("close", {"disposition": "data_error", "comment": "Tonnes, not kilograms."}, "closed"),
        ("reopen", {"comment": "No, it is not."}, "assigned"),
        ("assign", {"assignee": None}, "open"),
    ]
    for verb, body, state in steps:
        answer = await mine.post(f"{PATH}/{verb}", body)
        assert answer.status_code == 201
        assert answer.json()["alert"]["workflow"]["state"] == state
        assert (await mine.get(PATH)).json()["workflow"]["state"] == state
        listed = (await mine.get(f"/v1/alerts?workflow={state}&open=true&origin=CN")).json()["alerts"]
        assert [each["id"] for each in listed] == [LATER.id]
    assert len(mine.log.actions) == len(steps)
    assert verify(mine.service.audit.path, AUDIT_KEY).entries == len(steps)


async def test_acknowledging_leaves_the_alert_as_it_is(mine):
    """People decide the workflow; records decide the rest."""
    await mine.post(f"{PATH}/acknowledge", {})
    assert decode_alert((await mine.get(PATH)).content) == LATER


async def test_a_key_makes_an_action_happen_once(mine):
    """A client that heard no answer sends it again; another key is another action."""
    send = [await mine.post(f"{PATH}/comment", {"comment": "x"}, headers={"Idempotency-Key": key}) for key in "aab"]
    assert [each.status_code for each in send] == [201, 201, 201]
    assert send[0].json() == send[1].json()
    assert len({action.id for action in mine.log.actions}) == len(mine.log.actions) == 2


@pytest.mark.parametrize(
    ("before", "verb", "body"),
    [
        pytest.param([], "acknowledge", {"revision": LATER.revision + 1}, id="moved-on"),
        pytest.param([], "reopen", {"comment": "x"}, id="not-closed"),
        pytest.param(["close"], "close", {"disposition": "no_action", "comment": "x"}, id="closed-twice"),
        pytest.param(["close"], "acknowledge", {}, id="closed"),
    ],
)
async def test_what_no_longer_fits_is_a_conflict(mine, before, verb, body):
    """The answer says what is the matter; nothing is recorded."""
    for each in before:
        await mine.post(f"{PATH}/{each}", {"disposition": "no_action", "comment": "x"})
    problem(await mine.post(f"{PATH}/{verb}", body), 409, "conflict")
    assert len(mine.log.actions) == len(before)


async def test_a_comment_with_markup_stays_text(mine):
    """JSON tells it as it was written, the page to print as text, the table without formulas."""
    await mine.post(f"{PATH}/comment", {"comment": "<script>alert(1)</script>"})
    await mine.post(f"{PATH}/comment", {"comment": "=HYPERLINK(1)"})
    said = (await mine.get(PATH)).json()["workflow"]["comments"]
    assert said[0]["text"] == "<script>alert(1)</script>"
    page = await mine.get(f"{PATH}/evidence.html")
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "'=HYPERLINK(1)" in (await mine.get(f"{PATH}/evidence.csv")).text


async def test_a_silence_mutes_until_it_ends_or_is_ended(mine):
    """It shows over the alerts that it matches, and changes none of them."""
    made = await mine.post("/v1/silences", {"match": {"origin": "CN"}, "reason": "Known.", "ends_at": AFTER})
    assert made.status_code == 201
    silence = made.json()
    assert (await mine.get("/v1/silences")).json()["silences"] == [silence]
    assert (await mine.get(PATH)).json()["suppression"]["silenced_by"] == [silence["id"]]
    assert (await mine.get(f"/v1/alerts/{ELSEWHERE.id}")).json()["suppression"]["silenced_by"] == []
    assert (await mine.client.delete(f"/v1/silences/{silence['id']}")).status_code == 200
    assert (await mine.get("/v1/silences")).json()["silences"] == []
    problem(await mine.client.delete(f"/v1/silences/{silence['id']}"), 404, "not-found")


# -- what is withheld, what is described ---------------------------------------------------------------------------


async def test_confidential_figures_are_withheld_everywhere(tmp_path):
    """In the list, the alert, its history and every form of its evidence; with the scope they are there."""
    figure = "31.7777"
    evidence = {"floors": [{"status": "contractual", "value": figure}], "records": 1, "records_unjudged": 0}
    alert = replace(FIRING, evidence=evidence, summary=f"below {figure}")
    async with served(tmp_path, [change_of(alert)]) as api:
        reader, insider = api.token(Scope.READ), api.token(Scope.READ, Scope.FLOORS)
        path = f"/v1/alerts/{alert.id}"
        for each in ("/v1/alerts", path, *(f"{path}/{end}" for end in ("history", "evidence", "evidence.csv"))):
            assert figure not in (await api.get(each, headers=reader)).text
            assert figure in (await api.get(each, headers=insider)).text


async def test_the_openapi_document_is_valid_and_says_it_all(api):
    """Every route of the API is in it, each with the problems that it may answer."""
    document = (await api.get("/openapi.json")).json()
    validate(document)
    routes = [(path, method) for path, item in document["paths"].items() for method in item]
    assert ("/v1/alerts/{alert_id}/acknowledge", "post") in routes
    for path, method in routes:
        answers = document["paths"][path][method]["responses"]
        assert {"400", "429", "500", "503"} <= set(answers)
        for status in set(answers) - {"200", "201"}:
            assert list(answers[status]["content"]) == [MEDIA_TYPE]


async def test_every_answer_says_what_it_is_and_where_it_may_be_used(api):
    """No sniffing, no framing, no script."""
    for path in ("/v1/alerts", "/v1/nothing", "/healthz"):
        headers = (await api.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
