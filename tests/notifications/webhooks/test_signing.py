"""Signatures are those of the Standard Webhooks specification, and what the documents show."""

import base64
import re

import pytest

from notifications.webhooks.signing import new_secret, signature_headers
from tests.processes import ROOT

# Worked out with another implementation of HMAC (openssl dgst -sha256 -mac HMAC).
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER_SECRET = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()
ID, TIMESTAMP, BODY = "msg_1", 1_700_000_000, b'{"type":"call.queued"}'


def documented_verify():
    """The function that docs/webhooks.md shows to receivers."""
    text = (ROOT / "docs" / "webhooks.md").read_text()
    [example] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict = {}
    exec(example, names)  # noqa: S102 - our own documentation
    return names["verify"]


def headers(*secrets, body=BODY):
    return signature_headers(message_id=ID, timestamp=TIMESTAMP, body=body, secret_texts=secrets)


def test_a_known_message_has_its_known_signature():
    assert headers(SECRET) == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": "v1,0ad/hO3lVw62UNVEwrcUqmvPO67VX2AEmqV/+MFa7iM=",
    }


def test_secrets_are_long_and_differ():
    one, other = new_secret(), new_secret()

    assert one != other
    assert one.startswith("whsec_")
    assert len(base64.b64decode(one.removeprefix("whsec_"))) == 32


def test_the_documented_example_accepts_what_we_send():
    verify = documented_verify()

    assert verify(SECRET, headers(SECRET), BODY, now=TIMESTAMP + 10)


def test_while_a_secret_is_rotated_both_are_accepted():
    verify, new = documented_verify(), new_secret()
    sent = headers(new, SECRET)

    assert verify(SECRET, sent, BODY, now=TIMESTAMP)
    assert verify(new, sent, BODY, now=TIMESTAMP)


@pytest.mark.parametrize(
    ("secret", "change", "body", "now"),
    [
        (OTHER_SECRET, {}, BODY, TIMESTAMP),
        (SECRET, {}, BODY + b" ", TIMESTAMP),
        (SECRET, {"webhook-id": "msg_2"}, BODY, TIMESTAMP),
        (SECRET, {"webhook-timestamp": "1700000001"}, BODY, TIMESTAMP),
        (SECRET, {}, BODY, TIMESTAMP + 301),
        (SECRET, {}, BODY, TIMESTAMP - 301),
        (SECRET, {"webhook-signature": "v1,"}, BODY, TIMESTAMP),
    ],
)
def test_the_documented_example_refuses_what_is_not_ours(secret, change, body, now):
    verify = documented_verify()

    assert not verify(secret, {**headers(SECRET), **change}, body, now=now)
