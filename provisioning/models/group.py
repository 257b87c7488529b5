import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import models

from portal.api.roles import SUPERVISORS, has_role
from provisioning.models.base import ContactCenterModel, ContactCenterQuerySet

DISPOSITIONS, USERS = "dispositions", "users"
MAX_DEPTH = 20
# Wishes S3: what real clients know a group's kind by.
_ID_PREFIX = {DISPOSITIONS: "1-", USERS: "2-"}
# Wishes S8: groups of users are business units.
GROUP_TYPES = {DISPOSITIONS: "dispositions", USERS: "BusinessUnit"}


def new_group_id(contains: str) -> str:
    return f"{_ID_PREFIX[contains]}{uuid.uuid4()}"


class GroupQuerySet(ContactCenterQuerySet):
    def visible_to(self, user: Any) -> "GroupQuerySet":
        """Supervisors and admins see all; agents those of dispositions, which desktops ask for
        (wishes, S8), and of users those that they are in.
        """
        visible = self.filter(contact_center_id=user.contact_center_id)
        if has_role(user, SUPERVISORS):
            return visible
        own = GroupMember.objects.filter(group=models.OuterRef("pk"), user_id=user.pk)
        return visible.filter(models.Q(contains=DISPOSITIONS) | models.Exists(own))


class Group(ContactCenterModel):
    """A group of dispositions or of users; groups of one kind form trees."""

    CONTAINS = (DISPOSITIONS, USERS)

    id: "models.CharField[str, str]" = models.CharField(  # type: ignore[assignment]
        primary_key=True, max_length=38, editable=False
    )
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, related_name="groups", null=True, blank=True
    )
    name = models.CharField(max_length=255)
    contains = models.CharField(max_length=16, choices=[(name, name) for name in CONTAINS])
    # Whose dispositions `settings/dispositions` shows.
    is_default = models.BooleanField(default=False)

    objects: ClassVar[Any] = GroupQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact_center", "contains", "name"],
                condition=models.Q(parent=None),
                name="group_name_once_at_the_top",
            ),
            models.UniqueConstraint(fields=["parent", "name"], name="group_name_once"),
            models.UniqueConstraint(
                fields=["contact_center"],
                condition=models.Q(is_default=True),
                name="group_default_once",
            ),
            models.CheckConstraint(
                condition=models.Q(is_default=False) | models.Q(contains=DISPOSITIONS, parent=None),
                name="group_default_has_dispositions",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def type(self) -> str:
        return GROUP_TYPES[self.contains]

    @property
    def default_group(self) -> bool | None:
        """Whether it is the default; None for groups that cannot be."""
        can_be = self.contains == DISPOSITIONS and self.parent_id is None
        return self.is_default if can_be else None


def with_all_below(contact_center_id: uuid.UUID | None, roots: Iterable[str]) -> list[str]:
    """The ids of these groups of users and of all that stand below them."""
    groups = Group.objects.filter(contact_center_id=contact_center_id, contains=USERS)
    below: dict[str, list[str]] = {}
    for group_id, parent_id in groups.exclude(parent=None).values_list("pk", "parent_id"):
        below.setdefault(parent_id, []).append(group_id)
    found: dict[str, None] = {}
    level = list(roots)
    while level:
        found |= dict.fromkeys(level)
        level = [child for parent in level for child in below.get(parent, []) if child not in found]
    return list(found)


class OfGroupQuerySet(ContactCenterQuerySet):
    def visible_to(self, user: Any) -> "OfGroupQuerySet":
        return self.filter(group__contact_center_id=user.contact_center_id)


class GroupMember(models.Model):
    """A user's place in a group of users."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(
        "provisioning.User", on_delete=models.CASCADE, related_name="memberships"
    )

    objects = OfGroupQuerySet.as_manager()

    class Meta:
        verbose_name = "group's user"
        constraints = [models.UniqueConstraint(fields=["group", "user"], name="group_member_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.group}"


class GroupSupervisor(models.Model):
    """A supervisor's charge of a group of users: he acts on them, and on those of groups below."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="supervisors")
    user = models.ForeignKey(
        "provisioning.User", on_delete=models.CASCADE, related_name="supervisions"
    )

    objects = OfGroupQuerySet.as_manager()

    class Meta:
        verbose_name = "group's supervisor"
        constraints = [
            models.UniqueConstraint(fields=["group", "user"], name="group_supervisor_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} of {self.group}"
