"""
Price undercutting: imports that land below what the domestic industry sells at.

    undercutting %  = (domestic price - landed price) / domestic price * 100          EU
                    = (domestic price - landed price) / landed price * 100            India

The domestic price is ex-works, the landed price CIF plus customs duty plus the costs after importation, at the same
level of trade.  Types without a domestic price are left out, and how much of the imports is matched is told beside the
result.  Sources: WTO Anti-Dumping Agreement, art. 3.2; Regulation (EU) 2016/1036, art. 3(3); India, DGTR manual of
operating practices.
"""

from collections.abc import Iterable
from typing import Final

from streams.antidumping.price_gap import Denominator, ImportedType, PriceGap, price_gap

UNDERCUTTING_DENOMINATORS: Final = (Denominator.DOMESTIC_PRICE, Denominator.LANDED_VALUE)


def undercutting(types: Iterable[ImportedType], *, denominator: Denominator = Denominator.DOMESTIC_PRICE) -> PriceGap:
    """
    Return by how much imports undercut the domestic price, the measure of each type.

    A type whose domestic price or landed value is missing or not positive is unmatched, never 0 % undercut.  A product
    and origin of the stream is one type, with the sums of its window.  Raises :class:`ValueError` for another
    denominator than those of practice.
    """
    if denominator not in UNDERCUTTING_DENOMINATORS:
        raise ValueError(f"undercutting is in per cent of the domestic price or the landed value, not of {denominator}")
    return price_gap(types, denominator)
