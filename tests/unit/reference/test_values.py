"""Reference values: what they are worth, which one holds, and what they come to in dollars."""

from datetime import date
from fractions import Fraction

import pytest
from msgspec.structs import replace

from streams.exact import decimal_text
from streams.reference.catalogue import load_catalogue
from streams.reference.fx import FxDaily, FxRates
from streams.reference.units import mass_kg
from streams.reference.validity import InvalidEntryError
from streams.reference.values import (
    Method,
    ReferenceValue,
    ReferenceValues,
    Role,
    ValueStatus,
    converted,
    usd_per_kg,
)
from tests.unit.reference.examples import VALUE

DAY = date(2025, 3, 10)


def known(*values):
    """Return the values as they are looked up."""
    found = ReferenceValues()
    for value in values:
        found.put(value)
    return found


def find(values, *, day=DAY, **asked):
    """Return the normal value of Chinese silicon."""
    return values.find(Role.NORMAL_VALUE, "silicon|metal", country="CN", day=day, **asked)


def rates(cny_per_usd, day=DAY):
    """Return the one rate of the yuan."""
    found = FxRates()
    found.put(FxDaily(day=day, base="USD", rates={"CNY": cny_per_usd}, publisher="pair"))
    return found


def product(name):
    """Return a product of the catalogue."""
    return load_catalogue().product(name)


@pytest.mark.parametrize(
    ("vat", "rebate", "comparable"),
    [
        pytest.param(None, None, "113", id="without-tax"),
        pytest.param("13", "0", "113", id="no-rebate-and-the-tax-stays-in-the-cost"),
        pytest.param("13", "9", "104", id="rebated-in-part"),
        pytest.param("13", "13", "100", id="rebated-in-full"),
        pytest.param("0", "0", "113", id="a-tax-of-nothing"),
    ],
)
@pytest.mark.parametrize("role", [Role.NORMAL_VALUE, Role.UNIT_COST])
def test_tax_that_an_export_gets_back_is_no_part_of_its_cost(role, vat, rebate, comparable):
    """Comparable = P / (1 + v) * (1 + v - r)."""
    value = replace(VALUE, role=role, value="113", vat_pct=vat, rebate_pct=rebate)
    assert value.comparable == Fraction(comparable)


@pytest.mark.parametrize("role", [Role.TARGET_PRICE, Role.DOMESTIC_PRICE])
def test_the_importing_countrys_own_tax_falls_away(role):
    """Imports are compared with its prices before tax."""
    value = replace(VALUE, role=role, value="120", vat_pct="20", rebate_pct=None)
    assert value.comparable == 100


def test_chinese_cobalt_without_tax_is_what_was_printed_without_tax():
    """240,000 CNY/t with 13 % tax at 7.0924 CNY/USD: Fastmarkets printed 13.58 USD/lb excluding tax."""
    value = replace(VALUE, product="cobalt|metal", value="240000")
    found = usd_per_kg(value, product=product("cobalt|metal"), fx=rates("7.0924"), day=DAY)
    assert decimal_text(found * mass_kg("lb"), 3) == "13.583"


@pytest.mark.parametrize(("rebate", "usd"), [("0", "53.09"), ("13", "46.98")], ids=["no-rebate", "rebated-in-full"])
def test_chinese_rare_earths_get_no_tax_back(rebate, usd):
    """NdPr oxide at 384,800 CNY/t with tax is 53.09 USD/kg, which is where its export price stood that week."""
    value = replace(VALUE, product="rare-earths-ndpr|oxide", value="384800", rebate_pct=rebate)
    found = usd_per_kg(value, product=product("rare-earths-ndpr|oxide"), fx=rates("7.248"), day=DAY)
    assert decimal_text(found, 2) == usd


@pytest.mark.parametrize(
    ("name", "unit", "basis", "grade", "per_kg"),
    [
        pytest.param("silicon|metal", "t", "gross", None, "1/1000", id="goods"),
        pytest.param("silicon|metal", "t", "Si", None, "985/1000000", id="goods-priced-by-their-content"),
        pytest.param("silicon|metal", "t", "Si", "99", "990/1000000", id="goods-priced-by-their-assayed-content"),
        pytest.param("tungsten|concentrate", "mtu", "WO3", None, "1/10", id="content-in-its-unit"),
        pytest.param("tungsten|concentrate", "t", "gross", None, "1/650", id="content-of-goods-as-usual"),
        pytest.param("tungsten|concentrate", "dmt", "dry", "50", "1/500", id="content-of-dry-goods-as-assayed"),
    ],
)
def test_a_value_is_brought_to_what_cells_count(name, unit, basis, grade, per_kg):
    """One dollar per unit as dollars per kilogram of the goods, or of the constituent they are quoted by."""
    value = replace(
        VALUE, product=name, value="1", currency="USD", vat_pct=None, rebate_pct=None, unit=unit, content_basis=basis
    )
    found = usd_per_kg(replace(value, grade_pct=grade), product=product(name), fx=FxRates(), day=DAY)
    assert found == Fraction(per_kg)


def test_the_constituent_counts_by_its_element():
    """A kilogram of tungsten is 1.2611 kg of its oxide, so a dollar for it is less for the oxide."""
    value = replace(
        VALUE,
        product="tungsten|concentrate",
        value="1",
        currency="USD",
        vat_pct=None,
        rebate_pct=None,
        unit="kg",
        content_basis="W",
    )
    found = usd_per_kg(value, product=product("tungsten|concentrate"), fx=FxRates(), day=DAY)
    assert decimal_text(found, 4) == "0.7930"


@pytest.mark.parametrize(
    ("fields", "goods", "missing"),
    [
        pytest.param({"currency": "JPY"}, "silicon|metal", "no rate of 'JPY'", id="rate"),
        pytest.param({}, "cobalt|ore", "no assay declared, none usual for cobalt|ore", id="assay"),
        pytest.param({"unit": "wmt"}, "tungsten|concentrate", "wmt without its moisture", id="moisture"),
        pytest.param({"unit": "mtu", "content_basis": "dry"}, "silicon|metal", "names no constituent", id="which"),
        pytest.param({"content_basis": "Cu"}, "tungsten|concentrate", "no element in common", id="other-content"),
        pytest.param({"content_basis": "Cu"}, "silicon|metal", "no element in common", id="other-goods"),
    ],
)
def test_what_is_missing_is_said(fields, goods, missing):
    """In words, instead of a figure."""
    value = replace(VALUE, product=goods, **fields)
    assert missing in usd_per_kg(value, product=product(goods), fx=rates("7.2"), day=DAY)


def test_a_conversion_shows_its_factors():
    """Whoever reads an alert can work it out again."""
    found = converted(VALUE, product=product("silicon|metal"), fx=rates("7.2"), day=DAY)
    assert (found.value, found.comparable, found.content_kg) == (VALUE, 10_000, 1000)
    assert (found.rate.rate, found.rate.publisher) == (1 / Fraction("7.2"), "pair")
    assert found.usd_per_kg == 10 / Fraction("7.2")


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        pytest.param(date(2025, 2, 28), False, id="the-day-before"),
        pytest.param(date(2025, 3, 1), True, id="first-day"),
        pytest.param(date(2025, 3, 31), True, id="the-day-before-its-end"),
        pytest.param(date(2025, 4, 1), False, id="its-end"),
    ],
)
def test_a_value_holds_from_its_first_day_to_the_day_before_its_end(day, holds):
    """Periods are half-open."""
    assert (find(known(VALUE), day=day) == VALUE) is holds


def test_the_most_specific_and_latest_value_goes_first():
    """An exporter's own before everybody's, then the latest first day, then the first publisher by name."""
    values = known(VALUE)
    for better in (
        replace(VALUE, publisher="bureau"),
        replace(VALUE, publisher="zeta", valid_from=date(2025, 3, 5)),
        replace(VALUE, publisher="zeta", exporter="ours", valid_from=date(2025, 3, 2)),
        replace(VALUE, publisher="alpha", exporter="ours", valid_from=date(2025, 3, 2)),
    ):
        values.put(better)
        assert find(values, exporter="ours") == better
    assert find(values).publisher == "zeta"
    assert find(values, exporter="theirs").publisher == "zeta"
    assert find(values, day=date(2025, 3, 4)).publisher == "bureau"


@pytest.mark.parametrize(
    "other",
    [
        {"role": Role.UNIT_COST},
        {"product": "silicon|polysilicon"},
        {"country": "NO"},
        {"exporter": "theirs"},
        {"status": ValueStatus.WITHDRAWN},
    ],
)
def test_a_value_of_something_else_is_none(other):
    """Another role, product, country or exporter; one that was taken back."""
    assert find(known(replace(VALUE, **other)), exporter="ours") is None


def test_a_publisher_replaces_its_own_value_alone():
    """And gets back what it replaced."""
    values = known(VALUE)
    corrected = replace(VALUE, value="12000")
    assert values.put(corrected) == VALUE
    assert list(values) == [corrected]
    assert values.put(replace(VALUE, publisher="other")) is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        pytest.param({"product": "Silicon"}, "product", id="product"),
        pytest.param({"country": "China"}, "country", id="country"),
        pytest.param({"publisher": ""}, "publisher", id="no-publisher"),
        pytest.param({"exporter": " a"}, "exporter", id="exporter-with-a-blank"),
        pytest.param({"exporter": "*"}, "exporter", id="exporter-that-stands-for-all"),
        pytest.param({"method": None}, "method", id="normal-value-without-a-method"),
        pytest.param({"value": "0"}, "value", id="value-of-nothing"),
        pytest.param({"value": "-1"}, "value", id="value-below-nothing"),
        pytest.param({"value": "1,5"}, "value", id="comma"),
        pytest.param({"currency": "usd"}, "currency", id="currency"),
        pytest.param({"unit": "ton"}, "unit", id="unit"),
        pytest.param({"unit": "mtu"}, "content_basis", id="content-of-what"),
        pytest.param({"grade_pct": "0"}, "grade_pct", id="grade-of-nothing"),
        pytest.param({"grade_pct": "100.1"}, "grade_pct", id="grade-above-all"),
        pytest.param({"vat_pct": "-1"}, "vat_pct", id="tax-below-nothing"),
        pytest.param({"rebate_pct": "13.1"}, "rebate_pct", id="more-back-than-was-paid"),
        pytest.param({"rebate_pct": None}, "rebate_pct", id="rebate-not-said"),
        pytest.param({"role": Role.DOMESTIC_PRICE}, "rebate_pct", id="rebate-of-the-importing-country"),
        pytest.param({"valid_to": date(2025, 3, 1)}, "valid_to", id="empty-period"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused(fields, field):
    """With the field that is wrong."""
    with pytest.raises(InvalidEntryError) as refused:
        replace(VALUE, **fields)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_everything_wrong_with_a_value_is_said_at_once():
    """Not the first of it."""
    with pytest.raises(InvalidEntryError) as refused:
        ReferenceValue(
            role=Role.NORMAL_VALUE,
            product="si",
            country="cn",
            value="x",
            currency="yuan",
            unit="bag",
            valid_from=DAY,
            publisher="",
            valid_to=DAY,
        )
    assert {problem.field for problem in refused.value.problems} == {
        *("product", "country", "value", "currency", "unit", "publisher", "method", "valid_to"),
    }


def test_every_method_of_the_agreement_has_a_name():
    """Three for costs and prices of the exporter, one for economies without markets, one for a quote in their place."""
    assert list(Method) == ["home", "third_country", "constructed", "factors_of_production", "price_proxy"]
