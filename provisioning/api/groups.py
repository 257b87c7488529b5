"""Groups: trees of dispositions, and of users.

Source: contract §2 "groups"; seed 001 "Hierarchical Dispositions API"; wishes S3, S8.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from portal.api.fields import Access, Choice, Flag, Link, Reading, Text
from portal.api.rendering import render_children
from portal.api.resources import PROVISIONED_BY_ADMINS, Relation, Resource
from portal.api.roles import SUPERVISORS, Action
from portal.api.selection import Selection
from provisioning.api.dispositions import Dispositions
from provisioning.api.users import Users
from provisioning.change import Change
from provisioning.models import Group, User
from provisioning.models.group import DISPOSITIONS, GROUP_TYPES, USERS
from provisioning.services import dispositions, groups

# Who sees which groups stands in Group.objects.visible_to.
PERMISSIONS = PROVISIONED_BY_ADMINS
PERMISSIONS_OF_USERS = {**PERMISSIONS, Action.READ: SUPERVISORS}


@dataclass(frozen=True, kw_only=True)
class Contains(Choice):
    """What a group contains; some clients send a list of one."""

    choices: tuple[str, ...] = Group.CONTAINS

    def parse(self, value: Any) -> str:
        is_list_of_one = isinstance(value, list) and len(value) == 1
        return super().parse(value[0] if is_list_of_one else value)


@dataclass(frozen=True, kw_only=True)
class GroupType(Choice):
    """Another name for what a group contains; filters by it come as this name."""

    choices: tuple[str, ...] = tuple(GROUP_TYPES.values())

    def parse_filter(self, text: str) -> str:
        shown = super().parse_filter(text)
        return next(contains for contains, name in GROUP_TYPES.items() if name == shown)


class Groups(Resource):
    """Groups of one kind form trees; one group of dispositions at the top is the default."""

    path, singular, plural = "groups", "group", "groups"
    model = Group
    fields = (
        Text(name="id", access=Access.READ_ONLY),
        Text(name="name", required=True),
        Contains(name="contains", access=Access.SET_ONCE),
        GroupType(name="type", column="contains", access=Access.READ_ONLY),
        Flag(name="defaultGroup", column="is_default"),
        Link(name="parentUri", target=lambda: Groups, access=Access.SET_ONCE),
    )
    ordering = ("name",)
    named_by = ("name",)
    permissions = PERMISSIONS
    read_feature = "api-provisioning-read"
    write_feature = "api-provisioning-write"
    create = staticmethod(groups.create_group)
    update = staticmethod(groups.update_group)
    delete = staticmethod(groups.delete_group)

    @classmethod
    def render(
        cls, objects: Sequence[Any], selection: Selection, reading: Reading
    ) -> list[dict[str, Any]]:
        if not selection.wants_whole_tree:
            return super().render(objects, selection, reading)
        return cls._render_trees(objects, selection, reading)

    @classmethod
    def _render_trees(
        cls, objects: Sequence[Any], selection: Selection, reading: Reading
    ) -> list[dict[str, Any]]:
        """With all that is below each; as many queries as for one level."""
        within = cls.order(cls.visible_to(reading.user).exclude(parent=None))
        shown = _with_all_below(objects, within)
        own = dataclasses.replace(
            selection,
            subresources=selection.subresources - {cls.plural},
            wants_whole_tree=False,
        )
        contents = dict(zip(shown, cls.render(list(shown.values()), own, reading), strict=True))
        for content in contents.values():
            content[cls.plural] = []
        for group in shown.values():
            if group.parent_id in contents:
                contents[group.parent_id][cls.plural].append(contents[group.pk])
        return [contents[group.pk] for group in objects]


def _with_all_below(objects: Sequence[Any], within: Iterable[Any]) -> dict[str, Any]:
    """The groups and those that stand somewhere below them, each once, by id."""
    children: dict[str, list[Any]] = {}
    for group in within:
        children.setdefault(group.parent_id, []).append(group)
    found: dict[str, Any] = {}
    level = list(objects)
    while level:
        found |= {group.pk: group for group in level}
        level = [child for parent in level for child in children.get(parent.pk, [])]
    return found


@dataclass(frozen=True, kw_only=True)
class ContentOfGroups(Relation):
    """A sub-collection that groups of one kind have; the others do not show it."""

    contains: str

    def load(self, parents: Sequence[Any], reading: Reading) -> Mapping[Any, Any]:
        return super().load([one for one in parents if one.contains == self.contains], reading)


class Supervisors(Users):
    """The users in whose charge a group is."""

    singular, plural = "supervisor", "supervisors"
    argument_name = "user"


@dataclass(frozen=True, kw_only=True)
class UsersOfGroups(ContentOfGroups):
    """A user may be in many groups, so each comes with the group he was found in."""

    def children(self, parents: Iterable[Any], user: Any) -> QuerySet[Any]:
        found_in = [parent.pk for parent in parents]
        visible: QuerySet[Any] = self.resource.visible_to(user)
        visible = visible.annotate(group_id=F(f"{self.parent_lookup}_id"))
        return visible.filter(group_id__in=found_in)

    def load(self, parents: Sequence[Any], reading: Reading) -> Mapping[Any, Any]:
        holding = [one for one in parents if one.contains == self.contains]
        users = self.resource.order(self.children(holding, reading.user))
        by_group: dict[Any, list[Any]] = {group.pk: [] for group in holding}
        for group_id, content in render_children(self.resource, users, "group_id", reading):
            by_group[group_id].append(content)
        return by_group


def _remove_supervisor(*, change: Change, user: User) -> None:
    group_id: str = user.group_id  # type: ignore[attr-defined]
    groups.remove_supervisor(change=change, group_id=group_id, user=user)


def _remove_user(*, change: Change, user: User) -> None:
    group_id: str = user.group_id  # type: ignore[attr-defined]
    groups.remove_user(change=change, group_id=group_id, user=user)


Groups.subresources = (
    Relation(
        resource=Groups,
        parent_lookup="parent_id",
        permissions=PERMISSIONS,
        create=groups.create_subgroup,
    ),
    ContentOfGroups(
        resource=Dispositions,
        parent_lookup="group_id",
        contains=DISPOSITIONS,
        permissions=PERMISSIONS,
        create=dispositions.create_disposition,
        update=dispositions.update_disposition,
        unassign=dispositions.delete_disposition,
    ),
    UsersOfGroups(
        resource=Users,
        parent_lookup="memberships__group",
        contains=USERS,
        permissions=PERMISSIONS_OF_USERS,
        assign=groups.add_user,
        unassign=_remove_user,
    ),
    UsersOfGroups(
        resource=Supervisors,
        parent_lookup="supervisions__group",
        contains=USERS,
        permissions=PERMISSIONS_OF_USERS,
        assign=groups.add_supervisor,
        unassign=_remove_supervisor,
    ),
)

# The groups that a user is in; no subresource of users, which contract §2 lists.
OWN_GROUPS = Relation(resource=Groups, parent_lookup="members__user")
