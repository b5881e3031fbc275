"""The name of a rule set: a hash of the settings of its rules."""

import hashlib
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from streams.rules.rule import Rule


def rules_digest(rules: Iterable[Rule]) -> str:
    """Return 12 hexadecimal digits that change with any setting of any rule, and with nothing else."""
    text = "\n".join(f"{rule.name} {_settings(rule)}" for rule in rules)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _settings(rule: Any) -> str:
    return " ".join(f"{each.name}={getattr(rule, each.name)}" for each in fields(rule))
