"""Published customs statistics as the trades that a worker would have been told month by month."""

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from streams.exact import micros_text
from streams.feeds.countries import alpha2_of
from streams.records import Flow, Trade

CHINA_GRAPHITE: Final = "china_exports_graphite_gage_monthly/china_exports_by_destination_hs6_monthly.csv"
UNITED_KINGDOM: Final = "crm_trade_flows/uk_hmrc_monthly_202406_202606.csv.gz"

GRAPHITE: Final = {"250410": "graphite|natural", "380110": "graphite|artificial"}
SILICON: Final = {"280469": "silicon|metal"}
TUNGSTEN: Final = {"810194": "tungsten|metal"}

_NAMES: Final = {
    "Australia": "AU", "Austria": "AT", "Belgium": "BE", "Brazil": "BR", "Canada": "CA", "Czech Republic": "CZ",
    "Egypt": "EG", "France": "FR", "Germany": "DE", "Hong Kong": "HK", "Hungary": "HU", "India": "IN",
    "Indonesia": "ID", "Iran": "IR", "Italy": "IT", "Japan": "JP", "Kazakhstan": "KZ", "Malaysia": "MY",
    "Mexico": "MX", "Mozambique": "MZ", "Netherlands": "NL", "New Zealand": "NZ", "Philippines": "PH", "Poland": "PL",
    "Russia": "RU", "Singapore": "SG", "Slovakia": "SK", "South Africa": "ZA", "South Korea": "KR", "Spain": "ES",
    "Sweden": "SE", "Taiwan": "TW", "Tanzania": "TZ", "Thailand": "TH", "Turkey": "TR", "UAE": "AE", "USA": "US",
    "United Kingdom": "GB", "Vietnam": "VN",
}  # fmt: skip
"""The destinations of the graphite file."""


def china_graphite(shared: Path) -> Iterator[Trade]:
    """Yield China's exports of graphite by destination, 2018 to 2024, FOB; the imputed quantities of 2017 left out."""
    with (shared / "data" / CHINA_GRAPHITE).open(newline="") as file:
        for row in csv.DictReader(file):
            if row["hs6"] not in GRAPHITE or row["qty_quality"].startswith("imputed"):
                continue
            if not _positive(row["net_weight_kg"]) or not _positive(row["value_usd"]):
                continue
            destination = _NAMES[row["destination"]]
            yield Trade(
                id=f"{row['hs6']}/{destination}/{row['month'][:7]}",
                source="customs-cn",
                event_date=date.fromisoformat(row["month"]),
                origin="CN",
                destination=destination,
                product=GRAPHITE[row["hs6"]],
                quantity=_decimal(row["net_weight_kg"]),
                value=_decimal(row["value_usd"]),
                currency="USD",
                incoterm="FOB",
                hs_code=row["hs6"],
                flow=Flow.EXPORT,
            )


def united_kingdom(shared: Path, products: dict[str, str]) -> Iterator[Trade]:
    """Yield the United Kingdom's imports of some codes by origin, 2024-06 to 2026-06, CIF."""
    with gzip.open(shared / "data" / UNITED_KINGDOM, "rt", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            origin = alpha2_of(row["partner"])
            if row["hs6"] not in products or row["flow"] != "import" or origin is None:
                continue
            if not _positive(row["qty_kg"]) or not _positive(row["value_usd"]):
                continue
            yield Trade(
                id=f"uk/{number}",
                source="customs-gb",
                event_date=date(int(row["period"][:4]), int(row["period"][4:]), 1),
                origin=origin,
                destination="GB",
                product=products[row["hs6"]],
                quantity=_decimal(row["qty_kg"]),
                value=_decimal(row["value_usd"]),
                currency="USD",
                incoterm="CIF",
                hs_code=row["native_code"],
            )


def _positive(text: str) -> bool:
    """Return whether a figure is stated and above zero."""
    return bool(text) and text[0] != "-" and any(digit in "123456789" for digit in text.partition("e")[0])


def _decimal(text: str) -> str:
    """Return a published figure at six decimals, beyond which its digits are those of a binary float."""
    whole, _, decimals = text.partition(".")
    return micros_text(int(whole) * 1_000_000 + int(f"{decimals[:6]:0<6}"))
