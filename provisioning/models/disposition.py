from django.db import models

from portal.events.json_values import JsonDecoder
from provisioning.models.base import ContactCenterModel
from provisioning.models.group import Group
from provisioning.models.setting import MAX_KEY_LENGTH


class Disposition(ContactCenterModel):
    """How a call may have ended; `name` is what is attached to the call, and never changes."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="dispositions")
    name = models.CharField(max_length=MAX_KEY_LENGTH)
    display_name = models.CharField(max_length=255)
    # What else clients keep with it, such as possibleValues.
    attributes = models.JSONField(default=dict, blank=True, decoder=JsonDecoder)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "name"], name="disposition_name_once")
        ]

    def __str__(self) -> str:
        return self.name
