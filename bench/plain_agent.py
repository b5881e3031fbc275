"""
The baseline: what one would write first with Faust.

A plain agent that decodes each trade and compares its unit price with a floor from a dict; no state, no corrections,
no alerts.  It stands for the cost of Faust's own path, one event at a time.
"""

import os
import time

import faust

from bench.feed import PRODUCTS
from streams.app import FolderlessApp
from streams.records import Trade, decode_record

FLOORS = {product: float(floor) for product, floor, _ in PRODUCTS}


def main() -> None:
    """Run the agent until it has seen the number of trades given; print seconds from the first to the last."""
    expected = int(os.environ["BENCH_RECORDS"])
    app = FolderlessApp(
        "plain-agent",
        broker=f"kafka://{os.environ['FLOORWATCH_KAFKA']}",
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        broker_rebalance_timeout=6,
        broker_session_timeout=6,
        stream_buffer_maxsize=131_072,
        consumer_auto_offset_reset="earliest",
    )
    trades = app.topic("trades", value_serializer="raw", key_serializer="raw")
    seen = {"records": 0, "below": 0, "started": 0.0}

    @app.agent(trades)
    async def check_floor(stream: faust.StreamT[bytes]) -> None:
        async for value in stream:
            trade = decode_record(value)
            if not seen["started"]:
                seen["started"] = time.perf_counter()
            if isinstance(trade, Trade) and trade.product and trade.value and trade.quantity:
                seen["records"] += 1
                if float(trade.value) / float(trade.quantity) < FLOORS[trade.product]:
                    seen["below"] += 1
            if seen["records"] == expected:
                print(f"seconds {time.perf_counter() - seen['started']:.6f}", flush=True)
                os._exit(0)

    faust.Worker(app, loglevel="error", redirect_stdouts=False, blocking_timeout=None).execute_from_commandline()


if __name__ == "__main__":
    main()
