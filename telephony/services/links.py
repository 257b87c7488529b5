"""The link to the switch of a voice environment."""

from uuid import UUID

from django.db import transaction

from portal.api.status import ApiError, StatusCode
from portal.events.log import publish
from provisioning.events import ServiceStateChanged
from provisioning.models import ContactCenter, Service, VoiceEnvironment
from telephony.models import VoiceLink

SERVICE_DOWN = "Voice service is not available at this time"


def require_link(device_id: UUID | str | None) -> None:
    """Refuse with 503 what would have to go over a link that is down."""
    is_down = VoiceLink.objects.filter(
        is_up=False, voice_environment__devices__in=[device_id]
    ).exists()
    if is_down:
        raise ApiError(StatusCode.INTERNAL_ERROR, SERVICE_DOWN, http_status=503)


@transaction.atomic
def set_voice_link(*, contact_center: ContactCenter, is_up: bool) -> None:
    """Take away, or give back, the links of all the contact center's voice environments.

    Without a link clients' requests are refused and queues deliver nothing; the switch itself goes
    on: callers wait or give up, and unanswered calls return to their queues.
    """
    environments = VoiceEnvironment.objects.select_for_update().filter(
        contact_center=contact_center
    )
    for environment in environments.order_by("pk"):
        VoiceLink.objects.update_or_create(
            voice_environment=environment,
            defaults={"contact_center": contact_center, "is_up": is_up},
        )
    state = "Active" if is_up else "Inactive"
    services = Service.objects.select_for_update().filter(
        contact_center=contact_center, type="Voice"
    )
    changed = [service for service in services.order_by("pk") if service.state != state]
    for service in changed:
        service.state = state
        service.version += 1
        service.save(update_fields=["state", "version"])
    publish(*(_state_changed(service) for service in changed))


def _state_changed(service: Service) -> ServiceStateChanged:
    return ServiceStateChanged(
        contact_center_id=str(service.contact_center_id),
        service_id=str(service.pk),
        name=service.name,
        type=service.type,
        state=service.state,
    )
