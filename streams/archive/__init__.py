"""
Archives: what topics held, in files, for the day on which Kafka no longer has it.

A folder has ``manifest.json`` and, for each partition of a topic, segments of records in the order of their offsets,
each with its SHA-256.  Values are kept byte for byte.
"""
