from django.db import models


class StatisticsCheckpoint(models.Model):
    """Engine and board as they were after an event of the log: where a restart begins.

    The newest is for restarts. One is the baseline: the log before it has been trimmed, so a
    recomputation begins there.
    """

    last_event_id = models.BigIntegerField(unique=True)
    at_ms = models.BigIntegerField()
    content = models.BinaryField()
    is_baseline = models.BooleanField(default=False)

    class Meta:
        verbose_name = "statistics checkpoint"

    def __str__(self) -> str:
        return f"after event {self.last_event_id}"
