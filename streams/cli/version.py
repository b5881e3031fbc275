"""``floorwatch version``."""

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from typing import Final

from streams.cli.console import out, print_json, table
from streams.cli.options import AsJson

_PARTS: Final = ("floorwatch", "faust-streaming", "aiokafka", "kafka-python", "redis", "msgspec")


def version(*, as_json: AsJson = False) -> None:
    """
    Show the versions of Floorwatch and of what it stands on.

    Example: [bold]floorwatch version --json[/]
    """
    found = {"python": platform.python_version(), **{name: _version(name) for name in _PARTS}}
    if as_json:
        print_json(found)
        return
    out.print(table(f"floorwatch {found['floorwatch']}", ["part", "version"], list(found.items())))


def installed_version() -> str:
    """Return the version of Floorwatch."""
    return _version("floorwatch")


def _version(name: str) -> str:
    try:
        return version_of(name)
    except PackageNotFoundError:
        return "not installed"
