"""Locks are taken in the order user, device, place: so no two writes wait for each other."""

from typing import Any, Unpack

from django.db import transaction

from portal.api.status import not_found
from portal.api.uris import uuid_or_none
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import ContactCenter, Device, Place, User
from provisioning.services.fields import PlaceFields
from provisioning.services.recording import (
    Facts,
    assign_fields,
    changed,
    facts,
    in_use,
    record,
    refusing_duplicates,
)


@transaction.atomic
def create_place(
    *,
    change: Change,
    contact_center: ContactCenter,
    name: str,
    device_id: object | None = None,
) -> Place:
    """Raises ApiError 18 where the name is taken, 19 where the device stands elsewhere, 6 where
    the contact center has no such device.
    """
    place = Place(contact_center=contact_center, name=name)
    place.device = _free_device(place, device_id)
    with refusing_duplicates(f"Place {name} already exists"):
        place.save(force_insert=True)
    record(_place_changed(change, place, before=None, after=facts(place)))
    return place


@transaction.atomic
def update_place(*, change: Change, place: Place, **fields: Unpack[PlaceFields]) -> Place:
    """Without a device where `device_id` is None. Raises ApiError 6, 18 and 19 as for a new one."""
    values: dict[str, Any] = dict(fields)
    if "device_id" in values:
        values["device"] = _free_device(place, values.pop("device_id"))
    place = _lock_place(place)
    before = facts(place)
    assign_fields(place, values)
    with refusing_duplicates(f"Place {place.name} already exists"):
        place.save()
    record(_place_changed(change, place, before=before, after=facts(place)))
    return place


@transaction.atomic
def delete_place(*, change: Change, place: Place) -> None:
    """Users for whom it was the default have none after. Raises ApiError 6 where it has gone."""
    users = User.objects.select_for_update().filter(default_place=place).order_by("pk")
    list(users)
    place = _lock_place(place)
    # Read once more: nobody can choose the place while it is locked, but somebody just may have.
    events = [_forget_default(change, user) for user in users.all()]
    events.append(_place_changed(change, place, before=facts(place), after=None))
    place.delete()
    record(*events)


def empty_place(change: Change, device: Device) -> list[ProvisioningChanged]:
    """Take a locked device out of its place, in the caller's transaction; the caller publishes."""
    place: Place | None = Place.objects.select_for_update().filter(device=device).first()
    if place is None:
        return []
    before = facts(place)
    assign_fields(place, {"device": None})
    place.save()
    return [_place_changed(change, place, before=before, after=facts(place))]


def find_place(contact_center_id: object, place_id: object) -> Place:
    """The contact center's place, locked. Raises ApiError 6 where there is none."""
    found: Place | None = (
        Place.objects.select_for_update()
        .filter(contact_center_id=contact_center_id, pk=uuid_or_none(place_id))
        .first()
    )
    if found is None:
        raise not_found("place")
    return found


def _free_device(place: Place, device_id: object | None) -> Device | None:
    if device_id is None:
        return None
    device: Device | None = (
        Device.objects.select_for_update(of=("self",))
        .select_related("phone_number")
        .filter(contact_center_id=place.contact_center_id, pk=uuid_or_none(device_id))
        .first()
    )
    if device is None:
        raise not_found("device")
    if Place.objects.filter(device=device).exclude(pk=place.pk).exists():
        raise in_use(f"Device {device} stands in another place")
    return device


def _lock_place(place: Place) -> Place:
    return find_place(place.contact_center_id, place.pk)


def _forget_default(change: Change, user: User) -> ProvisioningChanged:
    before = facts(user)
    assign_fields(user, {"default_place": None})
    user.save()
    return changed(
        change,
        contact_center_id=user.contact_center_id,
        resource="users",
        object_id=user.pk,
        before=before,
        after=facts(user),
    )


def _place_changed(
    change: Change, place: Place, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=place.contact_center_id,
        resource="places",
        object_id=place.pk,
        before=before,
        after=after,
    )
