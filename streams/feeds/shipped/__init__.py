"""The feed that ships with the project: published figures restated in its own form; README.md says whose."""

from importlib.resources import files
from pathlib import Path
from typing import Final

NAMES: Final = ("uk-silicon-tungsten.csv", "pink-sheet-ticks.csv")


def shipped_feed() -> list[Path]:
    """Return the files of the shipped feed: trades, then price ticks; each in the order of event dates and ids."""
    folder = Path(str(files("streams.feeds.shipped")))
    return [folder / name for name in NAMES]
