"""Labels: what was injected where and when, for whoever scores alerts against it."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final

import msgspec


class Label(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One injected pattern.  What a rule does not tell apart is empty and fits anything."""

    rule: str
    product: str
    """``mineral|stage``."""
    origin: str = ""
    destination: str = ""
    party: str = ""
    """An exporter, importer or instrument."""
    first_day: date
    last_day: date
    """The last day on which the pattern is in the feed."""
    side_effects: tuple[str, ...] = ()
    """Other rules that may rightly fire on this mineral because of the pattern."""
    note: str = ""
    """What was done, in words."""

    @property
    def mineral(self) -> str:
        """The part of the product that all stages share."""
        return self.product.partition("|")[0]


_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(Label)


def write_labels(path: Path, labels: Iterable[Label]) -> None:
    """Write *labels* as JSON lines."""
    path.write_bytes(b"".join(_encoder.encode(label) + b"\n" for label in labels))


def read_labels(path: Path) -> list[Label]:
    """Return the labels of a file of JSON lines; raises :class:`msgspec.ValidationError` for a line that is none."""
    return [_decoder.decode(line) for line in path.read_bytes().splitlines() if line.strip()]
