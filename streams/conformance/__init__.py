"""
Conformance: worked cases with known answers, run through the engine's own code.

A case is a JSON file with inputs and expected outputs; its topic names the runner that feeds the inputs to the
engine.  A runner builds reference entries and records and reads the answer off what the engine holds; it has no
formula of its own where the engine has one.
"""

from streams.conformance.report import Report, Result, conformance, run_directory, run_file

__all__ = ["Report", "Result", "conformance", "run_directory", "run_file"]
