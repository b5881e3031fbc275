"""Whose imports are too few to be investigated."""

from fractions import Fraction

import pytest

from streams.antidumping.negligibility import Country, Pool, negligibility


def judged(*volumes, total=100_000, pool=Pool.INVESTIGATED):
    """Return what is found of countries A, B, ... that sent *volumes*."""
    countries = [Country(name, volume) for name, volume in zip("ABCD", volumes, strict=False)]
    return negligibility(countries, total=total, pool=pool)


@pytest.mark.parametrize(
    ("volume", "negligible"),
    [
        pytest.param(2_999, True, id="2.999 %"),
        pytest.param(3_000, False, id="3 %"),
        pytest.param(3_001, False, id="3.001 %"),
    ],
)
def test_a_share_of_exactly_3_pct_is_not_negligible(volume, negligible):
    """Negligible is less than 3 % (art. 5.8)."""
    (country,) = judged(volume).countries

    assert (country.below_individual, country.negligible) == (negligible, negligible)


@pytest.mark.parametrize(
    ("third", "negligible"),
    [
        pytest.param(1_999, True, id="6.999 % together"),
        pytest.param(2_000, True, id="7 % together"),
        pytest.param(2_001, False, id="7.001 % together"),
    ],
)
def test_small_countries_stay_in_only_if_they_exceed_7_pct_together(third, negligible):
    """Exactly 7 % is not more than 7 %."""
    found = judged(2_500, 2_500, third)

    assert {each.negligible for each in found.countries} == {negligible}
    assert found.collective_exceeds is not negligible


@pytest.mark.parametrize(
    ("shares", "negligible"),
    [
        pytest.param(("2.9", "2.5", "2"), False, id="7.4 %: all stay in"),
        pytest.param(("2.9", "2", "2"), True, id="6.9 %: all drop out"),
    ],
)
def test_the_sum_decides_for_all(shares, negligible):
    """None of the small countries is judged apart from the others."""
    found = judged(*map(Fraction, shares), total=100)

    assert [negligible] * 3 == [each.negligible for each in found.countries]


def test_a_large_country_counts_towards_nothing():
    """Only those below 3 % are added up."""
    found = judged(2_500, 50_000)

    assert found.collective_pct == Fraction(5, 2)
    assert [True, False] == [each.negligible for each in found.countries]


@pytest.mark.parametrize(
    ("pool", "together", "negligible"),
    [
        pytest.param(Pool.INVESTIGATED, Fraction(27, 5), True, id="investigated"),
        pytest.param(Pool.ALL, Fraction(49, 5), False, id="all"),
    ],
)
def test_the_pool_says_whether_countries_not_investigated_count(pool, together, negligible):
    """The agreement leaves it open; the result depends on it."""
    shares = ((280, True), (260, True), (290, False), (150, False))
    countries = [Country(str(place), volume, investigated) for place, (volume, investigated) in enumerate(shares)]
    found = negligibility(countries, total=10_000, pool=pool)

    assert (found.collective_pct, found.countries[0].negligible) == (together, negligible)


def test_without_imports_nothing_is_said():
    """A share of nothing is undefined, not 0."""
    assert judged(0, total=0) is None


@pytest.mark.parametrize(
    ("volumes", "message"),
    [
        pytest.param((-1,), "must not be negative, were -1", id="negative"),
        pytest.param((60_000, 40_001), "100001, more than the total of 100000", id="more than the total"),
    ],
)
def test_volumes_that_cannot_be_are_refused(volumes, message):
    """The error says what was found."""
    with pytest.raises(ValueError, match=message):
        judged(*volumes)
