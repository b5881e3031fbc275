"""Severity by how bad a finding is, in bands that are a rule's own choice."""

from fractions import Fraction
from typing import Final, NamedTuple

from alerts.model import Severity


class Bands(NamedTuple):
    """The least weight of each severity above info."""

    warning: Fraction
    high: Fraction
    critical: Fraction

    def severity(self, weight: Fraction) -> Severity:
        """Return the severity of *weight*: that of the highest band it reaches."""
        if weight >= self.critical:
            return Severity.CRITICAL
        if weight >= self.high:
            return Severity.HIGH
        return Severity.WARNING if weight >= self.warning else Severity.INFO


SAFEGUARD: Final = Bands(Fraction(10), Fraction(40), Fraction(60))
"""Per cent: where the WTO's special safeguard grades a levy by the gap (Agreement on Agriculture, article 5.5)."""
