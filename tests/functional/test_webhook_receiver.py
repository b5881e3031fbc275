"""`floorwatch webhooks listen`: a receiver to try with, which takes what is signed and shows it."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import httpx
from standardwebhooks.webhooks import Webhook

from alerts.delivery.signing import new_secret
from alerts.envelope import change_event, encode_event
from alerts.store import Recorded
from streams.embedded import free_port
from tests.site import until
from tests.unit.alerts.examples import FIRING, change_of

EVENT = encode_event(change_event(Recorded(0, change_of(FIRING)), "floorwatch")).decode()


def test_what_is_signed_by_the_secret_is_taken_and_shown():
    """Another signature, or none, is refused: 401; what is no JSON: 400."""
    secret, port = new_secret(), free_port()
    command = [sys.executable, "-m", "streams.cli", "webhooks", "listen", "--port", str(port)]
    command += ["--secret", secret, "--count", "1", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as listening:
        now = datetime.now(tz=UTC)
        signed = {
            "webhook-id": "x",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign("x", now, EVENT),
        }
        url = f"http://127.0.0.1:{port}/"
        until(lambda: _status(url, "{}", {}) == 401)
        assert _status(url, "{", signed) == 400
        assert _status(url, EVENT + " ", signed) == 401
        assert _status(url, EVENT, signed | {"webhook-signature": "v1,abc " + signed["webhook-signature"]}) == 204
        out, _ = listening.communicate(timeout=30)
    assert json.loads(out) == json.loads(EVENT)
    assert listening.returncode == 0


def _status(url: str, body: str, headers: dict[str, str]) -> int | None:
    try:
        return httpx.post(url, content=body, headers=headers).status_code
    except httpx.TransportError:
        return None
