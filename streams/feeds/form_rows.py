"""The rows of a delimited table by the names of a form."""

from collections.abc import Callable, Iterator

from streams.feeds.delimited import delimited_items
from streams.feeds.form import Form
from streams.feeds.items import Item
from streams.feeds.source import Source

Row = dict[str, str]
"""What the columns of a form hold, stripped; a column that the file lacks is no key."""


def form_items(source: Source, form: Form, item_of: Callable[[Row, int], Item | list[Item]]) -> Iterator[Item]:
    """Yield what *item_of* makes of each row and line; one that it raises ``RowError`` for is rejected."""
    places = form.places(source.head.header.columns)

    def item(fields: list[str], line: int) -> Item | list[Item]:
        return item_of({key: fields[place].strip() for key, place in places}, line)

    return delimited_items(source, item)
