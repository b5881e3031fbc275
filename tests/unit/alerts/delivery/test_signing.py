"""Signatures: what the library of Standard Webhooks makes of them."""

import time

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from alerts.delivery.signing import new_secret, signatures

BODY = '{"specversion":"1.0","data":{"ü":1}}'.encode()


def headers(keys, *, message_id="a:1", timestamp=None, body=BODY):
    """Return the headers of a delivery."""
    timestamp = int(time.time()) if timestamp is None else timestamp
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures(keys, message_id, timestamp, body),
    }


def test_the_library_of_the_standard_verifies_a_delivery():
    """With the secret as it is printed."""
    secret = new_secret()
    assert Webhook(secret).verify(BODY, headers([secret])) == {"specversion": "1.0", "data": {"ü": 1}}


def test_while_a_secret_is_changed_a_receiver_may_have_either():
    """Both sign, so that there is no moment in which nothing verifies."""
    new, old = new_secret(), new_secret()
    both = headers([new, old])
    for held in (new, old):
        Webhook(held).verify(BODY, both)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(BODY, headers([new]))


@pytest.mark.parametrize("changed", ["body", "id", "timestamp"])
def test_whatever_is_changed_on_the_way_is_noticed(changed):
    """The id and the instant are signed with the body."""
    secret = new_secret()
    sent, body = headers([secret]), BODY
    if changed == "body":
        body = BODY.replace(b"1.0", b"1.1")
    elif changed == "id":
        sent["webhook-id"] = "a:2"
    else:
        sent["webhook-timestamp"] = str(int(sent["webhook-timestamp"]) - 1)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, sent)


def test_no_two_secrets_are_alike():
    """Each endpoint has its own."""
    assert new_secret() != new_secret()
