"""The hash by which a file is told to be the one that it was."""

import hashlib
from pathlib import Path


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content in hexadecimal digits, read block by block; raises ``OSError``."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
