"""The command line, run in the process of the test."""

import pytest

from streams.cli import main


def command(capsys, *arguments):
    """Run the command line and return what it came to: status, stdout, stderr."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code or 0, *capsys.readouterr()
