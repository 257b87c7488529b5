import zoneinfo
from collections.abc import Iterable
from typing import Unpack

import phonenumbers
from django.db import transaction

from portal.api.features import FEATURES
from portal.api.status import not_found, out_of_range
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import (
    AgentState,
    AssignedFeature,
    ContactCenter,
    Service,
    VoiceEnvironment,
)
from provisioning.models.agent_state import SYSTEM_AGENT_STATES
from provisioning.services.fields import ContactCenterChanges, ContactCenterFields
from provisioning.services.groups import ensure_default_group
from provisioning.services.recording import (
    Facts,
    assign_fields,
    changed,
    facts,
    record,
    refusing_duplicates,
)


@transaction.atomic
def create_contact_center(
    *,
    change: Change,
    name: str,
    domain: str,
    features: Iterable[str] | None = None,
    **fields: Unpack[ContactCenterFields],
) -> ContactCenter:
    """A contact center with its system agent states, one voice environment, its services and its
    default group of dispositions.

    `features` are ids; those assigned by default when left out.
    Raises ApiError 18 where the domain is taken.
    """
    contact_center = ContactCenter(name=name, domain=domain.lower(), **fields)
    contact_center.full_clean(validate_unique=False, validate_constraints=False)
    with refusing_duplicates(f"Contact center {domain} already exists"):
        contact_center.save(force_insert=True)
    if features is None:
        features = [feature.id for feature in FEATURES.values() if feature.by_default]
    AssignedFeature.objects.bulk_create(
        AssignedFeature(contact_center=contact_center, feature_id=one) for one in features
    )
    AgentState.objects.bulk_create(
        AgentState(
            contact_center=contact_center,
            guid=one.guid,
            operation_name=one.operation_name,
            display_name=one.display_name,
            state=one.state,
            work_mode=one.work_mode,
            is_system=True,
        )
        for one in SYSTEM_AGENT_STATES
    )
    environment = VoiceEnvironment.objects.create(contact_center=contact_center, name="SIPS")
    Service.objects.bulk_create(
        [
            Service(contact_center=contact_center, name="Provisioning", type="Provisioning"),
            Service(
                contact_center=contact_center,
                name=environment.name,
                type="Voice",
                voice_environment=environment,
            ),
            Service(contact_center=contact_center, name="Statistics", type="Reporting"),
        ]
    )
    record(_contact_center_changed(change, contact_center, before=None))
    ensure_default_group(change=change, contact_center=contact_center)
    return contact_center


@transaction.atomic
def update_contact_center(
    *, change: Change, contact_center: ContactCenter, **fields: Unpack[ContactCenterChanges]
) -> ContactCenter:
    """Raises ApiError 10 for an unknown country or time zone, 6 where it has gone."""
    locked = ContactCenter.objects.select_for_update().filter(pk=contact_center.pk).first()
    if locked is None:
        raise not_found("contactCenter")
    before = facts(locked)
    if "country" in fields:
        fields["country"] = fields["country"].upper()
    assign_fields(locked, dict(fields))
    if locked.country not in phonenumbers.SUPPORTED_REGIONS:
        raise out_of_range("country must be an ISO 3166 code of two letters")
    if locked.time_zone not in zoneinfo.available_timezones():
        raise out_of_range("timeZone must be the name of a time zone, such as Europe/Paris")
    locked.save()
    record(_contact_center_changed(change, locked, before=before))
    return locked


def _contact_center_changed(
    change: Change, contact_center: ContactCenter, *, before: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=contact_center.pk,
        resource="contact-centers",
        object_id=contact_center.pk,
        before=before,
        after=facts(contact_center),
    )
