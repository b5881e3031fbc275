"""
Normalising: routes records and prices shapes by a reference book, each once for all that look alike.

The same book and settings route and price the same.
"""

from bisect import bisect_right
from datetime import date
from typing import Final

from streams.pricing import Pricing, Standing, turning_days
from streams.records import PriceTick, Trade
from streams.reference.book import ReferenceBook
from streams.reference.catalogue import Catalogue, load_catalogue
from streams.reference.fx import FxMissing, FxRate
from streams.reference.quotas import Quota
from streams.routing import Route, tick_route, trade_route
from streams.shapes import Shape

USD: Final = "USD"


class Normaliser:
    """Routes records and prices shapes by a reference book; the same book and settings price the same."""

    def __init__(self, book: ReferenceBook, *, catalogue: Catalogue | None = None, hindsight: bool = False) -> None:
        self.book = book
        self.catalogue = catalogue or load_catalogue()
        self.hindsight = hindsight
        self._rates: dict[tuple[str, int], FxRate | FxMissing] = {}
        self._standings: dict[tuple[Shape, str, int], Standing] = {}
        self._turns: dict[str, list[int]] = {}
        self._exporters: dict[str, frozenset[str]] = {}

    def route(self, record: Trade | PriceTick) -> Route:
        """Return the route of records like *record*; raises :class:`RefusedError` where none can be right."""
        if type(record) is PriceTick:
            return tick_route(record, self.catalogue)
        return trade_route(record, self.catalogue)

    def pricing(self, shape: Shape, day: int, exporter: str = "") -> Pricing:
        """Return how rows of *shape* are judged on *day* (ordinal); *exporter* where a floor names it."""
        standing = self._standing(shape, day, exporter)
        rates = tuple(self._rate(currency, day) for currency in standing.currencies)
        # A rate is told apart by what it is worth: days that share it share the pricing.
        worth = tuple(rate.rate if isinstance(rate, FxRate) else rate.reason for rate in rates)
        pricing = standing.by_rates.get(worth)
        if pricing is None:
            pricing = standing.by_rates[worth] = standing.price(rates)
        return pricing

    def rate_notes(self, shape: Shape, day: int) -> list[str]:
        """Return the rates that a shape's pricing of *day* rests on, in words."""
        rates = ((currency, self._rate(currency, day)) for currency in self._standing(shape, day).currencies)
        return [
            f"{currency}/USD of {rate.rate_date}, {rate.publisher}"
            for currency, rate in rates
            if currency != USD and isinstance(rate, FxRate)
        ]

    def named_exporters(self, product: str) -> frozenset[str]:
        """Return the exporters that a floor of *product* names: their rows are priced apart."""
        named = self._exporters.get(product)
        if named is None:
            floors = self.book.floors.of_product(product)
            named = frozenset(exporter for floor in floors for exporter in floor.applies_to.exporters)
            self._exporters[product] = named
        return named

    def quota(self, floor_name: str, origin: str, day: int) -> Quota | None:
        """Return the tariff quota period that goods of *origin* under a floor ``id@version`` draw on."""
        on = date.fromordinal(day)
        floor = self.book.floors.period(floor_name, on)
        if floor is None or floor.quota_id is None:
            return None
        return self.book.quotas.find(floor.quota_id, day=on, origin=origin)

    def forget(self) -> None:
        """Work everything out anew: the book has changed."""
        self._rates.clear()
        self._standings.clear()
        self._turns.clear()
        self._exporters.clear()

    def _standing(self, shape: Shape, day: int, exporter: str = "") -> "Standing":
        turns = self._turns.get(shape.product)
        if turns is None:
            turns = self._turns[shape.product] = turning_days(self.book, shape.product)
        key = (shape, exporter, bisect_right(turns, day))
        standing = self._standings.get(key)
        if standing is None:
            standing = self._standings[key] = self._new_standing(shape, day, exporter)
        return standing

    def _new_standing(self, shape: Shape, day: int, exporter: str) -> "Standing":
        product = self.catalogue.product(shape.product)
        if product is None:
            message = f"shape of {shape.product}, which the catalogue does not have"
            raise ValueError(message)
        on = date.fromordinal(day)
        known_on = date.max if self.hindsight else on
        return Standing(self.book, product, shape, on, known_on=known_on, exporter=exporter)

    def _rate(self, currency: str, day: int) -> FxRate | FxMissing:
        rate = self._rates.get((currency, day))
        if rate is None:
            rate = self._rates[currency, day] = self.book.fx.rate(currency, USD, date.fromordinal(day))
        return rate
