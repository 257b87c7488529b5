"""Which share of a queue's calls is recorded."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from portal.api.status import not_found, out_of_range
from portal.events.statements import Prepared
from provisioning.change import Change
from provisioning.models import CallRecording, Queue, Setting
from provisioning.services.recording import assign_fields, changed, facts, record


@transaction.atomic
def set_percentage(*, change: Change, queue: Queue, percentage: int) -> CallRecording:
    """The queue's own share, in place of the contact center's. Raises ApiError 10 outside 0 to 100,
    6 where the queue has gone.
    """
    if not 0 <= percentage <= 100:
        raise out_of_range("percentage must be a whole number from 0 to 100")
    locked = Queue.objects.select_for_update().filter(pk=queue.pk).first()
    if locked is None:
        raise not_found("queue")
    held = CallRecording.objects.filter(queue=locked).first()
    before = facts(held) if held else None
    recording = held or CallRecording(contact_center_id=queue.contact_center_id, queue=locked)
    assign_fields(recording, {"percentage": percentage})
    recording.save()
    record(
        changed(
            change,
            contact_center_id=queue.contact_center_id,
            resource="queue-settings",
            object_id=f"{queue.pk}/call-recording",
            before=before,
            after=facts(recording),
        )
    )
    return recording


def recording_percentages(*, contact_center_id: UUID, queue_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The share of each queue's calls that is recorded, by the queue's id.

    Its own, else its contact center's `call-recording` setting, else none.
    """
    setting = _SHARED.first(contact_center_id)
    by_queue = dict.fromkeys(queue_ids, int(setting["percentage"]) if setting else 0)
    match list(by_queue):
        case [one]:
            own = _OWN_OF_ONE(one)
        case several:
            own = list(_own(*several))
    return by_queue | dict(own)


def _own(*queue_ids: UUID) -> QuerySet[Any, tuple[UUID, int]]:
    return CallRecording.objects.filter(queue_id__in=queue_ids).values_list(
        "queue_id", "percentage"
    )


# A queue's call asks for this when it is answered.
_OWN_OF_ONE = Prepared(_own, UUID)
_SHARED = Prepared(
    lambda center: Setting.objects.filter(
        contact_center_id=center, group="call-recording"
    ).values_list("value", flat=True),
    UUID,
)
