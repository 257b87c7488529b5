"""Facts of the switch as events of the log."""

import dataclasses
from typing import Any

from portal.events.log import Event, event_kinds
from telephony import events
from telephony.call_resource import call_content
from telephony.device_resource import device_content
from telephony.modes import user_state
from telephony.switch.effects import AgentFact, CallFact, Effect, Refusal


def told(effects: list[Effect]) -> list[Event]:
    """The events that tell of what happened, in its order; timers are nobody's business."""
    return [
        _event(effect) for effect in effects if isinstance(effect, CallFact | AgentFact | Refusal)
    ]


def _event(fact: CallFact | AgentFact | Refusal) -> Event:
    if isinstance(fact, Refusal):
        return events.RequestRefused(**_known(events.RequestRefused, fact, {}))
    event_class = event_kinds()[fact.kind]
    more = _call_facts(fact) if isinstance(fact, CallFact) else _agent_facts(fact)
    return event_class(**_known(event_class, fact, more))


def _known(event_class: type[Event], fact: Any, more: dict[str, Any]) -> dict[str, Any]:
    """The arguments that this kind of event takes."""
    values = {**more, "occurred_at_ms": fact.at_ms}
    return {
        field.name: values[field.name] if field.name in values else getattr(fact, field.name)
        for field in dataclasses.fields(event_class)
    }


def _call_facts(fact: CallFact) -> dict[str, Any]:
    return {
        "data": fact.user_data,
        "views": [
            {"user_id": view.user_id, "device_id": view.device_id, "call": call_content(view)}
            for view in fact.views
        ],
    }


def _agent_facts(fact: AgentFact) -> dict[str, Any]:
    return {
        "device_ids": [fact.device_id],
        "user_state": user_state(fact.mode),
        "device": device_content(
            fact.device_id, fact.mode, is_do_not_disturb=fact.is_do_not_disturb
        ),
    }
