"""Month series: what is kept of each lane, and which floor and normal value are told of it."""

from datetime import date

from streams.month_series import CountryValue, FloorInForce
from streams.records import Flow, PriceTick, Trade, encode_record
from streams.runs.reading import read_series
from tests.unit.runs.run_of import floors_of, run_of

FLOOR = FloorInForce(name="f@1", usd_per_kg="2", status="illustrative")
VALUE = """
[[reference-value]]
role = "normal_value"
product = "silicon|metal"
country = "{country}"
value = "{value}"
currency = "USD"
unit = "kg"
method = "price_proxy"
status = "illustrative"
publisher = "somebody"
source = "a sheet"
valid_from = 2024-01-01
"""


def tick(day, price, **fields):
    """Return a quote of silicon metal, US dollars per kilogram."""
    usual = {"instrument": "mb:si", "source": "mb", "product": "silicon|metal", "currency": "USD", "unit": "kg"}
    return PriceTick(event_date=day, price=price, **usual | fields)


def trade(day, **fields):
    """Return a tonne of silicon metal from CN to GB at 2.50 USD/kg."""
    usual = {
        "id": f"t{day}", "source": "customs", "origin": "CN", "destination": "GB", "product": "silicon|metal",
        "quantity": "1000", "unit": "kg", "value": "2500", "currency": "USD", "incoterm": "CIF",
    }  # fmt: skip
    return Trade(event_date=day, **usual | fields)


def lines_of(tmp_path, *records, values=()):
    """Return the lines of a run of *records* by a floor of 2.00 USD/kg on silicon metal into GB."""
    feed = tmp_path / "feed.jsonl"
    feed.write_bytes(b"".join(encode_record(each) + b"\n" for each in records))
    schedules = [floors_of(tmp_path / "floors.toml", "2")]
    if values:
        schedules.append(tmp_path / "values.toml")
        schedules[1].write_text("".join(VALUE.format(country=country, value=value) for country, value in values))
    run_of(tmp_path / "run", [feed], schedules)
    return list(read_series(tmp_path / "run"))


def test_a_quote_is_kept_with_the_floor_that_it_is_set_against(tmp_path):
    """No goods are traded, and the floor is known all the same."""
    (line,) = lines_of(tmp_path, tick(date(2025, 1, 10), "1.9"), tick(date(2025, 1, 20), "2.1"))

    assert (line.usd_per_kg, line.floor_in_force, line.floor_usd_per_kg) == ("2", FLOOR, None)


def test_the_floor_of_a_quote_is_told_for_the_same_unit(tmp_path):
    """A quote by the tonne does not make a floor by the kilogram another."""
    (line,) = lines_of(tmp_path, tick(date(2025, 1, 10), "3000", unit="t"))

    assert (line.usd_per_kg, line.floor_in_force) == ("3", FLOOR)


def test_a_quote_of_goods_without_a_floor_has_none(tmp_path):
    """Nor of any other product's."""
    (line,) = lines_of(tmp_path, tick(date(2025, 1, 10), "30", product="tin|metal"))

    assert line.floor_in_force is None


def test_a_quote_has_the_normal_values_of_all_countries(tmp_path):
    """A price that is quoted comes from no country: each reader takes the one he asks of."""
    values = [("NO", "2.8"), ("CN", "2.4")]
    (line,) = lines_of(tmp_path, tick(date(2025, 1, 10), "2.1"), values=values)

    assert line.normal_values == (
        CountryValue(country="CN", usd_per_kg="2.4"),
        CountryValue(country="NO", usd_per_kg="2.8"),
    )


def test_goods_without_a_price_are_kept_with_the_floor_they_would_meet(tmp_path):
    """They have no unit value, so no row of the month has a floor; the schedules of the run know one."""
    (line,) = lines_of(tmp_path, trade(date(2025, 1, 10), currency="NOK"))

    assert (line.unpriced_rows, line.floor_usd_per_kg, line.floor_in_force) == (1, None, FLOOR)


def test_goods_declared_on_leaving_are_kept_with_the_floor_where_they_enter(tmp_path):
    """They are judged by none, for a floor holds on entry."""
    (line,) = lines_of(tmp_path, trade(date(2025, 1, 10), flow=Flow.EXPORT, incoterm="FOB"))

    assert (line.flow, line.floor_usd_per_kg, line.floor_in_force) == ("export", None, FLOOR)


def test_goods_into_a_country_without_a_floor_have_none(tmp_path):
    """The zone of the floor is GB alone."""
    (line,) = lines_of(tmp_path, trade(date(2025, 1, 10), destination="US"))

    assert line.floor_in_force is None
