"""The floors of a day beside what alerts say of them."""

import pytest
from msgspec.structs import replace

from alerts.access import Scope
from alerts.floor_board import StandingFloor, floor_lines
from alerts.model import Severity, State
from streams.floor_desk import FloorDesk
from streams.reference.book import ReferenceBook
from streams.reference.floors import Floor, FloorStatus
from streams.replay import load_book
from tests.unit.alerts.examples import FIRING, change_of
from tests.unit.alerts.served import served

FLOOR = StandingFloor(
    floor="illustrative-si@2",
    product="silicon|metal",
    zone="illustrative",
    status="illustrative",
    instrument="variable_levy",
    value="2.20",
    currency="USD",
    unit="kg",
    content_basis="gross",
    incoterm="CIF",
    scope="all origins",
    effective_from="2024-01-01",
    effective_to=None,
    authority=None,
    legal_basis=None,
    source="own schedule",
    confidential=False,
)
NAMED = [{"floor": FLOOR.floor, "status": "illustrative"}]


def alert(number, **changed):
    """Return an alert on the floor."""
    evidence = {"floors": NAMED} | changed.pop("evidence", {})
    return replace(FIRING, id=f"{number:020d}", evidence=evidence, **changed)


def headroom(number, updated_on, **evidence):
    """Return an alert of the headroom rule."""
    return alert(number, rule="floor_headroom", updated_at=f"{updated_on}T00:00:00Z", evidence=evidence)


def test_a_floor_without_alerts_says_nothing_of_the_market():
    """Neither far nor near is known."""
    (line,) = floor_lines([FLOOR], [replace(FIRING, evidence={})])
    assert (line.headroom, line.open_alerts, line.worst, line.worst_gap_pct) == (None, 0, None, None)


def test_the_open_alerts_on_a_floor_are_counted_and_the_worst_named():
    """Those that ended are history; gaps are compared as numbers."""
    alerts = [
        alert(1, severity=Severity.HIGH, evidence={"gap_pct": "9.5"}),
        alert(2, severity=Severity.CRITICAL, evidence={"gap_pct": "12.25"}),
        alert(3, severity=Severity.CRITICAL, state=State.RESOLVED, evidence={"gap_pct": "90"}),
    ]
    (line,) = floor_lines([FLOOR], alerts)
    assert (line.open_alerts, line.worst, line.worst_gap_pct) == (2, Severity.CRITICAL, "12.25")


def test_headroom_is_what_was_told_last():
    """With the lowest of that episode."""
    alerts = [
        headroom(1, "2025-04-01", headroom_pct="1", latest_headroom_pct="3", lowest_on="2025-03-01"),
        headroom(2, "2025-02-01", headroom_pct="8"),
    ]
    (line,) = floor_lines([FLOOR], alerts)
    found = line.headroom
    assert (found.headroom_pct, found.lowest_pct, found.lowest_on, found.on) == ("3", "1", "2025-03-01", "2025-04-01")
    assert line.open_alerts == 0


@pytest.fixture
def desk():
    """Return a desk whose silicon floors are between parties, all others public."""

    def of_silicon(entry):
        return isinstance(entry, Floor) and entry.mineral == "silicon"

    shipped = load_book(["forge-illustrative"])
    entries = [replace(each, status=FloorStatus.CONTRACTUAL) if of_silicon(each) else each for each in shipped]
    return FloorDesk(lambda: ReferenceBook(entries=entries))


async def test_confidential_floors_are_listed_to_those_who_may_see_them(tmp_path, desk):
    """Others are told that there may be more; seeing them is written down."""
    async with served(tmp_path, [change_of(FIRING)], quote=desk, floors=desk.floors) as api:
        reader, insider = (api.token(*scopes) for scopes in ((Scope.READ,), (Scope.READ, Scope.FLOORS)))
        public = (await api.get("/v1/floors?date=2025-06-01", headers=reader)).json()
        all_of_it = (await api.get("/v1/floors?date=2025-06-01", headers=insider)).json()
        assert (public["withheld"], all_of_it["withheld"]) == (True, False)
        products = [{each["floor"]["product"] for each in listed["floors"]} for listed in (public, all_of_it)]
        assert "silicon|metal" not in products[0]
        assert products[1] == products[0] | {"silicon|metal"}
        assert '"floors"' in (tmp_path / "audit.jsonl").read_text()


async def test_a_day_that_is_none_is_refused(tmp_path, desk):
    """With what to write."""
    async with served(tmp_path, quote=desk, floors=desk.floors) as api:
        answer = await api.get("/v1/floors?date=someday")
        assert (answer.status_code, "2025-03-31" in answer.json()["detail"]) == (422, True)


async def test_an_alert_is_explained_and_its_lane_priced_over_http(tmp_path):
    """As the terminal explains it."""
    priced = replace(FIRING, evidence=FIRING.evidence | {"landed_price_usd_per_kg": "1.5", "on": "2025-03-03"})
    async with served(tmp_path, [change_of(priced)]) as api:
        explained = (await api.get(f"/v1/alerts/{FIRING.id}/explanation")).json()
        assert explained["paragraph"].startswith(FIRING.summary)
        prices = (await api.get(f"/v1/alerts/{FIRING.id}/prices")).json()
        assert [(each["day"], each["usd_per_kg"]) for each in prices["points"]] == [("2025-03-03", "1.5")]
        assert (await api.get("/v1/alerts/none/prices")).status_code == 404
