"""How the shipped feed is made from the publishers' figures: read, chosen, put in order, written in our own form."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final, TextIO

from streams.feeds.feed import open_feed
from streams.feeds.items import FeedRecord
from streams.feeds.options import FeedOptions
from streams.feeds.own_csv import write_csv
from streams.records import Flow, PriceTick, Trade

SILICON: Final = "28046900"
TUNGSTEN: Final = "81019400"
TICKS_FROM: Final = date(2024, 1, 1)
METALS: Final = ("aluminium", "copper", "lead", "nickel", "tin", "zinc")

_CUSTOMS_COMMENTS: Final = (
    "United Kingdom: imports of silicon metal (CN 28046900) and unwrought tungsten (CN 81019400) by partner country.",
    "Published by HM Revenue & Customs, uktradeinfo, Overseas Trade Statistics.",
    "Contains public sector information licensed under the Open Government Licence v3.0.",
    "Restated in the form of this project: dated to the month's end; value in US dollars, compiled from pounds",
    "sterling at monthly ECB reference rates; quantity is net mass in kg; rows of one month, code and country are",
    "numbered.",
)
_TICK_COMMENTS: Final = (
    "Monthly average prices of base metals.",
    "Published by the World Bank, Commodity Price Data (The Pink Sheet), under CC BY 4.0.",
    "Restated in the form of this project: one row a month and metal; dated to the month's end; nominal US dollars.",
)


def restate_customs(flows: Path, file: TextIO) -> int:
    """Write the silicon and tungsten imports of a compiled table of customs rows; return how many there are."""
    options = FeedOptions(hs_codes=(SILICON, TUNGSTEN), only=Flow.IMPORT)
    trades = [record for record in _records(flows, options) if isinstance(record, Trade)]
    trades.sort(key=lambda trade: (trade.event_date, trade.id))
    return write_csv(file, trades, _CUSTOMS_COMMENTS)


def restate_pink_sheet(workbook: Path, file: TextIO) -> int:
    """Write the prices of a few metals since 2024 from the Pink Sheet's workbook; return how many there are."""
    wanted = {f"worldbank:{metal}" for metal in METALS}
    ticks = [
        record
        for record in _records(workbook, FeedOptions())
        if isinstance(record, PriceTick) and record.instrument in wanted and record.event_date >= TICKS_FROM
    ]
    ticks.sort(key=lambda tick: (tick.event_date, tick.instrument))
    return write_csv(file, ticks, _TICK_COMMENTS)


def _records(path: Path, options: FeedOptions) -> Iterator[Trade | PriceTick]:
    for item in open_feed(path, options):
        if isinstance(item, FeedRecord):
            yield item.record
