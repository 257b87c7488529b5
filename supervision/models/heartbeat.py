from django.db import models


class Heartbeat(models.Model):
    """A sign of life that a background task renews while it works."""

    name = models.CharField(max_length=64, primary_key=True)
    at_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at_ms}"
