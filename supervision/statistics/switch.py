"""The event vocabulary: which handler takes which event."""

from __future__ import annotations

from collections.abc import Callable

from supervision.statistics import agent_events, call_events
from supervision.statistics.events import SwitchEvent
from supervision.statistics.world import World

Handler = Callable[[World, SwitchEvent], None]

HANDLERS: dict[str, Handler] = {
    handler.__name__: handler
    for handler in (
        call_events.call_queued,
        call_events.call_abandoned,
        call_events.call_distributed,
        call_events.call_ringing,
        call_events.call_dialing,
        call_events.call_answered,
        call_events.call_ring_abandoned,
        call_events.call_ring_cancelled,
        call_events.call_held,
        call_events.call_retrieved,
        call_events.call_released,
        call_events.call_data,
        agent_events.agent_login,
        agent_events.agent_logout,
        agent_events.agent_ready,
        agent_events.agent_notready,
        agent_events.agent_acw,
        agent_events.dn_registered,
        agent_events.dn_unregistered,
        agent_events.group_add,
        agent_events.group_remove,
        agent_events.queue_skill_add,
        agent_events.queue_skill_remove,
    )
}
EVENT_NAMES = tuple(HANDLERS)
