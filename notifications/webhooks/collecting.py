"""From the log to deliveries: each event once for each webhook that asks for it.

Deliveries are written in the transaction that moves the reader's position, so a process that dies
in between loses none and makes none twice.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from notifications.models import Webhook, WebhookDelivery
from notifications.webhooks.kinds import matches
from notifications.webhooks.payload import body_of_event
from portal.events.reader import DurableReader, RecordedEvent, newest_event_id

READER = DurableReader("webhooks")
# Events that nobody asks for move the stored position only this often.
_STORE_SECONDS = 5.0


class Collector:
    """Follows the log; one process at a time has one."""

    def __init__(self) -> None:
        self._cursor = READER.position()
        self._stored_at = time.monotonic()

    def collect(self) -> int:
        """Make the deliveries of all events since the last call; gives their number."""
        # In this order: what a webhook made in between is told lies after the newest event.
        newest = newest_event_id()
        made = 0
        if not Webhook.objects.filter(state=Webhook.ACTIVE).exists():
            self._cursor = max(self._cursor, newest)
        else:
            for batch in READER.batches(after=self._cursor):
                made += self._take(batch)
        if time.monotonic() - self._stored_at >= _STORE_SECONDS:
            self.store_position()
        return made

    def store_position(self) -> None:
        if READER.position() < self._cursor:
            with transaction.atomic():
                READER.advance(self._cursor)
        self._stored_at = time.monotonic()

    def _take(self, batch: list[RecordedEvent]) -> int:
        wanted = _wanted(batch)
        made = 0
        if wanted:
            with transaction.atomic():
                made = _make_deliveries(wanted)
                READER.advance(batch[-1].id)
            self._stored_at = time.monotonic()
        self._cursor = batch[-1].id
        return made


def _wanted(batch: Sequence[RecordedEvent]) -> dict[Webhook, list[RecordedEvent]]:
    """The batch's events by the webhooks that ask for them."""
    named = {one.event.contact_center_id for one in batch}
    centers = [UUID(one) for one in named if one is not None]
    webhooks = Webhook.objects.filter(contact_center_id__in=centers, state=Webhook.ACTIVE)
    wanted: dict[Webhook, list[RecordedEvent]] = defaultdict(list)
    for webhook in webhooks.order_by("pk"):
        wanted[webhook] += [one for one in batch if _is_wanted(webhook, one)]
    return {webhook: events for webhook, events in wanted.items() if events}


def _is_wanted(webhook: Webhook, recorded: RecordedEvent) -> bool:
    return (
        recorded.event.contact_center_id == str(webhook.contact_center_id)
        and recorded.id > webhook.collects_after
        and matches(webhook.event_kinds, recorded.event.kind)
    )


def _make_deliveries(wanted: dict[Webhook, list[RecordedEvent]]) -> int:
    """In the caller's transaction; a webhook that has changed meanwhile is asked again."""
    now = timezone.now()
    locked = Webhook.objects.select_for_update().filter(pk__in=[one.pk for one in wanted])
    events_of = {webhook.pk: events for webhook, events in wanted.items()}
    deliveries = []
    for webhook in locked.filter(state=Webhook.ACTIVE).order_by("pk"):
        events = [one for one in events_of[webhook.pk] if _is_wanted(webhook, one)]
        deliveries += [_delivery(webhook, one, now) for one in events]
        webhook.save(update_fields=["last_sequence"])
    WebhookDelivery.objects.bulk_create(deliveries)
    return len(deliveries)


def _delivery(webhook: Webhook, recorded: RecordedEvent, now: datetime) -> WebhookDelivery:
    webhook.last_sequence += 1
    delivery_id = uuid4()
    return WebhookDelivery(
        pk=delivery_id,
        webhook=webhook,
        sequence=webhook.last_sequence,
        event_id=recorded.id,
        event_kind=recorded.event.kind,
        body=body_of_event(
            delivery_id=delivery_id, sequence=webhook.last_sequence, recorded=recorded
        ),
        next_attempt_at=now,
        created_at=now,
    )
