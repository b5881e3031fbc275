"""The console's files: what is sent, under which policy, and that the page can do without anybody else."""

import re
from pathlib import Path

import pytest

from alerts.access import Scope
from alerts.console import console_routes, serving
from tests.unit.alerts.served import served

STATIC = Path(serving.__file__).with_name("static")
SCRIPTS = sorted(STATIC.glob("*.js"))


@pytest.fixture
async def api(tmp_path):
    """Return the API with the console, and tokens: a reader without one is nobody."""
    async with served(tmp_path, routes=console_routes()) as running:
        running.token(Scope.READ)
        yield running


@pytest.mark.parametrize("path", ["/console", "/console/", *(f"/console/{each.name}" for each in STATIC.iterdir())])
async def test_files_need_no_token_and_carry_the_policy(api, path):
    """They tell nobody anything; nothing but this server's own scripts runs in the page."""
    answer = await api.get(path)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    again = await api.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_root_leads_to_the_console(api):
    """Whoever types the address of the server."""
    answer = await api.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/console/")


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2fserving.py", "%2e%2e%2fserving.py", "plotly-0.0.0.min.js", "serving.py"]
)
async def test_nothing_else_is_served(api, name):
    """Names are looked up among those of the page, never on the disk."""
    assert (await api.get(f"/console/{name}")).status_code == 404


async def test_the_charting_library_is_kept_for_as_long_as_it_is_this_version(api):
    """It is large, and its name has its version."""
    name = (await api.get("/console/console.json")).json()["plotly"]
    assert re.fullmatch(r"plotly-[0-9.]+\.min\.js", name)
    answer = await api.get(f"/console/{name}")
    assert "immutable" in answer.headers["cache-control"]
    assert b"plotly.js" in answer.content[:200]


async def test_without_the_charting_library_there_is_none(api, monkeypatch):
    """The console then shows the figures as a table, and says what to install."""
    monkeypatch.setattr(serving, "find_spec", lambda _: None)
    assert (await api.get("/console/console.json")).json() == {"plotly": None}
    assert (await api.get("/console/plotly-7.1.0.min.js")).status_code == 404


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_script_makes_markup_of_text(script):
    """What people and records say is set as text: nothing here parses markup or code."""
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function|srcdoc|https?://"
    )
    assert re.findall(forbidden, script.read_text(encoding="utf-8")) == []


def test_the_page_loads_nothing_from_elsewhere():
    """No inline script or style, and every address is of this server."""
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<style|style=|\son[a-z]+=\"|https?:", page) == []
    assert all(each.startswith("/console/") for each in re.findall(r"(?:src|href)=\"([^#\"][^\"]*)\"", page))
    assert all(not each.strip() for each in re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL))
