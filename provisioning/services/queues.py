from collections.abc import Iterable
from typing import Any, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import ProtectedError

from portal.api.status import missing, not_found, out_of_range
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import ContactCenter, PhoneNumber, Queue, QueueSkill, Skill
from provisioning.models.routing import DEFAULT_TEMPLATE_ID
from provisioning.services.fields import NewQueueFields, QueueFields, SkillLevel
from provisioning.services.phone_numbers import (
    draw_internal_number,
    take_free_number,
    take_number,
)
from provisioning.services.recording import (
    Facts,
    assign_fields,
    changed,
    facts,
    in_use,
    record,
    refusing_duplicates,
)
from provisioning.services.routing import checked_routing


@transaction.atomic
def create_queue(
    *,
    change: Change,
    contact_center: ContactCenter,
    name: str,
    phone_number: str | None = None,
    phone_number_id: UUID | str | None = None,
    internal: bool = False,
    skills: Iterable[SkillLevel] = (),
    **fields: Unpack[NewQueueFields],
) -> Queue:
    """A queue on a new number or the free one that is named, or an internal one on a drawn number.

    Raises ApiError 10 where more than one of these is given, 1 where none is, 18 where name or
    number is taken, 19 where the named number is in use, 6 for a number or skill that the contact
    center has not; 10 for values that the routing template does not know.
    """
    number = _number(contact_center, phone_number, phone_number_id, is_internal=internal)
    values: dict[str, Any] = dict(fields)
    template_id, routing = checked_routing(
        contact_center,
        values.pop("routing_template_id", DEFAULT_TEMPLATE_ID),
        values.pop("routing", {}),
    )
    queue = Queue(
        contact_center=contact_center,
        name=name,
        phone_number=number,
        is_internal=internal,
        routing_template_id=template_id,
        routing=routing,
        **values,
    )
    with refusing_duplicates(f"Queue {name} already exists"):
        queue.save(force_insert=True)
    record(
        _queue_changed(change, queue, before=None, after=_queue_facts(queue)),
        *_require_skills(change, queue, skills),
    )
    return queue


@transaction.atomic
def update_queue(
    *,
    change: Change,
    queue: Queue,
    skills: Iterable[SkillLevel] | None = None,
    **fields: Unpack[QueueFields],
) -> Queue:
    """Required skills and routing values, if given, are replaced whole.

    Raises ApiError 6 where the queue has gone, 18 where the new name is taken.
    """
    queue = _lock_queue(queue)
    before = _queue_facts(queue)
    values: dict[str, Any] = dict(fields)
    values |= _routing_changes(queue, values)
    assign_fields(queue, values)
    with refusing_duplicates(f"Queue {queue.name} already exists"):
        queue.save()
    events = [_queue_changed(change, queue, before=before, after=_queue_facts(queue))]
    if skills is not None:
        events += _release_skills(change, queue)
        events += _require_skills(change, queue, skills)
    record(*events)
    return queue


@transaction.atomic
def delete_queue(*, change: Change, queue: Queue) -> None:
    """Frees the phone number too. Raises ApiError 19 while calls wait, 6 where it has gone."""
    queue = _lock_queue(queue)
    released = _release_skills(change, queue)
    event = _queue_changed(change, queue, before=_queue_facts(queue), after=None)
    number = queue.phone_number
    try:
        queue.delete()
    except ProtectedError as error:
        raise in_use(f"Queue {queue.name} is in use") from error
    number.delete()
    record(*released, event)


def _number(
    contact_center: ContactCenter,
    number: str | None,
    named: UUID | str | None,
    *,
    is_internal: bool,
) -> PhoneNumber:
    if is_internal and (number is not None or named is not None):
        raise out_of_range("An internal queue has no phoneNumber of its own")
    if number is not None and named is not None:
        raise out_of_range("Send phoneNumber or phoneNumberUri, not both")
    if is_internal:
        return draw_internal_number(contact_center=contact_center)
    if named is not None:
        return take_free_number(contact_center=contact_center, phone_number_id=named)
    if number is None:
        raise missing("phoneNumber")
    return take_number(contact_center=contact_center, number=number)


def _routing_changes(queue: Queue, values: dict[str, Any]) -> dict[str, Any]:
    """Template and values as they shall be; another template starts without the old values."""
    if not {"routing_template_id", "routing"} & values.keys():
        return {}
    template_id = values.get("routing_template_id", queue.routing_template_id)
    kept = queue.routing if template_id == queue.routing_template_id else {}
    template_id, routing = checked_routing(
        queue.contact_center, template_id, values.get("routing", kept)
    )
    return {"routing_template_id": template_id, "routing": routing}


def _require_skills(
    change: Change, queue: Queue, skills: Iterable[SkillLevel]
) -> list[ProvisioningChanged]:
    levels = {one["skill_id"]: one["level"] for one in skills}
    found = list(
        Skill.objects.select_for_update()
        .filter(contact_center_id=queue.contact_center_id, pk__in=levels)
        .order_by("pk")
    )
    if len(found) < len(levels):
        raise not_found("skill")
    rows = [QueueSkill(queue=queue, skill=skill, level=levels[str(skill.pk)]) for skill in found]
    QueueSkill.objects.bulk_create(rows)
    return [_requirement_changed(change, one, before=None, after=facts(one)) for one in rows]


def _release_skills(change: Change, queue: Queue) -> list[ProvisioningChanged]:
    rows = list(queue.queue_skills.select_related("queue").order_by("pk"))
    events = [_requirement_changed(change, one, before=facts(one), after=None) for one in rows]
    queue.queue_skills.all().delete()
    return events


def _queue_facts(queue: Queue) -> Facts:
    return {**facts(queue), "phone_number": queue.phone_number.number}


def _lock_queue(queue: Queue) -> Queue:
    locked: Queue | None = (
        Queue.objects.select_for_update(of=("self",))
        .select_related("phone_number")
        .filter(pk=queue.pk)
        .first()
    )
    if locked is None:
        raise not_found("queue")
    return locked


def _queue_changed(
    change: Change, queue: Queue, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=queue.contact_center_id,
        resource="queues",
        object_id=queue.pk,
        before=before,
        after=after,
    )


def _requirement_changed(
    change: Change, requirement: QueueSkill, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=requirement.queue.contact_center_id,
        resource="queue-skills",
        object_id=f"{requirement.queue_id}/{requirement.skill_id}",
        before=before,
        after=after,
    )
