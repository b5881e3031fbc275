"""What can be wrong with a run."""


class RunError(Exception):
    """Raised for a run that cannot be written, read or compared: says what was found and what to do."""
