"""The exchange with a receiver, without the database: messages out, outcomes back.

A receiver has accepted a message when it answers with a status from 200 to 299 in time. Redirects
are not followed, what it answers is thrown away, and its own host's proxy settings play no part.
"""

import asyncio
import re
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

import httpx
from django.conf import settings

from notifications.webhooks.signing import signature_headers
from notifications.webhooks.targets import TargetRefusedError, resolved

USER_AGENT = "contact-center-portal-webhooks/1"
# What is read of an answer, so that the connection can be used again; one that sends more is cut.
_ANSWER_BYTES = 64 * 1024
_LONGEST_ERROR = 255
_LONGEST_WAIT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Message:
    id: UUID
    body: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt; `status` is None where nobody answered."""

    message_id: UUID
    status: int | None = None
    error: str = ""
    wait_seconds: int = 0

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants no more of anything (HTTP 410)."""
        return self.status == 410

    @property
    def is_overloaded(self) -> bool:
        """Whether the receiver as a whole is in trouble, and not about this one message."""
        return self.status is None or self.status in {429, 502, 503, 504}


def send(
    *, url: str, secret_texts: Sequence[str], messages: Sequence[Message], seconds: float
) -> list[Outcome]:
    """Send in order, until one fails or the time is up; an outcome for each that was tried."""
    return asyncio.run(_send(httpx.URL(url), secret_texts, messages, seconds))


@cache
def trusted() -> ssl.SSLContext:
    """The authorities that receivers' certificates must come from; reading them takes a while."""
    return httpx.create_ssl_context(trust_env=False)


async def _send(
    url: httpx.URL, secret_texts: Sequence[str], messages: Sequence[Message], seconds: float
) -> list[Outcome]:
    deadline = time.monotonic() + seconds
    outcomes: list[Outcome] = []
    async with httpx.AsyncClient(
        follow_redirects=False,
        trust_env=False,
        timeout=settings.WEBHOOK_TIMEOUT_SECONDS,
        verify=trusted(),
    ) as client:
        for message in messages:
            outcome = await _attempt(client, url, secret_texts, message)
            outcomes.append(outcome)
            if not outcome.is_delivered or time.monotonic() > deadline:
                break
    return outcomes


async def _attempt(
    client: httpx.AsyncClient, url: httpx.URL, secret_texts: Sequence[str], message: Message
) -> Outcome:
    try:
        # One limit for the whole exchange: the client's own is for each piece of it.
        async with asyncio.timeout(settings.WEBHOOK_TIMEOUT_SECONDS):
            return await _post(client, url, secret_texts, message)
    except TargetRefusedError as error:
        return Outcome(message.id, error=str(error))
    except TimeoutError:
        return Outcome(message.id, error="No answer in time")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        text = f"{type(error).__name__}: {error}"
        return Outcome(message.id, error=text[:_LONGEST_ERROR])


async def _post(
    client: httpx.AsyncClient, url: httpx.URL, secret_texts: Sequence[str], message: Message
) -> Outcome:
    addresses = await resolved(url)
    body = message.body.encode()
    headers = {
        "host": url.netloc.decode("ascii"),
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-attempt": str(message.attempt),
        **signature_headers(
            message_id=str(message.id),
            timestamp=int(time.time()),
            body=body,
            secret_texts=secret_texts,
        ),
    }
    for last, address in enumerate(addresses, start=1 - len(addresses)):
        request = client.build_request(
            "POST",
            url.copy_with(host=address),
            content=body,
            headers=headers,
            # The certificate is the name's, wherever we connect to.
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        )
        try:
            response = await client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if last == 0:
                raise
            continue
        return await _read(response, message)
    raise OSError("The target's name has no address")


async def _read(response: httpx.Response, message: Message) -> Outcome:
    try:
        length = 0
        async for piece in response.aiter_raw():
            length += len(piece)
            if length > _ANSWER_BYTES:
                break
    finally:
        await response.aclose()
    if response.is_success:
        return Outcome(message.id, status=response.status_code)
    wait = response.headers.get("retry-after", "")
    seconds = int(wait) if re.fullmatch(r"[0-9]{1,6}", wait) else 0
    return Outcome(
        message.id,
        status=response.status_code,
        error=f"HTTP {response.status_code}",
        wait_seconds=min(seconds, _LONGEST_WAIT_SECONDS),
    )
