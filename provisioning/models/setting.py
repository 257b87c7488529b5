from django.db import models

from portal.events.json_values import JsonDecoder
from provisioning.models.base import ContactCenterModel

# Group, key and a user's id make the object id of a change log entry.
MAX_KEY_LENGTH = 190
MAX_GROUP_NAME_LENGTH = 64


class Setting(ContactCenterModel):
    """One setting of a settings group, found by the value of the group's key attribute.

    `value` holds its other attributes.
    """

    group = models.CharField(max_length=MAX_GROUP_NAME_LENGTH)
    key = models.CharField(max_length=MAX_KEY_LENGTH)
    value = models.JSONField(decoder=JsonDecoder)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact_center", "group", "key"], name="setting_key_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.group}/{self.key}"


class UserSetting(ContactCenterModel):
    """What a user has instead of the contact center's setting; its attributes go over those."""

    user = models.ForeignKey(
        "provisioning.User", on_delete=models.CASCADE, related_name="own_settings"
    )
    group = models.CharField(max_length=MAX_GROUP_NAME_LENGTH)
    key = models.CharField(max_length=MAX_KEY_LENGTH)
    value = models.JSONField(decoder=JsonDecoder)

    class Meta:
        verbose_name = "user's setting"
        constraints = [
            models.UniqueConstraint(fields=["user", "group", "key"], name="user_setting_key_once")
        ]
        indexes = [models.Index(fields=["contact_center", "group"])]

    def __str__(self) -> str:
        return f"{self.group}/{self.key} of {self.user}"
