"""Dispositions below their group, and as the settings group `dispositions`: the same rows."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from portal.api.fields import Access, Identifier, Text
from portal.api.resources import Resource
from portal.api.status import missing, not_found
from portal.api.uris import uuid_or_none
from provisioning.change import Change
from provisioning.models import ContactCenter, Disposition
from provisioning.models.setting import MAX_KEY_LENGTH
from provisioning.models.settings_group import SYSTEM_GROUPS
from provisioning.services import dispositions
from provisioning.services.groups import default_group_of, ensure_default_group
from provisioning.services.setting_rules import Content
from provisioning.services.settings import take_key

_GROUP = SYSTEM_GROUPS["dispositions"]
_DISPLAY_NAME = Text(name="displayName", required=True)


class Dispositions(Resource):
    """What an agent may say of how a call ended; found by name or id within its group."""

    path, singular, plural = "dispositions", "disposition", "dispositions"
    model = Disposition
    fields = (
        Identifier(),
        Text(name="name", max_length=MAX_KEY_LENGTH, access=Access.SET_ONCE, required=True),
        _DISPLAY_NAME,
    )
    ordering = ("created_at",)
    named_by = ("name",)

    @classmethod
    def find(cls, objects: QuerySet[Any], bare_id: str) -> Any | None:
        if "\0" in bare_id:
            return None
        if (identity := uuid_or_none(bare_id)) is not None:
            found = objects.filter(pk=identity).first()
            if found is not None:
                return found
        return objects.filter(name=bare_id).first()

    @classmethod
    def path_of(cls, obj: Any) -> str:
        return _path(obj.group_id, obj.pk)

    @classmethod
    def path_rows(cls, objects: QuerySet[Any]) -> QuerySet[Any]:
        return objects.values_list("group_id", "pk")

    @classmethod
    def path_from(cls, *row: Any) -> str:
        return _path(*row)

    @classmethod
    def render(cls, objects: Sequence[Any], selection: Any, reading: Any) -> list[dict[str, Any]]:
        rendered = super().render(objects, selection, reading)
        if selection.fields is not None:
            return rendered
        return [
            {**obj.attributes, **content} for obj, content in zip(objects, rendered, strict=True)
        ]


class DispositionContents:
    """The dispositions of the default group itself, with whatever attributes clients keep there."""

    def read(self, contact_center: ContactCenter) -> list[Content]:
        rows = Disposition.objects.filter(
            contact_center=contact_center, group__is_default=True
        ).order_by("created_at", "pk")
        return [
            {**row.attributes, "name": row.name, "displayName": row.display_name} for row in rows
        ]

    def create(
        self, *, change: Change, contact_center: ContactCenter, content: Content
    ) -> Disposition:
        name, rest = take_key(_GROUP, content)
        if _DISPLAY_NAME.name not in rest:
            raise missing(_DISPLAY_NAME.name)
        display_name = _DISPLAY_NAME.parse(rest.pop(_DISPLAY_NAME.name))
        return dispositions.create_disposition(
            change=change,
            group=ensure_default_group(change=change, contact_center=contact_center),
            name=name,
            display_name=display_name,
            attributes=rest,
        )

    def update(
        self, *, change: Change, contact_center: ContactCenter, content: Content
    ) -> Disposition:
        disposition, rest = _named(contact_center, content)
        arguments: dict[str, Any] = {}
        if _DISPLAY_NAME.name in rest:
            arguments["display_name"] = _DISPLAY_NAME.parse(rest.pop(_DISPLAY_NAME.name))
        return dispositions.update_disposition(
            change=change, disposition=disposition, attributes=rest, **arguments
        )

    def delete(self, *, change: Change, contact_center: ContactCenter, content: Content) -> None:
        disposition, _ = _named(contact_center, content)
        dispositions.delete_disposition(change=change, disposition=disposition)


def _path(group_id: str, identity: object) -> str:
    return f"/groups/{group_id}/dispositions/{identity}"


def _named(contact_center: ContactCenter, content: Content) -> tuple[Disposition, Content]:
    """The disposition that a setting's key names, and the setting's other attributes."""
    name, rest = take_key(_GROUP, content)
    group = default_group_of(contact_center)
    found = Disposition.objects.filter(group=group, name=name).first() if group else None
    if found is None:
        raise not_found("setting")
    return found, rest
