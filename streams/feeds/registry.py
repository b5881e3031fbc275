"""The formats a feed may have; which one a file is, its content decides."""

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from streams.feeds.baci import Baci
from streams.feeds.baci_unit_values import BaciUnitValues
from streams.feeds.comex_stat import ComexStat
from streams.feeds.comext_bulk import ComextBulk
from streams.feeds.comext_sdmx import ComextSdmx
from streams.feeds.comtrade import Comtrade
from streams.feeds.country_pairs import CountryPairs
from streams.feeds.customs_flows import CustomsFlows
from streams.feeds.ecb import EcbRates
from streams.feeds.form import Reading
from streams.feeds.head import Confidence, Head
from streams.feeds.hmrc import HmrcOts
from streams.feeds.items import FeedError, Item
from streams.feeds.options import FeedOptions
from streams.feeds.own_csv import OwnCsv
from streams.feeds.own_jsonl import OwnJsonl
from streams.feeds.own_parquet import OwnParquet
from streams.feeds.pink_sheet import PinkSheet
from streams.feeds.pink_sheet_table import PinkSheetTable
from streams.feeds.source import Source
from streams.feeds.us_census import UsCensus
from streams.feeds.us_dataweb import UsDataweb
from streams.feeds.usgs_ds140 import UsgsDs140
from streams.feeds.usgs_mcs import UsgsMcs


class Adapter(Protocol):
    """Reads one format."""

    @property
    def name(self) -> str:
        """What a user calls the format."""

    @property
    def title(self) -> str:
        """What the format is, for messages."""

    def sniff(self, head: Head) -> Confidence:
        """Return how far a file that begins with *head* is of the format."""

    def readings(self, source: Source) -> Sequence[Reading]:
        """Return how each column of the file is read; of a JSON document, each name of its first row."""

    def read(self, source: Source, options: FeedOptions) -> Iterator[Item]:
        """
        Check what the head shows, raising :class:`FeedError` at once, and return an iterator over the items.

        The iterator opens the file when it is first asked, and holds a row or a block of it at a time.
        """


ADAPTERS: Final[tuple[Adapter, ...]] = (
    OwnParquet(),
    OwnJsonl(),
    UsgsDs140(),
    PinkSheet(),
    PinkSheetTable(),
    UsgsMcs(),
    EcbRates(),
    HmrcOts(),
    ComexStat(),
    Comtrade(),
    UsCensus(),
    UsDataweb(),
    ComextBulk(),
    ComextSdmx(),
    Baci(),
    BaciUnitValues(),
    CountryPairs(),
    CustomsFlows(),
    OwnCsv(),
)
"""The publishers' forms before our own: a header that has all they need is theirs."""


def adapter_of(source: Source, options: FeedOptions) -> Adapter:
    """
    Return the adapter that was declared, or the one surest of the file's start.

    Raises :class:`FeedError`, naming the known formats, where there is none.
    """
    if options.format is not None:
        return _declared(options.format)
    best = max(ADAPTERS, key=lambda adapter: adapter.sniff(source.head))
    if best.sniff(source.head) is Confidence.NO:
        known = "\n".join(f"  {adapter.name}: {adapter.title}" for adapter in ADAPTERS)
        message = f"{source.path} is none of the known formats; it begins {source.head.data[:60]!r}\n{known}"
        raise FeedError(message)
    return best


def _declared(name: str) -> Adapter:
    for adapter in ADAPTERS:
        if adapter.name == name:
            return adapter
    message = f"format must be one of {', '.join(adapter.name for adapter in ADAPTERS)}, was {name!r}"
    raise FeedError(message)
