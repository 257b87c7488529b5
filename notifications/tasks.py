"""Celery jobs of this room: each fetches, and calls what does the work."""

from uuid import UUID

from celery import shared_task

from notifications.push import working as pushing
from notifications.webhooks import working as webhooks


@shared_task(acks_late=True)  # type: ignore[untyped-decorator]
def deliver_webhook(webhook_id: str, token: str) -> None:
    webhooks.work(UUID(webhook_id), UUID(token))


@shared_task(acks_late=True)  # type: ignore[untyped-decorator]
def push_to_session(session_id: str, token: str) -> None:
    pushing.work(UUID(session_id), UUID(token))
