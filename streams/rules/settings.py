"""What of a rule is a choice: thresholds with their source, and other choices for some goods."""

from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Any, NamedTuple, Self

from streams.exact import decimal_text


def threshold(default: Any, meaning: str, *, basis: str = "default") -> Any:
    """
    Return a dataclass field for a threshold.

    *meaning* says in words what it decides; *basis* names the law or publication that gives the figure, and is
    ``default`` where no source does: such a figure is there to be tuned.
    """
    return field(default=default, metadata={"meaning": meaning, "basis": basis})


class Override(NamedTuple):
    """A rule with other settings for the goods that it names; what is empty is not told apart."""

    rule: Any
    mineral: str = ""
    stage: str = ""
    origin: str = ""

    def fits(self, product: str, origin: str) -> bool:
        """Return whether goods of *product* (``mineral|stage``) from *origin* are named."""
        mineral, _, stage = product.partition("|")
        return self.mineral in ("", mineral) and self.stage in ("", stage) and self.origin in ("", origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configurable:
    """Has settings that may differ by mineral, stage and origin."""

    overrides: tuple[Override, ...] = ()

    def most(self, name: str) -> int:
        """Return the largest figure that a setting has for any goods."""
        rules = (self, *(override.rule for override in self.overrides))
        return max(int(getattr(rule, name)) for rule in rules)

    def at(self, product: str, origin: str = "") -> Self:
        """Return the rule as it is set for goods of *product* from *origin*: the last override that fits."""
        for override in reversed(self.overrides):
            if override.fits(product, origin):
                rule: Self = override.rule
                return rule
        return self

    def stated(self) -> dict[str, dict[str, Any]]:
        """Return the thresholds as evidence states them: by name, the value and what it is based on."""
        return {
            each.name: {"value": _text(getattr(self, each.name)), "basis": each.metadata["basis"]}
            for each in fields(self)
            if each.metadata
        }


def _text(value: Any) -> Any:
    if isinstance(value, Fraction):
        return decimal_text(value)
    return [*map(_text, value)] if isinstance(value, tuple) else value
