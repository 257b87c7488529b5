from typing import TYPE_CHECKING

from django.db import models

from provisioning.models.base import ContactCenterQuerySet

if TYPE_CHECKING:
    from provisioning.models import ContactCenter


class LiveModel(models.Model):
    """Base of live state: rows that exist as long as what they tell of, in one contact center."""

    contact_center: "models.ForeignKey[ContactCenter, ContactCenter]" = models.ForeignKey(
        "provisioning.ContactCenter", on_delete=models.CASCADE, related_name="+"
    )

    objects = ContactCenterQuerySet.as_manager()

    class Meta:
        abstract = True
