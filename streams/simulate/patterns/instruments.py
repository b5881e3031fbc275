"""Patterns about assessed prices: markets that drift apart, and assessments not to be leaned on."""

from streams.months import first_day, last_day
from streams.simulate.market import Quote
from streams.simulate.patterns.plot import Plot
from streams.simulate.quotes import instrument_name


def cross_market_divergence(plot: Plot) -> None:
    """Let the price inside China leave that outside."""
    months = plot.months(5, after=8)
    first, last = first_day(months[0]), last_day(months[-1])
    part = plot.dice.choice((plot.dice.uniform(0.72, 0.85), plot.dice.uniform(1.15, 1.3)))
    inside = instrument_name(plot.market.product, "china")

    def change(quote: Quote) -> Quote:
        if quote.instrument != inside or not first <= quote.day <= last:
            return quote
        gone = min(1.0, (quote.day - first) / 21)
        return quote._replace(price=quote.price * (1 + (part - 1) * gone))

    plot.quote(change)
    # The way back is a move as well, and is seen as one.
    plot.label_days(
        range(first, min(last + 21, plot.calendar.last_day) + 1),
        side_effects=("benchmark_integrity", "floor_headroom"),
        note=f"the price inside China at {part:.2f} of what it was",
    )


def benchmark_integrity(plot: Plot) -> None:
    """Let an assessment go stale, rest on too few, or be moved by one print."""
    months = plot.months(2, after=5)
    first, last = first_day(months[0]), last_day(months[-1])
    name = instrument_name(plot.market.product, "rotterdam")
    fault = plot.dice.choice((_stale, _thin, _one_print))
    jump = plot.dice.uniform(1.15, 1.3)

    def change(quote: Quote) -> Quote | None:
        if quote.instrument != name or not first <= quote.day <= last:
            return quote
        return fault(quote, first, jump)

    plot.quote(change)
    plot.label_days(
        range(first, last + 1),
        party=name,
        side_effects=("cross_market_divergence", "floor_headroom"),
        note=f"{name}: {fault.__doc__}",
    )


def _stale(quote: Quote, first: int, jump: float) -> Quote | None:  # noqa: ARG001 - one of several faults
    """Let it not be assessed."""
    return None


def _thin(quote: Quote, first: int, jump: float) -> Quote | None:  # noqa: ARG001 - one of several faults
    """Let it rest on two contributors."""
    return quote._replace(contributors=2)


def _one_print(quote: Quote, first: int, jump: float) -> Quote | None:
    """Let it jump for a week on three contributors."""
    if quote.day - first not in range(10, 17):
        return quote
    return quote._replace(contributors=3, price=quote.price * jump)
