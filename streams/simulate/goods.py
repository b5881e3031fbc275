"""What is traded in the simulated years: products with a level of price, and what stands beside each in its mineral."""

from typing import Final, NamedTuple


class Goods(NamedTuple):
    """A product, its price in USD per kg CIF, and the product of its mineral that stands beside it, with its price."""

    product: str
    price: float
    hs_code: str
    beside: str = ""
    beside_price: float = 0.0
    beside_hs_code: str = ""
    grade: float = 0.0
    """The usual grade, per cent, where it is told apart in trade."""


GOODS: Final = (
    Goods("rare-earths-ndpr|oxide", 78.0, "284690", "rare-earths-ndpr|metal", 96.0, "280530"),
    Goods("rare-earths-cerium|oxide", 1.9, "284610", "rare-earths-cerium|metal", 4.6, "280530"),
    Goods("lithium|carbonate", 12.5, "283691", "lithium|hydroxide", 12.0, "282520"),
    Goods("antimony|metal", 14.0, "811010", "antimony|oxide", 12.0, "282580"),
    Goods("gallium|metal", 420.0, "811292", "gallium|oxide", 310.0, "282590"),
    Goods("germanium|metal", 1900.0, "811292", "germanium|oxide", 1250.0, "282560"),
    Goods("magnesium|metal", 2.9, "810411", "magnesium|alloy", 3.1, "810419"),
    Goods("silicon|metal", 3.1, "280469", "silicon|polysilicon", 11.0, "280461"),
    Goods("manganese|dioxide", 1.6, "282010", "manganese|sulphate", 0.8, "283329"),
    Goods("graphite|artificial", 3.2, "380110", "graphite|prepared", 5.1, "380190"),
    Goods("tungsten|powder", 52.0, "810110", "tungsten|metal", 58.0, "810194"),
    Goods("cobalt|metal", 33.0, "810520", "cobalt|sulphate", 7.5, "283329"),
    Goods("aluminium|metal", 2.5, "760110", "aluminium|oxide", 0.45, "281820"),
    Goods("chromium|metal", 9.8, "811221"),
    Goods("rare-earths-neodymium|oxide", 82.0, "284690"),
    Goods("rare-earths-praseodymium|oxide", 80.0, "284690"),
    Goods("rare-earths-lanthanum|oxide", 1.1, "284690"),
    Goods("rare-earths-samarium|oxide", 12.0, "284690"),
    Goods("rare-earths-gadolinium|oxide", 32.0, "284690"),
    Goods("rare-earths-terbium|oxide", 880.0, "284690"),
    Goods("rare-earths-dysprosium|oxide", 270.0, "284690"),
    Goods("rare-earths-yttrium|oxide", 9.0, "284690"),
    Goods("rare-earths-scandium|oxide", 1100.0, "284690"),
    Goods("nickel|metal", 17.5, "750210"),
    Goods("indium|metal", 250.0, "811292"),
    Goods("hafnium|metal", 3600.0, "811231"),
    Goods("rhenium|metal", 1650.0, "811241"),
    Goods("beryllium|metal", 900.0, "811212"),
    Goods("bismuth|metal", 12.0, "810610"),
    Goods("arsenic|metal", 3.2, "280480"),
    Goods("selenium|metal", 24.0, "280490"),
    Goods("tellurium|metal", 78.0, "280450"),
    Goods("phosphorus|metal", 4.2, "280470"),
    Goods("vanadium|metal", 33.0, "811292"),
    Goods("niobium|oxide", 41.0, "282590"),
    Goods("tantalum|metal", 360.0, "810320"),
    Goods("molybdenum|metal", 58.0, "810294"),
    Goods("ferro-manganese|alloy", 1.25, "720211"),
    Goods("silico-manganese|alloy", 1.3, "720230"),
    Goods("titanium|metal", 8.2, "810820"),
    Goods("zirconium|ore", 1.95, "261510", grade=66.0),
    Goods("ferro-silicon|alloy", 1.55, "720221"),
    Goods("ferro-silico-magnesium|alloy", 1.8, "72029930"),
    Goods("copper|metal", 9.4, "740311"),
    Goods("zinc|metal", 2.8, "790111"),
    Goods("lead|metal", 2.15, "780110"),
    Goods("tin|metal", 31.0, "800110"),
    Goods("silver|metal", 900.0, "710691"),
    Goods("strontium|carbonate", 1.4, "283692"),
    Goods("fluorspar|concentrate", 0.48, "252921", grade=97.0),
    Goods("potash|salt", 0.36, "310420", grade=60.0),
    Goods("baryte|ore", 0.16, "251110"),
    Goods("boron|ore", 0.52, "252800", grade=48.0),
)
"""One a mineral: patterns in one then touch no other."""
