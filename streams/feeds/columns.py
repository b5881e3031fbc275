"""Checks of a table's header before its rows are read."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from streams.feeds.items import FeedError


class MissingColumnsError(FeedError):
    """Raised for a table whose header lacks columns that its format needs."""

    def __init__(self, columns: Sequence[str], missing: Sequence[str], path: Path, title: str) -> None:
        lacking = f"missing column{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
        super().__init__(f"{path} ({title}): {lacking}; found {', '.join(columns) or 'none'}")
        self.missing = tuple(missing)


def require_columns(columns: Sequence[str], required: Iterable[str], path: Path, title: str) -> None:
    """Raise :class:`FeedError` unless the header of a *title* file has each *required* column, and none twice."""
    twice = [name for name, times in Counter(columns).items() if times > 1 and name]
    if twice:
        message = f"{path} ({title}): the header names {', '.join(twice)} more than once; keep one of each"
        raise FeedError(message)
    missing = [name for name in required if name not in columns]
    if missing:
        raise MissingColumnsError(columns, missing, path, title)
