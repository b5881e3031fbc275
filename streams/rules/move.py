"""A move: how the volume and the unit value of some goods changed from one window of months to another."""

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from streams.antidumping.sales import percent
from streams.cells import Lane
from streams.exact import decimal_text
from streams.months import month_text
from streams.panel import Panel, Sums
from streams.rules.evidence import kg, line, usd, usd_per_kg


class Window(NamedTuple):
    """The sums of some goods over the *months* months that end with the month *through*."""

    through: int
    months: int
    sums: Sums

    def facts(self, name: str) -> dict[str, str | int | None]:
        """Return the window as evidence states its inputs."""
        first = self.through - self.months + 1
        return {
            "window": name,
            "months": f"{month_text(first)} to {month_text(self.through)}",
            "records": self.sums.rows,
            "content_kg": kg(self.sums.content_mg),
            "value_usd": usd(self.sums.value_uusd),
            "unit_value_usd_per_kg": usd_per_kg(self.sums.value_uusd, self.sums.content_mg),
        }

    @property
    def monthly_kg(self) -> str:
        """The kilograms a month, as the expression that they are."""
        amount = kg(self.sums.content_mg)
        return amount if self.months == 1 else f"({amount} / {self.months})"

    @property
    def price(self) -> str:
        """The USD per kilogram, as the expression that they are."""
        return f"({usd(self.sums.value_uusd)} / {kg(self.sums.content_mg)})"


class Move(NamedTuple):
    """Two windows of the same goods; both have content and value."""

    before: Window
    now: Window

    @property
    def volume_pct(self) -> Fraction:
        """How the content a month changed, per cent of what it was."""
        return volume_change_pct(self.before, self.now) or Fraction(0)

    @property
    def price_pct(self) -> Fraction:
        """How the unit value changed, per cent of what it was."""
        return price_change_pct(self.before.sums, self.now.sums) or Fraction(0)

    def lines(self, against: str) -> Iterator[dict[str, str]]:
        """Yield the arithmetic of both changes; *against* names the earlier window."""
        volume, price = decimal_text(self.volume_pct), decimal_text(self.price_pct)
        yield line(
            f"change of the volume against {against}",
            f"{self.now.monthly_kg} / {self.before.monthly_kg} * 100 - 100",
            volume,
            "%",
        )
        yield line(
            f"change of the unit value against {against}",
            f"{self.now.price} / {self.before.price} * 100 - 100",
            price,
            "%",
        )


def volume_change_pct(before: Window, now: Window) -> Fraction | None:
    """Return how the content a month changed, per cent; None where there was none before."""
    was = Fraction(before.sums.content_mg, before.months)
    return percent(Fraction(now.sums.content_mg, now.months) - was, was)


def price_change_pct(before: Sums, now: Sums) -> Fraction | None:
    """Return how the unit value changed, per cent; None where one of them has none."""
    was, is_now = before.unit_value, now.unit_value
    return None if was is None or is_now is None else percent(is_now - was, was)


def traded_months(panel: Panel, lane: Lane, through: int, months: int) -> int:
    """Return how many of the *months* months that end with *through* had trade."""
    return sum(1 for month in range(through - months + 1, through + 1) if panel.month(lane, month).content_mg)
