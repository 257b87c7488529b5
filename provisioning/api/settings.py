"""`/settings`, and users' own below `/me/settings` and `/users/ID/settings`.

Source: contract §2 "settings"; seed 001 "Working With Settings"; seed 003 "Settings".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django.db import transaction
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.bodies import parse_body
from portal.api.features import features_of, require_feature
from portal.api.fields import Access, Reading, Text
from portal.api.resources import Part, Resource
from portal.api.roles import ADMINS, EVERYONE, SUPERVISORS, Roles, has_role
from portal.api.schema import answer
from portal.api.status import ApiError, StatusCode, no_permission, not_found
from portal.api.uris import with_uri
from portal.api.views import ApiView
from portal.api.writing import etag_of_content, is_conditional, require_etag, write
from provisioning.api.settings_contents import Contents, contents_of, keyed, unwrapped
from provisioning.api.users import Users
from provisioning.models import ContactCenter, SettingsGroup
from provisioning.models.settings_group import SYSTEM_GROUPS, AnyGroup, SystemGroup
from provisioning.services import user_settings
from provisioning.services.settings import (
    create_settings_group,
    delete_settings_group,
    lock_settings,
)

_OBJECT: dict[str, Any] = {"type": "object"}
_LISTED = answer(settings={"type": "array", "items": _OBJECT})
_READ = answer(
    key={"type": "string"}, settings={"anyOf": [{"type": "array", "items": _OBJECT}, _OBJECT]}
)


class SettingsGroups(Resource):
    """What a new settings group is made of."""

    path, singular, plural = "settings", "setting", "settings"
    model = SettingsGroup
    fields = (
        Text(name="name", max_length=64, access=Access.SET_ONCE, required=True),
        Text(name="displayName", access=Access.SET_ONCE),
        Text(name="key", max_length=64, access=Access.SET_ONCE),
    )


class SettingsView(ApiView):
    """What the views of settings share: the groups there are for the caller."""

    feature: ClassVar[str | None] = "api-provisioning-read"

    @property
    def contact_center(self) -> ContactCenter:
        contact_center: ContactCenter | None = self.user.contact_center
        if contact_center is None:
            raise ApiError(StatusCode.INVALID_STATE, "The user belongs to no contact center")
        return contact_center

    def list_groups(self, prefix: str) -> Response:
        """All groups the caller may read, custom ones first, at addresses that begin so."""
        custom = SettingsGroup.objects.visible_to(self.user).order_by("created_at", "pk")
        system = [one for one in SYSTEM_GROUPS.values() if self._is_offered(one)]
        readable = [one for one in system if has_role(self.user, one.readers)]
        return Response({"settings": [self._describe(one, prefix) for one in [*custom, *readable]]})

    def find_group(self) -> AnyGroup:
        """The group in the address. Raises ApiError 6 where there is none, 5 if it is admins'."""
        name = self.kwargs["group"]
        system = SYSTEM_GROUPS.get(name)
        if system is not None and self._is_offered(system):
            if not has_role(self.user, system.readers):
                raise no_permission()
            return system
        custom = SettingsGroup.objects.visible_to(self.user).filter(name=name.replace("\0", ""))
        found: SettingsGroup | None = custom.first()
        if found is None:
            raise not_found("settings group")
        return found

    def require_write(self) -> None:
        if not has_role(self.user, ADMINS):
            raise no_permission()
        require_feature(self.user, "api-provisioning-write")

    def show(self, group: AnyGroup, settings: Any) -> Response:
        key = {"key": group.key} if group.key else {}
        headers = {"ETag": etag_of_content(settings)}
        return Response({**key, "settings": settings}, headers=headers)

    def write_if_unchanged(self, read: Callable[[], Any], do: Callable[[], object]) -> Response:
        """`do`, unless what `read` gives is not what `If-Match` names: then 412."""
        with transaction.atomic():
            if is_conditional(self.request):
                lock_settings(self.contact_center)
                require_etag(self.request, etag_of_content(read()))
            do()
        return Response({})

    def _is_offered(self, group: SystemGroup) -> bool:
        return group.feature is None or group.feature in features_of(self.user)

    def _describe(self, group: AnyGroup, prefix: str) -> dict[str, str]:
        key = {"key": group.key} if group.key else {}
        names = {"displayName": group.display_name, "name": group.name}
        return {**names, **key, **with_uri(f"{prefix}/{group.name}", self.reading.base)}


class SettingsGroupsView(SettingsView):
    """`/settings`: the groups; admins add their own."""

    roles: ClassVar[Mapping[str, Roles]] = {"GET": EVERYONE, "POST": ADMINS}
    documentation = {
        "GET": _LISTED,
        "POST request": {
            "type": "object",
            "properties": {field.name: field.schema() for field in SettingsGroups.fields},
            "required": ["name"],
        },
    }

    def get(self, request: Request) -> Response:
        return self.list_groups("/settings")

    @write
    def post(self, request: Request) -> Response:
        self.require_write()
        create_settings_group(
            change=self.change(),
            contact_center=self.contact_center,
            **parse_body(SettingsGroups, self.body, is_new=True),
        )
        return Response({})


class SettingsGroupView(SettingsView):
    """`/settings/GROUP`: its settings, each named in the body by the group's key attribute.

    A setting is sent as it is, or in `settings`. DELETE without a body deletes a custom group.
    """

    has_etag = True

    roles: ClassVar[Mapping[str, Roles]] = {
        "GET": EVERYONE,
        "POST": ADMINS,
        "PUT": ADMINS,
        "DELETE": ADMINS,
    }
    narrower_roles = {name: group.readers for name, group in SYSTEM_GROUPS.items()}
    documentation = {
        "GET": _READ,
        "POST request": _OBJECT,
        "PUT request": _OBJECT,
        "DELETE request": _OBJECT,
    }

    def get(self, request: Request, group: str) -> Response:
        found = self.find_group()
        return self.show(found, contents_of(found).read(self.contact_center))

    @write
    def post(self, request: Request, group: str) -> Response:
        return self._write(lambda contents: contents.create)

    @write
    def put(self, request: Request, group: str) -> Response:
        return self._write(lambda contents: contents.update)

    @write
    def delete(self, request: Request, group: str) -> Response:
        if not _is_without_body(request):
            return self._write(lambda contents: contents.delete)
        self.require_write()
        found = self.find_group()
        return self.write_if_unchanged(
            lambda: contents_of(found).read(self.contact_center),
            lambda: delete_settings_group(change=self.change(), group=found),
        )

    def _write(self, choose: Callable[[Contents], Callable[..., object]]) -> Response:
        self.require_write()
        group = self.find_group()
        if isinstance(group, SystemGroup) and self.request.method not in group.methods:
            raise MethodNotAllowed(str(self.request.method))
        contents = contents_of(group)
        do = choose(contents)
        return self.write_if_unchanged(
            lambda: contents.read(self.contact_center),
            lambda: do(
                change=self.change(),
                contact_center=self.contact_center,
                content=unwrapped(self.body),
            ),
        )


class OwnSettingsGroupsView(SettingsView):
    """`/me/settings`: the groups, as the caller sees them."""

    feature = None
    roles: ClassVar[Mapping[str, Roles]] = {"GET": EVERYONE}
    documentation = {"GET": _LISTED}

    def get(self, request: Request) -> Response:
        return self.list_groups("/me/settings")


class OwnSettingsGroupView(SettingsView):
    """`/me/settings/GROUP`: the contact center's settings, and over them the caller's own."""

    feature: ClassVar[str | None] = None
    roles: ClassVar[Mapping[str, Roles]] = {"GET": EVERYONE}
    narrower_roles = SettingsGroupView.narrower_roles
    documentation = {"GET": _READ}

    def get(self, request: Request, group: str) -> Response:
        return self.show_for(self.user)

    def show_for(self, user: Any) -> Response:
        group = self.find_group()
        return self.show(group, self.read_for(user, group))

    def read_for(self, user: Any, group: AnyGroup) -> Any:
        if group.is_overlaid:
            return keyed(group, user_settings.settings_for(user, group))
        return contents_of(group).read(self.contact_center)


class UserSettingsGroupsView(SettingsView):
    """`/users/ID/settings`: the groups, as that user sees them."""

    roles: ClassVar[Mapping[str, Roles]] = {"GET": SUPERVISORS}
    granted_to_oneself = frozenset({"GET"})
    documentation = {"GET": _LISTED}

    def get(self, request: Request, user_id: str) -> Response:
        user = find_user(self.user, user_id)
        return self.list_groups(f"{Users.path_of(user)}/settings")


class UserSettingsGroupView(OwnSettingsGroupView):
    """`/users/ID/settings/GROUP`: what the user sees; admins give users settings of their own."""

    has_etag = True

    feature = "api-provisioning-read"
    roles: ClassVar[Mapping[str, Roles]] = {**SettingsGroupView.roles, "GET": SUPERVISORS}
    granted_to_oneself = frozenset({"GET"})
    documentation = SettingsGroupView.documentation

    def get(self, request: Request, group: str, user_id: str = "") -> Response:
        return self.show_for(find_user(self.user, user_id))

    @write
    def post(self, request: Request, group: str, user_id: str) -> Response:
        return self._write(user_settings.create_user_setting)

    @write
    def put(self, request: Request, group: str, user_id: str) -> Response:
        return self._write(user_settings.update_user_setting)

    @write
    def delete(self, request: Request, group: str, user_id: str) -> Response:
        return self._write(user_settings.delete_user_setting)

    def _write(self, service: Callable[..., object]) -> Response:
        self.require_write()
        user, group = find_user(self.user, self.kwargs["user_id"]), self.find_group()
        return self.write_if_unchanged(
            lambda: self.read_for(user, group),
            lambda: service(
                change=self.change(), user=user, group=group, content=unwrapped(self.body)
            ),
        )


def find_user(reader: Any, bare_id: str) -> Any:
    """The user whose settings are asked for. Raises ApiError 5 where agents ask for others', 6."""
    found = Users.find(Users.visible_to(reader), bare_id)
    if found is None:
        raise not_found("user")
    if found.pk != reader.pk and not has_role(reader, SUPERVISORS):
        raise no_permission()
    return found


def _load_own_settings(users: Sequence[Any], reading: Reading) -> Mapping[Any, Any]:
    """Agents see their own only."""
    sees_all = has_role(reading.user, SUPERVISORS)
    seen = [user for user in users if sees_all or user.pk == reading.user.pk]
    return user_settings.own_settings(seen, visible_to=reading.user)


def _is_without_body(request: Request) -> bool:
    """Whether nothing was sent: an empty object is a setting without its key."""
    return not request.data and request.META.get("CONTENT_LENGTH") in {None, "", "0"}


Users.extend(subresources=(Part(name="settings", load=_load_own_settings, needs_objects=False),))
