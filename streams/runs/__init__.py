"""
Runs: what a replay came to, kept as a folder, and what can be asked of such folders.

A run folder has a manifest (what was read, by what rules and reference data, what it came to), the standing alerts and
the month sums of every lane.  Two of them are compared, one is scored against known cases, and many are made at once
where a floor or a threshold is swept over a range.
"""
