"""
United States Geological Survey, Mineral Commodity Summaries: yearly prices as price ticks, from its data release (CSV).

Columns ``MCS chapter, Section, Commodity, Country, Statistics, Statistics_detail, Unit, Year, Value, Notes`` and
whatever follows; a table of the prices alone is read as well.  Rows of production, trade and use are passed over, as
are prices of what the catalogue has no product for.

- A price is the average of a year, dated to its last day.  The latest year is the publisher's estimate and changes
  with the next release: read that as revision 2.
- ``Unit`` has currency, part and mass: cents per pound become dollars.  Prices per pound or kilogram of a constituent
  (ferrochromium per pound of chromium, concentrate per unit of tungsten trioxide) keep it.
- Thousands have commas.  ``W`` (withheld), ``NA``, dashes, ranges (``640-660``) and words are no price: passed over.
- Where one price stands in two units, one of them is read.

Licence: United States government, public domain.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from streams.feeds.decimals import plain_decimal, times_ten_to
from streams.feeds.form import Column, Form
from streams.feeds.form_rows import FormTable, Row, form_items
from streams.feeds.items import FeedRecord, Item, RowError, Skipped
from streams.feeds.options import FeedOptions
from streams.feeds.periods import year_of
from streams.feeds.price_ticks import priced
from streams.feeds.source import Source
from streams.records import PriceTick, Refusal

PUBLISHER: Final = "usgs"
LICENCE: Final = "public domain"
_NO_STATISTIC: Final = "statistics that are no price"
_NO_PRODUCT: Final = "prices of no product of the catalogue"
_NO_FIGURE: Final = "prices withheld, not available, or given as a range"


class _Unit(NamedTuple):
    """What a unit of the release is: the power of ten that makes dollars of it, and a unit of ours."""

    power: int
    unit: str


_UNITS: Final = {
    "cents per pound": _Unit(-2, "lb"),
    "dollars per pound": _Unit(0, "lb"),
    "dollars per kilogram": _Unit(0, "kg"),
    "dollars per metric ton": _Unit(0, "t"),
    "dollars per short ton": _Unit(0, "st"),
    "dollars per troy ounce": _Unit(0, "oz_troy"),
    "dollars per metric ton unit": _Unit(0, "mtu"),
    "dollars per dry metric ton unit": _Unit(0, "mtu"),
}


class _Series(NamedTuple):
    """A price that the catalogue has a product for."""

    fragment: str
    """Part of ``Statistics_detail`` that tells it from other prices of its commodity, in lower case."""
    instrument: str
    product: str
    of: str | None = None
    """The constituent that the price is for."""


_SERIES: Final = {
    "aluminum": (_Series("ingot", "aluminium-us-market", "aluminium|metal"),),
    "antimony": (_Series("metal", "antimony", "antimony|metal"),),
    "arsenic": (_Series("metal", "arsenic", "arsenic|metal"),),
    "barite": (_Series("ground", "barite", "baryte|ore"),),
    "bauxite": (_Series("unit value of imports", "bauxite", "aluminium|ore"),),
    "alumina": (_Series("unit value of imports", "alumina", "aluminium|oxide"),),
    "bismuth": (_Series("dollars per pound", "bismuth", "bismuth|metal"),),
    "chromium": (
        _Series("chromite ore", "chromite", "chromium|ore"),
        _Series("ferrochromium", "ferrochromium", "ferro-chromium|alloy", "Cr"),
        _Series("chromium metal", "chromium", "chromium|metal"),
    ),
    "cobalt": (
        _Series("u.s. spot", "cobalt-us-spot", "cobalt|metal"),
        _Series("lme", "cobalt-lme", "cobalt|metal"),
    ),
    "copper": (
        _Series("u.s. producer", "copper-us-producer", "copper|metal"),
        _Series("high-grade", "copper-comex", "copper|metal"),
        _Series("london metal exchange", "copper-lme", "copper|metal"),
    ),
    "feldspar": (_Series("feldspar only", "feldspar", "feldspar|ore"),),
    "fluorspar": (
        _Series("acid grade", "fluorspar-acid", "fluorspar|concentrate"),
        _Series("metallurgical grade", "fluorspar-metallurgical", "fluorspar|concentrate"),
    ),
    "gallium": (_Series("unit value of imports", "gallium", "gallium|metal"),),
    "germanium": (
        _Series("germanium metal", "germanium", "germanium|metal"),
        _Series("germanium dioxide", "germanium-dioxide", "germanium|oxide"),
    ),
    "graphite (natural)": (
        _Series("flake", "graphite-flake", "graphite|natural"),
        _Series("amorphous", "graphite-amorphous", "graphite|natural-other"),
    ),
    "indium": (
        _Series("u.s. warehouse", "indium-us", "indium|metal"),
        _Series("rotterdam", "indium-rotterdam", "indium|metal"),
    ),
    "lead": (_Series("north american", "lead-north-american", "lead|metal"),),
    "lithium": (_Series("lithium carbonate", "lithium-carbonate", "lithium|carbonate"),),
    "magnesium metal": (
        _Series("u.s. spot", "magnesium-us-spot", "magnesium|metal"),
        _Series("european free market", "magnesium-european", "magnesium|metal"),
    ),
    "manganese": (_Series("manganese content", "manganese-ore", "manganese|ore", "Mn"),),
    "molybdenum": (_Series("dollars per kilogram", "molybdic-oxide", "molybdenum|oxide", "Mo"),),
    "nickel": (_Series("dollars per metric ton", "nickel-lme", "nickel|metal"),),
    "niobium (columbium)": (_Series("ferroniobium", "ferroniobium", "ferro-niobium|alloy"),),
    "phosphate rock": (_Series("f.o.b. mine", "phosphate-rock", "phosphate|ore"),),
    "palladium": (_Series("palladium", "palladium", "palladium|metal"),),
    "platinum": (_Series("platinum", "platinum", "platinum|metal"),),
    "potash": (_Series("mop", "potash-mop", "potash|salt", "K2O"),),
    "lanthanum": (_Series("oxide", "lanthanum-oxide", "rare-earths-lanthanum|oxide"),),
    "cerium": (_Series("oxide", "cerium-oxide", "rare-earths-cerium|oxide"),),
    "praseodymium": (_Series("oxide", "praseodymium-oxide", "rare-earths-praseodymium|oxide"),),
    "neodymium": (_Series("oxide", "neodymium-oxide", "rare-earths-neodymium|oxide"),),
    "rare earths": (_Series("(ndpr) oxide", "ndpr-oxide", "rare-earths-ndpr|oxide"),),
    "samarium": (_Series("oxide", "samarium-oxide", "rare-earths-samarium|oxide"),),
    "gadolinium": (_Series("oxide", "gadolinium-oxide", "rare-earths-gadolinium|oxide"),),
    "terbium": (_Series("oxide", "terbium-oxide", "rare-earths-terbium|oxide"),),
    "dysprosium": (_Series("oxide", "dysprosium-oxide", "rare-earths-dysprosium|oxide"),),
    "yttrium": (
        _Series("y2o3", "yttrium-oxide", "rare-earths-yttrium|oxide"),
        _Series("yttrium metal", "yttrium", "rare-earths-yttrium|metal"),
    ),
    "scandium": (
        _Series("scandium oxide", "scandium-oxide", "rare-earths-scandium|oxide"),
        _Series("scandium metal", "scandium", "rare-earths-scandium|metal"),
    ),
    "rhenium": (_Series("metal", "rhenium", "rhenium|metal"),),
    "selenium": (
        _Series("united states", "selenium-us", "selenium|metal"),
        _Series("europe", "selenium-europe", "selenium|metal"),
    ),
    "silicon": (
        _Series("ferrosilicon, 75%", "ferrosilicon-75", "ferro-silicon|alloy", "Si"),
        _Series("silicon metal", "silicon", "silicon|metal", "Si"),
    ),
    "silver": (_Series("bullion", "silver", "silver|metal"),),
    "tantalum": (_Series("tantalite", "tantalite", "tantalum|ore", "Ta2O5"),),
    "tellurium": (
        _Series("united states", "tellurium-us", "tellurium|metal"),
        _Series("europe", "tellurium-europe", "tellurium|metal"),
    ),
    "tin": (
        _Series("new york dealer", "tin-new-york", "tin|metal"),
        _Series("london metal exchange", "tin-lme", "tin|metal"),
    ),
    "titanium sponge metal": (_Series("dollars per kilogram", "titanium-sponge", "titanium|metal"),),
    "tio2 pigment": (_Series("dollars per metric ton", "titanium-dioxide", "titanium|oxide"),),
    "tungsten": (_Series("concentrate", "tungsten-concentrate", "tungsten|concentrate", "WO3"),),
    "vanadium": (_Series("vanadium pentoxide", "vanadium-pentoxide", "vanadium|oxide", "V2O5"),),
    "zinc": (
        _Series("north american", "zinc-north-american", "zinc|metal"),
        _Series("london metal exchange", "zinc-lme", "zinc|metal"),
    ),
    "zirconium and hafnium": (
        _Series("premium grade", "zircon-premium", "zirconium|ore"),
        _Series("imported", "zircon-imported", "zirconium|ore"),
    ),
    "hafnium": (_Series("unwrought", "hafnium", "hafnium|metal"),),
}
"""By ``Commodity`` in lower case."""

_GROUPED: Final = re.compile(r"[0-9]{1,3}(,[0-9]{3})*(\.[0-9]+)?")
_NONE: Final = re.compile(
    r"|W|NA|N/A|E|—|–|-+|XX|.*variable.*|less than.*|[0-9][0-9,.]*\s*[-–—]\s*[0-9][0-9,.]*",  # noqa: RUF001
    re.IGNORECASE,
)

_FORM: Final = Form(
    "USGS Mineral Commodity Summaries",
    Column("commodity", ("commodity",), "product, with the detail, where the catalogue has it", required=True),
    Column("statistic", ("statistics",), "Price; other statistics are passed over", required=True),
    Column("detail", ("statistics_detail",), "which price of the commodity it is", required=True),
    Column("unit", ("unit",), "currency and unit of the price", required=True),
    Column("year", ("year",), "year, dated to its last day", required=True),
    Column("value", ("value",), "price", required=True),
)


class UsgsMcs(FormTable):
    """Reads yearly prices of the Mineral Commodity Summaries."""

    name = "usgs-mcs"
    title = "USGS Mineral Commodity Summaries (Commodity, Statistics, Statistics_detail, Unit, Year, Value)"
    form = _FORM

    def items(self, source: Source, options: FeedOptions) -> Iterator[Item]:
        """Yield what each row comes to."""
        return form_items(source, _FORM, lambda row, line: _item(row, line, options.revision))


def _item(row: Row, line: int, revision: int) -> Item:
    if row["statistic"].lower() != "price":
        return Skipped(_NO_STATISTIC)
    detail = row["detail"].lower()
    series = next((each for each in _SERIES.get(row["commodity"].lower(), ()) if each.fragment in detail), None)
    unit = _UNITS.get(row["unit"].lower())
    if series is None or unit is None:
        return Skipped(_NO_PRODUCT)
    if _NONE.fullmatch(row["value"]):
        return Skipped(_NO_FIGURE)
    return FeedRecord(_tick(row, series, unit, revision), line)


def _tick(row: Row, series: _Series, unit: _Unit, revision: int) -> PriceTick:
    if not _GROUPED.fullmatch(row["value"]) and "," in row["value"]:
        raise RowError(Refusal.NOT_A_DECIMAL, f"Value: expected a number, found {row['value'][:40]!r}")
    return priced(
        PriceTick(
            instrument=f"{PUBLISHER}:{series.instrument}",
            source=PUBLISHER,
            event_date=year_of(row["year"]).last_day,
            product=series.product,
            price=times_ten_to(unit.power, plain_decimal(row["value"].replace(",", ""), "Value")),
            currency="USD",
            unit=unit.unit,
            price_of=series.of,
            revision=revision,
            licence=LICENCE,
        )
    )
