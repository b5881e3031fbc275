"""A group of commands that is itself a command: ``replay FILE...`` beside ``replay diff A B``."""

from typing import Any, Final

from typer.core import TyperGroup

DEFAULT: Final = "files"
"""The name under which a group keeps the command it stands for."""


class DefaultCommandGroup(TyperGroup):
    """
    Runs its command ``files`` where the first word is not the name of another.

    A file that is called as another command is goes by its path: ``./diff``.  Contexts are ``Any``: Typer brings a
    Click of its own, whose types are private.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command before words that begin with none."""
        if not args or args[0] not in self.commands:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command, the default one without a name of its own in usage and errors."""
        name, command, rest = super().resolve_command(ctx, args)
        return ("" if name == DEFAULT else name), command, rest

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the others."""
        return [name for name in super().list_commands(ctx) if name != DEFAULT]
