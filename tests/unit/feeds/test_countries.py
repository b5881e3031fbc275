"""Country codes of publishers."""

import pytest

from streams.feeds.countries import (
    _BY_ALPHA3,
    _BY_CO_PAIS,
    _BY_GEONOM,
    _BY_NUMBER,
    ALPHA2,
    alpha2_of,
    alpha2_of_co_pais,
    alpha2_of_geonom,
)


@pytest.mark.parametrize("code", ["CN", "CHN", "156", "cn", " CHN "])
def test_every_iso_code_of_a_country_gives_its_alpha_2(code):
    """Two letters, three letters, a number; case and blanks aside."""
    assert "CN" == alpha2_of(code)


@pytest.mark.parametrize("code", ["", "n/a", "WLD", "QQ", "0", "999", "GBP"])
def test_what_is_no_country_gives_none(code):
    """The world, the confidential and the unknown are no origin."""
    assert alpha2_of(code) is None


@pytest.mark.parametrize(
    ("code", "alpha2"), [("4", "AF"), ("76", "BR"), ("XKX", "XK"), ("XS", "RS"), ("UK", "GB"), ("EL", "GR")]
)
def test_short_numbers_and_customary_letters_are_known(code, alpha2):
    """Numbers without leading zeros, and the letters European customs statistics use."""
    assert alpha2 == alpha2_of(code)


@pytest.mark.parametrize(
    ("look_up", "china", "states", "germany", "unknown"),
    [
        pytest.param(alpha2_of_geonom, "720", "400", "4", "977", id="hmrc"),
        pytest.param(alpha2_of_co_pais, "160", "249", "23", "994", id="brazil"),
    ],
)
def test_publishers_own_numbers_are_known(look_up, china, states, germany, unknown):
    """With or without leading zeros; what is no country (confidential, ships' stores) gives none."""
    assert ["CN", "US", "DE", None] == [look_up(number) for number in (china, states, germany, unknown)]


def test_the_tables_are_sound():
    """ISO has 249 countries, each with one code of every kind; the publishers' numbers lead to countries, one each."""
    assert 249 == len(_BY_NUMBER) == len(ALPHA2 - {"XK"})
    assert set(_BY_NUMBER.values()) | {"XK"} == set(_BY_ALPHA3.values()) == ALPHA2
    for table in (_BY_GEONOM, _BY_CO_PAIS):
        assert set(table.values()) <= ALPHA2
        assert len(table) == len(set(table.values()))
        assert all(len(number) == 3 and number.isdigit() for number in table)
