"""How a file is to be read where its content cannot say so itself."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from streams.feeds.items import FeedError

ENCODINGS: Final = ("utf-8", "cp1252")
DECIMAL_MARKS: Final = (".", ",")
_EDITION: Final = re.compile(r"HS\d{4}", re.ASCII)


class Flow(StrEnum):
    """Which way the goods went, seen from the reporting country."""

    IMPORT = "import"
    EXPORT = "export"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOptions:
    """
    What the reader of a feed may declare; everything is found in the file where nothing is declared.

    Raises :class:`FeedError` for a declaration that is none.
    """

    format: str | None = None
    """The adapter's name, for a file that two adapters would take."""
    encoding: str = "utf-8"
    """``utf-8``, or ``cp1252`` for what older spreadsheets write; never guessed."""
    delimiter: str | None = None
    decimal: str | None = None
    """``.`` or ``,``: which mark the numbers of a delimited file have before their decimals."""
    member: str | None = None
    """Which file of an archive that holds several."""
    hs_codes: tuple[str, ...] = ()
    """Customs statistics: only rows whose commodity code begins with one of these; others are counted as skipped."""
    flow: Flow | None = None
    """Customs statistics: what the rows are, where the file does not say."""
    hs_edition: str | None = None
    """Customs statistics: edition of the commodity codes, such as ``HS2017``, where the file does not say."""
    revision: int = 1
    """Customs statistics: 2 and above for figures that the publisher has revised since."""

    def __post_init__(self) -> None:
        """Refuse a declaration that is none."""
        if self.encoding not in ENCODINGS:
            message = f"encoding must be one of {', '.join(ENCODINGS)}, was {self.encoding!r}"
            raise FeedError(message)
        if self.decimal is not None and self.decimal not in DECIMAL_MARKS:
            message = f"decimal must be '.' or ',', was {self.decimal!r}"
            raise FeedError(message)
        if self.delimiter is not None and len(self.delimiter) != 1:
            message = f"delimiter must be one character, was {self.delimiter!r}"
            raise FeedError(message)
        if self.flow is not None and self.flow not in tuple(Flow):
            message = f"flow must be one of {', '.join(Flow)}, was {self.flow!r}"
            raise FeedError(message)
        if self.hs_edition is not None and not _EDITION.fullmatch(self.hs_edition):
            message = f"hs_edition must be an edition such as HS2017, was {self.hs_edition!r}"
            raise FeedError(message)
        if self.revision < 1:
            message = f"revision must be at least 1, was {self.revision}"
            raise FeedError(message)

    def wants(self, hs_code: str) -> bool:
        """Return whether rows of a commodity code are asked for."""
        return not self.hs_codes or hs_code.startswith(self.hs_codes)
