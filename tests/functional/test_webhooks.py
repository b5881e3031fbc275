"""Webhooks on a real receiver: in order, once by id, tried again, given up, and begun again where they stopped."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web
from cloudevents.v1.conversion import from_json as read_event
from cloudevents.v1.http import CloudEvent
from msgspec.structs import replace
from standardwebhooks.webhooks import Webhook

from alerts.action_store import MemoryActionStore
from alerts.actions import AlertMatch, RecordedAction, Silence, Silenced
from alerts.clock import utc_seconds
from alerts.cursors import START
from alerts.delivery import courier
from alerts.delivery.courier import Couriers
from alerts.delivery.endpoints import EndpointBook, EndpointError, Kind
from alerts.delivery.guard import networks_of
from alerts.delivery.interruptions import Interruptions
from alerts.delivery.notes import NoteSender, must_be_known, note_of
from alerts.delivery.sending import Parcel, WebhookSender
from alerts.envelope import encode_event, heartbeat_event
from alerts.filters import Selection
from alerts.heartbeat import Beat
from alerts.hints import HintKind
from alerts.hub import Hub
from alerts.metrics.catalogue import API_WEBHOOK_ATTEMPTS, API_WEBHOOK_OLDEST, API_WEBHOOK_PENDING
from alerts.metrics.meter import ApiMetrics
from alerts.model import ChangeKind, Severity
from alerts.reading import Reading
from alerts.store import MemoryStore, Recorded
from alerts.suppression import SuppressionPolicy
from tests.streamed import until
from tests.unit.alerts.deeds import NOW
from tests.unit.alerts.examples import FIRING, RESOLVED, change_of

LOOPBACK = networks_of("127.0.0.0/8")


class Receiver:
    """An endpoint, and what it was sent; it answers what it is told to, then 204."""

    def __init__(self):
        self.got = []
        self.attempts = []
        self.answers = []
        self.at_once = self.most_at_once = 0
        self.url = ""

    @property
    def ids(self):
        """Ids of what was accepted, in order."""
        return [each["webhook-id"] for each, _ in self.got]

    async def take(self, request):
        """Take a delivery."""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        body = await request.read()
        self.attempts.append((dict(request.headers), body))
        answer = self.answers.pop(0) if self.answers else 204
        await asyncio.sleep(0)
        self.at_once -= 1
        if answer == "never":
            await asyncio.sleep(60)
        if isinstance(answer, web.Response):
            return answer
        if answer // 100 == 2:
            self.got.append((request.headers, body))
        return web.Response(status=answer)


class Bench:
    """A store, a book of endpoints and couriers over both."""

    def __init__(self, folder):
        self.store = MemoryStore()
        self.actions = MemoryActionStore()
        self.book = EndpointBook(folder / "webhooks.sqlite")
        self.metrics = ApiMetrics()
        self.policy = SuppressionPolicy()
        self.hub = None
        self.couriers = None
        self.senders = {Kind.WEBHOOK: WebhookSender(LOOPBACK, timeout_s=0.5), Kind.NOTIFY: NoteSender()}

    async def tell(self, *changes):
        """Put changes into the store."""
        last = await self.store.last_offset()
        await self.store.apply(list(enumerate(changes, 0 if last is None else last + 1)))

    def add(self, url, *, after=START, **more):
        """Add an endpoint."""
        return self.book.add(url, created_at=NOW, after=after, **more)

    @asynccontextmanager
    async def running(self, *delays):
        """Run couriers."""
        self.hub = Hub(self.store, "floorwatch")
        reading = Reading(self.store, self.actions, policy=self.policy, now=lambda: NOW)
        self.couriers = Couriers(
            self.book,
            self.hub,
            self.senders,
            self.metrics,
            interruptions=lambda: Interruptions(self.store, reading, self.policy),
            delays=delays or (0, 0, 0),
        )
        tasks = [asyncio.create_task(each) for each in (self.hub.run(), self.couriers.run())]
        try:
            yield
        finally:
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def attempts(self, outcome):
        """Return how many attempts ended so."""
        return self.metrics.values[API_WEBHOOK_ATTEMPTS][(outcome,)]


@pytest.fixture(autouse=True)
def _look_often(monkeypatch):
    monkeypatch.setattr(courier, "LOOK_S", 0.02)


@pytest.fixture
async def receiver():
    """Return a receiver, listening."""
    made = Receiver()
    app = web.Application()
    app.router.add_post("/hook", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/hook"
    yield made
    await runner.cleanup()


@pytest.fixture
def bench(tmp_path):
    """Return couriers on nothing yet."""
    made = Bench(tmp_path)
    yield made
    made.book.close()


def log(count, start=0, **more):
    """Return changes of one alert each."""
    return [change_of(replace(FIRING, id=f"{at:020d}", **more)) for at in range(start, start + count)]


async def test_a_delivery_is_a_signed_cloudevent(bench, receiver):
    """The library of the standard verifies it, the library of CloudEvents reads it; its id is the change's."""
    made = bench.add(receiver.url)
    await bench.tell(change_of(FIRING))
    async with bench.running():
        await until(lambda: receiver.got)
    headers, body = receiver.got[0]
    assert Webhook(made.secrets[0].key).verify(body, headers)["data"]["alert"]["id"] == FIRING.id
    event = read_event(CloudEvent, body)
    assert (headers["webhook-id"], event["id"]) == (f"{FIRING.id}:1", f"{FIRING.id}:1")
    assert headers["content-type"] == "application/cloudevents+json"


async def test_changes_come_in_order_one_at_a_time(bench, receiver):
    """A second delivery begins when the first was accepted."""
    bench.add(receiver.url)
    await bench.tell(*log(50))
    async with bench.running():
        await until(lambda: len(receiver.got) == 50)
        await bench.tell(*log(5, 50))
        await until(lambda: len(receiver.got) == 55)
    assert receiver.ids == [f"{at:020d}:1" for at in range(55)]
    assert receiver.most_at_once == 1
    assert bench.book.states()[0].delivered == 55


async def test_a_failure_is_tried_again_with_the_same_id_and_nothing_overtakes_it(bench, receiver):
    """Whatever the trouble: an error, no answer, a receiver that is busy."""
    receiver.answers = [500, "never", 503, 204, 429]
    bench.add(receiver.url)
    await bench.tell(*log(2))
    async with bench.running():
        await until(lambda: len(receiver.got) == 2)
    assert [headers["webhook-id"][19] for headers, _ in receiver.attempts] == ["0"] * 4 + ["1"] * 2
    assert {bench.attempts(each) for each in ("delivered", "retry")} == {2, 3}
    assert bench.attempts("timeout") == 1


def in_an_hour():
    """Return the instant an hour from now as HTTP writes it."""
    return format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)


@pytest.mark.parametrize("when", [lambda: "3600", in_an_hour], ids=["seconds", "instant"])
async def test_a_receiver_that_says_when_is_asked_then(bench, receiver, when):
    """``Retry-After`` in seconds or as an instant; what waits is measured."""
    receiver.answers = [web.Response(status=429, headers={"Retry-After": when()})]
    made = bench.add(receiver.url)
    await bench.tell(*log(3))
    async with bench.running(1):
        await until(lambda: bench.book.state(made.id).failures)
        await asyncio.sleep(0.05)
        bench.couriers.refresh()
    state = bench.book.state(made.id)
    assert (state.failures, state.trouble, len(receiver.attempts)) == (1, "HTTP 429", 1)
    assert 3500 < state.due_s - utc_seconds() < 3700
    assert bench.metrics.values[API_WEBHOOK_PENDING][()] == 3
    assert bench.metrics.values[API_WEBHOOK_OLDEST][()] > 0


async def test_a_receiver_that_wants_no_more_is_disabled_and_can_be_enabled(bench, receiver):
    """410: it goes on where it stopped, when somebody says so."""
    receiver.answers = [204, 410]
    made = bench.add(receiver.url)
    await bench.tell(*log(3))
    async with bench.running():
        await until(lambda: bench.book.state(made.id).disabled)
        assert "wants no more" in bench.book.state(made.id).disabled
        bench.book.enable(made.id)
        await until(lambda: len(receiver.got) == 3)
    assert receiver.ids == [f"{at:020d}:1" for at in range(3)]


async def test_a_change_that_is_refused_is_a_dead_letter_and_the_next_one_comes(bench, receiver):
    """Three times, then it is kept aside with the reason; replayed, it has the same id."""
    receiver.answers = [400, 400, 400]
    made = bench.add(receiver.url)
    await bench.tell(*log(3))
    async with bench.running():
        await until(lambda: len(receiver.got) == 2)
        (letter,) = bench.book.dead_letters(made.id)
        assert (letter.change_id, letter.attempts, letter.trouble) == (f"{0:020d}:1", 3, "HTTP 400")
        assert bench.book.replay_dead(made.id) == 1
        await until(lambda: len(receiver.got) == 3)
    assert receiver.ids[-1] == letter.change_id
    assert bench.book.dead_letters(made.id) == []


async def test_a_receiver_that_is_down_for_good_is_disabled_with_the_change_kept(bench, receiver):
    """After the last wait somebody has to look; enabled, it goes on with the change that failed."""
    receiver.answers = [500] * 4
    made = bench.add(receiver.url)
    await bench.tell(*log(3))
    async with bench.running():
        await until(lambda: bench.book.state(made.id).disabled)
        assert "HTTP 500, 4 times in a row" in bench.book.state(made.id).disabled
        bench.book.enable(made.id)
        await until(lambda: len(receiver.got) == 3)
    assert receiver.ids == [f"{at:020d}:1" for at in range(3)]
    assert bench.book.dead_letters(made.id) == []


async def test_a_redirect_is_not_followed(bench, receiver):
    """It would lead past the guard; the receiver's new address is for people to enter."""
    receiver.answers = [web.Response(status=302, headers={"Location": receiver.url}) for _ in range(3)]
    made = bench.add(receiver.url)
    await bench.tell(*log(1))
    async with bench.running():
        await until(lambda: bench.book.dead_letters(made.id))
    assert "redirects are not followed" in bench.book.dead_letters(made.id)[0].trouble
    assert len(receiver.attempts) == 3


async def test_nothing_is_sent_to_this_machine_unless_it_was_allowed(bench, receiver):
    """The guard stands at every attempt, not only where the endpoint was added."""
    bench.senders[Kind.WEBHOOK] = WebhookSender()
    made = bench.add(receiver.url.replace("http", "https"))
    named = bench.add(receiver.url.replace("http://127.0.0.1", "https://localhost"))
    await bench.tell(*log(1))
    async with bench.running():
        await until(lambda: bench.book.dead_letters(made.id) and bench.book.dead_letters(named.id))
    for each in (made, named):
        assert "not on the internet" in bench.book.dead_letters(each.id)[0].trouble
    assert receiver.attempts == []


async def test_a_courier_that_was_ended_goes_on_where_it_was(bench, receiver):
    """The file says how far it had come; a schedule that had begun goes on too."""
    made = bench.add(receiver.url)
    await bench.tell(*log(5))
    async with bench.running():
        await until(lambda: len(receiver.got) == 5)
    await bench.tell(*log(5, 5))
    receiver.answers = [500]
    async with bench.running(0.01, 3600):
        await until(lambda: len(receiver.got) == 10)
    assert receiver.ids == [f"{at:020d}:1" for at in range(10)]
    assert str(bench.book.state(made.id).cursor).startswith("9-")


async def test_of_two_processes_one_delivers(bench, receiver):
    """The other takes over when it ends."""
    bench.add(receiver.url)
    async with bench.running():
        await until(lambda: bench.couriers._running)
        first = bench.couriers
        async with bench.running():
            await bench.tell(*log(5))
            await until(lambda: len(receiver.got) == 5)
            await asyncio.sleep(0.1)
            assert bench.couriers._running == {}
            assert first._running
    assert receiver.ids == [f"{at:020d}:1" for at in range(5)]


async def test_an_endpoint_gets_what_it_selects_and_may_see(bench, receiver):
    """Confidential figures only where it was added with them."""
    secret = replace(FIRING, id="5" * 20, evidence={"floors": [{"status": "contractual"}]})
    bench.add(receiver.url, wanted=Selection(severity=Severity.HIGH))
    await bench.tell(*log(1, severity=Severity.INFO), change_of(secret))
    async with bench.running():
        await until(lambda: receiver.got)
    (only,) = receiver.got
    assert list(json.loads(only[1])["data"]["alert"]["evidence"]) == ["withheld"]


async def test_an_endpoint_for_news_is_spared_what_interrupts_nobody(bench, receiver):
    """Silenced openings and plain updates are left out, an ending never is."""
    silence = Silence(
        match=AlertMatch(origin="CN"), starts_at="2025-01-01T00:00:00Z", ends_at="2030-01-01T00:00:00Z", reason="known"
    )
    await bench.actions.apply(
        [RecordedAction(0, Silenced(id="s", at="2025-01-01T00:00:00Z", actor="li", silence=silence))], after=-1
    )
    elsewhere = replace(FIRING, id="9" * 20, origin="NO")
    bench.add(receiver.url, only_news=True)
    await bench.tell(
        change_of(FIRING),
        change_of(elsewhere),
        change_of(elsewhere, 2, ChangeKind.UPDATED),
        change_of(RESOLVED, 2, ChangeKind.RESOLVED),
    )
    async with bench.running():
        await until(lambda: len(receiver.got) == 2)
    assert receiver.ids == [f"{elsewhere.id}:1", f"{RESOLVED.id}:2"]


async def test_an_endpoint_whose_cursor_is_of_another_log_is_told_of_the_gap(bench, receiver):
    """Signed like everything else; then comes all that there is."""
    await bench.tell(*log(2))
    bench.add(receiver.url, after=courier.Cursor(1, "00000000"))
    async with bench.running():
        await until(lambda: len(receiver.got) == 3)
    gap = json.loads(receiver.got[0][1])
    assert (gap["type"], gap["data"]["reason"]) == ("org.floorwatch.gap.v1", "other_log")


async def test_everything_past_a_cursor_can_be_delivered_again(bench, receiver):
    """With the ids of the first time, by which a receiver knows it."""
    made = bench.add(receiver.url)
    await bench.tell(*log(4))
    async with bench.running():
        await until(lambda: len(receiver.got) == 4)
        bench.book.replay_from(made.id, START)
        await until(lambda: len(receiver.got) == 8)
    assert receiver.ids[:4] == receiver.ids[4:]


async def test_a_rotated_secret_signs_beside_the_old_one(bench, receiver):
    """Until the old one retires."""
    made = bench.add(receiver.url)
    bench.book.rotate(made.id, retires_at="2999-01-01T00:00:00Z")
    await bench.tell(*log(1))
    async with bench.running():
        await until(lambda: receiver.got)
    headers, body = receiver.got[0]
    for each in bench.book.state(made.id).endpoint.secrets:
        Webhook(each.key).verify(body, headers)
    assert len(headers["webhook-signature"].split()) == 2


def test_the_file_is_its_owners_alone(bench):
    """It holds secrets."""
    assert bench.book.path.stat().st_mode & 0o077 == 0


def test_an_endpoint_that_is_not_there_is_said_not_to_be(bench):
    """And where those are that there are."""
    for ask in (bench.book.state, bench.book.remove, bench.book.enable, bench.book.replay_dead):
        with pytest.raises(EndpointError, match="webhooks list"):
            ask("nonesuch")


def test_a_note_says_first_what_where_and_how_bad():
    """As much as a telephone shows."""
    title, text = note_of(change_of(FIRING))
    assert title == "HIGH floor breach: silicon|metal CN > GB"
    assert text.startswith("opened, 2025-03-04. silicon|metal from CN landed in GB below the floor")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_apprise_sends_a_note_and_says_whether_it_was_taken(bench, receiver):
    """To a service of its own that posts JSON, which an operator could not add: the sender alone is looked at."""
    pytest.importorskip("apprise")
    receiver.answers = [200, 500]
    made = bench.add(receiver.url.replace("http://", "json://"), kind=Kind.NOTIFY)
    parcel = Parcel("a", b"{}", Recorded(0, change_of(FIRING)))
    outcomes = [(await NoteSender().send(made, parcel)).outcome for _ in range(2)]
    assert outcomes == ["delivered", "retry"]
    said = json.loads(receiver.got[0][1])
    assert said["title"] == "HIGH floor breach: silicon|metal CN > GB"
    assert "signal, not a determination" in said["message"]


# Apprise looks at modules of the standard library that are going.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("url", ["json://127.0.0.1/", "nonesuch://x", "syslog://", "x"])
def test_an_address_that_is_none_for_notes_is_refused(url):
    """Posting to any host is what webhooks do, guarded."""
    pytest.importorskip("apprise")
    with pytest.raises(EndpointError, match="services"):
        must_be_known(url)


async def test_an_endpoint_that_wants_them_is_sent_heartbeats(bench, receiver):
    """Each that comes through, once, labelled as what it is; one that is not taken is followed by another."""
    made = bench.add(receiver.url, heartbeats=True)
    bench.add(f"{receiver.url}?without")
    receiver.answers = [500]
    async with bench.running():
        await until(lambda: bench.couriers._running.keys() >= {made.id} and bench.hub.is_ready)
        await bench.hub.started()
        for at in ("2025-04-01T12:00:00Z", "2025-04-01T12:01:00Z"):
            event = heartbeat_event(Beat(partition=2, sent_at=at), "floorwatch")
            bench.hub.hint(HintKind.HEARTBEAT, encode_event(event))
            await until(lambda at=at: any(at.encode() in body for _, body in receiver.attempts))
        await bench.tell(*log(1))
        await until(lambda: len(receiver.got) == 3)
    said = [json.loads(body) for _, body in receiver.got]
    assert ["org.floorwatch.heartbeat.v1", *["org.floorwatch.alert.opened.v1"] * 2] == [each["type"] for each in said]
    assert said[0]["data"] == {"partition": 2, "sent_at": "2025-04-01T12:01:00Z", "v": 1}
    assert bench.book.state(made.id).delivered == 1
