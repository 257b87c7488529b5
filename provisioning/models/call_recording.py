from django.core.validators import MaxValueValidator
from django.db import models

from provisioning.models.base import ContactCenterModel
from provisioning.models.queue import Queue


class CallRecording(ContactCenterModel):
    """How many of a queue's calls are recorded, where the queue has its own share."""

    queue = models.OneToOneField(Queue, on_delete=models.CASCADE, related_name="call_recording")
    percentage = models.PositiveSmallIntegerField(validators=[MaxValueValidator(100)])

    class Meta:
        verbose_name = "queue's call recording"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(percentage__lte=100), name="call_recording_percentage"
            )
        ]

    def __str__(self) -> str:
        return f"{self.percentage} % of {self.queue}"
