from django.db import models

from provisioning.models.base import ContactCenterModel


class Contact(ContactCenterModel):
    """A custom contact: somebody outside whom agents call. Users and queues are contacts too."""

    name = models.CharField(max_length=255)
    phone_number = models.CharField(max_length=32)
    digits = models.CharField(max_length=32)

    class Meta:
        indexes = [
            models.Index(fields=["contact_center", "name", "id"]),
            models.Index(fields=["contact_center", "digits"]),
        ]

    def __str__(self) -> str:
        return self.name
