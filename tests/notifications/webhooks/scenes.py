"""What tests of webhooks do again and again."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from notifications.models import Webhook, WebhookDelivery
from notifications.services.webhook_deliveries import give_turn, webhooks_to_serve
from notifications.services.webhooks import create_webhook
from notifications.webhooks.collecting import Collector
from notifications.webhooks.working import work
from portal.events.log import Event, publish
from provisioning.change import Change
from provisioning.events import PasswordChanged
from provisioning.models import ContactCenter
from telephony.events import CallQueued

CHANGE = Change(actor=None, origin="tests")


def make_webhook(center: ContactCenter, url: str, *kinds: str, **fields: Any) -> Webhook:
    fields.setdefault("name", f"Hook {Webhook.objects.count()}")
    return create_webhook(
        change=CHANGE, contact_center=center, url=url, event_kinds=list(kinds) or ["*"], **fields
    )


def tell(*events: Event) -> None:
    with transaction.atomic():
        publish(*events)


def call_queued(center: ContactCenter, number: int = 1, **fields: Any) -> CallQueued:
    return CallQueued(
        contact_center_id=str(center.pk),
        call_id=f"call{number}",
        call_uuid=f"uuid{number}",
        call_type="Inbound",
        queue_id="queue1",
        **fields,
    )


def password_changed(center: ContactCenter, user_id: Any) -> PasswordChanged:
    return PasswordChanged(
        contact_center_id=str(center.pk),
        user_id=str(user_id),
        actor_id=None,
        outcome="PasswordChangeSuccessful",
        error_code=None,
        error_message="",
    )


def collect() -> int:
    """What the leader does, by a process that has just begun."""
    collector = Collector()
    made = collector.collect()
    collector.store_position()
    return made


def serve() -> int:
    """Give every webhook that has something to send a worker, until none has."""
    sent = 0
    while served := webhooks_to_serve(100):
        for webhook_id in served:
            token = give_turn(webhook_id)
            assert token is not None
            sent += work(webhook_id, token)
    return sent


def deliveries(webhook: Webhook, state: str | None = None) -> list[WebhookDelivery]:
    found = webhook.deliveries.order_by("sequence")
    return list(found if state is None else found.filter(state=state))


def states(webhook: Webhook) -> list[str]:
    return [one.state for one in deliveries(webhook)]


def attempts(webhook: Webhook) -> Iterator[int]:
    return (one.attempts for one in deliveries(webhook))
