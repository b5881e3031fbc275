"""Measurements: what the engine and the live path do on this machine, beside a baseline in the same run."""
