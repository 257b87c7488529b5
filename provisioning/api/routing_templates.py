from collections.abc import Mapping, Sequence
from typing import Any

from portal.api.fields import Access, Choice, Flag, Json, Reading, Text
from portal.api.resources import Part
from portal.api.roles import SUPERVISORS, Action
from portal.api.selection import EVERYTHING
from provisioning.api.catalogue import Catalogue
from provisioning.models import Queue
from provisioning.routing_templates import ROUTING_TEMPLATES

_LIST = {"type": "array", "items": {"type": "object"}}
_TEXTS = {"type": "array", "items": {"type": "string"}}


class RoutingTemplates(Catalogue):
    """The rules that a queue's calls can follow; `schema` lists what a queue may set of one."""

    path, singular, plural = "system/routing-templates", "routingTemplate", "routingTemplates"
    entries = tuple(ROUTING_TEMPLATES.values())
    fields = (
        Text(name="id", access=Access.READ_ONLY),
        Text(name="name", access=Access.READ_ONLY),
        Text(name="description", access=Access.READ_ONLY),
        Text(name="version", access=Access.READ_ONLY),
        Choice(name="channel", choices=Queue.CHANNELS, access=Access.READ_ONLY),
        Json(name="dependencies", column="dependencies", shape=_TEXTS),
        Flag(name="enabled", access=Access.READ_ONLY),
        Json(name="schema", shape=_LIST),
    )
    permissions = {Action.READ: SUPERVISORS}
    read_feature = "api-provisioning-read"


def load_templates(queues: Sequence[Any], reading: Reading) -> Mapping[Any, Any]:
    """Each queue's template, by the queue's id."""
    entries = RoutingTemplates.linked({queue.routing_template_id for queue in queues}, reading.user)
    contents = RoutingTemplates.render(entries, EVERYTHING, reading)
    by_id = {entry.id: content for entry, content in zip(entries, contents, strict=True)}
    return {
        queue.pk: by_id[queue.routing_template_id]
        for queue in queues
        if queue.routing_template_id in by_id
    }


TEMPLATE_OF_QUEUE = Part(
    name="routingTemplate", load=load_templates, shape=RoutingTemplates.schema()
)
