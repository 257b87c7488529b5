"""Groups of dispositions and of users, and who is in them.

Source: contract §2 "settings/dispositions", "groups"; seed 001 "Hierarchical Dispositions API".
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from portal.api.status import ApiError, StatusCode, missing, not_found, out_of_range
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import (
    ContactCenter,
    Disposition,
    Group,
    GroupMember,
    GroupSupervisor,
    User,
)
from provisioning.models.group import DISPOSITIONS, MAX_DEPTH, USERS, new_group_id, with_all_below
from provisioning.services.dispositions import disposition_changed
from provisioning.services.recording import (
    Facts,
    assign_fields,
    changed,
    facts,
    record,
    refusing_duplicates,
)

# Seed 001 "Set a disposition container as default": its name where nobody has given another.
DEFAULT_GROUP_NAME = "DispositionCode"


@transaction.atomic
def create_group(
    *,
    change: Change,
    contact_center: ContactCenter,
    name: str,
    contains: str | None = None,
    parent_id: str | None = None,
    default_group: bool = False,
) -> Group:
    """A group at the top, or below a parent of its kind.

    Raises ApiError 1 where it is not said what it contains, 6 where the parent is not there, 18
    where the name is taken, 10 where it cannot stand there or be the default.
    """
    parent = None
    if parent_id is not None:
        parent = Group.objects.filter(contact_center=contact_center, pk=parent_id).first()
        if parent is None:
            raise not_found("group")
        parent = _lock_group(parent)
    kind = contains or (parent.contains if parent else None)
    if kind is None:
        raise missing("contains")
    if parent is not None:
        _check_place(parent, kind)
    group = Group(
        id=new_group_id(kind),
        contact_center=contact_center,
        parent=parent,
        name=name,
        contains=kind,
    )
    events = _make_default(change, group) if default_group else []
    with refusing_duplicates(f"Group {name} already exists"):
        group.save(force_insert=True)
    record(*events, _group_changed(change, group, before=None, after=facts(group)))
    return group


def create_subgroup(
    *,
    change: Change,
    group: Group,
    name: str,
    contains: str | None = None,
    parent_id: str | None = None,
    default_group: bool = False,
) -> Group:
    """A group below this one. Raises what `create_group` does, 10 where another parent is named."""
    if parent_id not in {None, group.pk}:
        raise out_of_range("parentUri names another group")
    return create_group(
        change=change,
        contact_center=group.contact_center,
        name=name,
        contains=contains,
        parent_id=group.pk,
        default_group=default_group,
    )


@transaction.atomic
def update_group(
    *, change: Change, group: Group, name: str | None = None, default_group: bool | None = None
) -> Group:
    """Raises ApiError 18 where the name is taken, 10 where it cannot be the default, 2 where it is
    the default and no other is to be, 6 where it has gone.
    """
    events = []
    if default_group:
        events = _make_default(change, group)
    group = _lock_group(group)
    before = facts(group)
    if default_group is False and group.is_default:
        raise ApiError(StatusCode.INVALID_STATE, "Make another group the default instead")
    values: dict[str, Any] = {} if name is None else {"name": name}
    if default_group:
        values["is_default"] = True
    assign_fields(group, values)
    with refusing_duplicates(f"Group {group.name} already exists"):
        group.save()
    record(*events, _group_changed(change, group, before=before, after=facts(group)))
    return group


@transaction.atomic
def delete_group(*, change: Change, group: Group) -> None:
    """Takes all that is below it. Raises ApiError 3 for the default group, 6 where it has gone."""
    group = _lock_group(group)
    if group.is_default:
        raise ApiError(StatusCode.FORBIDDEN, "The default group stays; make another the default")
    subtree = _lock_subtree(group)
    members = GroupMember.objects.filter(group__in=subtree).select_related("group")
    supervisors = GroupSupervisor.objects.filter(group__in=subtree).select_related("group")
    dispositions = Disposition.objects.filter(group__in=subtree)
    events = [
        *(_membership_changed(change, one, before=facts(one), after=None) for one in members),
        *(_supervision_changed(change, one, before=facts(one), after=None) for one in supervisors),
        *(
            disposition_changed(change, one, before=facts(one), after=None)
            for one in dispositions.order_by("pk")
        ),
        *(_group_changed(change, one, before=facts(one), after=None) for one in reversed(subtree)),
    ]
    group.delete()
    record(*events)


@transaction.atomic
def add_user(*, change: Change, group: Group, user: User) -> GroupMember:
    """The user's place in the group; nothing happens where the user is in it.

    Raises ApiError 6 where either has gone, 2 where the group holds dispositions.
    """
    owner: User | None = User.objects.select_for_update().filter(pk=user.pk).first()
    if owner is None or owner.contact_center_id != group.contact_center_id:
        raise not_found("user")
    group = _lock_group(group)
    if group.contains != USERS:
        raise ApiError(StatusCode.INVALID_STATE, f"Group {group.name} holds no users")
    member, is_new = GroupMember.objects.get_or_create(group=group, user=owner)
    if is_new:
        record(_membership_changed(change, member, before=None, after=facts(member)))
    return member


@transaction.atomic
def remove_user(*, change: Change, group_id: str, user: User) -> None:
    """Raises ApiError 6 where the user is not in the group."""
    member = (
        GroupMember.objects.select_for_update(of=("self",))
        .select_related("group")
        .filter(group_id=group_id, user=user)
        .first()
    )
    if member is None:
        raise not_found("user")
    event = _membership_changed(change, member, before=facts(member), after=None)
    member.delete()
    record(event)


@transaction.atomic
def add_supervisor(*, change: Change, group: Group, user: User) -> GroupSupervisor:
    """Puts the group in a supervisor's charge; nothing happens where it is already.

    Raises ApiError 6 where either has gone, 2 where the group holds dispositions or the user is
    no supervisor.
    """
    supervisor: User | None = User.objects.select_for_update().filter(pk=user.pk).first()
    if supervisor is None or supervisor.contact_center_id != group.contact_center_id:
        raise not_found("user")
    group = _lock_group(group)
    if group.contains != USERS:
        raise ApiError(StatusCode.INVALID_STATE, f"Group {group.name} holds no users")
    if not supervisor.is_supervisor:
        raise ApiError(StatusCode.INVALID_STATE, f"User {supervisor} is no supervisor")
    one, is_new = GroupSupervisor.objects.get_or_create(group=group, user=supervisor)
    if is_new:
        record(_supervision_changed(change, one, before=None, after=facts(one)))
    return one


@transaction.atomic
def remove_supervisor(*, change: Change, group_id: str, user: User) -> None:
    """Raises ApiError 6 where the user does not supervise the group."""
    one = (
        GroupSupervisor.objects.select_for_update(of=("self",))
        .select_related("group")
        .filter(group_id=group_id, user=user)
        .first()
    )
    if one is None:
        raise not_found("user")
    event = _supervision_changed(change, one, before=facts(one), after=None)
    one.delete()
    record(event)


@transaction.atomic
def ensure_default_group(*, change: Change, contact_center: ContactCenter) -> Group:
    """The group that `settings/dispositions` shows; made where there is none."""
    _lock_contact_center(contact_center.pk)
    found = default_group_of(contact_center)
    if found is not None:
        return found
    return create_group(
        change=change,
        contact_center=contact_center,
        name=DEFAULT_GROUP_NAME,
        contains=DISPOSITIONS,
        default_group=True,
    )


def default_group_of(contact_center: ContactCenter) -> Group | None:
    found: Group | None = Group.objects.filter(
        contact_center=contact_center, is_default=True
    ).first()
    return found


def business_units(contact_center_id: UUID | None, named: Iterable[str]) -> list[str]:
    """The ids of the groups of users with these names, paths or ids, and of all below them."""
    texts = list(named)
    ids = [text.rstrip("/").rsplit("/", 1)[-1] for text in texts]
    groups = Group.objects.filter(contact_center_id=contact_center_id, contains=USERS)
    roots = groups.filter(Q(pk__in=ids) | Q(name__in=texts)).values_list("pk", flat=True)
    return with_all_below(contact_center_id, roots)


def _make_default(change: Change, group: Group) -> list[ProvisioningChanged]:
    """Take the mark from who has it, and give it to this group, unsaved."""
    if group.contains != DISPOSITIONS or group.parent_id is not None:
        raise out_of_range("Only a group of dispositions at the top can be the default")
    _lock_contact_center(group.contact_center_id)
    former = (
        Group.objects.select_for_update()
        .filter(contact_center_id=group.contact_center_id, is_default=True)
        .exclude(pk=group.pk)
        .first()
    )
    group.is_default = True
    if former is None:
        return []
    before = facts(former)
    assign_fields(former, {"is_default": False})
    former.save()
    return [_group_changed(change, former, before=before, after=facts(former))]


def _check_place(parent: Group, kind: str) -> None:
    if kind != parent.contains:
        raise out_of_range(f"Group {parent.name} contains {parent.contains}")
    depth, above = 1, parent.parent
    while above is not None:
        depth, above = depth + 1, above.parent
    if depth >= MAX_DEPTH:
        raise out_of_range(f"Groups stand at most {MAX_DEPTH} levels deep")


def _lock_contact_center(pk: UUID) -> None:
    """One at a time: two groups must not become the default together."""
    ContactCenter.objects.select_for_update().filter(pk=pk).first()


def _lock_group(group: Group) -> Group:
    locked: Group | None = Group.objects.select_for_update().filter(pk=group.pk).first()
    if locked is None:
        raise not_found("group")
    return locked


def _lock_subtree(group: Group) -> list[Group]:
    """The group and all below it, from the top: nothing is added below a group that is locked."""
    subtree, level = [group], [group]
    while level:
        below = Group.objects.select_for_update().filter(parent__in=level)
        level = list(below.order_by("pk"))
        subtree += level
    return subtree


def _group_changed(
    change: Change, group: Group, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=group.contact_center_id,
        resource="groups",
        object_id=group.pk,
        before=before,
        after=after,
    )


def memberships_gone(change: Change, user: User) -> list[ProvisioningChanged]:
    """What tells of a user's leaving all groups, for whoever deletes the user."""
    members = GroupMember.objects.filter(user=user).select_related("group").order_by("pk")
    supervised = GroupSupervisor.objects.filter(user=user).select_related("group").order_by("pk")
    return [
        *(_membership_changed(change, one, before=facts(one), after=None) for one in members),
        *(_supervision_changed(change, one, before=facts(one), after=None) for one in supervised),
    ]


def _membership_changed(
    change: Change, member: GroupMember, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=member.group.contact_center_id,
        resource="group-users",
        object_id=f"{member.group_id}/{member.user_id}",
        before=before,
        after=after,
    )


def _supervision_changed(
    change: Change, one: GroupSupervisor, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=one.group.contact_center_id,
        resource="group-supervisors",
        object_id=f"{one.group_id}/{one.user_id}",
        before=before,
        after=after,
    )
