from django.core.validators import MaxValueValidator
from django.db import models

from provisioning.models.base import ContactCenterModel
from provisioning.models.device import PhoneNumber
from provisioning.models.routing import DEFAULT_TEMPLATE_ID
from provisioning.models.skill import MAX_SKILL_LEVEL, Skill


class Queue(ContactCenterModel):
    """Where calls wait for an agent who has all the skills the queue asks for."""

    CHANNELS = ("voice",)

    name = models.CharField(max_length=255)
    description = models.CharField(max_length=1000, blank=True)
    channel = models.CharField(
        max_length=16, default="voice", choices=[(name, name) for name in CHANNELS]
    )
    phone_number = models.OneToOneField(PhoneNumber, on_delete=models.PROTECT, related_name="queue")
    is_internal = models.BooleanField(default=False)
    routing_template_id = models.CharField(max_length=64, default=DEFAULT_TEMPLATE_ID)
    # What the queue sets of its template's schema.
    routing = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact_center", "name"], name="queue_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class QueueSkill(models.Model):
    """A skill that an agent must have, at least at this level, to get the queue's calls."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="queue_skills")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="queue_skills")
    level = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(MAX_SKILL_LEVEL)]
    )

    class Meta:
        verbose_name = "queue's required skill"
        constraints = [
            models.UniqueConstraint(fields=["queue", "skill"], name="queue_skill_once"),
            models.CheckConstraint(
                condition=models.Q(level__lte=MAX_SKILL_LEVEL), name="queue_skill_level"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.skill} from {self.level}"
