from dataclasses import dataclass
from typing import Any, ClassVar

from portal.api.fields import Access, Choice, Flag, Identifier, Json, Link, Text
from portal.api.resources import Facet, Resource, Subresource
from portal.api.roles import ADMINS, SUPERVISORS, Action
from provisioning.api.call_recording import SETTINGS_OF_QUEUES
from provisioning.api.devices import NumberDigits, PhoneNumbers, details_shape
from provisioning.api.routing_templates import TEMPLATE_OF_QUEUE, RoutingTemplates
from provisioning.api.skills import QueueSkills, RequiredSkills, load_required_skills
from provisioning.models import Queue
from provisioning.services import queues


@dataclass(frozen=True, kw_only=True)
class RoutingValues(Json):
    """Checked by the service, which knows the template that the queue will have."""

    name: str = "routing"
    access: Access = Access.READ_WRITE

    def parse(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.refuse("an object")
        return value


class Queues(Resource):
    path, singular, plural = "queues", "queue", "queues"
    model = Queue
    select_related = ("phone_number",)
    fields = (
        Identifier(),
        Text(name="name", required=True),
        Text(name="description", max_length=1000, may_be_empty=True),
        Choice(name="channel", choices=Queue.CHANNELS, required=True),
        NumberDigits(
            name="phoneNumber",
            source="phone_number.number",
            column="phone_number__digits",
            access=Access.SET_ONCE,
        ),
        Flag(name="internal", source="is_internal", access=Access.SET_ONCE),
        Json(name="phoneNumberDetails", source="phone_number.details", shape=details_shape()),
        Link(
            name="phoneNumberUri",
            target=lambda: PhoneNumbers,
            access=Access.SET_ONCE,
            help="A free phone number to create the queue on.",
        ),
        Link(name="routingTemplateUri", target=lambda: RoutingTemplates),
        RoutingValues(help="What the queue sets of its template's schema; replaced whole."),
        RequiredSkills(
            load=load_required_skills, help="Skills that agents need, with minimum levels."
        ),
    )
    subresources: ClassVar[tuple[Subresource, ...]] = (
        TEMPLATE_OF_QUEUE,
        SETTINGS_OF_QUEUES,
    )
    facets = (Facet(name="skills", resource=QueueSkills, parent_lookup="queue_id"),)
    ordering = ("name",)
    named_by = ("name",)
    permissions = {
        Action.READ: SUPERVISORS,
        Action.CREATE: ADMINS,
        Action.UPDATE: ADMINS,
        Action.DELETE: ADMINS,
    }
    read_feature = "api-provisioning-read"
    write_feature = "api-provisioning-write"
    create = staticmethod(queues.create_queue)
    update = staticmethod(queues.update_queue)
    delete = staticmethod(queues.delete_queue)
