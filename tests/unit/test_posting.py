"""The arithmetic of posting: exact where it decides, rounded once where it is kept."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.benchmark import NO_SLIPS, Quartiles, Slips
from streams.cells import Judged, Lane, LaneKey
from streams.normalise import Normaliser
from streams.posting import Posting
from streams.reference.book import ReferenceBook
from streams.reference.fx import FxDaily
from streams.shapes import Kind, Shape
from tests.sales import PLAIN, on
from tests.strategies import SILICON, usual_floor

DAY = on(0).toordinal()
MICRO = 1_000_000
USUAL = Slips(Quartiles(2_000_000, 2_000_000, 2_000_000))


def shape(**fields):
    """Return the shape of a sale of silicon metal from China to the United Kingdom."""
    usual = dict.fromkeys(Shape._fields, "") | {
        "kind": Kind.TRADE,
        "product": "silicon|metal",
        "origin": "CN",
        "destination": "GB",
        "currency": "USD",
        "unit": "kg",
        "incoterm": "CIF",
    }
    return Shape(**usual | fields)


def posting(*, entries=PLAIN, slips=NO_SLIPS, **fields):
    """Return where rows of a shape are posted on the first day."""
    of = shape(**fields)
    lane = Lane(LaneKey(of.kind, of.product, of.origin, of.destination))
    return Posting(lane, DAY, Normaliser(ReferenceBook(entries=entries)).pricing(of, DAY), slips)


def tally(posted):
    """Return the sums of a posting's first tally by name."""
    found = posted.first.tally
    return dict(zip(found.__slots__, found.as_tuple(), strict=True))


def test_a_row_below_its_floor_is_summed_on_both_sides():
    """Value, content and floor value add up over all rows, and once more over those below."""
    posted = posting()
    posted.add(2000 * MICRO, 1000 * MICRO)
    posted.add(2500 * MICRO, 1000 * MICRO)
    sums = tally(posted)

    assert (2, 4500 * MICRO, 4400 * MICRO, 2000 * MICRO) == tuple(
        sums[name] for name in ("rows", "value_uusd", "floor_uusd", "content_mg")
    )
    assert (1, 2000 * MICRO, 2200 * MICRO, 200 * MICRO) == tuple(
        sums[name] for name in ("below_rows", "below_value_uusd", "below_floor_uusd", "below_levy_uusd")
    )


@pytest.mark.parametrize(
    ("value", "below"),
    [
        pytest.param(2_199_999, 1, id="a-micro-dollar-below"),
        pytest.param(2_200_000, 0, id="at"),
        pytest.param(2_200_001, 0, id="a-micro-dollar-above"),
    ],
)
def test_the_floor_is_compared_before_anything_is_rounded(value, below):
    """A kilogram at the floor is not below it, to the micro-dollar."""
    posted = posting()
    posted.add(value, MICRO)

    assert below == tally(posted)["below_rows"]


def test_a_third_of_a_cent_decides():
    """The floor of a pound is no whole number of micro-dollars: a value between it and the next is not below."""
    posted = posting(unit="lb")
    for value in (997_903, 997_904):  # the floor is 997903.214
        posted.add(value, MICRO)

    assert (1, 2 * 997_903) == (tally(posted)["below_rows"], tally(posted)["floor_uusd"])


@pytest.mark.parametrize(
    ("value", "uusd"),
    [
        pytest.param(1, 1, id="a-half-up"),
        pytest.param(2, 1, id="a-whole"),
        pytest.param(3, 2, id="one-and-a-half-up"),
    ],
)
def test_amounts_are_rounded_half_up_once(value, uusd):
    """At two to the dollar, one micro-unit is half a micro-dollar."""
    rate = FxDaily(day=on(0), rates={"XYZ": "2", "USD": "1"})
    posted = posting(entries=(*PLAIN, rate), currency="XYZ")
    posted.add(value, MICRO)

    assert uusd == tally(posted)["value_uusd"]


def test_a_levy_in_another_currency_is_capped_in_it():
    """A cap of 0.05 euro a kilogram, at two dollars the euro, is ten cents on a gap of twenty."""
    rate = FxDaily(day=on(0), rates={"USD": "2"})
    floor = replace(usual_floor(SILICON), currency="EUR", value="1.10", levy_cap_abs="0.05")
    posted = posting(entries=(PLAIN[0], floor, rate))
    posted.add(2000 * MICRO, 1000 * MICRO)

    assert 100 * MICRO == tally(posted)["below_levy_uusd"]


def test_a_suspect_is_summed_apart():
    """A row whose unit is in doubt is in no sum but its own."""
    posted = posting(slips=USUAL)
    posted.add(2_000_000 * MICRO, 1000 * MICRO)
    sums = tally(posted)

    assert (0, 1, 2_000_000 * MICRO) == (sums["rows"], sums["suspect_rows"], sums["suspect_value_uusd"])
    assert "tonnes declared as kg" == posted.slip(2_000_000 * MICRO, 1000 * MICRO)


def test_what_cannot_be_priced_is_only_counted():
    """Without a rate a row has neither value nor content, and is in no doubt."""
    posted = posting(currency="EUR", slips=USUAL)
    posted.add(2_000_000 * MICRO, 1000 * MICRO)

    assert Judged.UNPRICED is posted.pricing.judgements[0].judged
    assert {"rows": 1} == {name: amount for name, amount in tally(posted).items() if amount}
    assert not posted.floored


amounts = st.lists(
    st.tuples(st.integers(1, 10**4) | st.sampled_from([2200, 2_200_000]), st.integers(1, 10**4)),
    min_size=1,
    max_size=20,
)
units = st.sampled_from([("kg", "USD"), ("lb", "USD"), ("t", "EUR"), ("kg", "CNY")])
RATES = FxDaily(day=on(0), rates={"USD": "1.0831", "CNY": "7.8137"})


@given(amounts, units, st.sampled_from([NO_SLIPS, USUAL]))
def test_rows_posted_together_are_as_rows_posted_one_by_one(rows, of, slips):
    """A slice is posted at once, a correction by itself: the sums are the same, to the unit."""
    unit, currency = of
    single, many = (posting(entries=(*PLAIN, RATES), unit=unit, currency=currency, slips=slips) for _ in range(2))
    for place, (value, quantity) in enumerate(rows):
        single.add(value * 1000, quantity * 1000)
        many.rows.append(place)
        many.values.append(value * 1000)
        many.quantities.append(quantity * 1000)
    earlier = memoryview(bytearray(4 * len(rows))).cast("I")
    many.settle(earlier)

    assert (single.cell.digest(), [], list(range(len(rows))), len(rows)) == (
        many.cell.digest(),
        many.rows,
        earlier.tolist(),
        many.cell.last,
    )


@given(amounts, units, st.sampled_from([NO_SLIPS, USUAL]))
def test_what_is_taken_out_leaves_no_trace(rows, of, slips):
    """Rows that are posted and taken out again leave the cell as it was."""
    unit, currency = of
    posted = posting(entries=(*PLAIN, RATES), unit=unit, currency=currency, slips=slips)
    posted.add(1_234_567, 7_654_321)
    before = posted.cell.digest()
    for value, quantity in rows:
        posted.add(value * 1000, quantity * 1000)
    for value, quantity in reversed(rows):
        posted.add(value * 1000, quantity * 1000, -1)

    assert before == posted.cell.digest()


@given(st.integers(1, 10**9), st.integers(1, 10**9), units)
def test_amounts_are_within_half_a_unit_of_the_exact_ones(value, quantity, of):
    """What is kept differs from the exact figure by the one rounding, and by no more."""
    unit, currency = of
    posted = posting(entries=(*PLAIN, RATES), unit=unit, currency=currency)
    (judgement,) = posted.pricing.judgements
    kept = posted.first.amounts(value, quantity)
    exact = (value * judgement.usd, quantity * judgement.content_kg, quantity * judgement.terms.floor_usd)

    for amount, figure in zip(kept[:3], exact, strict=True):
        assert -Fraction(1, 2) < amount - figure <= Fraction(1, 2)
