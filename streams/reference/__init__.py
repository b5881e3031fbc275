"""Reference data: what a record is judged by.  Pure values and look-ups, exact throughout."""
