"""A worked case: inputs, and answers that an engine which is right must meet."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec

Inputs = Mapping[str, Any]
Outputs = Mapping[str, Any]
Runner = Callable[[Inputs], Outputs]
"""
Runs the inputs of one topic through the engine.

Outputs hold exact numbers (:class:`fractions.Fraction` or ``int``), ``bool``, text, ``None`` for what is undefined,
and lists and mappings of these.  What the engine itself holds only rounded is handed out as text.
"""

_KINDS: Final = ("published", "published-rule", "computed")


class CaseError(ValueError):
    """Raised for a file that is no case, or a case that cannot be run; says what was found."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One case file."""

    id: str
    topic: str
    kind: str
    title: str
    inputs: dict[str, Any]
    expected: dict[str, Any]
    """A subset of the outputs; every key must be met."""
    source: str | None = None
    derivation: str | None = None
    notes: str | list[str] | None = None

    def __post_init__(self) -> None:
        """Refuse what says nothing that could be checked."""
        if self.kind not in _KINDS:
            message = f"kind {self.kind!r} is none of {', '.join(_KINDS)}"
            raise CaseError(message)
        if not self.expected:
            message = "expected is empty: nothing could fail"
            raise CaseError(message)


def read_case(path: Path) -> Case:
    """Return the case in the file *path*; raises :class:`CaseError` for anything else."""
    try:
        tree = json.loads(path.read_bytes(), parse_float=_no_float, parse_constant=_no_float)
        return msgspec.convert(tree, Case)
    except OSError as e:
        raise CaseError(e.strerror or str(e)) from e
    except UnicodeDecodeError as e:
        message = f"is not UTF-8 at byte {e.start}"
        raise CaseError(message) from e
    except json.JSONDecodeError as e:
        message = f"is not JSON: {e}"
        raise CaseError(message) from e
    except (RecursionError, msgspec.ValidationError) as e:
        message = f"is no case: {e}"
        raise CaseError(message) from e


def _no_float(text: str) -> NoReturn:
    message = f"has the number {text}, which would pass through a binary float; write it as text"
    raise CaseError(message)
