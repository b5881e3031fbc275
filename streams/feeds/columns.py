"""Checks of a table's header before its rows are read."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from streams.feeds.items import FeedError


def require_columns(columns: Sequence[str], required: Iterable[str], path: Path, title: str) -> None:
    """Raise :class:`FeedError` unless the header of a *title* file has each *required* column, and none twice."""
    twice = [name for name, times in Counter(columns).items() if times > 1 and name]
    if twice:
        message = f"{path} ({title}): the header names {', '.join(twice)} more than once; keep one of each"
        raise FeedError(message)
    missing = [name for name in required if name not in columns]
    if missing:
        message = (
            f"{path} ({title}): missing column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; "
            f"found {', '.join(columns) or 'none'}"
        )
        raise FeedError(message)
