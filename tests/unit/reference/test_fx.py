"""Exchange rates as of a day."""

import csv
import gzip
from datetime import date
from fractions import Fraction

import pytest

from streams.reference.fx import FxDaily, FxMissing, FxMonthly, FxPurpose, FxRate, FxRates
from streams.reference.validity import InvalidEntryError

MAUNDY_THURSDAY = date(2025, 4, 17)
THURSDAY_RATES = {"USD": "1.1360", "CNY": "8.2965", "GBP": "0.85765"}


def rates(*entries):
    """Return rates made of *entries*."""
    book = FxRates()
    for entry in entries:
        book.put(entry)
    return book


@pytest.fixture
def easter():
    """Return rates of Maundy Thursday alone."""
    return rates(FxDaily(day=MAUNDY_THURSDAY, rates=THURSDAY_RATES))


def test_a_currency_is_worth_one_of_itself(easter):
    """Whatever is published."""
    found = easter.rate("USD", "USD", date(1970, 1, 1))
    assert (found.rate, found.path) == (1, ("USD",))


def test_a_rate_to_and_from_the_base_is_as_published(easter):
    """Units of a currency per one euro, and the other way round."""
    assert easter.rate("EUR", "USD", MAUNDY_THURSDAY).rate == Fraction("1.1360")
    assert easter.rate("USD", "EUR", MAUNDY_THURSDAY).rate == 1 / Fraction("1.1360")


def test_a_cross_goes_through_the_base_exactly_and_says_so(easter):
    """One publication day, both legs; path, date and publisher are in the answer."""
    assert easter.rate("CNY", "USD", MAUNDY_THURSDAY, FxPurpose.DUMPING) == FxRate(
        rate=Fraction("1.1360") / Fraction("8.2965"),
        rate_date=MAUNDY_THURSDAY,
        publisher="ECB",
        path=("CNY", "EUR", "USD"),
        purpose=FxPurpose.DUMPING,
    )


@pytest.mark.parametrize(
    ("day", "known"),
    [
        pytest.param(date(2025, 4, 16), False, id="the-day-before"),
        pytest.param(MAUNDY_THURSDAY, True, id="the-day-itself"),
        pytest.param(date(2025, 4, 21), True, id="easter-monday-four-days-later"),
        pytest.param(date(2025, 4, 22), False, id="five-days-later"),
    ],
)
def test_a_daily_rate_is_good_over_the_longest_holidays_and_no_longer(easter, day, known):
    """Never for a day before it, never for a fifth day after it."""
    assert isinstance(easter.rate("CNY", "USD", day), FxRate) is known


def test_a_newer_rate_takes_over():
    """Of two days in reach the later counts."""
    book = rates(
        FxDaily(day=date(2025, 4, 22), rates={"USD": "1.1476"}), FxDaily(day=MAUNDY_THURSDAY, rates=THURSDAY_RATES)
    )
    assert book.rate("EUR", "USD", date(2025, 4, 23)).rate_date == date(2025, 4, 22)
    assert book.rate("CNY", "USD", date(2025, 4, 21)).rate_date == MAUNDY_THURSDAY


def test_both_legs_of_a_cross_are_of_one_day():
    """Where the newest day lacks one of the currencies, the newest that has both is taken."""
    book = rates(
        FxDaily(day=date(2025, 4, 15), rates=THURSDAY_RATES), FxDaily(day=date(2025, 4, 16), rates={"USD": "1.2"})
    )
    assert book.rate("CNY", "USD", date(2025, 4, 16)).rate_date == date(2025, 4, 15)


def test_a_missing_rate_says_what_is_known(easter):
    """It is never filled in; the reason has the latest day there is."""
    found = easter.rate("CNY", "USD", date(2025, 5, 1))
    assert isinstance(found, FxMissing)
    assert found.known_currency
    assert "the latest daily rates are of 2025-04-17" in found.reason


def test_an_unknown_currency_is_told_from_a_missing_day(easter):
    """It is likely a wrong code."""
    found = easter.rate("XYZ", "USD", MAUNDY_THURSDAY)
    assert (found.currency, found.known_currency) == ("XYZ", False)


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        pytest.param(date(2025, 2, 28), None, id="last-day-of-the-month-before"),
        pytest.param(date(2025, 3, 1), "1.06", id="first-day"),
        pytest.param(date(2025, 3, 31), "1.06", id="last-day"),
        pytest.param(date(2025, 4, 1), "1.05", id="next-month"),
        pytest.param(date(2025, 5, 1), None, id="no-rate-is-carried-over"),
    ],
)
def test_a_monthly_rate_is_good_for_its_calendar_month(day, rate):
    """And for no other day."""
    book = rates(
        FxMonthly(month="2025-03", rates={"EUR": "1.06"}, publisher="customs"),
        FxMonthly(month="2025-04", rates={"EUR": "1.05"}, publisher="customs"),
    )
    found = book.rate("EUR", "USD", day)
    assert isinstance(found, FxMissing) if rate is None else found.rate == Fraction(rate)


def test_monthly_rates_cross_through_their_quote_currency():
    """Euro to yuan by way of the dollar, and back."""
    book = rates(FxMonthly(month="2025-03", rates={"EUR": "1.10", "CNY": "0.14"}, publisher="customs"))
    found = book.rate("EUR", "CNY", date(2025, 3, 9))
    assert (found.rate, found.path) == (Fraction("1.10") / Fraction("0.14"), ("EUR", "USD", "CNY"))
    assert book.rate("USD", "EUR", date(2025, 3, 9)).rate == 1 / Fraction("1.10")


@pytest.mark.parametrize(
    ("purpose", "rate"),
    [(FxPurpose.FLOOR, "1.1360"), (FxPurpose.DUMPING, "1.1360"), (FxPurpose.CUSTOMS, "1.06")],
)
def test_customs_value_asks_monthly_rates_first(purpose, rate):
    """Everything else asks the rate of the day."""
    book = rates(
        FxDaily(day=MAUNDY_THURSDAY, rates=THURSDAY_RATES),
        FxMonthly(month="2025-04", rates={"EUR": "1.06"}, publisher="customs"),
    )
    assert book.rate("EUR", "USD", MAUNDY_THURSDAY, purpose).rate == Fraction(rate)


@pytest.mark.parametrize("text", ["0", "0.00", "-1", "1e3", "nan", "", "1,1"])
def test_a_rate_that_is_no_positive_decimal_is_refused(text):
    """The whole publication day is, with the currency named."""
    with pytest.raises(InvalidEntryError, match="the rate of USD must be a decimal number above 0"):
        FxDaily(day=MAUNDY_THURSDAY, rates={"USD": text})


@pytest.mark.parametrize("month", ["2025-13", "2025-3", "2025", "9999-12", "march"])
def test_a_month_that_is_none_is_refused(month):
    """Its days could not be said."""
    with pytest.raises(InvalidEntryError, match="expected a month"):
        FxMonthly(month=month, rates={}, publisher="customs")


def test_december_ends_with_the_year():
    """The days of a month are its first and last."""
    assert FxMonthly(month="2024-12", rates={}, publisher="customs").days() == (date(2024, 12, 1), date(2024, 12, 31))


def test_the_rates_of_the_central_bank_cover_every_day_of_a_quarter_century(shared_data):
    """No gap between two publication days is longer than a rate is carried."""
    text = gzip.decompress((shared_data / "data/ecb_fx/eurofxref_hist_daily.csv.gz").read_bytes()).decode()
    rows = csv.DictReader(text.splitlines())
    book = FxRates()
    for row in rows:
        day = date.fromisoformat(row.get("Date") or row["date"])
        known = {code: text for code, text in row.items() if code in ("USD", "GBP") and text}
        book.put(FxDaily(day=day, rates=known))
    first, last = date(1999, 1, 4), date(2026, 10, 30)
    days = (date.fromordinal(ordinal) for ordinal in range(first.toordinal(), last.toordinal()))
    assert [day for day in days if not isinstance(book.rate("GBP", "USD", day), FxRate)] == []
