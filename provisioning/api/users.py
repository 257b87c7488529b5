from typing import Any, ClassVar

from django.db.models import Case, CharField, Value, When
from django.db.models.functions import Concat, NullIf

from portal.api.fields import Access, Choices, Email, Flag, Identifier, Secret, Text
from portal.api.resources import (
    PROVISIONED_BY_ADMINS,
    Operation,
    Relation,
    Resource,
    Subresource,
)
from portal.api.roles import ADMINS, EVERYONE, SUPERVISORS, Action
from provisioning.api.devices import Devices, NewDevices
from provisioning.api.passwords import CHANGE_OWN_PASSWORD, CHANGE_PASSWORD, RESET_PASSWORD
from provisioning.api.places import OptionalLink, Places
from provisioning.api.skills import Skills, TimedSkillLevels, UserSkills
from provisioning.api.system import FEATURES_OF_USER
from provisioning.models import User
from provisioning.services import devices, planned_skills, skills, users


def _sorted_roles() -> Any:
    """A user's roles as one text, in alphabetical order; null where there are none."""
    names = [
        Case(When(**{column: True}, then=Value(role)), default=Value(""))
        for role, column in sorted(User.ROLE_COLUMNS.items())
    ]
    return NullIf(Concat(*names, output_field=CharField()), Value(""))


class Users(Resource):
    path, singular, plural = "users", "user", "users"
    model = User
    fields = (
        Identifier(is_bare=True),
        Email(
            name="userName",
            max_length=254,
            access=Access.SET_ONCE,
            required=True,
            ignores_case=True,
            help="Unique in the installation.",
        ),
        Secret(name="password", max_length=128),
        Text(name="firstName", may_be_empty=True),
        Text(name="lastName", may_be_empty=True),
        Email(name="emailAddress", max_length=254, may_be_empty=True),
        Choices(name="roles", choices=tuple(User.ROLE_COLUMNS), columns=User.ROLE_COLUMNS),
        Flag(name="enabled", source="is_active"),
        Text(name="employeeId", max_length=64, may_be_empty=True),
        Text(name="loginCode", max_length=64, may_be_empty=True),
        Identifier(name="contactCenterId"),
        Flag(name="changePasswordOnFirstLogin"),
        OptionalLink(name="defaultPlace", target=lambda: Places, help="URI of the user's place."),
        TimedSkillLevels(
            access=Access.ON_CREATION, help="Skills to assign, with levels, for good or for a time."
        ),
        NewDevices(help="Devices to create, or to assign by URI, path or id."),
        Text(name="phoneNumber", access=Access.ON_CREATION, column=None, max_length=32),
    )
    subresources: ClassVar[tuple[Subresource, ...]] = (
        Relation(
            resource=UserSkills,
            parent_lookup="user_id",
            permissions=PROVISIONED_BY_ADMINS,
            assigned=lambda: Skills,
            assign=planned_skills.assign_skill_for,
            assign_many=skills.assign_skills,
            many_arguments=frozenset({"level"}),
            update=planned_skills.update_user_skill,
            unassign=skills.unassign_skill,
        ),
        Relation(
            resource=Devices,
            parent_lookup="user_id",
            permissions={
                Action.READ: SUPERVISORS,
                Action.CREATE: ADMINS,
                Action.UPDATE: ADMINS,
                Action.DELETE: ADMINS,
            },
            create=devices.create_own_device,
            assign=devices.assign_device,
            unassign=devices.unassign_device,
        ),
        FEATURES_OF_USER,
    )
    operations: ClassVar[tuple[Operation, ...]] = (CHANGE_PASSWORD, RESET_PASSWORD)
    sort_keys: ClassVar[dict[str, Any]] = {"roles": _sorted_roles()}
    ordering = ("user_name",)
    named_by = ("userName",)
    permissions = {
        Action.READ: EVERYONE,
        Action.CREATE: ADMINS,
        Action.UPDATE: ADMINS,
        Action.DELETE: ADMINS,
    }
    own_fields = frozenset({"firstName", "lastName", "password"})
    post_updates = True
    read_feature: ClassVar[str | None] = "api-provisioning-read"
    write_feature = "api-provisioning-write"
    create = staticmethod(users.create_user)
    update = staticmethod(users.update_user)
    delete = staticmethod(users.delete_user)


class Me(Users):
    """The caller's own user, below `/me`."""

    read_feature = None
    permissions = {Action.READ: EVERYONE}
    operations = (CHANGE_OWN_PASSWORD,)
