"""
Shares of origins in imports: how concentrated they are, and how they shift.

    share     = volume of an origin / volume of all                                      per cent
    shift     = share now - share before                                                 percentage points
    tvd       = half the sum of |shift| (total variation distance)                       percentage points
    HHI       = sum of share^2, with shares in per cent: 10,000 for a single origin       (Herfindahl-Hirschman)

An origin shift is flagged where the origin under a measure falls by at least a limit and some other rises by at least
another; at the limits counts.  Shares, not volumes: imports that halve all round shift nothing.  It is the change in
the pattern of trade that Regulation (EU) 2016/1036, art. 13(1), and 19 U.S.C. 1677j look for; trade flows alone do not
tell circumvention from an honest change of supplier.  HHI: 1,000 and 1,800 are where the US Merger Guidelines of 2023
begin to call a market moderately and highly concentrated.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from streams.antidumping.sales import Exact

SHIFT_PP: Final = Fraction(10)
"""How far the target falls and another rises; a default, no law names it."""

_NOTHING: Final = Fraction(0)


class TopShare(NamedTuple):
    """The largest origin and its share."""

    origin: str
    share_pct: Fraction


class OriginShift(NamedTuple):
    """How shares moved between two periods; every origin of either period has a place in each mapping."""

    base_pct: Mapping[str, Fraction]
    comparison_pct: Mapping[str, Fraction]
    shift_pp: Mapping[str, Fraction]
    tvd_pp: Fraction
    flag: bool
    suspects: tuple[str, ...]
    """Origins that rose by the limit or more where the target fell, the largest rise first."""


def shares_pct(volumes: Mapping[str, Exact]) -> dict[str, Fraction] | None:
    """Return each origin's share in per cent; None where there are no imports.  Volumes are in one unit."""
    total = sum(volumes.values())
    if total <= 0:
        return None
    return {origin: Fraction(100 * volume, total) for origin, volume in volumes.items()}


def herfindahl(volumes: Mapping[str, Exact]) -> Fraction | None:
    """Return the Herfindahl-Hirschman index, up to 10,000; None where there are no imports."""
    total = sum(volumes.values())
    if total <= 0:
        return None
    return Fraction(10_000 * sum(volume * volume for volume in volumes.values()), total * total)


def top_share(volumes: Mapping[str, Exact]) -> TopShare | None:
    """Return the largest origin, of equals the first by name; None where there are no imports."""
    found = shares_pct(volumes)
    if found is None:
        return None
    origin = min(found, key=lambda each: (-found[each], each))
    return TopShare(origin, found[origin])


def origin_shift(
    base: Mapping[str, Exact],
    comparison: Mapping[str, Exact],
    *,
    target: str,
    fall_pp: Fraction = SHIFT_PP,
    rise_pp: Fraction = SHIFT_PP,
) -> OriginShift | None:
    """
    Compare the shares of origins in two periods; None where one of them has no imports at all.

    An origin that is missing from a period has a share of 0 there.
    """
    shares = shares_pct(base), shares_pct(comparison)
    if shares[0] is None or shares[1] is None:
        return None
    origins = dict.fromkeys([*base, *comparison])
    before, after = ({origin: each.get(origin, _NOTHING) for origin in origins} for each in shares if each)
    shift = {origin: after[origin] - before[origin] for origin in origins}
    fallen = shift.get(target, _NOTHING) <= -fall_pp
    risen = [origin for origin in origins if fallen and origin != target and shift[origin] >= rise_pp]
    suspects = tuple(sorted(risen, key=lambda origin: (-shift[origin], origin)))
    return OriginShift(before, after, shift, sum(map(abs, shift.values()), _NOTHING) / 2, bool(suspects), suspects)
