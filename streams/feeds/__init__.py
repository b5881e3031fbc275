"""Feeds: files of records in the project's own form or a publisher's, read row by row whatever their size."""

from streams.feeds.feed import Feed, open_feed
from streams.feeds.items import FeedError, FeedRecord, FxDay, Rejected
from streams.feeds.options import FeedOptions
from streams.feeds.own_csv import write_csv
from streams.feeds.own_jsonl import read_chunks
from streams.feeds.registry import ADAPTERS
from streams.feeds.shipped import shipped_feed
from streams.records import Flow

__all__ = [
    "ADAPTERS",
    "Feed",
    "FeedError",
    "FeedOptions",
    "FeedRecord",
    "Flow",
    "FxDay",
    "Rejected",
    "open_feed",
    "read_chunks",
    "shipped_feed",
    "write_csv",
]
