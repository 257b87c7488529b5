from django.db import models

from portal.events.json_values import JsonDecoder
from provisioning.models.base import ContactCenterQuerySet


class ChangeLogEntry(models.Model):
    """One write: who, when, in which request, which object, before and after.

    Ids and names are kept as they were: an entry outlives its object and its author.
    """

    contact_center = models.ForeignKey(
        "provisioning.ContactCenter", on_delete=models.CASCADE, related_name="+", null=True
    )
    at = models.DateTimeField(auto_now_add=True)
    request_id = models.CharField(max_length=36)
    actor_id = models.CharField(max_length=36, blank=True)
    actor_name = models.CharField(max_length=254, blank=True)
    origin = models.CharField(max_length=32)
    reason = models.CharField(max_length=200, blank=True)
    resource = models.CharField(max_length=64)
    object_id = models.CharField(max_length=300)
    action = models.CharField(max_length=16)
    before = models.JSONField(null=True, decoder=JsonDecoder)
    after = models.JSONField(null=True, decoder=JsonDecoder)
    reverted_by = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="reverts"
    )

    objects = ContactCenterQuerySet.as_manager()

    class Meta:
        verbose_name = "change"
        verbose_name_plural = "changes"
        indexes = [
            models.Index(fields=["contact_center", "-id"]),
            models.Index(fields=["contact_center", "resource", "object_id", "-id"]),
            models.Index(fields=["request_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.object_id} {self.action}"


class KeptPassword(models.Model):
    """The password hash of a deleted user, for whoever undoes the deletion.

    Apart from the entry, so that nothing that shows or exports entries can show it.
    """

    entry = models.OneToOneField(
        ChangeLogEntry, on_delete=models.CASCADE, related_name="kept_password"
    )
    password_hash = models.CharField(max_length=128)

    def __str__(self) -> str:
        return f"for {self.entry_id}"
