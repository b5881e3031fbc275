"""
One import against one floor, each quoted in its own way.

The import is a trade record in a product of the case's making, the floor a floor of the book.  What the engine
priced them at, in USD for the whole consignment, is shown in the currency and unit the case compares in.

Inputs beyond those of the published form: the import's ``incoterm`` and ``moisture_pct``; the floor's ``incoterm``
and what else decides its levy (:data:`LEVY_FIELDS`); and ``quota`` with ``quantity`` and ``unit`` of a tariff
quota, what was ``used_before`` this import's day and, where others entered with it, how much by ``others``.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

from msgspec.structs import replace

from streams.conformance.border import Border, Crossing
from streams.conformance.case import CaseError, Inputs, Outputs
from streams.conformance.comparison import rounded
from streams.conformance.entries import ALWAYS, DESTINATION, ORIGIN, ZONE, chained_rates, floor
from streams.exact import decimal_text, fraction
from streams.records import Trade
from streams.reference.catalogue import Catalogue, Product, Quote
from streams.reference.content import DRY, GROSS
from streams.reference.floor import Floor
from streams.reference.fx import FxMissing
from streams.reference.quotas import Quota
from streams.reference.stoichiometry import equivalent
from streams.reference.units import convert_quantity, dry_mass, unit_named

DAY: Final = date(2025, 1, 15)
GOODS: Final = "case|goods"
LEVY_FIELDS: Final = (
    "instrument",
    "tolerance_pct",
    "levy_cap_abs",
    "levy_cap_pct",
    "graduated_table",
    "min_lot",
    "de_minimis_value",
)

_QUOTA: Final = "case"
_PRODUCT: Final = "product"
_PLACES: Final = 200


def run_floor_levy(inputs: Inputs) -> Outputs:
    """Return both prices as compared, what the import falls short by, and the levy."""
    crossing, border = judge(inputs)
    if crossing.levy is None or crossing.floor_usd is None or crossing.landed_usd is None:
        return _unjudged(crossing)
    usd = _usd_of(border, inputs["compare_in"]["currency"])
    quantity = _compared_quantity(inputs, crossing.quantity)
    price, floor_price = crossing.landed_usd / usd / quantity, crossing.floor_usd / usd / quantity
    return {
        "import_price": price,
        "floor_price": floor_price,
        "shortfall": max(floor_price - price, Fraction(0)),
        "breach": crossing.below,
        "levy_total": _levy(crossing.levy_usd / usd, inputs.get("levy_rounding")),
        "kind": str(crossing.levy.kind),
        "gap_pct": crossing.levy.gap_pct,
        "unpriced": None,
    }


def judge(inputs: Inputs) -> tuple[Crossing, Border]:
    """Return the import as the engine judges it, and the border it crossed."""
    own = _constituent(inputs)
    rates = chained_rates(inputs.get("fx", ()), inputs["compare_in"]["currency"], DAY)
    border = Border((_floor(inputs, own), *rates, *_quotas(inputs)), catalogue=goods(own), product=GOODS)
    trade = _trade(inputs, own)
    for each in (trade, *_drawing_too(inputs, trade)):
        border.declare(each)
    border.reconcile()
    return border.crossings()[0], border


def goods(constituent: str | None, *, counted_in: str | None = None) -> Catalogue:
    """Return a catalogue of one product, assayed for *constituent* and counted by the kilogram of *counted_in*."""
    quote = Quote(currency="USD", unit="kg", of=counted_in)
    return Catalogue(
        [Product(name=GOODS, stage_class="other", form="goods of a case", quote=quote, hs=(), constituent=constituent)]
    )


def _constituent(inputs: Inputs) -> str | None:
    """Return what the goods are assayed for: what the import is priced by, else the floor, else what is given."""
    named = [inputs["import"]["per"]["of"], inputs["floor"]["per"]["of"], *inputs.get("content_pct", {})]
    return next((name for name in named if name not in (_PRODUCT, DRY)), None)


def _trade(inputs: Inputs, own: str | None) -> Trade:
    declared = inputs["import"]
    of = declared["per"]["of"]
    return Trade(
        id="import",
        source="case",
        event_date=DAY,
        origin=ORIGIN,
        destination=DESTINATION,
        product=GOODS,
        quantity=declared.get("qty", "1"),
        unit=declared.get("qty_unit", inputs["compare_in"]["unit"]),
        price=declared["price"],
        price_unit=declared["per"]["unit"],
        price_of=None if of == _PRODUCT else of,
        currency=declared["currency"],
        incoterm=declared.get("incoterm", "CIF"),
        grade_pct=inputs.get("content_pct", {}).get(own),
        moisture_pct=declared.get("moisture_pct"),
        vat_pct=declared.get("vat_pct"),
    )


def _floor(inputs: Inputs, own: str | None) -> Floor:
    given = inputs["floor"]
    of, price, assays = given["per"]["of"], given["price"], inputs.get("content_pct", {})
    if of != own and of in assays:
        # A trade declares one assay: a floor by another is restated, exactly, for the dry goods that hold it.
        of, price = DRY, decimal_text(fraction(price) * fraction(assays[of]) / 100, _PLACES)
    mineral, _, stage = GOODS.partition("|")
    return floor(
        price,
        ALWAYS,
        mineral=mineral,
        stage=stage,
        currency=given["currency"],
        unit=given["per"]["unit"],
        content_basis=GROSS if of == _PRODUCT else of,
        incoterm=given.get("incoterm", "CIF"),
        quota_id=_QUOTA if "quota" in inputs else None,
        tax_inclusive="vat_pct" in given,
        vat_pct=given.get("vat_pct"),
        **{field: given[field] for field in LEVY_FIELDS if field in given},
    )


def _compared_quantity(inputs: Inputs, quantity: Fraction) -> Fraction:
    """Return the consignment in the unit, and of the matter, that prices are compared in."""
    declared, compared = inputs["import"], inputs["compare_in"]
    unit = unit_named(declared.get("qty_unit", compared["unit"]))
    if unit.dry is False and unit_named(compared["unit"]).dry:
        quantity = dry_mass(quantity, moisture=fraction(declared["moisture_pct"]) / 100)
    quantity = convert_quantity(quantity, unit=unit.name, to=compared["unit"])
    of = compared.get("of", _PRODUCT)
    return quantity if of == _PRODUCT else quantity * _share(of, inputs)


def _share(of: str, inputs: Inputs) -> Fraction:
    """Return the part of the goods that is *of*: by its own assay, else by that of what the goods are assayed for."""
    assays, own = inputs.get("content_pct", {}), _constituent(inputs)
    if of in assays or own is None:
        return fraction(assays[of]) / 100
    return fraction(assays[own]) / 100 * equivalent(own, of)


def _quotas(inputs: Inputs) -> list[Quota]:
    if "quota" not in inputs:
        return []
    year = date(DAY.year, 1, 1), date(DAY.year + 1, 1, 1)
    given = inputs["quota"]
    return [
        Quota(
            quota_id=_QUOTA,
            zone_id=ZONE.zone_id,
            products=(GOODS,),
            period_from=year[0],
            period_to=year[1],
            quantity=given["quantity"],
            unit=given["unit"],
        )
    ]


def _drawing_too(inputs: Inputs, trade: Trade) -> Iterator[Trade]:
    """Return what else drew on the quota, as goods like these: the day before, and on the day itself."""
    quota = inputs.get("quota", {})
    for name, day in (("used_before", DAY - timedelta(days=1)), ("others", DAY)):
        if fraction(quota.get(name, "0")):
            yield replace(trade, id=name, event_date=day, quantity=quota[name], unit=quota["unit"])


def _usd_of(border: Border, currency: str) -> Fraction:
    rate = border.book.fx.rate(currency, "USD", DAY)
    if isinstance(rate, FxMissing):
        raise CaseError(rate.reason)
    return rate.rate


def _levy(levy: Fraction, rounding: Mapping[str, Any] | int | None) -> Fraction:
    """Return the levy, rounded where the case says so: to ``dp`` decimals, half up unless ``rounding`` is otherwise."""
    if rounding is None:
        return levy
    places, way = (
        (rounding, "half_up") if isinstance(rounding, int) else (rounding["dp"], rounding.get("rounding", "half_up"))
    )
    return Fraction(rounded(levy * 10**places, way), 10**places)


def _unjudged(crossing: Crossing) -> Outputs:
    """Return what can be said of an import that no floor was compared with: why."""
    nothing = dict.fromkeys(("import_price", "floor_price", "shortfall", "breach", "levy_total", "kind", "gap_pct"))
    return nothing | {"unpriced": None if crossing.unpriced is None else str(crossing.unpriced)}
