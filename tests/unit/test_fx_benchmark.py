"""A breach of a floor that only the exchange rate of the day makes."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from streams.exact import decimal_text
from streams.reference.fx import FxDaily, FxRates
from streams.rules.floor_breach import FloorBreach
from tests.sales import PLAIN, evidence, on, sale

RULE = FloorBreach()
DAY = on(60)


def rates(last, *, usual="1.10", days=60):
    """Return euro rates in dollars: the usual one on the working days before, and the last on the day itself."""
    before = [DAY - timedelta(days=back) for back in range(1, days)]
    return [FxDaily(day=day, rates={"USD": usual, "CNY": "7.70"}) for day in before if day.weekday() < 5] + [
        FxDaily(day=DAY, rates={"USD": last, "CNY": "7.70"})
    ]


def breach(price_eur, last, **choices):
    """Return the evidence of a sale in euro that breaches the floor of 2.20 USD/kg at the rate of its day."""
    record = sale(60, price_eur, currency="EUR")
    return evidence(RULE, [record], entries=(*PLAIN, *rates(last, **choices)))


def test_a_breach_that_the_average_rate_would_not_make_is_said():
    """2.05 euro are 2.255 dollars at 1.10, and 2.1525 at the day's 1.05."""
    got = breach("2.05", "1.05")
    said = got["worst_record"]["fx_benchmark"]

    assert "it is the rate of the day that takes the price below the floor" in got["fx_note"]
    assert ("1.05", "1.09875", True) == (said["rate"], said["average_rate"], said["fluctuating"])
    assert said["note"].startswith("no breach at the average EUR/USD rate of 40 working days")


@pytest.mark.parametrize(
    ("price", "said"),
    [
        pytest.param(Fraction(220, 100) / Fraction("1.09875") - Fraction(1, 10**6), False, id="below-at-the-average"),
        pytest.param(
            Fraction(220, 100) / Fraction("1.09875") + Fraction(1, 10**6), True, id="not-below-at-the-average"
        ),
    ],
)
def test_a_price_below_the_floor_at_either_rate_is_a_breach_like_any(price, said):
    """Nothing is added then."""
    assert said is ("fx_note" in breach(decimal_text(price), "1.05"))


def test_the_alert_stands():
    """It is the rate of the entry date that the floor goes by; the average is told beside it."""
    assert "2.1525" == breach("2.05", "1.05")["landed_price_usd_per_kg"]


def test_goods_in_the_floors_own_currency_have_no_such_note():
    """Nothing was converted."""
    got = evidence(RULE, [sale(60, "2.10")], entries=(*PLAIN, *rates("1.05")))

    assert "fx_note" not in got


@pytest.mark.parametrize(
    ("days", "publications"),
    [pytest.param(26, None, id="nineteen"), pytest.param(27, 20, id="twenty"), pytest.param(90, 40, id="many")],
)
def test_an_average_takes_twenty_working_days_and_forty_at_most(days, publications):
    """The day itself is one of them."""
    fx = FxRates()
    for each in rates("1.05", days=days):
        fx.put(each)
    found = fx.benchmark("EUR", "USD", DAY)

    assert publications == (found and found.publications)


def test_the_average_is_of_the_publisher_whose_rate_holds():
    """Another's rates are none of it, nor are those of other currencies."""
    fx = FxRates()
    for each in rates("1.05"):
        fx.put(each)
        fx.put(FxDaily(day=each.day - timedelta(days=1), rates={"USD": "9"}, publisher="another"))

    assert Fraction("1.09875") == fx.benchmark("EUR", "USD", DAY).rate
    assert fx.benchmark("EUR", "GBP", DAY) is None
    assert fx.benchmark("USD", "USD", DAY) is None
    assert fx.benchmark("EUR", "USD", date(2030, 1, 1)) is None


def test_a_rate_that_was_low_all_along_excuses_nothing():
    """The average is as low as the rate of the day."""
    assert "fx_note" not in breach("2.05", "1.05", usual="1.05")
