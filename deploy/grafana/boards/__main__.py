"""Writes the dashboards where Grafana reads them."""

from pathlib import Path
from typing import Final

from deploy.grafana.boards import BOARDS
from deploy.grafana.boards.board import as_json

FOLDER: Final = Path(__file__).resolve().parents[1] / "dashboards"


def main() -> None:
    """Write each dashboard to its file."""
    for board in BOARDS:
        (FOLDER / f"{board.name}.json").write_text(as_json(board, BOARDS), encoding="utf-8")


if __name__ == "__main__":
    main()
