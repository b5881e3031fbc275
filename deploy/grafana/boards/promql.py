"""
Expressions that are never empty in normal running.

A quantile of nothing is no number, and a label set that has not come yet has no series; a panel that shows "No data"
leaves open whether nothing happened or nothing was measured.
"""


def quantile(share: str, metric: str, selector: str, by: str = "") -> str:
    """Return the *share*-quantile of a histogram over the last minutes, 0 where nothing was observed."""
    counted = f"{metric}_count{{{selector}}}"
    buckets = f"{metric}_bucket{{{selector}}}"
    inner = f"le, {by}" if by else "le"
    outer = f"by ({by}) " if by else ""
    return (
        f"histogram_quantile({share}, sum by ({inner}) (rate({buckets}[$__rate_interval]))) >= 0 "
        f"or 0 * sum {outer}(rate({counted}[$__rate_interval]))"
    )


def mean(metric: str, selector: str, by: str) -> str:
    """Return the mean of a histogram over the last minutes by a label, 0 where nothing was observed."""
    total = f"sum by ({by}) (rate({metric}_sum{{{selector}}}[$__rate_interval]))"
    count = f"sum by ({by}) (rate({metric}_count{{{selector}}}[$__rate_interval]))"
    return f"{total} / clamp_min({count}, 1e-9)"


def or_none(expression: str, label: str, called: str = "none") -> str:
    """Return *expression*, or a single 0 whose *label* is *called* so where it has no series yet."""
    nothing = f'label_replace(vector(0), "{label}", "{called}", "", "")'
    return f"({expression}) or ({nothing} unless on () ({expression}))"


def or_zero(expression: str) -> str:
    """Return *expression*, which has no labels, or 0 where it has no sample yet."""
    return f"({expression}) or vector(0)"


def share_of(part: str, whole: str) -> str:
    """Return *part* of *whole*, 0 where either is nothing."""
    return f"(({part}) or 0 * ({whole})) / clamp_min({whole}, 1e-9)"
