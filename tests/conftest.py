"""Fixtures that every kind of test may ask for."""

import signal
from pathlib import Path

import pytest

pytest_plugins = ["tests.fixtures_brokers"]

CHECKOUT = Path(__file__).resolve().parents[1]

# What a shell starts in the background ignores Ctrl-C, and hands that on to what it starts: to what tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder `shared` beside the checkout: real data and worked cases that the project does not ship."""
    folder = CHECKOUT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the folder `shared` (data and worked cases) beside the checkout, and there is none")
    return folder
