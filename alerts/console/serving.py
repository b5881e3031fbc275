"""
How the console is served: the files of this package, and plotly's script out of the installed package.

The files tell nobody anything, so they need no token; what they show is asked of the API with the caller's own.  The
token travels in a header that a script sets, never in a cookie or an address: a page of another origin cannot make a
browser send it, and no log or history keeps it.
"""

import asyncio
import gzip
import hashlib
from functools import lru_cache
from importlib import metadata
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

from litestar import Request, Response, get
from litestar.params import PathParameter
from litestar.response import Redirect

from alerts.problems import ProblemError, ProblemKind

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the page may load and do: its own files and its own API.  ``data:`` is for the chart's pictures."""
_SUFFIXES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_ASK_EACH_TIME: Final = "no-cache"
_FOR_A_YEAR: Final = "public, max-age=31536000, immutable"
_NOT_MODIFIED: Final = 304
_CHARTS: Final = "console.json"


class _Content(NamedTuple):
    """A file as it is sent."""

    media_type: str
    plain: bytes
    packed: bytes
    tag: str


def console_routes() -> list[Any]:
    """Return the routes of the console: handlers for :func:`alerts.api.build_api`."""
    return [home, page, file]


def plotly_script() -> Path | None:
    """Return where the installed plotly keeps its script, None where it is not installed; nothing is imported."""
    found = find_spec("plotly")
    places = (found.submodule_search_locations if found else None) or ()
    scripts = [Path(place) / "package_data" / "plotly.min.js" for place in places]
    return next((each for each in scripts if each.is_file()), None)


def plotly_name() -> str | None:
    """Return the name the script is served under: another version has another, so that it may be kept for long."""
    return f"plotly-{metadata.version('plotly')}.min.js" if plotly_script() else None


@get("/", include_in_schema=False)
async def home() -> Redirect:
    """Lead to the console."""
    return Redirect("/console/", status_code=307)


@get("/console", include_in_schema=False)
async def page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the page."""
    return _answer(request, _files()["index.html"], _ASK_EACH_TIME)


@get("/console/{name:str}", include_in_schema=False)
async def file(request: Request[Any, Any, Any], name: Annotated[str, PathParameter(max_length=80)]) -> Response[bytes]:
    """Return one of the page's files, or the charting library."""
    if name == _CHARTS:
        return _answer(request, _charts(), _ASK_EACH_TIME)
    if name == plotly_name():
        # Four megabytes are read and packed once, by the first who looks at a chart.
        return _answer(request, await asyncio.to_thread(_plotly), _FOR_A_YEAR)
    found = _files().get(name)
    if found is None:
        raise ProblemError(ProblemKind.NOT_FOUND, f"the console has no {name[:80]!r}: it begins at /console/")
    return _answer(request, found, _ASK_EACH_TIME)


def _answer(request: Request[Any, Any, Any], content: _Content, keep: str) -> Response[bytes]:
    headers = {
        "Cache-Control": keep,
        "Content-Security-Policy": PAGE_POLICY,
        "Content-Type": content.media_type,
        "ETag": content.tag,
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == content.tag:
        return Response(b"", status_code=_NOT_MODIFIED, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(content.packed, headers=headers | {"Content-Encoding": "gzip"})
    return Response(content.plain, headers=headers)


@lru_cache(maxsize=1)
def _files() -> dict[str, _Content]:
    """Return the files of the page by name: read once, and nothing else is ever looked for on the disk."""
    folder = files("alerts.console") / "static"
    return {each.name: _content(each.name, each.read_bytes()) for each in folder.iterdir() if each.is_file()}


@lru_cache(maxsize=1)
def _plotly() -> _Content:
    script = plotly_script()
    return _content("plotly.js", b"" if script is None else script.read_bytes())


def _charts() -> _Content:
    """Return what the page asks before it draws: under which name the charting library is, if it is there."""
    name = plotly_name()
    said = "null" if name is None else f'"{name}"'
    return _content("x.json", f'{{"plotly": {said}}}'.encode())._replace(media_type="application/json")


def _content(name: str, plain: bytes) -> _Content:
    tag = f'"{hashlib.sha256(plain).hexdigest()[:20]}"'
    media_type = _SUFFIXES.get(Path(name).suffix, "application/octet-stream")
    return _Content(media_type, plain, gzip.compress(plain, mtime=0), tag)
