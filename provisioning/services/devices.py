import uuid
from typing import Any, Unpack

from django.db import transaction
from django.db.models import ProtectedError

from portal.api.status import missing, not_found, out_of_range
from portal.api.uris import uuid_or_none
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import (
    ContactCenter,
    Device,
    PhoneNumber,
    Setting,
    User,
    VoiceEnvironment,
)
from provisioning.services.fields import DeviceFields, NewDeviceFields
from provisioning.services.phone_numbers import take_free_number, take_number
from provisioning.services.places import empty_place
from provisioning.services.recording import Facts, assign_fields, changed, facts, in_use, record


@transaction.atomic
def create_device(
    *,
    change: Change,
    contact_center: ContactCenter,
    user: User | None = None,
    **fields: Unpack[NewDeviceFields],
) -> Device:
    """A device with the given number or on the given free one, owned by the user if one is given.

    Raises ApiError 1 where no number is given, 10 where it is none or two are given, 18 where it
    is taken, 19 where the one that is named is in use, 6 where there is none of that name.
    """
    device = add_device(contact_center=contact_center, user=user, fields=fields)
    record(device_changed(change, device, before=None, after=device_facts(device)))
    return device


def add_device(
    *, contact_center: ContactCenter, user: User | None, fields: NewDeviceFields
) -> Device:
    """The rows of a new device, in the caller's transaction; the caller publishes."""
    values: dict[str, Any] = dict(fields)
    environment = _voice_environment(contact_center, values.pop("voice_environment_id", None))
    number = _number(
        contact_center, values.pop("phone_number", None), values.pop("phone_number_id", None)
    )
    values.setdefault("telephony_network", default_telephony_network(contact_center))
    return Device.objects.create(
        contact_center=contact_center,
        phone_number=number,
        voice_environment=environment,
        user=user,
        **values,
    )


def _voice_environment(contact_center: ContactCenter, named: object | None) -> VoiceEnvironment:
    """The named one, or the contact center's first."""
    environments = VoiceEnvironment.objects.filter(contact_center=contact_center)
    if named is not None:
        environments = environments.filter(pk=uuid_or_none(named))
    environment: VoiceEnvironment | None = environments.order_by("name", "pk").first()
    if environment is None:
        raise not_found("voiceEnvironment")
    return environment


def _number(
    contact_center: ContactCenter, number: str | None, named: uuid.UUID | str | None
) -> PhoneNumber:
    if number is not None and named is not None:
        raise out_of_range("Send phoneNumber or phoneNumberUri, not both")
    if named is not None:
        return take_free_number(contact_center=contact_center, phone_number_id=named)
    if number is None:
        raise missing("phoneNumber")
    return take_number(contact_center=contact_center, number=number)


def create_own_device(*, change: Change, user: User, **fields: Unpack[NewDeviceFields]) -> Device:
    """A new device assigned to a user: the hybrid operation of contract §2 "devices"."""
    if user.contact_center is None:
        raise not_found("contact center")
    return create_device(change=change, contact_center=user.contact_center, user=user, **fields)


@transaction.atomic
def update_device(*, change: Change, device: Device, **fields: Unpack[DeviceFields]) -> Device:
    """Raises ApiError 6 where the device has gone."""
    device = _lock_device(device)
    before = device_facts(device)
    assign_fields(device, dict(fields))
    device.save()
    record(device_changed(change, device, before=before, after=device_facts(device)))
    return device


@transaction.atomic
def assign_device(*, change: Change, user: User, device: Device) -> Device:
    """Raises ApiError 19 where another user owns the device, 6 where either has gone."""
    if User.objects.select_for_update().filter(pk=user.pk).first() is None:
        raise not_found("user")
    device, event = give_device(change, device, user)
    record(event)
    return device


def give_device(change: Change, device: Device, user: User) -> tuple[Device, ProvisioningChanged]:
    """Make the locked user the device's owner; the caller publishes."""
    device = _lock_device(device)
    if device.contact_center_id != user.contact_center_id:
        raise not_found("device")
    if device.user_id not in {None, user.pk}:
        raise in_use(f"Device {device.phone_number} is assigned to another user")
    return _set_owner(change, device, user, action="assigned")


@transaction.atomic
def unassign_device(*, change: Change, device: Device) -> Device:
    """The device without an owner. Raises ApiError 6 where it has gone."""
    device, event = _set_owner(change, _lock_device(device), None, action="unassigned")
    record(event)
    return device


@transaction.atomic
def delete_device(*, change: Change, device: Device) -> None:
    """Frees phone number and place too. Raises ApiError 19 while the device is in a call."""
    device = _lock_device(device)
    freed = empty_place(change, device)
    event = device_changed(change, device, before=device_facts(device), after=None)
    phone_number = device.phone_number
    try:
        device.delete()
    except ProtectedError as error:
        raise in_use(f"Device {phone_number} is in use") from error
    phone_number.delete()
    record(*freed, event)


def default_telephony_network(contact_center: ContactCenter) -> str:
    """Contract §2 "devices": the voice setting defaultTelephonyNetworkType, else Private."""
    setting = Setting.objects.filter(
        contact_center=contact_center, group="voice", key="defaultTelephonyNetworkType"
    ).first()
    return str(setting.value.get("value", "Private")) if setting else "Private"


def device_facts(device: Device) -> Facts:
    return {**facts(device), "phone_number": device.phone_number.number}


def device_changed(
    change: Change, device: Device, *, before: Facts | None, after: Facts | None, action: str = ""
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=device.contact_center_id,
        resource="devices",
        object_id=device.pk,
        before=before,
        after=after,
        action=action,
    )


def _set_owner(
    change: Change, device: Device, user: User | None, *, action: str
) -> tuple[Device, ProvisioningChanged]:
    before = device_facts(device)
    assign_fields(device, {"user": user})
    device.save()
    after = device_facts(device)
    return device, device_changed(change, device, before=before, after=after, action=action)


def _lock_device(device: Device) -> Device:
    locked: Device | None = (
        Device.objects.select_for_update(of=("self",))
        .select_related("phone_number")
        .filter(pk=device.pk)
        .first()
    )
    if locked is None:
        raise not_found("device")
    return locked
