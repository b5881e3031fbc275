"""One product and its origins: price against floor and normal value, volume, alerts, levy."""

from typing import Final

from deploy.grafana.boards.board import Board, Choice, Mark, Row
from deploy.grafana.boards.panels import BAD, WARN, Query, graph, number
from deploy.grafana.boards.promql import or_none, or_zero

_OWN: Final = 'job=~"$job", instance=~"$instance"'
# Equality: the bar in a product's name would mean "or" in a regular expression.
_PRODUCT: Final = f'{_OWN}, product="$product"'
_LANE: Final = f'{_PRODUCT}, origin=~"$origin"'
_OF_FLOOR: Final = (
    f"floorwatch_import_unit_value_usd_per_kg{{{_LANE}}} / floorwatch_import_floor_usd_per_kg{{{_LANE}}} - 1"
)
_OPEN: Final = f"sum by (rule, severity) (floorwatch_alerts_open{{{_PRODUCT}}})"
_BEFORE: Final = f"sum by (rule, severity) (floorwatch_alerts_open{{{_PRODUCT}}} offset 30s)"

_NOW: Final = Row(
    title="Now",
    panels=[
        number(
            "Open alerts", "Open alerts of the product.", "none", or_zero(f"sum(floorwatch_alerts_open{{{_PRODUCT}}})")
        ),
        number(
            "Levy due",
            "Levy due on what the open floor breaches of the product and origins add up to.",
            "currencyUSD",
            or_zero(f"sum(floorwatch_levy_due_usd{{{_LANE}}})"),
        ),
        number(
            "Lowest import price against floor",
            "Lowest import unit value of the origins above their floor, as a part of the floor.",
            "percentunit",
            or_zero(f"min({_OF_FLOOR})"),
        ),
        number(
            "Largest dumping margin",
            "Largest margin among the open alerts, as a part of the export price; 0 where no alert states one.",
            "percentunit",
            or_zero(f"max(floorwatch_dumping_margin_ratio{{{_LANE}}})"),
            steps=[(0.02, WARN), (0.1, BAD)],
        ),
        number(
            "Largest supplier's share",
            "Largest supplier's share of a destination's imports among the open alerts; 0 where no alert states one.",
            "percentunit",
            or_zero(f"max(floorwatch_supplier_share_ratio{{{_PRODUCT}}})"),
            steps=[(0.5, WARN), (0.8, BAD)],
        ),
        number(
            "Latest import day",
            "Latest day on which the product was imported.",
            "dateTimeAsIso",
            f"1000 * max(floorwatch_import_day_timestamp_seconds{{{_PRODUCT}}})",
        ),
    ],
)

_PRICES: Final = Row(
    title="Price against floor and normal value",
    panels=[
        graph(
            "Import price, floor, market and normal value",
            "Import unit value by origin on the latest day each lane traded, beside its floor, the market price on the "
            "floor's basis and, where an open alert compares with one, the normal value. USD per kg of content, on "
            "a logarithmic axis.",
            "currencyUSD",
            Query(
                expr=f"max by (product, origin) (floorwatch_import_unit_value_usd_per_kg{{{_LANE}}})",
                legend="{{origin}}",
            ),
            Query(
                expr=f"max by (product, origin) (floorwatch_import_floor_usd_per_kg{{{_LANE}}})",
                legend="floor for {{origin}}",
            ),
            Query(
                expr=f"max by (product, instrument) (floorwatch_market_price_usd_per_kg{{{_PRODUCT}}})",
                legend="market: {{instrument}}",
            ),
            Query(
                expr=f"max by (product, origin) (floorwatch_normal_value_usd_per_kg{{{_LANE}}})",
                legend="normal value for {{origin}}",
            ),
            width=1,
            axis="USD per kg",
            least=None,
            logarithmic=True,
        ),
        graph(
            "Import price against floor by origin",
            "Import unit value above the floor of the same goods, as a part of the floor; what is more than twice "
            "above it is out of the picture.",
            "percentunit",
            Query(expr=or_none(f"max by (origin) ({_OF_FLOOR})", "origin", "no floor"), legend="{{origin}}"),
            least=-1,
            most=2,
        ),
        graph(
            "Market headroom",
            "Latest market price above the floor, as a part of the floor, by instrument and floor.",
            "percentunit",
            Query(
                expr=or_none(
                    f"max by (product, instrument, floor) (floorwatch_headroom_ratio{{{_PRODUCT}}})",
                    "instrument",
                    "no market price",
                ),
                legend="{{instrument}} {{floor}}",
            ),
            least=None,
        ),
    ],
)

_TRADE: Final = Row(
    title="Volume, alerts and levy",
    panels=[
        graph(
            "Volume by origin",
            "Priced goods imported on the latest day that each lane traded, kg of content.",
            "masskg",
            Query(
                expr=f"sum by (product, origin) (floorwatch_import_content_kg{{{_LANE}}})",
                legend="{{origin}}",
            ),
            stacked=True,
        ),
        graph(
            "Levy due by origin",
            "Levy due on what the open floor breaches add up to.",
            "currencyUSD",
            Query(
                expr=or_none(f"sum by (product, origin) (floorwatch_levy_due_usd{{{_LANE}}})", "origin"),
                legend="{{origin}}",
            ),
            stacked=True,
        ),
        graph(
            "Open alerts by rule",
            "Open alerts of the product, by the rule that opened them.",
            "none",
            Query(expr=or_none(f"sum by (rule) (floorwatch_alerts_open{{{_PRODUCT}}})", "rule"), legend="{{rule}}"),
            stacked=True,
        ),
        graph(
            "Age of the market price",
            "Event time from the latest market price of each instrument to the latest day known of the mineral.",
            "s",
            Query(
                expr=or_none(
                    f"max by (product, instrument) (floorwatch_benchmark_age_seconds{{{_PRODUCT}}})",
                    "instrument",
                    "no market price",
                ),
                legend="{{instrument}}",
            ),
        ),
        graph(
            "Concentration of supply",
            "Largest supplier's share of a destination's imports, and the Herfindahl-Hirschman index as a part of "
            "10,000, the largest among the open alerts; 0 where no alert states one.",
            "percentunit",
            Query(
                expr=or_none(f"max by (destination) (floorwatch_supplier_share_ratio{{{_PRODUCT}}})", "destination"),
                legend="largest supplier to {{destination}}",
            ),
            Query(
                expr=or_none(f"max by (destination) (floorwatch_supplier_hhi{{{_PRODUCT}}}) / 10000", "destination"),
                legend="index of {{destination}}",
            ),
        ),
        graph(
            "How the floor question was answered",
            "Latest records of the product by answer.",
            "none",
            Query(expr=f"sum by (judged) (floorwatch_import_records{{{_PRODUCT}}})", legend="{{judged}}"),
            stacked=True,
        ),
    ],
)

BOARD: Final = Board(
    name="drill-down",
    title="Floorwatch / Product and origin",
    description="One product: what its importers paid, against the floor and the normal value, by origin. Lines "
    "across the graphs are alerts that opened. The time axis is when it became known.",
    choices=[
        Choice(
            name="product",
            label="Product",
            query='label_values(floorwatch_import_day_timestamp_seconds{job=~"$job"}, product)',
            everything="",
        ),
        Choice(
            name="origin",
            label="Origin",
            query='label_values(floorwatch_import_unit_value_usd_per_kg{job=~"$job", product="$product"}, origin)',
        ),
    ],
    marks=[
        Mark(
            name="Alerts opened",
            expr=f"({_OPEN} - {_BEFORE} > 0) or ({_OPEN} > 0 unless {_BEFORE})",
            title="{{rule}}",
            text="{{severity}}: more alerts are open than half a minute before",
            colour=BAD,
        ),
    ],
    rows=[_NOW, _PRICES, _TRADE],
)
