"""
The dashboards, as code: ``python -m deploy.grafana.boards`` writes ``deploy/grafana/dashboards/*.json``.

They need Prometheus and nothing else.  Written for the schema of Grafana 11.6, whose builders the extra ``dashboards``
pins; the JSON is checked in, and a test fails where it is not what this code writes.
"""

from typing import Final

from deploy.grafana.boards import delivery, drill_down, overview, pipeline, replay
from deploy.grafana.boards.board import Board

BOARDS: Final[tuple[Board, ...]] = (
    overview.BOARD,
    drill_down.BOARD,
    pipeline.BOARD,
    delivery.BOARD,
    replay.BOARD,
)
"""Every dashboard, from the general to the particular."""
