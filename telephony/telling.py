"""Facts of the switch as events of the log."""

import dataclasses
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from portal.events.log import Event, event_kinds
from provisioning.models import Device
from telephony import events
from telephony.call_resource import call_content
from telephony.device_resource import device_content, phone_content
from telephony.models import Forwarding
from telephony.modes import user_state
from telephony.presentation import PLAIN, Presentation, presentation_of
from telephony.switch.effects import (
    AgentFact,
    CallFact,
    Effect,
    MonitoringFact,
    PartyView,
    Refusal,
)


def told(effects: list[Effect]) -> list[Event]:
    """The events that tell of what happened, in its order; timers are nobody's business."""
    facts = [
        effect
        for effect in effects
        if isinstance(effect, CallFact | AgentFact | MonitoringFact | Refusal)
    ]
    presentation = _presentation_of(facts)
    forwardings, phones = _forwardings_of(facts), _phones_of(facts)
    return [_event(fact, presentation, forwardings, phones) for fact in facts]


Fact = CallFact | AgentFact | MonitoringFact | Refusal


def _presentation_of(facts: list[Fact]) -> Presentation:
    """For all views of a transaction, which is about one contact center."""
    views = [view for fact in facts for view in _views_in(fact)]
    if not views:
        return PLAIN
    return presentation_of(
        facts[0].contact_center_id, [(view.state, view.user_id) for view in views]
    )


def _views_in(fact: Fact) -> Iterator[PartyView]:
    if isinstance(fact, CallFact):
        yield from fact.views
    elif isinstance(fact, MonitoringFact):
        for view, _ in fact.views:
            yield view


def _forwardings_of(facts: list[Fact]) -> dict[str, str]:
    """Where the calls of the agents' devices go, by the device's id."""
    device_ids = {UUID(fact.device_id) for fact in facts if isinstance(fact, AgentFact)}
    if not device_ids:
        return {}
    found = Forwarding.objects.filter(pk__among=list(device_ids))
    return {str(pk): number for pk, number in found.values_list("pk", "destination")}


def _phones_of(facts: list[Fact]) -> dict[str, dict[str, Any]]:
    """What clients read of the agents' devices beside their live part, by the device's id."""
    device_ids = {UUID(fact.device_id) for fact in facts if isinstance(fact, AgentFact)}
    if not device_ids:
        return {}
    found = Device.objects.filter(pk__among=list(device_ids)).select_related("phone_number")
    return {str(device.pk): phone_content(device) for device in found}


def _event(
    fact: Fact,
    presentation: Presentation,
    forwardings: dict[str, str],
    phones: dict[str, dict[str, Any]],
) -> Event:
    if isinstance(fact, Refusal):
        return events.RequestRefused(**_known(events.RequestRefused, fact, {}))
    event_class = event_kinds()[fact.kind]
    if isinstance(fact, MonitoringFact):
        more = _monitoring_facts(fact, presentation)
    elif isinstance(fact, CallFact):
        more = _call_facts(fact, presentation)
    else:
        more = _agent_facts(fact, forwardings) | {"phone": phones.get(fact.device_id, {})}
    return event_class(**_known(event_class, fact, more))


def _known(event_class: type[Event], fact: Any, more: dict[str, Any]) -> dict[str, Any]:
    """The arguments that this kind of event takes."""
    values = {**more, "occurred_at_ms": fact.at_ms}
    return {
        field.name: values[field.name] if field.name in values else getattr(fact, field.name)
        for field in dataclasses.fields(event_class)
    }


def _call_facts(fact: CallFact, presentation: Presentation) -> dict[str, Any]:
    return {
        "data": fact.user_data,
        "removed": list(fact.removed),
        "views": [_view(view, fact.notification_type, presentation) for view in fact.views],
    }


def _view(view: PartyView, notification_type: str, presentation: Presentation) -> dict[str, Any]:
    return {
        "user_id": view.user_id,
        "device_id": view.device_id,
        "phone_number": view.number,
        "notification_type": str(notification_type),
        "call": call_content(view, presentation),
    }


def _agent_facts(fact: AgentFact, forwardings: dict[str, str]) -> dict[str, Any]:
    return {
        "device_ids": [fact.device_id],
        "user_state": user_state(fact.channel_mode),
        "do_not_disturb": "On" if fact.is_channel_do_not_disturb else "Off",
        "device": device_content(
            fact.device_id,
            fact.mode,
            is_do_not_disturb=fact.is_do_not_disturb,
            is_registered=fact.kind != "device.unregistered",
            may_monitor=fact.may_monitor,
            monitoring=fact.monitoring,
            forward_to=forwardings.get(fact.device_id),
        ),
    }


def _monitoring_facts(fact: MonitoringFact, presentation: Presentation) -> dict[str, Any]:
    return {
        "state": str(fact.state.kind),
        "mode": str(fact.state.mode),
        "scope": str(fact.state.scope),
        "views": [_view(view, reason, presentation) for view, reason in fact.views],
    }
