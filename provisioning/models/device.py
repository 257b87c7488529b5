from typing import Any, ClassVar

from django.db import models

from portal.api.roles import SUPERVISORS, has_role
from provisioning.models.base import ContactCenterModel, ContactCenterQuerySet


class VoiceEnvironment(ContactCenterModel):
    """A switch that devices are connected to; each has a voice service."""

    name = models.CharField(max_length=255)

    class Meta:
        verbose_name = "voice environment"
        constraints = [
            models.UniqueConstraint(
                fields=["contact_center", "name"], name="voice_environment_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class PhoneNumber(ContactCenterModel):
    """A number as it was given, with what the numbering plan of its country says of it."""

    number = models.CharField(max_length=32)
    digits = models.CharField(max_length=32)
    e164_number = models.CharField(max_length=32)
    local_number = models.CharField(max_length=32, blank=True)
    country_code = models.CharField(max_length=2, blank=True)
    country_name = models.CharField(max_length=64, blank=True)
    calling_code = models.CharField(max_length=4, blank=True)
    location = models.CharField(max_length=255, blank=True)

    class Meta:
        verbose_name = "phone number"
        constraints = [
            models.UniqueConstraint(
                fields=["contact_center", "e164_number"], name="phone_number_once"
            )
        ]
        indexes = [models.Index(fields=["contact_center", "digits"])]

    def __str__(self) -> str:
        return self.number

    @property
    def country(self) -> dict[str, str]:
        """As seed 000 shows it; short internal numbers have empty texts."""
        return {
            "name": self.country_name,
            "code": self.country_code,
            "callingCode": self.calling_code,
        }

    @property
    def details(self) -> dict[str, Any]:
        """All that is known of the number, as one object."""
        known = {
            "phoneNumber": self.number,
            "e164Number": self.e164_number,
            "localNumber": self.local_number,
            "location": self.location,
        }
        return {name: value for name, value in known.items() if value} | {"country": self.country}


class DeviceQuerySet(ContactCenterQuerySet):
    def visible_to(self, user: Any) -> "DeviceQuerySet":
        """Supervisors and admins see the contact center's devices, agents their own."""
        visible = self.filter(contact_center_id=user.contact_center_id)
        return visible if has_role(user, SUPERVISORS) else visible.filter(user_id=user.pk)


class Device(ContactCenterModel):
    """A phone: a number at a switch, owned by at most one user."""

    TELEPHONY_NETWORKS = ("Private", "Public")

    phone_number = models.OneToOneField(
        PhoneNumber, on_delete=models.PROTECT, related_name="device"
    )
    voice_environment = models.ForeignKey(
        VoiceEnvironment, on_delete=models.PROTECT, related_name="devices"
    )
    user = models.ForeignKey(
        "provisioning.User",
        on_delete=models.SET_NULL,
        related_name="devices",
        null=True,
        blank=True,
    )
    telephony_network = models.CharField(
        max_length=16, default="Private", choices=[(name, name) for name in TELEPHONY_NETWORKS]
    )
    type = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=255, blank=True)
    vendor = models.CharField(max_length=255, blank=True)
    description = models.CharField(max_length=255, blank=True)

    objects: ClassVar[Any] = DeviceQuerySet.as_manager()

    class Meta:
        # With the contact center first, a page's owners are found without walking all devices.
        indexes = [models.Index(fields=["contact_center", "user"])]

    def __str__(self) -> str:
        return str(self.phone_number)
