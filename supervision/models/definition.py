from django.db import models

from supervision.statistics.simple import SECTIONS


class DefinitionSet(models.Model):
    """The definitions that were in force from a moment on; the newest are in force.

    `entries` are in the extended mode of `statistics.yaml`, checked, with all names looked up.
    """

    entries = models.JSONField()
    digest = models.CharField(max_length=64)
    source = models.CharField(max_length=255)
    loaded_by = models.CharField(max_length=254, blank=True)
    loaded_at_ms = models.BigIntegerField()

    class Meta:
        verbose_name = "set of statistics definitions"
        verbose_name_plural = "sets of statistics definitions"

    def __str__(self) -> str:
        return f"{self.source}, set {self.pk}"


class StatisticName(models.Model):
    """What entries in simple mode name: a definition, a time profile or a time range."""

    section = models.CharField(max_length=32, choices=[(one, one) for one in SECTIONS])
    name = models.CharField(max_length=255)
    content = models.JSONField()

    class Meta:
        verbose_name = "name for statistics definitions"
        verbose_name_plural = "names for statistics definitions"
        constraints = [
            models.UniqueConstraint(fields=["section", "name"], name="statistic_name_once")
        ]

    def __str__(self) -> str:
        return f"{self.section}: {self.name}"
