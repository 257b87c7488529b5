from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminPasswordWidget

from portal.web.read_only_admin import ReadOnlyInline
from provisioning.admin.service_admin import RefusableForm, ServiceAdmin
from provisioning.change import Change
from provisioning.models import Device, User, UserSkill
from provisioning.services import users

OPS_FIELDS = ("is_staff", "is_superuser", "groups")


class UserForm(RefusableForm):
    new_password = forms.CharField(
        label="Password",
        required=False,
        strip=False,
        max_length=255,
        help_text="Left empty, the password stays; a new user without one cannot sign in.",
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )


class SkillInline(ReadOnlyInline):
    model = UserSkill
    verbose_name_plural = "skills"


class DeviceInline(ReadOnlyInline):
    model = Device
    fields = ("phone_number", "telephony_network", "description")


@admin.register(User)
class UserAdmin(ServiceAdmin):
    form = create_form = UserForm
    list_display = (
        "user_name",
        "full_name",
        "contact_center",
        "role_list",
        "is_active",
        "is_staff",
    )
    list_filter = (
        "contact_center",
        "is_active",
        "is_admin",
        "is_supervisor",
        "is_agent",
        "is_staff",
    )
    list_select_related = ("contact_center",)
    search_fields = ("user_name", "first_name", "last_name", "email_address", "employee_id")
    ordering = ("user_name",)
    create_only = ("contact_center", "user_name")
    filter_horizontal = ("groups",)
    inlines = (SkillInline, DeviceInline)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "contact_center",
                    "user_name",
                    ("first_name", "last_name"),
                    "email_address",
                    ("employee_id", "login_code"),
                )
            },
        ),
        (
            "Access",
            {
                "fields": (
                    ("is_admin", "is_supervisor", "is_agent"),
                    "is_active",
                    "new_password",
                    "change_password_on_first_login",
                )
            },
        ),
        ("django-admin", {"fields": OPS_FIELDS}),
    )

    @admin.display(description="roles")
    def role_list(self, user: User) -> str:
        return ", ".join(role.removeprefix("ROLE_").lower() for role in user.roles)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only a cloud admin makes others staff: else anyone in django-admin could take it all."""
        readonly = super().get_readonly_fields(request, obj)
        return readonly if request.user.is_superuser else (*readonly, *OPS_FIELDS)

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        if "contact_center" in form.base_fields:
            form.base_fields["contact_center"].required = True
        return form

    def create(self, change: Change, values: dict[str, Any]) -> User:
        return users.create_user(change=change, **_service_values(values))

    def update(self, change: Change, obj: Any, values: dict[str, Any]) -> None:
        if {"is_admin", "is_supervisor", "is_agent"} & values.keys():
            values = {**{column: getattr(obj, column) for column in _ROLES}, **values}
        users.update_user(change=change, user=obj, **_service_values(values))

    def remove(self, change: Change, obj: Any) -> None:
        users.delete_user(change=change, user=obj)


_ROLES = tuple(User.ROLE_COLUMNS.values())


def _service_values(values: dict[str, Any]) -> dict[str, Any]:
    """The form's values as the service's arguments; groups are Django's own and saved by it."""
    taken = {
        name: value
        for name, value in values.items()
        if name not in {"groups", "is_active", "new_password", *_ROLES}
    }
    if "is_active" in values:
        taken["enabled"] = values["is_active"]
    if values.get("new_password"):
        taken["password"] = values["new_password"]
    if _ROLES[0] in values:
        taken["roles"] = [role for role, column in User.ROLE_COLUMNS.items() if values[column]]
    return taken
