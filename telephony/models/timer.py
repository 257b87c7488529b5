from django.db import models

from telephony.models.base import LiveModel


class Timer(LiveModel):
    """Something that is due at a time; deleted in the transaction that does it, or calls it off."""

    kind = models.CharField(max_length=16)
    target = models.CharField(max_length=36)
    due_at_ms = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["target", "kind"], name="timer_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.target}"
