"""Signatures of Standard Webhooks 1.0, version ``v1``: HMAC-SHA256 over ``<id>.<timestamp>.<body>``."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Final

PREFIX: Final = "whsec_"
_KEY_BYTES: Final = 32


def new_secret() -> str:
    """Return a secret for one endpoint: 256 random bits, in the form that the libraries take."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def signatures(keys: Iterable[str], message_id: str, timestamp: int, body: bytes) -> str:
    """Return the header ``webhook-signature``: one signature for each secret, so that a receiver may have either."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{base64.b64encode(_hmac(each, signed)).decode()}" for each in keys)


def _hmac(secret: str, signed: bytes) -> bytes:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return hmac.new(key, signed, hashlib.sha256).digest()
