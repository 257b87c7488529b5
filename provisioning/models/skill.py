from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models

from provisioning.models.base import ContactCenterModel, ContactCenterQuerySet

MAX_SKILL_LEVEL = 10


class Skill(ContactCenterModel):
    name = models.CharField(max_length=255)
    description = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact_center", "name"], name="skill_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class UserSkillQuerySet(ContactCenterQuerySet):
    def visible_to(self, user: Any) -> "UserSkillQuerySet":
        from provisioning.models.user import User

        # A subquery for each row, since a join makes SQLite begin with all users of the center.
        owners = User.objects.filter(
            pk=models.OuterRef("user_id"), contact_center_id=user.contact_center_id
        )
        return self.filter(models.Exists(owners))


class UserSkill(models.Model):
    """A skill that a user has, at a level."""

    user = models.ForeignKey(
        "provisioning.User", on_delete=models.CASCADE, related_name="user_skills"
    )
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="user_skills")
    level = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(MAX_SKILL_LEVEL)]
    )

    objects = UserSkillQuerySet.as_manager()

    class Meta:
        verbose_name = "user's skill"
        constraints = [
            models.UniqueConstraint(fields=["user", "skill"], name="user_skill_once"),
            models.CheckConstraint(
                condition=models.Q(level__lte=MAX_SKILL_LEVEL), name="user_skill_level"
            ),
        ]
        indexes = [models.Index(fields=["skill", "level"])]

    def __str__(self) -> str:
        return f"{self.skill} {self.level}"
