"""The formats a feed may have; which one a file is, its content decides."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final, Protocol

from streams.feeds.baci import Baci
from streams.feeds.baci_unit_values import BaciUnitValues
from streams.feeds.columns import MissingColumnsError
from streams.feeds.comex_stat import ComexStat
from streams.feeds.comext_bulk import ComextBulk
from streams.feeds.comext_sdmx import ComextSdmx
from streams.feeds.comtrade import Comtrade
from streams.feeds.country_pairs import CountryPairs
from streams.feeds.customs_flows import CustomsFlows
from streams.feeds.ecb import EcbRates
from streams.feeds.form import NOT_READ, Reading
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

_SHOWN_MAX: Final = 12
"""Of a header's columns."""


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
        raise FeedError("\n  ".join(_unknown(source, options)))
    return best


def _unknown(source: Source, options: FeedOptions) -> Iterator[str]:
    """Yield what is said of a file of no known format: what was found, what comes nearest, what there is."""
    yield f"{source.path} is none of the known formats"
    yield _beginning(source.head)
    nearest = _nearest(source, options)
    if nearest is not None:
        adapter, missing = nearest
        yield f"nearest is {adapter.name}, {adapter.title}: the file lacks {', '.join(missing)}"
    names = ", ".join(adapter.name for adapter in ADAPTERS)
    yield f"known are {names}: docs/feeds.md says what tells each; --declare format=NAME names one"


def _beginning(head: Head) -> str:
    """Return the header of what may be a table, below its comments; of anything else, its first bytes."""
    line, _, columns = head.header
    if not head.may_be_table or not all(name.isprintable() and name for name in columns):
        return f"it begins {head.data[:60]!r}"
    shown = ", ".join(name[:40] for name in columns[:_SHOWN_MAX])
    more = f" and {len(columns) - _SHOWN_MAX} more" if len(columns) > _SHOWN_MAX else ""
    return f"its header (line {line}) is {shown}{more}"


def _nearest(source: Source, options: FeedOptions) -> tuple[Adapter, tuple[str, ...]] | None:
    """Return the format of a table of whose columns the file has the largest part, and those it lacks."""
    found: list[tuple[Fraction, Adapter, tuple[str, ...]]] = []
    for adapter in ADAPTERS if source.head.may_be_table else ():
        try:
            adapter.read(source, options)
        except MissingColumnsError as error:
            read = sum(reading.read_as != NOT_READ for reading in adapter.readings(source))
            found.append((Fraction(read, read + len(error.missing)), adapter, error.missing))
        except FeedError:
            continue
    best = max(found, key=lambda each: each[0], default=None)
    return None if best is None or not best[0] else best[1:]


def _declared(name: str) -> Adapter:
    for adapter in ADAPTERS:
        if adapter.name == name:
            return adapter
    message = f"format must be one of {', '.join(adapter.name for adapter in ADAPTERS)}, was {name!r}"
    raise FeedError(message)
