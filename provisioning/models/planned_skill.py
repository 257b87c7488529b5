import uuid
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator
from django.db import models

from portal.api.roles import SUPERVISORS, has_role
from provisioning.models.base import ContactCenterQuerySet
from provisioning.models.skill import MAX_SKILL_LEVEL, Skill
from provisioning.models.user import User


class PlannedSkillQuerySet(ContactCenterQuerySet):
    def visible_to(self, user: Any) -> "PlannedSkillQuerySet":
        """Supervisors and admins see the contact center's plans, agents their own."""
        visible = self.filter(user__contact_center_id=user.contact_center_id)
        return visible if has_role(user, SUPERVISORS) else visible.filter(user_id=user.pk)


class PlannedSkill(models.Model):
    """A skill that a user is to have for a time; gone when that time is over.

    While it is Active the user has an ordinary UserSkill, which is all that routing looks at.
    """

    PLANNED, ACTIVE = "Planned", "Active"
    STATES = (PLANNED, ACTIVE)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="planned_skills")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="planned_skills")
    level = models.PositiveSmallIntegerField(validators=[MaxValueValidator(MAX_SKILL_LEVEL)])
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    # The level to return to; None where the user did not have the skill.
    level_before = models.PositiveSmallIntegerField(null=True, blank=True)
    state = models.CharField(
        max_length=16, default=PLANNED, choices=[(name, name) for name in STATES]
    )
    # When something is to be done: the start of what is planned, the end of what is active.
    due_at = models.DateTimeField(db_index=True)

    objects: ClassVar[Any] = PlannedSkillQuerySet.as_manager()

    class Meta:
        verbose_name = "planned skill"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "skill"],
                condition=models.Q(state="Active"),
                name="planned_skill_active_once",
            ),
            models.CheckConstraint(
                condition=models.Q(level__lte=MAX_SKILL_LEVEL), name="planned_skill_level"
            ),
        ]
        indexes = [models.Index(fields=["user", "skill"])]

    def __str__(self) -> str:
        return f"{self.skill} {self.level}"
