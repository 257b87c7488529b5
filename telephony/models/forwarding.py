from django.db import models

from telephony.models.base import LiveModel


class Forwarding(LiveModel):
    """Where a device's calls go instead; a device without a row keeps them."""

    device = models.OneToOneField(
        "provisioning.Device",
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="forwarding",
    )
    destination = models.CharField(max_length=32)

    def __str__(self) -> str:
        return f"{self.device_id} to {self.destination}"
