"""The minerals master and what commodity codes say."""

import csv
import gzip

import pytest

from streams.reference.catalogue import Confidence, load_catalogue
from streams.reference.stoichiometry import element_fraction, equivalent
from streams.reference.units import mass_kg
from streams.reference.validity import hs_code_problems, product_problems

CATALOGUE = load_catalogue()
PRODUCTS = [pytest.param(product, id=product.name) for product in CATALOGUE]
STAGE_CLASSES = {
    "ore",
    "concentrate",
    "intermediate",
    "oxide",
    "salt",
    "metal",
    "alloy",
    "powder",
    "magnet",
    "anode",
    "scrap",
    "other",
}


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_product_is_whole(product):
    """Its name, codes, units, content and neighbours all mean something."""
    assert list(product_problems("name", product.name)) == []
    assert product.name == f"{product.mineral}|{product.stage}"
    assert product.stage_class in STAGE_CLASSES
    assert mass_kg(product.quote.unit) > 0
    assert [problem for line in product.hs for problem in hs_code_problems("hs", line.code)] == []
    assert [name for name in product.adjacent if CATALOGUE.product(name) is None] == []
    if product.constituent is not None:
        assert 0 < element_fraction(product.constituent, product.element) <= 1
    if product.quote.of is not None:
        assert equivalent(product.constituent, product.quote.of) > 0
    if product.typical_grade is not None:
        assert 0 < product.typical_grade <= 100


def test_a_code_of_several_products_is_marked_as_a_basket():
    """Otherwise the first of them would seem to be identified."""
    owners = {}
    for product in CATALOGUE:
        for line in product.hs:
            owners.setdefault((line.code, line.nomenclature), []).append(line.basket)
    assert [key for key, baskets in owners.items() if len(baskets) > 1 and None in baskets] == []


@pytest.mark.parametrize(
    ("code", "version", "product"),
    [
        pytest.param("280469", None, "silicon|metal", id="hs6"),
        pytest.param("28046900", "CN2025", "silicon|metal", id="silicon-cn8"),
        pytest.param("81019400", None, "tungsten|metal", id="tungsten-cn8"),
        pytest.param("2804.69.5000", "HTS2025", "silicon|metal", id="ten-digits-with-points"),
        pytest.param("81129289", "CN2025", "gallium|metal", id="a-national-line-of-a-basket"),
        pytest.param("81129289", "UK2025", "gallium|metal", id="the-united-kingdom-follows-the-cn"),
        pytest.param("81129289", None, "gallium|metal", id="nomenclature-not-said"),
        pytest.param("8112.92.10", "HTS2024", "gallium|metal", id="hts-line"),
        pytest.param("811231", "HS2022", "hafnium|metal", id="since-hs2022"),
        pytest.param("810600", "HS2017", "bismuth|metal", id="until-hs2022"),
        pytest.param("72022980", "CN2025", "ferro-silicon|alloy", id="ferro-silicon"),
    ],
)
def test_the_longest_known_prefix_identifies_a_product(code, version, product):
    """With the nomenclature and edition it is declared in."""
    match = CATALOGUE.match_hs(code, version)
    assert (match.product.name, match.confidence) == (product, Confidence.EXACT)


@pytest.mark.parametrize(
    ("code", "version", "among", "mineral"),
    [
        pytest.param("811292", "HS2022", "germanium|metal", None, id="gallium-germanium-indium-niobium-vanadium"),
        pytest.param("81129289", "HTS2024", "gallium|metal", None, id="a-line-of-another-nomenclature"),
        pytest.param("811292", "HS2017", "hafnium|metal", None, id="hafnium-before-hs2022"),
        pytest.param("284690", None, "rare-earths-ndpr|oxide", None, id="rare-earth-compounds"),
        pytest.param("253090", None, "lithium|spodumene", None, id="any-mineral"),
        pytest.param("282200", None, "cobalt|oxide", "cobalt", id="stages-of-one-mineral"),
        pytest.param("2804", None, "silicon|metal", None, id="heading"),
    ],
)
def test_a_basket_names_its_candidates_and_identifies_none(code, version, among, mineral):
    """The reason is in words, the mineral known where all candidates share it."""
    match = CATALOGUE.match_hs(code, version)
    assert match.product is None
    assert match.confidence is Confidence.BASKET
    assert among in [candidate.name for candidate in match.candidates]
    assert match.mineral == mineral
    assert match.reason


@pytest.mark.parametrize("code", ["999999", "811231x", "", "28", "28046", "\u0662\u0668\u0660\u0664"])
def test_what_is_no_code_or_unknown_matches_nothing(code):
    """No candidates, and a reason."""
    match = CATALOGUE.match_hs(code)
    assert (match.product, match.confidence, match.candidates) == (None, Confidence.NONE, ())
    assert match.reason


def test_hafnium_has_no_code_of_its_own_before_hs2022():
    """811231 came with that edition."""
    assert CATALOGUE.match_hs("811231", "HS2017").confidence is Confidence.NONE


def test_a_misspelt_product_has_near_names():
    """For the message to its sender."""
    assert "silicon|metal" in CATALOGUE.closest("Silicon|metl")
    assert CATALOGUE.product("Silicon|metl") is None


def test_apt_holds_88_5_per_cent_of_wo3():
    """The trade's usual grade, in the constituent it is quoted in."""
    apt = CATALOGUE.product("tungsten|apt")
    assert (apt.constituent, apt.typical_grade_pct, apt.quote.unit, apt.quote.of) == ("WO3", "88.5", "mtu", "WO3")


def test_the_united_kingdoms_customs_lines_find_their_material(shared_data):
    """Every line of 32 critical materials is matched, or is a basket that says so."""
    file = shared_data / "data/crm_trade_flows/uk_hmrc_monthly_202406_202606.csv.gz"
    rows = csv.DictReader(gzip.decompress(file.read_bytes()).decode().splitlines())
    lines = {(row["native_code"], row["material"]) for row in rows}
    unclear = {
        material for code, material in lines if CATALOGUE.match_hs(code, "CN2025").confidence is not Confidence.EXACT
    }
    assert unclear == {"cobalt", "magnets"}
