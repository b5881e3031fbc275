"""
The report in a real browser without a network: its charts are drawn, nothing is asked for, it can be printed.

``FLOORWATCH_TEST_PICTURES`` names a folder to keep the pictures in (``docs/report``).
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from msgspec import structs
from playwright.sync_api import Browser, Page, expect, sync_playwright

from streams.feeds import shipped_feed
from streams.records import encode_record
from streams.replay import DEFAULT_SCHEDULES
from streams.report.material import Material, read_material
from streams.report.page import write_report
from tests.history.customs_rows import china_graphite
from tests.unit.runs.run_of import run_of

AS_OF = date(2026, 11, 1)
NARROW_PX = 390
PAPER_PX = 690
"""What is wider than this does not fit between the margins of A4."""

Open = Callable[[Path], Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a headless Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium to open the report with: apt-get install chromium")
    with sync_playwright() as driver:
        # Chromium's own sandbox wants a user other than root; what runs here is this checkout's own page.
        started = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Return what opens a page offline; nothing but the file may be asked for, and nothing may be complained of."""
    asked: list[str] = []
    said: list[str] = []
    contexts = []

    def begin(path: Path) -> Page:
        contexts.append(browser.new_context(viewport={"width": 1120, "height": 1000}, offline=True))
        page = contexts[-1].new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path.as_uri())
        expect(page.locator("html")).to_have_attribute("data-drawn", "true")
        return page

    yield begin
    for context in contexts:
        context.close()
    assert {url.partition(":")[0] for url in asked} == {"file"}
    assert said == []


@pytest.fixture(scope="module")
def shipped(tmp_path_factory) -> Material:
    """Return the run of the shipped feed by the shipped floors."""
    folder = tmp_path_factory.mktemp("runs") / "shipped"
    return judged(folder, *shipped_feed())


@pytest.fixture(scope="module")
def page_file(shipped, tmp_path_factory) -> Path:
    """Return the report of the shipped feed."""
    path = tmp_path_factory.mktemp("pages") / "shipped.html"
    write_report(shipped, path)
    return path


def test_every_chart_is_drawn_without_a_network(opened, page_file):
    """Each place of a chart has lines or bars in it; nothing is loaded and the console stays empty."""
    page = opened(page_file)
    places = page.locator("[data-chart]")

    assert places.count() >= 5
    assert places.evaluate_all("all => all.filter(each => !each.querySelector('.trace path, .trace .point'))") == []


def test_axe_finds_nothing(opened, page_file):
    """Headings, tables, contrast, names: everybody can read it."""
    found = Axe().run(opened(page_file), options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]})

    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found.response["violations"]] == []


def test_on_paper_no_chart_is_cut(opened, page_file):
    """Charts are drawn anew to the width of the page before it is printed, and to that of the screen after."""
    page = opened(page_file)
    widths = "all => all.map(each => each.querySelector('.main-svg').getBoundingClientRect().width)"
    charts = page.locator("[data-chart]")
    on_screen = charts.evaluate_all(widths)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    on_paper = charts.evaluate_all(widths)
    opened_for_print = page.locator("details.print[open]").count()
    page.evaluate("dispatchEvent(new Event('afterprint'))")

    assert max(on_paper) <= PAPER_PX < min(on_screen)
    assert opened_for_print == page.locator("details.print").count() > 0
    assert page.locator("details[open]").count() == 0
    assert charts.evaluate_all(widths) == on_screen
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_on_a_narrow_screen_the_page_is_as_wide_as_the_screen(opened, page_file):
    """Charts and tables that are wider are moved by themselves; the text around them is not."""
    page = opened(page_file)
    page.set_viewport_size({"width": NARROW_PX, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") == NARROW_PX
    assert page.locator("[data-chart]").first.bounding_box()["width"] > NARROW_PX


def test_each_episode_leads_to_its_chart(opened, page_file):
    """A click on the link of the first row brings its market's chart into view."""
    page = opened(page_file)
    link = page.locator("#episodes ~ .scroll a[href^='#market-']").first
    target = page.locator(link.get_attribute("href"))
    link.click()

    expect(target.locator("[data-chart]").first).to_be_in_viewport()


@pytest.mark.parametrize("name", ["shipped", "graphite"])
def test_the_reports_can_be_pictured(opened, request, tmp_path, name):
    """For readers who have not run it: the beginning, a market in time, a case; of two real feeds."""
    folder = Path(os.environ.get("FLOORWATCH_TEST_PICTURES") or tmp_path)
    run = request.getfixturevalue("shipped") if name == "shipped" else graphite(request, tmp_path)
    path = tmp_path / f"{name}.html"
    write_report(run, path)
    page = opened(path)
    parts = {"": ["header.top", "[aria-labelledby=glance]"], "-market": [_market(name)], "-case": ["#case-1"]}
    for part, selectors in parts.items():
        picture = folder / f"{name}{part}.png"
        page.screenshot(path=picture, full_page=True, clip=_around(page, selectors))
        assert picture.stat().st_size > 20_000


def graphite(request: pytest.FixtureRequest, tmp_path: Path) -> Material:
    """Return the run of China's exports of graphite, 2018 to 2024."""
    records = sorted(
        china_graphite(request.getfixturevalue("shared_data")), key=lambda each: (each.event_date, each.id)
    )
    feed = tmp_path / "china-graphite-exports.jsonl"
    feed.write_bytes(b"".join(encode_record(each) + b"\n" for each in records))
    return judged(tmp_path / "graphite", feed)


def judged(folder: Path, *files: Path) -> Material:
    """Return the run of *files* by the shipped floors, made on the day that it is replayed as of."""
    run_of(folder, list(files), DEFAULT_SCHEDULES, as_of=AS_OF)
    run = read_material(folder)
    return replace(run, manifest=structs.replace(run.manifest, made_at=f"{AS_OF}T09:00:00Z"))


def _market(name: str) -> str:
    return "#market-1" if name == "shipped" else "#market-2"


def _around(page: Page, selectors: list[str]) -> dict[str, float]:
    """Return the part of the page that holds these elements, with the margins of the sheet."""
    boxes = [page.locator(selector).first.bounding_box() for selector in selectors]
    sheet = page.locator("main").bounding_box()
    assert sheet is not None
    tops = [box["y"] for box in boxes if box is not None]
    ends = [box["y"] + box["height"] for box in boxes if box is not None]
    top = max(0, min(tops) - 16)
    return {"x": sheet["x"], "y": top, "width": sheet["width"], "height": max(ends) - top + 16}
