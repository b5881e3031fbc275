"""
Metrics: what is measured, as data, and how it is shown to Prometheus.

:mod:`~alerts.metrics.catalogue` declares every metric once, with its labels and how many values each may have.  The
worker, the API, ``docs/metrics.md`` and the tests read it; nothing is exposed that is not in it.  What is measured is
kept in a :class:`~alerts.metrics.meter.Meter` as plain numbers and turned into an exposition when Prometheus asks, so
that a record costs nothing.

Where more label values come than a metric may have, counts are added up under ``other``; prices, whose sum would mean
nothing, are left out.  Both are counted in ``floorwatch_series_left_out``.
"""
