"""Contents from chemical formulas."""

from fractions import Fraction

import pytest

from streams.reference.stoichiometry import (
    StoichiometryError,
    composition,
    contained,
    element_fraction,
    equivalent,
    molar_mass,
)


@pytest.mark.parametrize(
    ("formula", "atoms"),
    [
        pytest.param("Nd2O3", {"Nd": 2, "O": 3}, id="oxide"),
        pytest.param("Co(OH)2", {"Co": 1, "O": 2, "H": 2}, id="group"),
        pytest.param("LiOH.H2O", {"Li": 1, "O": 2, "H": 3}, id="one-water"),
        pytest.param("CoSO4.7H2O", {"Co": 1, "S": 1, "O": 11, "H": 14}, id="seven-waters"),
        pytest.param("CoSO4\u00b77H2O", {"Co": 1, "S": 1, "O": 11, "H": 14}, id="middle-dot"),
        pytest.param("(NH4)10(H2W12O42).4H2O", {"N": 10, "H": 50, "W": 12, "O": 46}, id="apt"),
        pytest.param("[Co(NH3)6]Cl3", {"Co": 1, "N": 6, "H": 18, "Cl": 3}, id="nested-brackets"),
    ],
)
def test_a_formula_is_read_as_its_atoms(formula, atoms):
    """Groups multiply, water of crystallisation is added."""
    assert composition(formula) == atoms


@pytest.mark.parametrize(
    "formula",
    ["", "Xx2O3", "nd2o3", "Nd2O3)", "(NdO", "(NdO]", "Nd0", "Nd-O", "Co.", "2", "Nd O", "N" * 101, "Nd99999"],
)
def test_what_is_no_formula_is_refused(formula):
    """A typing error never becomes another compound."""
    with pytest.raises(StoichiometryError):
        composition(formula)


@pytest.mark.parametrize(
    ("formula", "element", "printed"),
    [
        ("Nd2O3", "Nd", ".85736"),
        ("Pr6O11", "Pr", ".82770"),
        ("NdPr-oxide", "NdPr", ".84994"),
        ("Dy2O3", "Dy", ".87132"),
        ("Tb4O7", "Tb", ".85022"),
        ("La2O3", "La", ".85268"),
        ("CeO2", "Ce", ".81409"),
        ("Sm2O3", "Sm", ".86236"),
        ("Y2O3", "Y", ".78744"),
        ("WO3", "W", ".79297"),
        ("APT", "W", ".70425"),
        ("Li2CO3", "Li", ".18785"),
        ("LiOH.H2O", "Li", ".16539"),
        ("LiOH", "Li", ".28981"),
        ("Li2O", "Li", ".46454"),
        ("LiCl", "Li", ".16372"),
        ("V2O5", "V", ".56017"),
        ("CoSO4.7H2O", "Co", ".20966"),
        ("Co(OH)2", "Co", ".63405"),
        ("Co3O4", "Co", ".73423"),
        ("NiSO4.6H2O", "Ni", ".22330"),
        ("MnSO4.H2O", "Mn", ".32506"),
        ("MnO2", "Mn", ".63194"),
        ("Sb2O3", "Sb", ".83535"),
        ("Ga2O3", "Ga", ".74394"),
        ("GeO2", "Ge", ".69417"),
        ("MoO3", "Mo", ".66656"),
        ("TiO2", "Ti", ".59935"),
        ("Nb2O5", "Nb", ".69905"),
        ("Ta2O5", "Ta", ".81897"),
        ("Cr2O3", "Cr", ".68421"),
        ("ZrO2", "Zr", ".74032"),
        ("In2O3", "In", ".82712"),
        ("Bi2O3", "Bi", ".89699"),
    ],
)
def test_element_fractions_meet_the_published_digits(formula, element, printed):
    """Kilograms of element per kilogram of compound, to five places."""
    assert round(element_fraction(formula, element), 5) == Fraction(printed.replace(".", "0."))


@pytest.mark.parametrize(
    ("constituent", "to", "printed"),
    [
        pytest.param("Li", "LCE", "5.3233", id="lithium-to-lce"),
        pytest.param("Li2O", "LCE", "2.4729", id="lithia-to-lce"),
        pytest.param("LiOH.H2O", "LCE", "0.8804", id="hydroxide-monohydrate-to-lce"),
        pytest.param("LiOH", "LCE", "1.5427", id="hydroxide-to-lce"),
        pytest.param("APT", "WO3", "0.8881", id="apt-to-wo3"),
        pytest.param("NdPr", "NdPr-oxide", "1.1765", id="ndpr-oxide-in-a-kilogram-of-metal"),
    ],
)
def test_equivalents_meet_the_published_digits(constituent, to, printed):
    """Through the element they share, to four places."""
    assert round(equivalent(constituent, to), 4) == Fraction(printed)


def test_an_equivalent_there_and_back_is_one():
    """Exact fractions lose nothing."""
    assert equivalent("Li2O", "LCE") * equivalent("LCE", "Li2O") == 1
    assert equivalent("WO3", "WO3") == 1


def test_tungsten_trioxide_is_61280_parts_of_77279():
    """The fraction of the worked examples, exactly."""
    assert element_fraction("WO3", "W") == Fraction(61280, 77279)


def test_apt_at_850_usd_per_mtu():
    """85.00 per kg WO3, 107.19 per kg W, 75,225 per tonne of APT at 88.5 % WO3."""
    per_kg_wo3 = Fraction(850, 10)
    assert round(per_kg_wo3 / element_fraction("WO3", "W"), 2) == Fraction("107.19")
    assert per_kg_wo3 * Fraction("88.5") / 100 * 1000 == 75_225


def test_ndpr_oxide_at_110_usd_per_kg_is_129_42_per_kg_of_metal_in_it():
    """The 75:25 mixture counts both elements."""
    assert round(110 / element_fraction("NdPr-oxide", "NdPr"), 2) == Fraction("129.42")


def test_six_per_cent_spodumene_takes_6_74_tonnes_per_tonne_of_lce():
    """At full recovery."""
    assert round(1 / (Fraction(6, 100) * equivalent("Li2O", "LCE")), 2) == Fraction("6.74")


def test_contained_metal_of_a_graded_lot():
    """20 t at 65 % WO3 hold 796640000/77279 kg of tungsten."""
    held = contained(Fraction(20_000), grade_pct=Fraction(65), constituent="WO3", element="W")
    assert held == Fraction(796_640_000, 77_279)


def test_an_element_that_is_not_there_is_refused():
    """No silent zero."""
    with pytest.raises(StoichiometryError, match="there is no Nd in WO3"):
        element_fraction("WO3", "Nd")


@pytest.mark.parametrize(
    ("constituent", "to", "complaint"),
    [
        pytest.param("WO3", "Li2CO3", "no element in common", id="oxygen-alone-is-shared"),
        pytest.param("WC", "Nd2O3", "no element in common", id="nothing-is-shared"),
        pytest.param("NdPr-oxide", "Nd2O3", None, id="one-of-a-mixture"),
        pytest.param("NdFe14", "NdFeB", "several elements in common, name one of Fe, Nd", id="two-are-shared"),
        pytest.param("NdPr", "Nd2O3", "not known", id="the-share-of-one-element-in-an-alloy"),
    ],
)
def test_goods_have_an_equivalent_through_one_element_they_are_sold_for(constituent, to, complaint):
    """Tungsten is not worth its oxygen in lithium carbonate, and nobody guesses which of two elements is meant."""
    if complaint is None:
        assert equivalent(constituent, to) == Fraction(3, 4)
    else:
        with pytest.raises(StoichiometryError, match=complaint):
            equivalent(constituent, to)


def test_the_element_in_common_may_be_named():
    """Then it is that one and no other."""
    assert equivalent("NdFeB", "Nd", "Nd") == element_fraction("NdFeB", "Nd")


def test_molar_mass_of_lithium_carbonate():
    """In grams per mole, exactly the sum of its weights."""
    assert molar_mass("Li2CO3") == Fraction("73.888")
