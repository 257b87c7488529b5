import uuid
import zoneinfo
from functools import cached_property

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from portal.api.features import FEATURES
from provisioning.models.base import ContactCenterQuerySet


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"{name} is not a time zone.")


class ContactCenter(models.Model):
    """A tenant: everything else belongs to exactly one of them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=255)
    domain = models.CharField(max_length=253)
    country = models.CharField(max_length=2, default="US", help_text="ISO 3166 code, two letters")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = "contact center"
        constraints = [models.UniqueConstraint(Lower("domain"), name="contact_center_domain")]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def _feature_ids(self) -> frozenset[str]:
        return frozenset(self.features.values_list("feature_id", flat=True))

    def feature_ids(self) -> frozenset[str]:
        """The ids of the assigned features; read once for each loaded object."""
        return self._feature_ids


class AssignedFeature(models.Model):
    contact_center = models.ForeignKey(
        ContactCenter, on_delete=models.CASCADE, related_name="features"
    )
    feature_id = models.CharField(
        max_length=64, choices=[(feature.id, feature.display_name) for feature in FEATURES.values()]
    )

    objects = ContactCenterQuerySet.as_manager()

    class Meta:
        verbose_name = "assigned feature"
        constraints = [
            models.UniqueConstraint(
                fields=["contact_center", "feature_id"], name="assigned_feature_once"
            )
        ]

    def __str__(self) -> str:
        return self.feature_id

    @property
    def display_name(self) -> str:
        return FEATURES[self.feature_id].display_name

    @property
    def description(self) -> str:
        return FEATURES[self.feature_id].description
