"""
What of a file can be declared for which formats: a declaration that none of the files has a use for is a mistake.

Taken in silence it would pass for heeded.  Several files share their declarations, so a use for one of them is enough.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from streams.feeds.items import FeedError
from streams.feeds.options import FeedOptions

_CUSTOMS: Final = frozenset(
    {
        *("baci", "comex-stat", "comext-bulk", "comext-sdmx", "comtrade", "country-pairs", "customs-flows", "hmrc-ots"),
        *("us-census", "us-dataweb"),
    }
)
USES: Final[Mapping[str, frozenset[str]]] = {
    "hs": _CUSTOMS,
    "only": _CUSTOMS,
    "flow": frozenset({"comex-stat", "country-pairs"}),
    "hs-edition": frozenset({"baci", "country-pairs"}),
    "revision": _CUSTOMS | {"usgs-ds140", "usgs-mcs"},
    "decimal": frozenset({"csv"}),
}
"""The formats that have a use for a declaration, by its name on the command line."""

_INSTEAD: Final = {
    "flow": "it says itself which side its rows are of, or has no sides; only=import|export reads one of two",
    "hs": "rows are chosen by commodity code in customs statistics; replay has --products",
    "member": "it is no archive",
}


def unused(options: FeedOptions, name: str, *, archived: bool) -> Iterator[str]:
    """Yield the declarations that a file of the format *name* has no use for, as they are written."""
    declared: dict[str, object] = {
        "flow": options.flow,
        "only": options.only,
        "hs": ",".join(options.hs_codes) or None,
        "hs-edition": options.hs_edition,
        "revision": options.revision if options.revision > 1 else None,
        "decimal": options.decimal,
    }
    for each, value in declared.items():
        if value is not None and name not in USES[each]:
            yield f"{each}={value}"
    if options.member is not None and not archived:
        yield f"member={options.member}"


def require_use(unused_by_file: Iterable[Iterable[str]]) -> None:
    """Raise :class:`FeedError` for a declaration that all files have no use for."""
    files = [set(each) for each in unused_by_file]
    for declared in sorted(set.intersection(*files) if files else ()):
        name = declared.partition("=")[0]
        instead = f": {_INSTEAD[name]}" if name in _INSTEAD else ""
        told = "none of the files has a use for it" if len(files) > 1 else "the file has no use for it"
        message = f"--declare {declared}: {told}{instead}; leave it out"
        raise FeedError(message)
