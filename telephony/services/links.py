"""The link to the switch of a voice environment."""

from uuid import UUID

from django.db import transaction

from portal.events.log import Event, now_ms, publish
from provisioning.events import ServiceStateChanged
from provisioning.models import ContactCenter, Service, VoiceEnvironment
from telephony.line import Line
from telephony.models import AgentSession, OtherDevice, VoiceLink
from telephony.switch.effects import agent_fact
from telephony.switch.positions import positions_of
from telephony.switch.tables import Presence
from telephony.telling import told


@transaction.atomic
def set_voice_link(*, contact_center: ContactCenter, is_up: bool) -> None:
    """Take away, or give back, the links of all the contact center's voice environments.

    Without a link clients' requests are refused and queues deliver nothing; the switch itself goes
    on: callers wait or give up, and unanswered calls return to their queues.
    """
    environments = VoiceEnvironment.objects.filter(contact_center=contact_center)
    for environment in environments.order_by("pk"):
        report_link(voice_environment=environment, is_up=is_up)


@transaction.atomic
def report_link(*, voice_environment: VoiceEnvironment, is_up: bool) -> bool:
    """A backend's link to its switch went down, or came back; False where that is known.

    The environment's voice service follows it, and the devices in a session are unregistered and
    registered again: to clients a device is Inactive while its switch is not there.
    """
    list(VoiceEnvironment.objects.select_for_update().filter(pk=voice_environment.pk))
    link, _ = VoiceLink.objects.get_or_create(
        voice_environment=voice_environment,
        defaults={"contact_center_id": voice_environment.contact_center_id},
    )
    service = _follow(voice_environment, "Active" if is_up else "Inactive")
    if link.is_up == is_up and service is None:
        return False
    devices: list[Event] = []
    if link.is_up != is_up:
        link.is_up = is_up
        link.save(update_fields=["is_up"])
        devices = _devices_told(voice_environment, is_up=is_up)
    publish(*([] if service is None else [_state_changed(service)]), *devices)
    return True


def _follow(environment: VoiceEnvironment, state: str) -> Service | None:
    """The environment's service, if it was in another state until now."""
    services = Service.objects.select_for_update().filter(voice_environment=environment)
    service: Service | None = services.exclude(state=state).first()
    if service is not None:
        service.state = state
        service.version += 1
        service.save(update_fields=["state", "version"])
    return service


def _devices_told(environment: VoiceEnvironment, *, is_up: bool) -> list[Event]:
    """Of each device in a session; their agents are locked, so that no event of theirs mixes in."""
    kind = "device.registered" if is_up else "device.unregistered"
    at_it = {"device__voice_environment": environment}
    working = AgentSession.objects.filter(**at_it).exclude(presence=Presence.INACTIVE.value)
    others = OtherDevice.objects.filter(**at_it)
    user_at = dict(working.values_list("device_id", "user_id"))
    user_at |= dict(others.values_list("device_id", "session_id"))
    agents = Line().lock_agents({str(user_id) for user_id in user_at.values()})
    at_ms = now_ms()
    return told(
        [
            agent_fact(kind, agent, device_id=position.device_id, at_ms=at_ms)
            for agent in agents.values()
            for position in positions_of(agent)
            if UUID(position.device_id) in user_at
        ]
    )


def _state_changed(service: Service) -> ServiceStateChanged:
    return ServiceStateChanged(
        contact_center_id=str(service.contact_center_id),
        service_id=str(service.pk),
        name=service.name,
        type=service.type,
        state=service.state,
    )
