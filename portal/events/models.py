from django.db import models

from portal.events.json_values import JsonDecoder


class EventRecord(models.Model):
    """One event as stored; written by `portal.events.log.publish` only."""

    kind = models.CharField(max_length=64)
    contact_center_id = models.UUIDField(null=True)
    occurred_at_ms = models.BigIntegerField()
    payload = models.JSONField(decoder=JsonDecoder)

    class Meta:
        verbose_name = "event"
        indexes = [
            models.Index(fields=["contact_center_id", "id"]),
            models.Index(fields=["occurred_at_ms"]),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.kind}"


class ReaderPosition(models.Model):
    """How far a durable reader has come; moves with what the reader stores."""

    name = models.CharField(max_length=64, primary_key=True)
    last_event_id = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "reader position"

    def __str__(self) -> str:
        return f"{self.name} at {self.last_event_id}"
