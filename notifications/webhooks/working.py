"""A worker's part: send what is due to one webhook, in order, for a while."""

import time
from uuid import UUID

from notifications.services.webhook_deliveries import store_outcomes, take_turn
from notifications.webhooks.sending import send

_SECONDS = 20.0


def work(webhook_id: UUID, token: UUID) -> int:
    """Send until nothing is due, one fails, or others should have the worker; gives how many.

    What is left is handed out again.
    """
    ends = time.monotonic() + _SECONDS
    sent = 0
    while (taken := take_turn(webhook_id, token)) is not None:
        token, turn = taken
        outcomes = send(
            url=turn.url,
            secret_texts=turn.secret_texts,
            messages=turn.messages,
            seconds=max(0.0, ends - time.monotonic()),
        )
        is_over = time.monotonic() >= ends
        store_outcomes(webhook_id, token, outcomes, ends_turn=is_over)
        sent += len(outcomes)
        if is_over:
            break
    return sent
