"""Streams: trades and price ticks judged against reference floors, live and in replay alike."""
