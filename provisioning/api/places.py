from dataclasses import dataclass
from typing import Any

from portal.api.fields import Identifier, Link, Text
from portal.api.resources import Resource
from portal.api.roles import ADMINS, EVERYONE, SUPERVISORS, Action
from provisioning.api.devices import Devices
from provisioning.models import Place
from provisioning.services import places


@dataclass(frozen=True, kw_only=True)
class OptionalLink(Link):
    """A link that null or an empty text takes away."""

    def parse(self, value: Any) -> Any:
        return None if value is None or value == "" else super().parse(value)


class Places(Resource):
    """Where somebody can work: a name for a device."""

    path, singular, plural = "places", "place", "places"
    model = Place
    fields = (
        Identifier(),
        Text(name="name", required=True, help="Unique in the contact center."),
        OptionalLink(
            name="deviceUri", target=lambda: Devices, help="A device stands in one place at most."
        ),
    )
    ordering = ("name",)
    named_by = ("name",)
    permissions = {
        Action.LIST: SUPERVISORS,
        Action.READ: EVERYONE,
        Action.CREATE: ADMINS,
        Action.UPDATE: ADMINS,
        Action.DELETE: ADMINS,
    }
    read_feature = "api-provisioning-read"
    write_feature = "api-provisioning-write"
    create = staticmethod(places.create_place)
    update = staticmethod(places.update_place)
    delete = staticmethod(places.delete_place)
