from django.db import models


class RecordedValue(models.Model):
    """What the engine computed for one statistic of one object at an instant.

    Its object may be a queue, a user or a skill, and may be gone by now: no foreign key.
    """

    object_type = models.CharField(max_length=16)
    object_id = models.UUIDField()
    name = models.CharField(max_length=255)
    value = models.JSONField()
    at_ms = models.BigIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name} of {self.object_type} {self.object_id}: {self.value}"


class StatisticValue(RecordedValue):
    """The newest value."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["object_id", "object_type", "name"], name="statistic_value_once"
            )
        ]


class StatisticHistory(RecordedValue):
    """Every value that was other than the one before; kept PORTAL_STATISTICS_RETENTION_DAYS."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["object_id", "object_type", "name", "at_ms"],
                name="statistic_history_once",
            )
        ]
        indexes = [models.Index(fields=["at_ms"])]
