"""The groups that settings stand in: those of the system, and those a contact center adds.

Source: contract §2 "settings"; seed 001 "Working With Settings"; seed 003 "Settings".
"""

from dataclasses import dataclass

from django.db import models

from portal.api.roles import ADMINS, EVERYONE, Roles
from provisioning.models.base import ContactCenterModel
from provisioning.models.setting import MAX_GROUP_NAME_LENGTH


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemGroup:
    """A group that every contact center has while it has the feature.

    `key` names the attribute that tells the group's settings apart; "" where it has none.
    """

    name: str
    display_name: str
    key: str = ""
    feature: str | None = None
    readers: Roles = EVERYONE
    # Whether users may have their own in place of the contact center's.
    is_overlaid: bool = False
    methods: frozenset[str] = frozenset({"GET", "POST", "PUT", "DELETE"})


_UPDATED_ONLY = frozenset({"GET", "PUT"})
# In the order of seed 001 "Reading available settings groups".
SYSTEM_GROUPS = {
    group.name: group
    for group in (
        SystemGroup(
            name="voice",
            display_name="Voice",
            key="name",
            feature="api-voice",
            is_overlaid=True,
        ),
        SystemGroup(
            name="voice-operations",
            display_name="Voice Operations",
            key="operationName",
            feature="api-voice",
            is_overlaid=True,
        ),
        SystemGroup(name="dispositions", display_name="dispositions", key="name"),
        SystemGroup(name="general-settings", display_name="General Settings"),
        SystemGroup(
            name="agent-states",
            display_name="Agent States",
            key="operationName",
            feature="api-voice",
        ),
        SystemGroup(
            name="reporting",
            display_name="Reporting",
            key="name",
            feature="api-statistics",
            is_overlaid=True,
            methods=_UPDATED_ONLY,
        ),
        SystemGroup(
            name="call-recording",
            display_name="Call Recording",
            key="callRecording",
            feature="api-voice-recording",
            methods=_UPDATED_ONLY,
        ),
        SystemGroup(
            name="access-control",
            display_name="Access Control",
            key="name",
            readers=ADMINS,
        ),
    )
}


class SettingsGroup(ContactCenterModel):
    """A group that a contact center has added; its settings may hold any JSON."""

    is_overlaid = True

    name = models.CharField(max_length=MAX_GROUP_NAME_LENGTH)
    display_name = models.CharField(max_length=255)
    key = models.CharField("key attribute", max_length=64, default="name")

    class Meta:
        verbose_name = "settings group"
        constraints = [
            models.UniqueConstraint(
                fields=["contact_center", "name"], name="settings_group_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


AnyGroup = SystemGroup | SettingsGroup
