"""Fixtures that every kind of test may ask for."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.fixtures_brokers"]

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder `shared` beside the checkout: real data and worked cases that the project does not ship."""
    folder = CHECKOUT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the folder `shared` (data and worked cases) beside the checkout, and there is none")
    return folder
