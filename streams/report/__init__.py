"""
The report of a run: one page that explains itself, opens without a network and prints on paper.

It is made of the run's folder alone, never of the engine, so that the same folder gives the same page, byte for byte.
"""
