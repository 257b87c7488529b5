from typing import Any, Unpack

from django.db import transaction

from portal.api.status import ApiError, StatusCode, not_found
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import Contact, ContactCenter
from provisioning.services.fields import ContactFields
from provisioning.services.phone_numbers import number_facts
from provisioning.services.recording import Facts, assign_fields, changed, facts, record

CUSTOM = "Custom"


def read_only_contact() -> ApiError:
    return ApiError(StatusCode.FORBIDDEN, "Only contacts of type Custom can be written")


@transaction.atomic
def create_contact(
    *,
    change: Change,
    contact_center: ContactCenter,
    name: str,
    phone_number: str,
    type: str = CUSTOM,  # noqa: A002 - the attribute's name in the API
) -> Contact:
    """Raises ApiError 3 for any other type: users and queues are contacts by themselves."""
    if type != CUSTOM:
        raise read_only_contact()
    number = number_facts(phone_number, contact_center.country)
    contact = Contact(
        contact_center=contact_center,
        name=name,
        phone_number=number["number"],
        digits=number["digits"],
    )
    contact.save(force_insert=True)
    record(_contact_changed(change, contact, before=None, after=facts(contact)))
    return contact


@transaction.atomic
def update_contact(*, change: Change, contact: Contact, **fields: Unpack[ContactFields]) -> Contact:
    """Raises ApiError 6 where the contact has gone, 10 for what is no phone number."""
    contact = _lock_contact(contact)
    before = facts(contact)
    values: dict[str, Any] = dict(fields)
    if "phone_number" in values:
        number = number_facts(values["phone_number"], contact.contact_center.country)
        values |= {"phone_number": number["number"], "digits": number["digits"]}
    assign_fields(contact, values)
    contact.save()
    record(_contact_changed(change, contact, before=before, after=facts(contact)))
    return contact


@transaction.atomic
def delete_contact(*, change: Change, contact: Contact) -> None:
    """Raises ApiError 6 where the contact has gone."""
    contact = _lock_contact(contact)
    event = _contact_changed(change, contact, before=facts(contact), after=None)
    contact.delete()
    record(event)


def _lock_contact(contact: Contact) -> Contact:
    locked: Contact | None = (
        Contact.objects.select_for_update(of=("self",))
        .select_related("contact_center")
        .filter(pk=contact.pk)
        .first()
    )
    if locked is None:
        raise not_found("contact")
    return locked


def _contact_changed(
    change: Change, contact: Contact, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=contact.contact_center_id,
        resource="contacts",
        object_id=contact.pk.hex,
        before=before,
        after=after,
    )
