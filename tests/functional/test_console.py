"""
The console in a real browser, on a whole installation: what is seen, what can be done, and that nothing is lost.

``FLOORWATCH_TEST_PICTURES`` names a folder to keep the pictures in (``docs/console``).
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect, sync_playwright

from alerts.model import AlertChange, ChangeKind, Severity
from tests.brokers import Broker
from tests.console import PATIENCE_S, Installation, chromium, shipped_changes, simulated_changes
from tests.unit.alerts.examples import FIRING, change_of

pytestmark = [pytest.mark.integration, pytest.mark.once]

# Of a machine that is busy with other things.
expect.set_options(timeout=PATIENCE_S * 1000)

ROWS = "table.alerts tbody tr"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
DESK = {"viewport": {"width": 1440, "height": 900}}
MARKUP = '<img src=x onerror="document.title=1"><b>not bold</b> & "as written"'
ALL_OF_IT = "#/alerts"


def alerts(count: int, *, start: int, **changed: Any) -> list[AlertChange]:
    """Return the openings of alerts, a lane each where *changed* says nothing else."""
    return [
        change_of(replace(FIRING, id=f"{number:020d}", **({"origin": "SE"} | changed)))
        for number in range(start, start + count)
    ]


@pytest.fixture(scope="module")
def installation(kafka: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Return an installation with the alerts of the shipped feed and of a simulated mineral, its API running."""
    chromium()
    with Installation(kafka, "console-", tmp_path_factory.mktemp("console")) as made:
        made.tell([*simulated_changes(), *shipped_changes()])
        made.start()
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a headless Chromium."""
    path = chromium()
    with sync_playwright() as driver:
        # Chromium's own sandbox wants a user other than root; what runs here is this checkout's own page.
        started = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def console(browser: Browser, installation: Installation) -> Iterator[Callable[..., Page]]:
    """Return what opens the console; whatever is asked for on the way must be of this server."""
    opened: list[Any] = []
    asked: list[str] = []
    failed: list[str] = []

    def begin(address: str = ALL_OF_IT, *, token: str | None = None, ready: str = ROWS, **options: Any) -> Page:
        context = browser.new_context(**(DESK | options))
        context.set_default_timeout(PATIENCE_S * 1000)
        text = installation.token if token is None else token
        context.add_init_script(f"if (!sessionStorage.seen) sessionStorage.setItem('floorwatch.token', '{text}')")
        opened.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(f"{installation.url}/console/{address}")
        page.locator(ready).first.wait_for()
        return page

    yield begin
    for each in opened:
        each.close()
    elsewhere = [
        url for url in asked if urlsplit(url).scheme in ("http", "https") and not url.startswith(installation.url)
    ]
    assert elsewhere == [], "the console asked somebody else"
    assert failed == []


def address_of(alert_id: str, query: str = "") -> str:
    """Return the address of an alert."""
    return f"#/alerts/{alert_id}{query}"


def live(page: Page) -> None:
    """Wait until changes come."""
    expect(page.locator("#connection")).to_have_text("Live")


def until(page: Page, reached: str) -> None:
    """Wait until an expression holds; the page's policy lets no script evaluate text, so it is asked from here."""
    deadline = time.monotonic() + PATIENCE_S
    while not page.evaluate(reached):
        assert time.monotonic() < deadline, reached
        page.wait_for_timeout(25)


def row(page: Page, alert_id: str) -> Any:
    """Return the row of an alert."""
    return page.locator(f'{ROWS}[data-id="{alert_id}"]')


def open_alert(page: Page, alert_id: str) -> Any:
    """Open an alert and return its pane."""
    page.evaluate("address => { location.hash = address }", address_of(alert_id))
    pane = page.locator(f'.detail[data-id="{alert_id}"]')
    pane.wait_for()
    return pane


def shown_ids(page: Page) -> list[str]:
    """Return the ids of the rows."""
    found: list[str] = page.evaluate(f"[...document.querySelectorAll('{ROWS}')].map(row => row.dataset.id)")
    return found


def of_rule(installation: Installation, rule: str, **wanted: str) -> dict[str, Any]:
    """Return an alert of a rule."""
    listed = installation.ask(
        "/v1/alerts?" + "&".join(f"{name}={value}" for name, value in {"rule": rule, **wanted}.items())
    )
    found: dict[str, Any] = listed["alerts"][0]
    return found


# -- pictures, first of all: before the tests below make alerts of their own -------------------------------------------


def test_the_console_can_be_shown(console, installation, tmp_path):
    """For readers without an installation; looked at by a person, drawn here."""
    folder = Path(os.environ.get("FLOORWATCH_TEST_PICTURES") or tmp_path)
    breach = of_rule(installation, "floor_breach", origin="HK", open="true")
    margin = of_rule(installation, "dumping_margin")
    sustained = of_rule(installation, "sustained_breach")
    installation.act(f"/v1/alerts/{sustained['id']}/acknowledge", {"note": "The importer was asked for its contracts."})
    concentration = of_rule(installation, "supplier_concentration")
    installation.act(f"/v1/alerts/{concentration['id']}/assign", {"assignee": "li"})
    surge = {"disposition": "referred", "comment": "To the authority, with the pack of 2026-06-02."}
    installation.act(f"/v1/alerts/{of_rule(installation, 'massive_imports')['id']}/close", surge)
    page = console()
    live(page)
    worse = replace(FIRING, id="9" * 20, product="silicon|metal", origin="KZ", severity=Severity.CRITICAL)
    installation.tell(
        [
            change_of(
                replace(worse, summary="silicon|metal from KZ landed in GB below the floor on 2 days: 61.0 % below.")
            ),
            change_of(replace(_as_alert(breach), severity=Severity.CRITICAL), 9, ChangeKind.SEVERITY_RAISED),
        ]
    )
    row(page, worse.id).wait_for()
    with _finished(page):
        page.screenshot(path=folder / "feed.png")
    open_alert(page, margin["id"])
    drawn(page)
    page.screenshot(path=folder / "alert.png")
    dark = console(
        address_of(of_rule(installation, "undercutting", origin="CN", destination="GB")["id"]), color_scheme="dark"
    )
    drawn(dark)
    dark.screenshot(path=folder / "dark.png")
    floors = console("#/floors", ready="table.floors")
    live(floors)
    floors.screenshot(path=folder / "floors.png")
    phone = console("#/alerts?open=true", **PHONE)
    live(phone)
    phone.screenshot(path=folder / "phone.png")
    assert {each.name for each in folder.glob("*.png")} >= {
        "feed.png",
        "alert.png",
        "dark.png",
        "floors.png",
        "phone.png",
    }


def _as_alert(view: dict[str, Any]) -> Any:
    return replace(
        FIRING, **{name: view[name] for name in FIRING.__struct_fields__ if name not in ("severity", "state")}
    )


@contextmanager
def _finished(page: Page) -> Iterator[None]:
    """Wait for what moves to have come to rest."""
    until(page, "document.getAnimations().every(each => each.playState === 'finished')")
    yield


def drawn(page: Page) -> None:
    """Wait for the chart."""
    page.locator(".chart[data-drawn]").wait_for()


# -- looking -----------------------------------------------------------------------------------------------------------


def test_the_root_opens_on_the_open_alerts(browser, installation, console):
    """With the filter in the address, and live."""
    page = console("")
    live(page)
    assert page.url.endswith("#/alerts?open=true")
    states = set(page.locator(f"{ROWS} .condition").all_inner_texts())
    assert states <= {"firing", "recovering", "pending"}


def test_a_filter_is_kept_in_the_address_and_holds_for_what_comes(console, installation):
    """A reload shows the same, and a change that does not fit is not shown."""
    page = console()
    page.fill("#filter-origin", "hk")
    page.press("#filter-origin", "Enter")
    page.wait_for_url(re.compile("origin=hk"))
    expect(page.locator(f"{ROWS} .lane").first).to_have_text("HK → GB")
    assert set(page.locator(f"{ROWS} .lane").all_inner_texts()) == {"HK → GB"}
    page.reload()
    page.locator(ROWS).first.wait_for()
    assert page.input_value("#filter-origin") == "hk"
    assert set(page.locator(f"{ROWS} .lane").all_inner_texts()) == {"HK → GB"}
    live(page)
    installation.tell([*alerts(1, start=100, origin="NO"), *alerts(1, start=101, origin="HK")])
    row(page, f"{101:020d}").wait_for()
    assert row(page, f"{100:020d}").count() == 0
    page.click("text=Clear >> visible=true")
    row(page, f"{100:020d}").wait_for()


def test_a_filter_that_makes_no_sense_is_explained(console):
    """In the server's words, and rows of the filter before are gone."""
    page = console()
    page.fill("#filter-origin", "China")
    page.press("#filter-origin", "Enter")
    expect(page.locator(".empty p")).to_contain_text("is no country: write ISO 3166 alpha-2")
    expect(page.locator("#connection")).to_have_text("Filter not understood")
    page.fill("#filter-origin", "CN")
    page.press("#filter-origin", "Enter")
    page.locator(ROWS).first.wait_for()
    live(page)


def test_nothing_found_says_what_to_do(console):
    """And the way out is there."""
    page = console("#/alerts?mineral=unobtainium", ready=".empty button")
    expect(page.locator(".empty h3")).to_have_text("No alert is like that")
    page.click(".empty button")
    page.locator(ROWS).first.wait_for()


def test_an_alert_tells_its_arithmetic_and_draws_price_against_normal_value(console, installation):
    """Every line as the API has it, checked; the charting library comes when a chart is first shown, and no earlier."""
    margin = of_rule(installation, "dumping_margin")
    page = console()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    live(page)
    assert not [url for url in asked if "plotly" in url]
    pane = open_alert(page, margin["id"])
    drawn(page)
    assert [url for url in asked if "plotly" in url]
    explained = installation.ask(f"/v1/alerts/{margin['id']}/explanation")
    assert pane.locator(".steps li").count() == len(explained["steps"])
    assert pane.locator(".steps .check.bad").count() == 0
    expect(pane.locator(".paragraph")).to_have_text(explained["paragraph"])
    legend = " ".join(page.locator(".chart .legendtext").all_text_contents())
    assert "Normal value" in legend
    assert "Price of the month" in legend
    with page.expect_download() as saved:
        pane.get_by_role("button", name="JSON").click()
    assert margin["id"] in saved.value.path().read_text()


def test_the_floors_board_shows_who_is_below_and_answers_what_would_be_charged(console):
    """With the headroom that was told, and the arithmetic of a quote."""
    page = console("#/floors", ready="table.floors tbody tr")
    silicon = page.locator("table.floors tr", has_text="forge-silicon-metal")
    expect(silicon.locator(".below")).to_contain_text("open alerts")
    expect(page.locator("table.floors tr", has_text="forge-nickel-metal").locator(".headroom")).to_contain_text("%")
    silicon.get_by_role("button", name="Quote").click()
    for name, value in {"origin": "CN", "destination": "GB", "price": "1.52"}.items():
        page.fill(f".wide form [name={name}]", value)
    page.press(".wide form [name=price]", "Enter")
    expect(page.locator(".wide .paragraph")).to_contain_text("would be charged")
    assert page.locator(".wide .steps li").count() > 3


def test_a_large_list_is_paged_and_the_page_stays_small(console, installation):
    """However many alerts come, and however many there are."""
    page = console()
    live(page)
    installation.tell(alerts(400, start=1000, origin="FI"))
    expect(page.locator("#counter")).to_contain_text("400 changes")
    assert page.locator(ROWS).count() <= 150
    assert page.evaluate("document.querySelectorAll('*').length") < 5000
    page.reload()
    page.locator(ROWS).first.wait_for()
    first = shown_ids(page)
    page.get_by_role("button", name="Older").click()
    expect(page.locator(".pages")).to_contain_text("Page 2")
    second = shown_ids(page)
    assert (len(first), len(second), set(first) & set(second)) == (50, 50, set())
    installation.tell(alerts(1, start=1400, origin="FI"))
    expect(page.locator("#counter")).to_contain_text("1 change waiting")
    page.get_by_role("button", name="Newer").click()
    row(page, f"{1400:020d}").wait_for()


# -- doing -------------------------------------------------------------------------------------------------------------


def test_what_is_done_is_read_back(console, installation):
    """Acknowledged by a key, assigned and closed by buttons; the API says the same, and a reload shows it."""
    (change,) = alerts(1, start=200, origin="LV")
    installation.tell([change])
    page = console(address_of(change.alert_id, "?origin=LV"), ready=".detail[data-id]")
    pane = page.locator(".detail")

    def workflow() -> Any:
        return installation.ask(f"/v1/alerts/{change.alert_id}")["workflow"]

    page.keyboard.press("a")
    page.fill("dialog textarea", "I look into it")
    page.keyboard.press("Control+Enter")
    expect(pane.locator(".marks .workflow")).to_contain_text("acknowledged")
    assert (workflow()["acknowledged_by"], workflow()["comments"][0]["text"]) == ("maria", "I look into it")
    pane.get_by_role("button", name="Assign").click()
    page.fill("dialog input[name=assignee]", "li")
    page.click("dialog button[type=submit]")
    expect(pane.locator(".marks .workflow")).to_contain_text("assigned to li")
    page.reload()
    expect(pane.locator(".marks .workflow")).to_contain_text("assigned to li")
    pane.get_by_role("button", name="Close", exact=True).click()
    page.click("dialog button[type=submit]")
    assert page.locator("dialog").is_visible(), "a closing without a disposition and a comment was sent"
    page.select_option("dialog select", "justified_discount")
    page.fill("dialog textarea", "The grade explains it.")
    page.click("dialog button[type=submit]")
    expect(pane.locator(".marks .workflow")).to_contain_text("closed: justified discount")
    expect(row(page, change.alert_id).locator(".workflow")).to_contain_text("closed")
    assert (workflow()["state"], workflow()["disposition"]) == ("closed", "justified_discount")
    pane.get_by_role("button", name="Open again").click()
    page.fill("dialog textarea", "It does not.")
    page.click("dialog button[type=submit]")
    expect(pane.locator(".marks .workflow")).not_to_contain_text("closed")


def test_what_others_do_is_seen_at_once(console, installation):
    """In the list and in the alert, without a reload."""
    (change,) = alerts(1, start=205, origin="EE")
    installation.tell([change])
    page = console(address_of(change.alert_id, "?origin=EE"), ready=".detail[data-id]")
    live(page)
    installation.act(f"/v1/alerts/{change.alert_id}/assign", {"assignee": "li"})
    expect(page.locator(".detail .marks .workflow")).to_have_text("assigned to li")
    expect(row(page, change.alert_id).locator(".workflow")).to_have_text("assigned to li")


def test_what_people_and_records_say_is_text(console, installation):
    """Markup in a comment and in a summary is shown as it was written, and nothing of it runs."""
    (change,) = alerts(1, start=210, origin="LT", summary=f"silicon {MARKUP}")
    installation.tell([change])
    page = console(address_of(change.alert_id, "?origin=LT"), ready=".detail[data-id]")
    page.keyboard.press("m")
    page.fill("dialog textarea", MARKUP)
    page.click("dialog button[type=submit]")
    expect(page.locator(".detail .comments .said")).to_have_text(MARKUP)
    expect(row(page, change.alert_id).locator(".summary")).to_contain_text(MARKUP)
    assert page.locator(".detail img, .detail .said b, .list img").count() == 0
    assert page.title() != "1"


def test_a_silence_has_an_end_and_can_be_ended(console, installation):
    """An end is asked for; the alert shows that it is muted, the list of silences what is."""
    (change,) = alerts(1, start=220)
    installation.tell([change])
    page = console(address_of(change.alert_id), ready=".detail[data-id]")
    page.keyboard.press("s")
    page.fill("dialog textarea[name=reason]", "Maintenance at the registry")
    page.select_option("dialog select[name=hours]", "")
    page.click("dialog button[type=submit]")
    assert page.locator("dialog").is_visible(), "a silence without an end was sent"
    page.select_option("dialog select[name=hours]", "24")
    page.click("dialog button[type=submit]")
    expect(page.locator(".detail .marks .workflow")).to_contain_text("muted")
    page.click("nav >> text=Silences")
    line = page.locator("table.floors tbody tr", has_text=change.alert_id)
    expect(line).to_contain_text("Maintenance at the registry")
    line.get_by_role("button", name="End now").click()
    page.click("dialog button[type=submit]")
    expect(page.locator(".empty h3")).to_have_text("Nothing is silenced")
    assert installation.ask("/v1/silences") == {"silences": []}


def test_a_reader_is_told_what_it_takes(console, installation):
    """The buttons are not there, and a key does nothing but say why."""
    (change,) = alerts(1, start=230)
    installation.tell([change])
    page = console(address_of(change.alert_id), token=installation.reader, ready=".detail[data-id]")
    expect(page.locator(".detail")).to_contain_text("You may read.")
    assert page.locator("#do-acknowledge").count() == 0
    page.keyboard.press("a")
    expect(page.locator(".notice.bad")).to_contain_text("scope ack")


def test_a_token_that_is_none_is_asked_for_again(console, installation):
    """With the server's reason; it is kept for the tab alone and never in the address."""
    page = console("", token="fw_0_wrong", ready="dialog")
    expect(page.locator("dialog .about")).to_contain_text("The token is none that this server knows")
    page.evaluate("sessionStorage.seen = 1")
    page.fill("dialog input", "fw_1_wrong")
    page.click("dialog button[type=submit]")
    expect(page.locator("dialog .problem")).to_contain_text("check that it is complete")
    page.fill("dialog input", installation.token)
    page.click("dialog button[type=submit]")
    page.locator(ROWS).first.wait_for()
    assert "fw_" not in page.url
    kept = page.evaluate("[JSON.stringify(localStorage), document.cookie]")
    assert "fw_" not in "".join(kept)


# -- what comes --------------------------------------------------------------------------------------------------------


def test_a_pause_holds_the_list_and_counts_what_comes(console, installation):
    """Nothing moves under the reader; going on shows all of it."""
    page = console()
    live(page)
    page.keyboard.press("p")
    before = shown_ids(page)
    installation.tell(alerts(3, start=300))
    expect(page.locator("#counter")).to_have_text("Paused · 3 changes waiting")
    assert shown_ids(page) == before
    page.keyboard.press("p")
    row(page, f"{302:020d}").wait_for()
    assert shown_ids(page)[:3] == [f"{number:020d}" for number in (302, 301, 300)]
    expect(page.locator("#counter")).to_contain_text("3 changes since")


def test_a_new_alert_is_said_to_whoever_listens(console, installation):
    """Politely, and several at once as one sentence."""
    page = console()
    live(page)
    installation.tell(alerts(2, start=310, severity=Severity.CRITICAL))
    expect(page.locator("#announcer")).to_have_text(re.compile("2 new alerts, the most serious: critical floor breach"))


LISTEN = """
() => {
  window.heard = { events: [], socket: [] };
  const events = new EventSource("/v1/alerts/stream");
  events.addEventListener("hello", () => { window.ready = (window.ready ?? 0) + 1; }, { once: true });
  events.addEventListener("change", (event) => window.heard.events.push(JSON.parse(event.data).id));
  let cursor = null;
  const connect = () => {
    const socket = new WebSocket(`ws://${location.host}/v1/ws`);
    socket.onopen = () => socket.send(JSON.stringify({ type: "subscribe", after: cursor }));
    socket.onmessage = ({ data }) => {
      const said = JSON.parse(data);
      if (said.type === "hello" && cursor === null) window.ready = (window.ready ?? 0) + 1;
      if (said.cursor) cursor = said.cursor;
      if (said.type === "change") window.heard.socket.push(said.event.id);
    };
    socket.onclose = () => setTimeout(connect, 100);
  };
  connect();
}
"""


def test_nothing_is_lost_and_nothing_twice_when_the_api_is_killed(console, installation):
    """The console, an EventSource and a WebSocket go on where they were: changes from before, meanwhile and after."""
    with installation.without_tokens():
        page = console(token="", ready=ROWS)
        bare = console("icon.svg", token="", ready="svg")
        bare.goto(f"{installation.url}/console/")
        live(page)
        bare.evaluate(LISTEN)
        until(bare, "window.ready === 2")
        told = alerts(60, start=500)
        installation.tell(told[:20])
        row(page, told[19].alert_id).wait_for()
        installation.kill()
        expect(page.locator("#connection")).to_contain_text("Away")
        installation.tell(told[20:40])
        installation.start()
        live(page)
        installation.tell(told[40:])
        expect(page.locator("#counter")).to_have_attribute("data-changes", "60")
        expected = [each.alert_id for each in told]
        assert shown_ids(page)[:60] == expected[::-1]
        until(bare, "window.heard.events.length >= 60 && window.heard.socket.length >= 60")
        heard = bare.evaluate("window.heard")
    assert heard == {"events": [each.id for each in told], "socket": [each.id for each in told]}


# -- for everybody -----------------------------------------------------------------------------------------------------


def test_everything_can_be_reached_by_keys(console, installation):
    """And what the keys are is one key away; they can be turned off."""
    page = console()
    live(page)
    ids = shown_ids(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.closest('tr').dataset.id")
    assert focused == ids[1]
    page.keyboard.press("Enter")
    page.locator(f'.detail[data-id="{ids[1]}"]').wait_for()
    expect(row(page, ids[1])).to_have_attribute("aria-current", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".detail")).to_be_hidden()
    assert page.evaluate("document.activeElement.closest('tr').dataset.id") == ids[1]
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "mineral"
    page.keyboard.press("j")
    assert page.input_value("#filter-mineral") == "j"
    page.fill("#filter-mineral", "")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("dialog.help kbd").first).to_be_visible()
    page.uncheck("dialog.help input")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    expect(page.locator("#pause")).to_have_attribute("aria-pressed", "false")


VIEWS = {
    "alerts": (ALL_OF_IT, ROWS),
    "floors": ("#/floors", "table.floors tbody tr"),
    "silences": ("#/silences", ".empty, table.floors"),
    "nothing": ("#/alerts?mineral=unobtainium", ".empty button"),
}


def findings(page: Page) -> list[str]:
    """Return what axe finds wrong, best practices included."""
    return [
        f"{each['id']}: {[node['target'] for node in each['nodes']][:3]}"
        for each in Axe().run(page).response["violations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_view(console, installation, scheme):
    """Contrast, names, roles, order of headings: in both schemes, dialogs and an alert with its chart included."""
    margin = of_rule(installation, "dumping_margin")
    page = console(address_of(margin["id"]), ready=".chart[data-drawn]", color_scheme=scheme)
    found = {"alert": findings(page)}
    for key, dialog in {"c": "dialog select", "s": "dialog fieldset", "?": "dialog.help"}.items():
        page.keyboard.press(key)
        page.locator(dialog).wait_for()
        found[dialog] = findings(page)
        page.keyboard.press("Escape")
        page.locator("dialog").wait_for(state="detached")
    for name, (address, ready) in VIEWS.items():
        page.evaluate("address => { location.hash = address }", address)
        page.locator(ready).first.wait_for()
        found[name] = findings(page)
    assert {name: each for name, each in found.items() if each} == {}


def test_the_choice_of_colours_is_kept(console):
    """As the system, light, dark; it holds after a reload."""
    page = console(color_scheme="light")

    def background() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    light = background()
    page.click("#theme")
    page.click("#theme")
    assert background() != light
    page.reload()
    page.locator(ROWS).first.wait_for()
    assert background() != light


def test_a_phone_shows_all_of_it_without_scrolling_sideways(console, installation):
    """390 pixels wide: the list, an alert with its chart, the floors, a dialog; nothing axe would find."""
    margin = of_rule(installation, "dumping_margin")
    page = console(**PHONE)

    def fits() -> bool:
        return bool(page.evaluate("document.documentElement.scrollWidth <= 390"))

    assert fits()
    assert findings(page) == []
    page.click("summary >> text=Filters")
    assert fits()
    open_alert(page, margin["id"])
    drawn(page)
    assert fits()
    assert findings(page) == []
    page.click("#do-silence")
    page.locator("dialog").wait_for()
    assert fits()
    page.keyboard.press("Escape")
    page.click("nav >> text=Floors")
    page.locator("table.floors").wait_for()
    assert fits()
    assert findings(page) == []
