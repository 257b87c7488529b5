"""A queue's routing template and its values as the route that a call takes along."""

from collections.abc import Mapping
from typing import Any

from portal.api.uris import referenced_id, uuid_or_none
from provisioning.models import Queue
from provisioning.routing_templates import BEST_SKILLED_TEMPLATE_ID, ROUTING_TEMPLATES
from telephony.switch.routes import HIGHEST_PRIORITY, AgentOrder, Route
from telephony.switch.state import Call


def route_of(queue: Queue, call: Call, *, visited: tuple[str, ...] = ()) -> Route:
    """What the queue does with a call that enters it now.

    `visited` are the queues that sent the call here: it is not sent back to one of them, but stays.
    """
    values = _values(queue)
    fitting = _fitting_segment(values, call)
    destination = str(fitting.get("destination") or values.get("destination") or "")
    onward = _destination_id(destination, "queues")
    priority = fitting.get("priority", values.get("priority", 0))
    return Route(
        greeting_ms=1000 * int(values.get("greetingDuration", 0)),
        order=_order(queue),
        skill_id=_destination_id(destination, "skills"),
        onward_queue_id=None if onward in (*visited, str(queue.pk)) else onward,
        visited=visited,
        priority=min(int(priority), HIGHEST_PRIORITY),
        priority_step=int(values.get("priorityStep", 0)),
        priority_interval_ms=1000 * int(values.get("priorityInterval", 60)),
        level_step=int(values.get("levelStep", 0)),
        level_interval_ms=1000 * int(values.get("targetTimeout", 30)),
    )


def _values(queue: Queue) -> Mapping[str, Any]:
    """What the queue sets, and the template's defaults for the rest."""
    template = ROUTING_TEMPLATES.get(queue.routing_template_id)
    if template is None:
        return {}
    defaults = {one.name: one.default for one in template.parameters if one.default is not None}
    return {**defaults, **queue.routing}


def _order(queue: Queue) -> AgentOrder:
    if queue.routing_template_id == BEST_SKILLED_TEMPLATE_ID:
        return AgentOrder.BEST_SKILLED
    return AgentOrder.LONGEST_IDLE


def _fitting_segment(values: Mapping[str, Any], call: Call) -> Mapping[str, Any]:
    """The first segment that the call's data fits, or one that says nothing.

    A caller is known by his number and the one he dialled too, under the names ANI and DNIS.
    """
    known = {"ANI": call.ani, "DNIS": call.dnis, **call.user_data}
    for segment in values.get("segments", ()):
        value = known.get(segment["dataRecordType"])
        # AttachUserData makes a list of the values of one key (contract §3).
        if segment["value"] in map(str, value if isinstance(value, list) else [value]):
            return dict(segment)
    return {}


def _destination_id(destination: str, collection: str) -> str | None:
    if not destination.startswith(f"/{collection}/"):
        return None
    identity = uuid_or_none(referenced_id(destination, collection))
    return str(identity) if identity else None
