"""
Eurostat Comext: what the reading of its bulk files and of its SDMX-CSV answers has in common.

- Values are euros, statistical values: CIF at the border of the reporting member state for arrivals and imports, FOB
  for dispatches and exports.  Weights are net mass.
- Commodity codes are those of the Combined Nomenclature, eight digits.  Shorter ones and ``TOTAL`` are totals; codes
  with letters (``28XXXXXX``) stand for goods whose code a member state keeps confidential.
- Partners whose code begins with Q are secret, not specified or ships' stores: no country, so the row is refused.
- ``EU27_2020``, ``EXT_EU27_2020``, ``INT_EU27_2020``, ``WORLD`` and their kin are totals over partners or reporters.

Licence: reuse free of charge with Eurostat named as the source.
"""

from typing import Final

from streams.feeds.countries import alpha2_of
from streams.feeds.items import RowError
from streams.feeds.period_totals import PeriodTotal
from streams.feeds.periods import Period
from streams.records import Flow, Refusal

SOURCE: Final = "comext"
OVER_CODES: Final = "totals over commodity codes"
OVER_PARTNERS: Final = "totals over partners"
OVER_REPORTERS: Final = "totals over reporters"
HIDDEN_CODES: Final = "goods whose commodity code is kept confidential"

_FLOWS: Final = {"1": Flow.IMPORT, "2": Flow.EXPORT, "IMPORT": Flow.IMPORT, "EXPORT": Flow.EXPORT}
_TOTALS: Final = ("EU", "EA", "EXT_", "INT_", "EXTRA", "INTRA", "WORLD", "TOTAL")
_CN8: Final = 8


def passed_over(reporter: str, partner: str, code: str) -> str | None:
    """Return why a row is no flow of one code between two countries, None where it is one."""
    if reporter.startswith(_TOTALS):
        return OVER_REPORTERS
    if partner.startswith(_TOTALS):
        return OVER_PARTNERS
    if code.isdigit():
        return OVER_CODES if len(code) < _CN8 else None
    return OVER_CODES if code.upper() == "TOTAL" else HIDDEN_CODES


def side_of(flow: str) -> Flow | None:
    """Return the side of the trade that a row's flow says, None where it says none."""
    return _FLOWS.get(flow.upper())


def comext_total(
    *,
    period: Period,
    reporter: str,
    partner: str,
    flow: str,
    code: str,
    quantity: str,
    value: str,
    procedure: str = "",
    regime: str | None = None,
) -> PeriodTotal:
    """Return the total in a row; raises :class:`RowError` where countries or flow are none."""
    side = side_of(flow)
    if side is None:
        raise RowError(Refusal.WRONG_TYPE, f"flow: expected 1 or 2, found {flow[:40]!r}")
    if not (code.isascii() and len(code) == _CN8):
        raise RowError(Refusal.WRONG_TYPE, f"product: expected eight digits, found {code[:40]!r}")
    here, there = _country(reporter, "reporter"), _country(partner, "partner")
    exported = side is Flow.EXPORT
    origin, destination = (here, there) if exported else (there, here)
    return PeriodTotal(
        source=SOURCE,
        identity=(period.name, "X" if exported else "M", code, origin, destination, procedure),
        period=period,
        origin=origin,
        destination=destination,
        hs_code=code,
        hs_version=f"CN{period.last_day.year}",
        quantity=quantity,
        value=value,
        currency="EUR",
        incoterm="FOB" if exported else "CIF",
        flow=side,
        regime=regime,
    )


def _country(code: str, side: str) -> str:
    country = alpha2_of(code) if code.isalpha() else None
    if country is None or (code.upper().startswith("Q") and country != "QA"):
        detail = f"{side} {code[:40]!r} is no country: kept confidential, not specified, or a new code"
        raise RowError(Refusal.MISSING_FIELD, detail)
    return country
