"""
Anti-dumping arithmetic: margins, thresholds and tests of trade remedy law, exactly.

One module a topic.  Functions of plain numbers (integers or fractions, never a binary float) that rules call with sums
of cells and conformance runners with the inputs of a case: one code for both.  What is undefined is None, never 0.
"""
