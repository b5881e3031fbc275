"""
Which home sale an export sale is compared with: by pairs that are given, or by the nearest day.

"As nearly as possible the same time" (WTO Anti-Dumping Agreement, art. 2.4); that a tie goes to the earlier sale is a
convention of this engine.
"""

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple

from streams.antidumping.sales import Sale


class MatchingError(ValueError):
    """Raised where sales cannot be matched as asked; says which and what to do."""


class _Days(NamedTuple):
    """The home sales of a model, in the order of their days, one for each day."""

    days: list[int]
    sales: list[Sale]

    def nearest(self, day: int) -> Sale:
        """Return the sale nearest to *day*, of two equally near the earlier."""
        after = bisect_left(self.days, day)
        if after == len(self.days) or (after and day - self.days[after - 1] <= self.days[after] - day):
            return self.sales[after - 1]
        return self.sales[after]


def nearest_by_date(export: Iterable[Sale], home: Iterable[Sale]) -> Iterator[tuple[Sale, Sale | None]]:
    """
    Yield each export sale with the home sale of its model nearest in time, None where the model has none.

    Home sales without a positive quantity and price are passed over.  Of several on one day the one with the smallest
    id is taken, so that their order does not matter.  Raises :class:`MatchingError` for a sale without a day.
    """
    by_model = _by_model(home)
    for sale in export:
        days = by_model.get(sale.model)
        yield sale, days and days.nearest(_day(sale))


def paired(
    export: Iterable[Sale], home: Iterable[Sale], pairs: Mapping[Hashable, Hashable]
) -> Iterator[tuple[Sale, Sale | None]]:
    """
    Yield each export sale with the home sale that *pairs* names for its id, None where it names none.

    Raises :class:`MatchingError` where *pairs* names a sale that is not there.
    """
    exports, homes = list(export), {sale.id: sale for sale in home}
    _known("export", pairs.keys(), {sale.id for sale in exports})
    _known("home", pairs.values(), homes)
    return ((sale, homes[pairs[sale.id]] if sale.id in pairs else None) for sale in exports)


def _known(side: str, named: Iterable[Hashable], ids: Iterable[Hashable]) -> None:
    if unknown := set(named) - set(ids):
        raise MatchingError(
            f"the pairs name the {side} sales {', '.join(sorted(map(str, unknown)))}, which are not there: "
            "leave the pairs out or add the sales"
        )


def _by_model(home: Iterable[Sale]) -> dict[Hashable, _Days]:
    firsts: dict[Hashable, dict[int, Sale]] = {}
    for sale in home:
        if sale.unusable is None:
            days = firsts.setdefault(sale.model, {})
            held = days.setdefault(_day(sale), sale)
            if str(sale.id) < str(held.id):
                days[_day(sale)] = sale
    return {model: _Days(sorted(days), [days[day] for day in sorted(days)]) for model, days in firsts.items()}


def _day(sale: Sale) -> int:
    if sale.day is None:
        raise MatchingError(f"sale {sale.id} has no day: give the day of sale, or pairs")
    return sale.day
