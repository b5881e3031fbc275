"""The rows of a delimited table by the names of a form, and what adapters of one such table have in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import ClassVar

from streams.feeds.delimited import delimited_items
from streams.feeds.form import Form, Reading
from streams.feeds.head import Confidence, Head
from streams.feeds.items import Item
from streams.feeds.options import FeedOptions
from streams.feeds.source import Source

Row = dict[str, str]
"""What the columns of a form hold, stripped; a column that the file lacks is no key."""


def form_items(source: Source, form: Form, item_of: Callable[[Row, int], Item | list[Item]]) -> Iterator[Item]:
    """Yield what *item_of* makes of each row and line; one that it raises ``RowError`` for is rejected."""
    places = form.places(source.head.header.columns)

    def item(fields: list[str], line: int) -> Item | list[Item]:
        return item_of({key: fields[place].strip() for key, place in places}, line)

    return delimited_items(source, item)


class FormTable(ABC):
    """What adapters of one delimited table have in common: all is found by the columns of its form."""

    form: ClassVar[Form]

    def sniff(self, head: Head) -> Confidence:
        """Return how far the header has the columns."""
        return self.form.sniff(head.header.columns) if head.may_be_table else Confidence.NO

    def readings(self, source: Source) -> list[Reading]:
        """Return how each column is read."""
        return self.form.readings(source.head.header.columns)

    def read(self, source: Source, options: FeedOptions) -> Iterator[Item]:
        """Check the header and return an iterator over the items; raises :class:`FeedError` where a column lacks."""
        self.form.require(source.head.header.columns, source.path)
        return self.items(source, options)

    @abstractmethod
    def items(self, source: Source, options: FeedOptions) -> Iterator[Item]:
        """Yield the items of a file that has the columns."""
