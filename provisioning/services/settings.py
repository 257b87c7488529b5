"""Settings groups and the settings in them, of a contact center."""

import re

from django.db import transaction

from portal.api.status import ApiError, StatusCode, missing, not_found, out_of_range
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import ContactCenter, Setting, SettingsGroup, User, UserSetting
from provisioning.models.setting import MAX_KEY_LENGTH
from provisioning.models.settings_group import SYSTEM_GROUPS, AnyGroup
from provisioning.services.recording import (
    Facts,
    assign_fields,
    changed,
    facts,
    record,
    refusing_duplicates,
)
from provisioning.services.setting_rules import Content, check_json, defaults_of, rule_of

# Part of an address, as it is.
_GROUP_NAME = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}")


# --- groups ---


@transaction.atomic
def create_settings_group(
    *,
    change: Change,
    contact_center: ContactCenter,
    name: str,
    display_name: str = "",
    key: str = "name",
) -> SettingsGroup:
    """Raises ApiError 18 where the name is taken, also by the system, 10 where no URI holds it."""
    if not _GROUP_NAME.fullmatch(name):
        raise out_of_range("name must be of letters, digits and . _ ~ -")
    message = f"Settings group {name} already exists"
    if name in SYSTEM_GROUPS:
        raise ApiError(StatusCode.ALREADY_EXISTS, message)
    group = SettingsGroup(
        contact_center=contact_center, name=name, display_name=display_name or name, key=key
    )
    with refusing_duplicates(message):
        group.save(force_insert=True)
    record(_group_changed(change, group, before=None, after=facts(group)))
    return group


@transaction.atomic
def delete_settings_group(*, change: Change, group: AnyGroup) -> None:
    """Takes its settings with it, users' own too. Raises ApiError 3 for a group of the system."""
    if not isinstance(group, SettingsGroup):
        raise forbidden(f"Settings group {group.name} belongs to the system")
    lock_group(group)
    inside = {"contact_center_id": group.contact_center_id, "group": group.name}
    own, shared = UserSetting.objects.filter(**inside), Setting.objects.filter(**inside)
    events = [
        *(user_setting_changed(change, one, before=facts(one), after=None) for one in own),
        *(setting_changed(change, one, before=facts(one), after=None) for one in shared),
        _group_changed(change, group, before=facts(group), after=None),
    ]
    own.delete()
    shared.delete()
    group.delete()
    record(*events)


# --- settings ---


@transaction.atomic
def create_setting(
    *, change: Change, contact_center: ContactCenter, group: AnyGroup, content: Content
) -> Setting:
    """Raises ApiError 1 without the key, 18 where it is taken, 10 for what the group cannot hold,
    3 for settings that are always there.
    """
    key, value = take_key(group, content)
    rule = rule_of(group.name, key)
    if rule is not None and rule.default is not None:
        raise forbidden(f"Setting {key} can only be updated")
    lock_group(group)
    setting = Setting(
        contact_center=contact_center,
        group=group.name,
        key=key,
        value=rule.checked(value, contact_center) if rule else value,
    )
    with refusing_duplicates(f"Setting {key} already exists"):
        setting.save(force_insert=True)
    record(setting_changed(change, setting, before=None, after=facts(setting)))
    return setting


@transaction.atomic
def update_setting(
    *, change: Change, contact_center: ContactCenter, group: AnyGroup, content: Content
) -> Setting:
    """The setting with the given attributes; others stay.

    Raises ApiError 1 without the key, 6 where there is no such setting, 10 for what the group
    cannot hold.
    """
    key, value = take_key(group, content)
    lock_group(group)
    row, before = _lock_or_make(contact_center, group, key)
    value = {**row.value, **value}
    rule = rule_of(group.name, key)
    assign_fields(row, {"value": rule.checked(value, contact_center) if rule else value})
    row.save()
    record(setting_changed(change, row, before=before, after=facts(row)))
    return row


@transaction.atomic
def delete_setting(
    *, change: Change, contact_center: ContactCenter, group: AnyGroup, content: Content
) -> None:
    """Raises ApiError 1 without the key, 6 where there is no such setting, 3 for those that are
    always there.
    """
    key, _ = take_key(group, content)
    if key in defaults_of(group.name):
        raise forbidden(f"Setting {key} can only be updated")
    row = _lock_setting(contact_center, group, key)
    if row is None:
        raise not_found("setting")
    event = setting_changed(change, row, before=facts(row), after=None)
    row.delete()
    record(event)


def settings_in(contact_center: ContactCenter, group: AnyGroup) -> dict[str, Content]:
    """The group's settings by key: first those that are always there, then the others by name."""
    rows = Setting.objects.filter(contact_center=contact_center, group=group.name)
    stored = {row.key: row.value for row in rows}
    defaults = {
        key: {**content, **stored.pop(key, {})} for key, content in defaults_of(group.name).items()
    }
    return defaults | dict(sorted(stored.items()))


def take_key(group: AnyGroup, content: Content) -> tuple[str, Content]:
    """The value of the group's key attribute, and the other attributes."""
    rest = dict(content)
    if group.key not in rest:
        raise missing(group.key)
    key = rest.pop(group.key)
    if not isinstance(key, str) or not key.strip() or len(key) > MAX_KEY_LENGTH:
        raise out_of_range(f"{group.key} must be a string of 1 to {MAX_KEY_LENGTH} characters")
    check_json(content)
    return key, rest


def forbidden(message: str) -> ApiError:
    return ApiError(StatusCode.FORBIDDEN, message)


def lock_settings(contact_center: ContactCenter) -> None:
    """Conditional writes of a contact center's settings come one after the other.

    Rows that point to the contact center may still be added meanwhile.
    """
    ContactCenter.objects.select_for_update(no_key=True).filter(pk=contact_center.pk).first()


def lock_group(group: AnyGroup) -> None:
    """A custom group stays while its settings are written. Raises ApiError 6 where it has gone."""
    if not isinstance(group, SettingsGroup):
        return
    if SettingsGroup.objects.select_for_update().filter(pk=group.pk).first() is None:
        raise not_found("settings group")


def setting_changed(
    change: Change, setting: Setting, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=setting.contact_center_id,
        resource="settings",
        object_id=f"{setting.group}/{setting.key}",
        before=before,
        after=after,
    )


def own_settings_gone(change: Change, user: User) -> list[ProvisioningChanged]:
    """What tells of the end of a user's own settings, for whoever deletes the user."""
    own = UserSetting.objects.filter(user=user).order_by("pk")
    return [user_setting_changed(change, one, before=facts(one), after=None) for one in own]


def user_setting_changed(
    change: Change, setting: UserSetting, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=setting.contact_center_id,
        resource="user-settings",
        object_id=f"{setting.user_id}/{setting.group}/{setting.key}",
        before=before,
        after=after,
    )


def _lock_setting(contact_center: ContactCenter, group: AnyGroup, key: str) -> Setting | None:
    found: Setting | None = (
        Setting.objects.select_for_update()
        .filter(contact_center=contact_center, group=group.name, key=key)
        .first()
    )
    return found


def _lock_or_make(
    contact_center: ContactCenter, group: AnyGroup, key: str
) -> tuple[Setting, Facts | None]:
    """The setting, locked, and what stood there before. One with a default is made of that."""
    row = _lock_setting(contact_center, group, key)
    if row is not None:
        return row, facts(row)
    default = defaults_of(group.name).get(key)
    if default is None:
        raise not_found("setting")
    made, is_new = Setting.objects.get_or_create(
        contact_center=contact_center, group=group.name, key=key, defaults={"value": default}
    )
    return made, None if is_new else facts(made)


def _group_changed(
    change: Change, group: SettingsGroup, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=group.contact_center_id,
        resource="settings-groups",
        object_id=group.pk,
        before=before,
        after=after,
    )
