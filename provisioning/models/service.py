from typing import Any, ClassVar

from django.db import models

from portal.api.features import features_of
from provisioning.models.base import ContactCenterModel, ContactCenterQuerySet
from provisioning.models.device import VoiceEnvironment


class ServiceQuerySet(ContactCenterQuerySet):
    def visible_to(self, user: Any) -> "ServiceQuerySet":
        """The services of the features that the contact center has."""
        hidden = [
            kind
            for kind, feature in Service.FEATURE_OF_TYPE.items()
            if feature not in features_of(user)
        ]
        return self.filter(contact_center_id=user.contact_center_id).exclude(type__in=hidden)


class Service(ContactCenterModel):
    """A part of the system that clients watch; its state follows the real thing.

    Source: seed 003 "Services".
    """

    TYPES = ("Provisioning", "Voice", "Reporting", "Media")
    STATES = ("Active", "Inactive", "ReadOnly")
    FEATURE_OF_TYPE = {
        "Voice": "api-voice",
        "Reporting": "api-statistics",
        "Media": "api-multimedia",
    }

    name = models.CharField(max_length=255)
    type = models.CharField(max_length=16, choices=[(name, name) for name in TYPES])
    state = models.CharField(
        max_length=16, default="Active", choices=[(name, name) for name in STATES]
    )
    voice_environment = models.OneToOneField(
        VoiceEnvironment, on_delete=models.CASCADE, null=True, blank=True, related_name="service"
    )

    objects: ClassVar[Any] = ServiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact_center", "name"], name="service_name_once")
        ]

    def __str__(self) -> str:
        return self.name
