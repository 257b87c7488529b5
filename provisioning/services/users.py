from collections.abc import Callable, Iterable
from typing import Any, Unpack, cast

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError

from portal.api.roles import Role
from portal.api.status import ApiError, StatusCode, not_found, out_of_range
from portal.api.uris import uuid_or_none
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import ContactCenter, Device, Skill, User, UserSkill
from provisioning.services.devices import add_device, device_changed, device_facts, give_device
from provisioning.services.fields import (
    DeviceReference,
    NewDeviceFields,
    SkillLevel,
    UserFields,
)
from provisioning.services.groups import memberships_gone
from provisioning.services.places import find_place
from provisioning.services.planned_skills import assigned_for
from provisioning.services.recording import (
    Facts,
    assign_fields,
    changed,
    facts,
    in_use,
    keep_password,
    record,
    refusing_duplicates,
)
from provisioning.services.settings import own_settings_gone
from provisioning.services.skill_plans import plans_gone
from provisioning.services.skills import skill_assignment_changed

_before_leaving: list[Callable[[User], None]] = []


@transaction.atomic
def create_user(
    *,
    change: Change,
    contact_center: ContactCenter,
    user_name: str,
    skills: Iterable[SkillLevel] = (),
    devices: Iterable[NewDeviceFields | DeviceReference] = (),
    phone_number: str | None = None,
    **fields: Unpack[UserFields],
) -> User:
    """A user with skills and devices, new or assigned ones, or nothing of it.

    Without `roles` the user is an agent; without `password` nobody can sign in as the user.
    Raises ApiError 18 where the user name or number is taken, 10 for a bad password, 6 for what
    the contact center has not, 19 for another's device.
    """
    fields.setdefault("roles", [Role.AGENT.value])
    user = User(contact_center=contact_center, user_name=user_name)
    user.set_unusable_password()
    _apply(user, fields)
    user.email_address = user.email_address or user_name
    with refusing_duplicates(f"User {user_name} already exists"):
        user.save(force_insert=True)
    events = [user_changed(change, user, before=None, after=facts(user))]
    events += _add_skills(change, user, skills)
    events += [_add_device(change, contact_center, user, one) for one in devices]
    if phone_number is not None:
        events.append(_add_device(change, contact_center, user, {"phone_number": phone_number}))
    record(*events)
    return user


@transaction.atomic
def update_user(*, change: Change, user: User, **fields: Unpack[UserFields]) -> User:
    """Roles are replaced whole.

    Raises ApiError 6 where the user or the default place has gone, 10 for a bad password, 3 where
    the user may use django-admin and the actor is no cloud admin.

    A user who is disabled is signed out of everything: sessions of disabled users are not obeyed.
    """
    user = lock_user(user)
    protect_staff(change, user)
    before = facts(user)
    _apply(user, fields)
    assign_fields(user, {})
    user.email_address = user.email_address or user.user_name
    user.save()
    record(user_changed(change, user, before=before, after=facts(user)))
    return user


@transaction.atomic
def delete_user(*, change: Change, user: User) -> None:
    """The user's devices stay, without an owner.

    Raises ApiError 3 where users delete themselves, 19 while the user is in a call, 6 where gone.
    """
    if change.actor is not None and change.actor.pk == user.pk:
        raise ApiError(StatusCode.FORBIDDEN, "Users cannot delete themselves")
    # Before the user's own row is locked: live rooms lock theirs first, and the user's after.
    let_go_of(user)
    user = lock_user(user)
    protect_staff(change, user)
    events = []
    for device in user.devices.select_for_update(of=("self",)).select_related("phone_number"):
        before = device_facts(device)
        assign_fields(device, {"user": None})
        device.save()
        events.append(
            device_changed(
                change, device, before=before, after=device_facts(device), action="unassigned"
            )
        )
    events += [
        skill_assignment_changed(change, one, before=facts(one), after=None)
        for one in user.user_skills.select_related("user")
    ]
    events += memberships_gone(change, user)
    events += own_settings_gone(change, user)
    events += plans_gone(change, user.planned_skills.select_related("user").order_by("pk"))
    events.append(user_changed(change, user, before=facts(user), after=None))
    try:
        user.delete()
    except ProtectedError as error:
        raise in_use(f"User {user.user_name} is in use") from error
    *_, entry = record(*events)
    keep_password(entry, user.password)


def let_go_of(user: User) -> None:
    """What rooms do with a user who is about to be deleted."""
    for let_go in _before_leaving:
        let_go(user)


def before_leaving(let_go: Callable[[User], None]) -> None:
    """Have a room let go of users who are about to be deleted; called while it is loaded."""
    _before_leaving.append(let_go)


def _apply(user: User, fields: UserFields) -> None:
    values: dict[str, Any] = dict(fields)
    password = values.pop("password", None)
    roles = values.pop("roles", None)
    if "enabled" in values:
        values["is_active"] = values.pop("enabled")
    if (place_id := values.pop("default_place_id", None)) is not None:
        values["default_place"] = find_place(user.contact_center_id, place_id)
    elif "default_place_id" in fields:
        values["default_place"] = None
    for name, value in values.items():
        setattr(user, name, value)
    if roles is not None:
        for role, column in User.ROLE_COLUMNS.items():
            setattr(user, column, role in roles)
    if password is not None:
        set_password(user, password)


def set_password(user: User, password: str) -> None:
    """Raises ApiError 10 where the password breaks the rules."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise out_of_range(f"password: {' '.join(error.messages)}") from error
    user.set_password(password)


def _add_device(
    change: Change,
    contact_center: ContactCenter,
    user: User,
    wanted: NewDeviceFields | DeviceReference,
) -> ProvisioningChanged:
    given: dict[str, Any] = dict(wanted)
    device_id = given.pop("device_id", None)
    if device_id is None:
        device = add_device(
            contact_center=contact_center, user=user, fields=cast(NewDeviceFields, given)
        )
        return device_changed(change, device, before=None, after=device_facts(device))
    identity = uuid_or_none(device_id)
    found: Device | None = Device.objects.filter(pk=identity).first() if identity else None
    if found is None:
        raise not_found("device")
    return give_device(change, found, user)[1]


def _add_skills(
    change: Change, user: User, skills: Iterable[SkillLevel]
) -> list[ProvisioningChanged]:
    wanted = list(skills)
    if not wanted:
        return []
    found = {
        str(skill.pk): skill
        for skill in Skill.objects.select_for_update()
        .filter(
            contact_center_id=user.contact_center_id,
            pk__in={one["skill_id"] for one in wanted},
        )
        .order_by("pk")
    }
    if not all(one["skill_id"] in found for one in wanted):
        raise not_found("skill")
    timed = [one for one in wanted if one.get("valid_from") or one.get("valid_until")]
    levels = {one["skill_id"]: one["level"] for one in wanted if one not in timed}
    rows = [UserSkill(user=user, skill=found[pk], level=level) for pk, level in levels.items()]
    UserSkill.objects.bulk_create(rows)
    events = [skill_assignment_changed(change, one, before=None, after=facts(one)) for one in rows]
    for one in timed:
        events += assigned_for(
            change,
            user,
            found[one["skill_id"]],
            one["level"],
            one.get("valid_from"),
            one.get("valid_until"),
        )
    return events


def protect_staff(change: Change, user: User) -> None:
    """Raises ApiError 3 where somebody else would act on a user who may use django-admin.

    Whoever sets the password of such a user could become him, and go behind all walls.
    """
    actor = change.actor
    is_trusted = actor is None or actor.is_superuser or actor.pk == user.pk
    if (user.is_superuser or user.is_staff) and not is_trusted:
        raise ApiError(StatusCode.FORBIDDEN, "Cloud admins are changed by cloud admins only")


def lock_user(user: User) -> User:
    locked: User | None = User.objects.select_for_update().filter(pk=user.pk).first()
    if locked is None:
        raise not_found("user")
    return locked


def user_changed(
    change: Change, user: User, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=user.contact_center_id,
        resource="users",
        object_id=user.pk,
        before=before,
        after=after,
    )
