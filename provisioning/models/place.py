from typing import Any, ClassVar

from django.db import models

from portal.api.roles import SUPERVISORS, has_role
from provisioning.models.base import ContactCenterModel, ContactCenterQuerySet
from provisioning.models.device import Device


class PlaceQuerySet(ContactCenterQuerySet):
    def visible_to(self, user: Any) -> "PlaceQuerySet":
        """Supervisors and admins see the contact center's places, agents their default one."""
        visible = self.filter(contact_center_id=user.contact_center_id)
        return visible if has_role(user, SUPERVISORS) else visible.filter(pk=user.default_place_id)


class Place(ContactCenterModel):
    """Where somebody can work: a name for a device. A device stands in at most one place."""

    name = models.CharField(max_length=255)
    device = models.OneToOneField(
        Device, on_delete=models.SET_NULL, null=True, blank=True, related_name="place"
    )

    objects: ClassVar[Any] = PlaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact_center", "name"], name="place_name_once")
        ]

    def __str__(self) -> str:
        return self.name
