"""
The command line: ``floorwatch COMMAND``.

One command, or group of commands, a module.  A command imports what it runs when it runs, so that help and completion
answer at once.  Exit status: 0 done; 1 something was found wrong, or failed; 2 the command was not understood.
"""

from streams.cli.root import app, main

__all__ = ["app", "main"]
