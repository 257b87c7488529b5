"""What users have in place of their contact center's settings."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction

from portal.api.status import ApiError, StatusCode, not_found
from provisioning.change import Change
from provisioning.models import ContactCenter, User, UserSetting
from provisioning.models.settings_group import AnyGroup
from provisioning.services.recording import Facts, assign_fields, facts, record
from provisioning.services.setting_rules import Content, rule_of
from provisioning.services.settings import (
    forbidden,
    lock_group,
    settings_in,
    take_key,
    user_setting_changed,
)


@transaction.atomic
def create_user_setting(
    *, change: Change, user: User, group: AnyGroup, content: Content
) -> UserSetting:
    """Raises ApiError 18 where the user has it already, 3 in groups that users have no part of,
    10 for what the group cannot hold.
    """
    key, value = take_key(group, content)
    owner, held = _lock(user, group, key)
    if held is not None:
        raise ApiError(StatusCode.ALREADY_EXISTS, f"Setting {key} already exists")
    return _store(change, _new(owner, group, key), None, group, value)


@transaction.atomic
def update_user_setting(
    *, change: Change, user: User, group: AnyGroup, content: Content
) -> UserSetting:
    """The user's own setting with the given attributes; the contact center's becomes his own.

    Raises ApiError 6 where neither has it, 3 in groups that users have no part of, 10 for what the
    group cannot hold.
    """
    key, value = take_key(group, content)
    owner, held = _lock(user, group, key)
    if held is None:
        shared = settings_in(_contact_center_of(owner), group).get(key)
        if shared is None:
            raise not_found("setting")
        return _store(change, _new(owner, group, key), None, group, {**shared, **value})
    return _store(change, held, facts(held), group, {**held.value, **value})


@transaction.atomic
def delete_user_setting(*, change: Change, user: User, group: AnyGroup, content: Content) -> None:
    """The contact center's setting holds again. Raises ApiError 6 where the user has none."""
    key, _ = take_key(group, content)
    _, held = _lock(user, group, key)
    if held is None:
        raise not_found("setting")
    event = user_setting_changed(change, held, before=facts(held), after=None)
    held.delete()
    record(event)


def settings_for(user: User, group: AnyGroup) -> dict[str, Content]:
    """The contact center's settings in the group by key, and over them the user's own."""
    shared = settings_in(_contact_center_of(user), group)
    own = UserSetting.objects.filter(user=user, group=group.name).order_by("key")
    return shared | {row.key: {**shared.get(row.key, {}), **row.value} for row in own}


def own_settings(users: Iterable[User], visible_to: Any) -> dict[UUID, dict[str, Any]]:
    """Each user's own settings: `{group: {key: value}}`, by the user's id.

    A setting that holds more than its `value` shows all it holds.
    """
    by_user: dict[UUID, dict[str, Any]] = {user.pk: {} for user in users}
    rows = UserSetting.objects.visible_to(visible_to).filter(user_id__among=by_user)
    for row in rows.order_by("group", "key"):
        is_plain = set(row.value) == {"value"}
        shown = row.value["value"] if is_plain else row.value
        by_user[row.user_id].setdefault(row.group, {})[row.key] = shown
    return by_user


def _lock(user: User, group: AnyGroup, key: str) -> tuple[User, UserSetting | None]:
    if not group.is_overlaid:
        raise forbidden(f"Users have no settings of their own in {group.name}")
    owner: User | None = User.objects.select_for_update().filter(pk=user.pk).first()
    if owner is None:
        raise not_found("user")
    lock_group(group)
    return owner, UserSetting.objects.filter(user=owner, group=group.name, key=key).first()


def _new(user: User, group: AnyGroup, key: str) -> UserSetting:
    return UserSetting(
        contact_center=_contact_center_of(user), user=user, group=group.name, key=key
    )


def _store(
    change: Change, row: UserSetting, before: Facts | None, group: AnyGroup, value: Content
) -> UserSetting:
    rule = rule_of(group.name, row.key)
    checked = rule.checked(value, row.contact_center) if rule else value
    assign_fields(row, {"value": checked})
    row.save(force_insert=before is None)
    record(user_setting_changed(change, row, before=before, after=facts(row)))
    return row


def _contact_center_of(user: User) -> ContactCenter:
    if user.contact_center is None:
        raise not_found("contact center")
    return user.contact_center
