from django.db import models


class AgentInterval(models.Model):
    """A stretch of an agent's time: in one state, or in one phase of a call.

    It outlives the events it was made of, its user and its contact center: no foreign keys. The
    interval that goes on has no end; an agent has at most one of these that is no call.
    """

    STATE, CALL = "state", "call"

    contact_center_id = models.UUIDField()
    user_id = models.UUIDField()
    kind = models.CharField(max_length=8, choices=[(one, one) for one in (STATE, CALL)])
    state = models.CharField(max_length=32)
    display_name = models.CharField(max_length=255, blank=True)
    reason = models.CharField(max_length=255, blank=True)
    work_mode = models.CharField(max_length=32, blank=True)
    call_id = models.CharField(max_length=64, blank=True)
    queue_id = models.UUIDField(null=True)
    began_ms = models.BigIntegerField()
    ended_ms = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "interval of an agent's time"
        verbose_name_plural = "intervals of agents' time"
        indexes = [
            models.Index(fields=["user_id", "began_ms"]),
            models.Index(fields=["user_id"], condition=models.Q(ended_ms=None), name="agent_open"),
            models.Index(fields=["ended_ms"]),
        ]

    def __str__(self) -> str:
        return f"{self.state} of {self.user_id} from {self.began_ms}"
