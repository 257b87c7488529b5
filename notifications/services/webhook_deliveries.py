"""Deliveries on their way: handed to a worker, tried, and what became of them.

A webhook is one worker's at a time. Its turn has an end, so a worker that dies holds nothing up,
and a token, so that one that comes late touches nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from notifications.backoff import pause_after
from notifications.models import Webhook, WebhookDelivery
from notifications.services.webhooks import (
    lock_webhook,
    require_active,
    told_facts,
    webhook_changed,
)
from notifications.webhooks.sending import Message, Outcome
from portal.api.status import not_found
from provisioning.change import Change
from provisioning.services.recording import record

_TURN = timedelta(seconds=90)
_MESSAGES_A_TURN = 50
_LONGEST_PAUSE_SECONDS = 3600.0
# A receiver in trouble is left alone for a while; not longer, since it may be well again.
_LONGEST_QUIET_SECONDS = 60.0
# After so many failures in a row it is taken to be in trouble, whatever it answers.
_FAILURES_OF_ONE_MESSAGE = 3
_DELETED_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Turn:
    """What a worker is to send."""

    url: str
    secret_texts: tuple[str, ...]
    messages: tuple[Message, ...]


def webhooks_to_serve(limit: int) -> list[UUID]:
    """Those with something to send now that no worker has."""
    now = timezone.now()
    due = _due(now).filter(webhook=OuterRef("pk"))
    free = Webhook.objects.filter(_is_free(now), state=Webhook.ACTIVE).filter(
        Q(quiet_until=None) | Q(quiet_until__lte=now)
    )
    served = free.filter(Exists(due)).order_by("pk").values_list("pk", flat=True)
    return list(served[:limit])


def give_turn(webhook_id: UUID) -> UUID | None:
    """The token of a worker's turn; None where another has it."""
    now, token = timezone.now(), uuid4()
    given = Webhook.objects.filter(_is_free(now), pk=webhook_id).update(
        busy_until=now + _TURN, busy_token=token
    )
    return token if given else None


@transaction.atomic
def take_turn(webhook_id: UUID, token: UUID) -> tuple[UUID, Turn] | None:
    """The worker's own token, and what is due, in order; None where the turn is over.

    A job that a broker gives out twice finds the token changed. Without anything due the turn ends.
    """
    now = timezone.now()
    webhook = Webhook.objects.select_for_update().filter(pk=webhook_id, busy_token=token).first()
    if webhook is None:
        return None
    is_quiet = webhook.quiet_until is not None and webhook.quiet_until > now
    due = [] if is_quiet else list(_due(now).filter(webhook=webhook)[:_MESSAGES_A_TURN])
    if not due or webhook.state != Webhook.ACTIVE:
        webhook.busy_until = webhook.busy_token = None
        webhook.save(update_fields=["busy_until", "busy_token"])
        return None
    webhook.busy_until, webhook.busy_token = now + _TURN, uuid4()
    webhook.save(update_fields=["busy_until", "busy_token"])
    messages = tuple(Message(one.pk, one.body, one.attempts + 1) for one in due)
    return webhook.busy_token, Turn(webhook.url, _valid_secrets(webhook, now), messages)


@transaction.atomic
def store_outcomes(
    webhook_id: UUID, token: UUID, outcomes: Sequence[Outcome], *, ends_turn: bool = False
) -> None:
    """What became of a turn's messages; nothing where the turn has passed to another worker."""
    webhook = Webhook.objects.select_for_update().filter(pk=webhook_id, busy_token=token).first()
    if webhook is None:
        return
    now = timezone.now()
    by_id = {outcome.message_id: outcome for outcome in outcomes}
    tried = list(WebhookDelivery.objects.filter(pk__in=by_id, state=WebhookDelivery.PENDING))
    for delivery in sorted(tried, key=lambda one: one.sequence):
        _store(webhook, delivery, by_id[delivery.pk], now)
    WebhookDelivery.objects.bulk_update(
        tried,
        [
            *("state", "attempts", "next_attempt_at", "last_attempt_at", "delivered_at"),
            *("last_status", "last_error"),
        ],
    )
    if ends_turn:
        webhook.busy_until = webhook.busy_token = None
    reason = _reason_to_disable(webhook, outcomes)
    if reason and webhook.state == Webhook.ACTIVE:
        _disable(webhook, reason)
    else:
        webhook.save()


@transaction.atomic
def redeliver(*, delivery: WebhookDelivery) -> None:
    """Send it again, now, whatever became of it; its id stays.

    Raises ApiError 2 unless the webhook is active, 6 where one of them has gone.
    """
    webhook = lock_webhook(delivery.webhook)
    require_active(webhook)
    again = _send_again(WebhookDelivery.objects.filter(pk=delivery.pk))
    if not again:
        raise not_found("delivery")
    _end_quiet(webhook)


@transaction.atomic
def redeliver_dead(*, webhook: Webhook) -> int:
    """Send all again that were given up; gives their number. Raises ApiError as `redeliver`."""
    webhook = lock_webhook(webhook)
    require_active(webhook)
    again = _send_again(webhook.deliveries.filter(state=WebhookDelivery.DEAD))
    _end_quiet(webhook)
    return again


def forget_old_deliveries() -> int:
    """Drop what is older than the retention and on its way no more; gives its number."""
    before = timezone.now() - timedelta(days=settings.WEBHOOK_RETENTION_DAYS)
    old = WebhookDelivery.objects.filter(created_at__lt=before).exclude(
        state=WebhookDelivery.PENDING, webhook__state=Webhook.ACTIVE
    )
    forgotten = 0
    while keys := list(old.values_list("pk", flat=True)[:_DELETED_AT_ONCE]):
        forgotten += WebhookDelivery.objects.filter(pk__in=keys).delete()[0]
    return forgotten


def _is_free(now: datetime) -> Q:
    return Q(busy_until=None) | Q(busy_until__lte=now)


def _due(now: datetime) -> QuerySet[WebhookDelivery]:
    due: QuerySet[WebhookDelivery] = WebhookDelivery.objects.filter(
        state=WebhookDelivery.PENDING, next_attempt_at__lte=now
    ).order_by("sequence")
    return due


def _valid_secrets(webhook: Webhook, now: datetime) -> tuple[str, ...]:
    until = webhook.previous_secret_valid_until
    if webhook.previous_secret and until is not None and until > now:
        return webhook.secret, webhook.previous_secret
    return (webhook.secret,)


def _store(webhook: Webhook, delivery: WebhookDelivery, outcome: Outcome, now: datetime) -> None:
    delivery.attempts += 1
    delivery.last_attempt_at = now
    delivery.last_status, delivery.last_error = outcome.status, outcome.error
    delivery.next_attempt_at = None
    if outcome.is_delivered:
        delivery.state, delivery.delivered_at = WebhookDelivery.DELIVERED, now
        webhook.last_delivered_at, webhook.failure_count = now, 0
        webhook.quiet_until = None
        return
    webhook.last_failed_at = now
    webhook.failure_count += 1
    wait = timedelta(seconds=outcome.wait_seconds)
    if outcome.is_overloaded or webhook.failure_count > _FAILURES_OF_ONE_MESSAGE:
        webhook.quiet_until = now + max(wait, _pause(webhook.failure_count, _LONGEST_QUIET_SECONDS))
    if delivery.attempts >= settings.WEBHOOK_MAX_ATTEMPTS:
        delivery.state = WebhookDelivery.DEAD
    else:
        pause = _pause(delivery.attempts, _LONGEST_PAUSE_SECONDS)
        delivery.next_attempt_at = now + max(wait, pause)


def _pause(attempts: int, longest_seconds: float) -> timedelta:
    return pause_after(
        attempts, first_seconds=settings.WEBHOOK_BACKOFF_SECONDS, longest_seconds=longest_seconds
    )


def _reason_to_disable(webhook: Webhook, outcomes: Sequence[Outcome]) -> str:
    if any(outcome.is_gone for outcome in outcomes):
        return "The receiver answered that it is gone (HTTP 410)"
    if webhook.failure_count >= settings.WEBHOOK_FAILURE_LIMIT:
        error = next((one.error for one in reversed(outcomes) if one.error), "")
        return f"{webhook.failure_count} attempts in a row failed. The last: {error}"[:255]
    return ""


def _disable(webhook: Webhook, reason: str) -> None:
    """What waits goes to the dead letters, from where it can be sent again."""
    before = told_facts(webhook)
    webhook.state, webhook.disabled_reason = Webhook.DISABLED, reason
    webhook.version += 1
    webhook.save()
    webhook.deliveries.filter(state=WebhookDelivery.PENDING).update(
        state=WebhookDelivery.DEAD, next_attempt_at=None
    )
    change = Change(actor=None, origin="system", reason=reason[:200])
    record(webhook_changed(change, webhook, before=before, after=told_facts(webhook)))


def _send_again(deliveries: QuerySet[WebhookDelivery]) -> int:
    return deliveries.update(
        state=WebhookDelivery.PENDING, attempts=0, next_attempt_at=timezone.now()
    )


def _end_quiet(webhook: Webhook) -> None:
    webhook.quiet_until = None
    webhook.save(update_fields=["quiet_until"])
