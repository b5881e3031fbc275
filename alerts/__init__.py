"""Alerts: what was found, what became of it, and where it is kept for readers."""
