import random
import re
import uuid
from typing import Any

import phonenumbers
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from phonenumbers import geocoder

from portal.api.status import ApiError, StatusCode, not_found, out_of_range
from portal.api.uris import uuid_or_none
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import ContactCenter, Device, PhoneNumber, Queue
from provisioning.services.recording import Facts, changed, facts, in_use, record

_ALLOWED = re.compile(r"\+?[0-9 ().\-/*#]+")
# Seed 003 "Queues API": the number of an internal queue is 0XXXX, XXXX from 4000 to 9999.
INTERNAL_QUEUE_NUMBERS = tuple(f"0{number}" for number in range(4000, 10000))
_COUNTRY_NAMES = {"US": "United States", "CA": "Canada"}


def number_facts(number: str, country: str) -> dict[str, Any]:
    """The columns of a `PhoneNumber` for a number as given, read by its country's numbering plan.

    Short internal numbers keep empty country fields. Raises ApiError 10 for what is no number.
    """
    digits = re.sub(r"[^0-9]", "", number)
    if not _ALLOWED.fullmatch(number) or not 1 <= len(digits) <= 20:
        raise out_of_range(f"{number[:100]} is not a phone number")
    internal = {"number": number, "digits": digits, "e164_number": digits}
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return internal
    if not phonenumbers.is_valid_number(parsed):
        return internal
    region = phonenumbers.region_code_for_number(parsed) or ""
    return {
        "number": number,
        "digits": digits,
        "e164_number": phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164),
        "local_number": phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL),
        "country_code": region,
        "country_name": geocoder.country_name_for_number(parsed, "en")
        or _COUNTRY_NAMES.get(region, ""),
        "calling_code": str(parsed.country_code),
        "location": geocoder.description_for_number(parsed, "en"),
    }


@transaction.atomic
def create_phone_number(
    *, change: Change, contact_center: ContactCenter, phone_number: str
) -> PhoneNumber:
    """A free number, for a device or queue to come.

    Raises ApiError 18 where the contact center has it, 10 where it is none.
    """
    created = _insert(contact_center, phone_number)
    if created is None:
        raise _taken(phone_number)
    record(_number_changed(change, created, before=None, after=facts(created)))
    return created


@transaction.atomic
def delete_phone_number(*, change: Change, phone_number: PhoneNumber) -> None:
    """Raises ApiError 19 where a device or queue has the number, 6 where it has gone."""
    locked = PhoneNumber.objects.select_for_update().filter(pk=phone_number.pk).first()
    if locked is None:
        raise not_found("phoneNumber")
    event = _number_changed(change, locked, before=facts(locked), after=None)
    try:
        locked.delete()
    except ProtectedError as error:
        raise in_use(f"Phone number {locked} is in use") from error
    record(event)


def take_number(*, contact_center: ContactCenter, number: str) -> PhoneNumber:
    """A new phone number of the contact center, or its own that is free.

    It is locked in the caller's transaction. Raises ApiError 18 where it is taken.
    """
    created = _insert(contact_center, number)
    if created is not None:
        return created
    e164_number = number_facts(number.strip(), contact_center.country)["e164_number"]
    found: PhoneNumber | None = (
        PhoneNumber.objects.select_for_update()
        .filter(contact_center=contact_center, e164_number=e164_number)
        .first()
    )
    if found is None or _is_used(found):
        raise _taken(number)
    return found


def take_free_number(
    *, contact_center: ContactCenter, phone_number_id: uuid.UUID | str
) -> PhoneNumber:
    """A phone number that nothing uses, locked in the caller's transaction.

    Raises ApiError 6 where the contact center has no such number, 19 where it is in use.
    """
    found: PhoneNumber | None = (
        PhoneNumber.objects.select_for_update()
        .filter(contact_center=contact_center, pk=uuid_or_none(phone_number_id))
        .first()
    )
    if found is None:
        raise not_found("phoneNumber")
    if _is_used(found):
        raise in_use(f"Phone number {found} is in use")
    return found


def _insert(contact_center: ContactCenter, number: str) -> PhoneNumber | None:
    """The number's new row; None where there is one already. The database decides races."""
    phone_number = PhoneNumber(
        contact_center=contact_center, **number_facts(number.strip(), contact_center.country)
    )
    try:
        with transaction.atomic():
            phone_number.save(force_insert=True)
    except IntegrityError:
        return None
    return phone_number


def _is_used(number: PhoneNumber) -> bool:
    has_device: bool = Device.objects.filter(phone_number=number).exists()
    has_queue: bool = Queue.objects.filter(phone_number=number).exists()
    return has_device or has_queue


def _taken(number: str) -> ApiError:
    return ApiError(StatusCode.ALREADY_EXISTS, f"Phone number {number} is already taken")


def draw_internal_number(*, contact_center: ContactCenter) -> PhoneNumber:
    """A free internal queue number. Raises ApiError 13 where none is left."""
    taken = set(
        PhoneNumber.objects.filter(
            contact_center=contact_center, e164_number__in=INTERNAL_QUEUE_NUMBERS
        ).values_list("e164_number", flat=True)
    )
    free = [number for number in INTERNAL_QUEUE_NUMBERS if number not in taken]
    if not free:
        raise ApiError(StatusCode.CREATE_FAILED, "No internal queue number is free")
    return take_number(contact_center=contact_center, number=random.choice(free))  # noqa: S311


def _number_changed(
    change: Change, number: PhoneNumber, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=number.contact_center_id,
        resource="phone-numbers",
        object_id=number.pk,
        before=before,
        after=after,
    )
