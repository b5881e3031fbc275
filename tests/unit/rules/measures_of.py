"""A measure in a few words, for the unit tests of the rules that look around its days."""

from typing import Any

from streams.reference.measures import Measure, MeasureKind
from tests.unit.rules.market_of import PRODUCT, day_in


def duty(begins: int = 6, **fields: Any) -> Measure:
    """Return an anti-dumping duty of the United Kingdom on Chinese silicon metal, from the first of a month."""
    first = day_in(begins, 1)
    usual: dict[str, Any] = {
        "measure_id": "AD-1",
        "kind": MeasureKind.ANTI_DUMPING,
        "products": (PRODUCT,),
        "announced_at": first,
        "effective_from": first,
        "origins": ("CN",),
        "destinations": ("GB",),
    }
    return Measure(**usual | fields)
