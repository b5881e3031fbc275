"""How a file is to be read where its content cannot say so itself."""

import re
from dataclasses import dataclass
from typing import Final

from streams.feeds.items import FeedError
from streams.records import Flow

ENCODINGS: Final = ("utf-8", "cp1252")
DECIMAL_MARKS: Final = (".", ",")
_OTHER_CODES: Final = "commodity codes not asked for"
_OTHER_SIDES: Final = {Flow.IMPORT: "imports", Flow.EXPORT: "exports"}
"""What rows are counted as whose side of the trade is not asked for."""
_EDITION: Final = re.compile(r"HS\d{4}", re.ASCII)


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
    only: Flow | None = None
    """Customs statistics: the side to read where there are both; rows of the other are counted as skipped."""
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
        for code in self.hs_codes:
            if not (code.isascii() and code.isdigit()):
                message = f"hs must be the digits that commodity codes begin with, such as 2504, was {code!r}"
                raise FeedError(message)
        for name, flow in (("flow", self.flow), ("only", self.only)):
            if flow is not None and flow not in tuple(Flow):
                message = f"{name} must be one of {', '.join(Flow)}, was {flow!r}"
                raise FeedError(message)
        if self.hs_edition is not None and not _EDITION.fullmatch(self.hs_edition):
            message = f"hs-edition must be an edition such as HS2017, was {self.hs_edition!r}"
            raise FeedError(message)
        if self.revision < 1:
            message = f"revision must be at least 1, was {self.revision}"
            raise FeedError(message)

    def passed_over(self, hs_code: str, flow: Flow | None) -> str | None:
        """Return why rows of a commodity code and side (None: not known) are not asked for, None where they are."""
        if self.only is not None and flow is not None and flow != self.only:
            return _OTHER_SIDES[flow]
        return _OTHER_CODES if self.hs_codes and not hs_code.startswith(self.hs_codes) else None
