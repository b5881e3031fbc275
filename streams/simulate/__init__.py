"""
Labelled feeds: honest trade and, within it, patterns whose place and time are known.

Everything is drawn from seeded dice: the same seed gives the same bytes.  What is made here goes to the engine as any
other feed does; nothing of the engine knows of it.
"""
