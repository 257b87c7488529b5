"""Whether the statistics are being kept up, and the Reporting services that say so to clients."""

from typing import cast
from uuid import UUID

from django.db import transaction

from portal.events.log import now_ms, publish
from provisioning.events import ServiceStateChanged
from provisioning.models import Service
from supervision.models import Heartbeat

_NAME = "statistics"
# Without a sign of life for so long the service is Inactive.
SILENCE_MS = 10_000


def beat() -> None:
    """Note that the statistics task works; called by it every few seconds."""
    Heartbeat.objects.update_or_create(name=_NAME, defaults={"at_ms": now_ms()})


def is_reporting_active() -> bool:
    """The truth, also when no process is left that could note it in the services' rows."""
    return Heartbeat.objects.filter(name=_NAME, at_ms__gt=now_ms() - SILENCE_MS).exists()


@transaction.atomic
def show_reporting_state() -> None:
    """Bring the Reporting services' rows in line with the truth, and tell of each change."""
    state = "Active" if is_reporting_active() else "Inactive"
    wrong = Service.objects.filter(type="Reporting").exclude(state=state)
    if not wrong.exists():
        return
    services = list(wrong.select_for_update().order_by("pk"))
    Service.objects.filter(pk__in=[service.pk for service in services]).update(state=state)
    publish(
        *(
            ServiceStateChanged(
                contact_center_id=str(cast(UUID, service.contact_center_id)),
                service_id=str(service.pk),
                name=service.name,
                type=service.type,
                state=state,
            )
            for service in services
        )
    )
