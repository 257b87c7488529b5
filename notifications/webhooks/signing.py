"""Secrets and signatures, in the form of the Standard Webhooks specification 1.0.

Receivers may check them with any of its libraries, or by the few lines in docs/webhooks.md.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

_PREFIX = "whsec_"
_KEY_BYTES = 32


def new_secret() -> str:
    return _PREFIX + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def signature_headers(
    *, message_id: str, timestamp: int, body: bytes, secret_texts: Iterable[str]
) -> dict[str, str]:
    """The three headers of a message; one signature for each secret that is valid now."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signature(text, signed) for text in secret_texts),
    }


def _signature(secret_text: str, signed: bytes) -> str:
    key = base64.b64decode(secret_text.removeprefix(_PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
