"""What admins do with webhooks. Secrets are shown once, to whoever makes them."""

from datetime import timedelta
from typing import Any, TypedDict, Unpack
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from notifications.models import Webhook, WebhookDelivery
from notifications.webhooks.kinds import MAX_PATTERNS, PING, unknown_patterns
from notifications.webhooks.payload import body_of_ping
from notifications.webhooks.signing import new_secret
from notifications.webhooks.targets import check_url
from portal.api.status import ApiError, StatusCode, not_found, out_of_range
from portal.events.log import now_ms
from portal.events.reader import newest_event_id
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import ContactCenter
from provisioning.services.recording import (
    Facts,
    assign_fields,
    changed,
    facts,
    record,
    refusing_duplicates,
)

MAX_WEBHOOKS = 50
# Of a webhook only this is provisioned; the rest is a secret, or how it fares.
_TOLD = ("id", "contact_center_id", "name", "url", "event_kinds", "state", "disabled_reason")


class WebhookFields(TypedDict, total=False):
    name: str
    url: str
    event_kinds: list[str]
    state: str


@transaction.atomic
def create_webhook(
    *,
    change: Change,
    contact_center: ContactCenter,
    name: str,
    url: str,
    event_kinds: list[str],
    state: str = Webhook.ACTIVE,
) -> Webhook:
    """A webhook that is told of what happens from now on.

    Raises ApiError 18 where the name is taken, 10 for a URL or event kinds that may not be, 2
    where the contact center has as many as it may have.
    """
    _check(url=url, event_kinds=event_kinds, state=state)
    # One at a time, so that they are counted right.
    ContactCenter.objects.select_for_update().get(pk=contact_center.pk)
    if Webhook.objects.filter(contact_center=contact_center).count() >= MAX_WEBHOOKS:
        raise ApiError(
            StatusCode.INVALID_STATE, f"A contact center has at most {MAX_WEBHOOKS} webhooks"
        )
    webhook = Webhook(
        contact_center=contact_center,
        name=name,
        url=url,
        event_kinds=event_kinds,
        state=state,
        secret=new_secret(),
        collects_after=newest_event_id(),
    )
    with refusing_duplicates(f"Webhook {name} already exists"):
        webhook.save(force_insert=True)
    record(webhook_changed(change, webhook, before=None, after=told_facts(webhook)))
    return webhook


@transaction.atomic
def update_webhook(*, change: Change, webhook: Webhook, **fields: Unpack[WebhookFields]) -> Webhook:
    """Raises ApiError 6 where the webhook has gone; else as `create_webhook`.

    Active again, it begins anew: nothing of what happened in between is sent.
    """
    _check(**fields)
    webhook = lock_webhook(webhook)
    before = told_facts(webhook)
    is_begun = fields.get("state") == Webhook.ACTIVE and webhook.state != Webhook.ACTIVE
    more: dict[str, Any] = {}
    if "state" in fields:
        more = {"failure_count": 0, "quiet_until": None, "disabled_reason": ""}
    if is_begun:
        more["collects_after"] = newest_event_id()
    assign_fields(webhook, {**fields, **more})
    with refusing_duplicates(f"Webhook {webhook.name} already exists"):
        webhook.save()
    record(webhook_changed(change, webhook, before=before, after=told_facts(webhook)))
    return webhook


@transaction.atomic
def delete_webhook(*, change: Change, webhook: Webhook) -> None:
    """Takes its deliveries with it. Raises ApiError 6 where it has gone already."""
    webhook = lock_webhook(webhook)
    event = webhook_changed(change, webhook, before=told_facts(webhook), after=None)
    webhook.delete()
    record(event)


@transaction.atomic
def rotate_secret(*, change: Change, webhook: Webhook) -> Webhook:
    """A new secret; messages are signed with the old one too until the time of grace is over.

    Raises ApiError 6 where the webhook has gone.
    """
    webhook = lock_webhook(webhook)
    before = told_facts(webhook)
    grace = timedelta(hours=settings.WEBHOOK_SECRET_GRACE_HOURS)
    assign_fields(
        webhook,
        {
            "previous_secret": webhook.secret,
            "previous_secret_valid_until": timezone.now() + grace,
            "secret": new_secret(),
        },
    )
    webhook.save()
    told = webhook_changed(
        change, webhook, before=before, after=told_facts(webhook), action="rotated"
    )
    record(told)
    return webhook


@transaction.atomic
def send_ping(*, webhook: Webhook) -> WebhookDelivery:
    """A message of kind `webhook.ping`, to see whether it arrives.

    Raises ApiError 2 unless the webhook is active, 6 where it has gone.
    """
    webhook = lock_webhook(webhook)
    require_active(webhook)
    webhook.last_sequence += 1
    webhook.quiet_until = None
    webhook.save(update_fields=["last_sequence", "quiet_until"])
    delivery_id, now = uuid4(), timezone.now()
    return WebhookDelivery.objects.create(
        pk=delivery_id,
        webhook=webhook,
        sequence=webhook.last_sequence,
        event_kind=PING,
        body=body_of_ping(
            delivery_id=delivery_id,
            sequence=webhook.last_sequence,
            kind=PING,
            contact_center_id=webhook.contact_center_id,
            at_ms=now_ms(),
        ),
        next_attempt_at=now,
        created_at=now,
    )


def lock_webhook(webhook: Webhook) -> Webhook:
    locked: Webhook | None = Webhook.objects.select_for_update().filter(pk=webhook.pk).first()
    if locked is None:
        raise not_found("webhook")
    return locked


def require_active(webhook: Webhook) -> None:
    if webhook.state != Webhook.ACTIVE:
        raise ApiError(StatusCode.INVALID_STATE, f"The webhook is {webhook.state.lower()}")


def told_facts(webhook: Webhook) -> Facts:
    held = facts(webhook)
    return {name: held[name] for name in _TOLD}


def webhook_changed(
    change: Change,
    webhook: Webhook,
    *,
    before: Facts | None,
    after: Facts | None,
    action: str = "",
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=webhook.contact_center_id,
        resource="webhooks",
        object_id=webhook.pk,
        before=before,
        after=after,
        action=action,
    )


def _check(**fields: Unpack[WebhookFields]) -> None:
    if "url" in fields:
        check_url(fields["url"])
    if "event_kinds" in fields:
        _check_kinds(fields["event_kinds"])
    if fields.get("state") == Webhook.DISABLED:
        raise out_of_range("state must be Active or Inactive")


def _check_kinds(kinds: list[str]) -> None:
    if not kinds or len(kinds) > MAX_PATTERNS:
        raise out_of_range(f"eventKinds must name 1 to {MAX_PATTERNS} kinds of events")
    if unknown := unknown_patterns(kinds):
        raise out_of_range(f"Unknown kinds of events: {', '.join(unknown)[:200]}")
