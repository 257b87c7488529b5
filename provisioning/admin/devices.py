from typing import Any

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminTextInputWidget

from provisioning.admin.service_admin import RefusableForm, ServiceAdmin
from provisioning.change import Change
from provisioning.models import Device, User
from provisioning.services import devices


class NewDeviceForm(RefusableForm):
    number = forms.CharField(label="Phone number", max_length=32, widget=UnfoldAdminTextInputWidget)


@admin.register(Device)
class DeviceAdmin(ServiceAdmin):
    create_form = NewDeviceForm
    list_display = ("phone_number", "contact_center", "user", "telephony_network", "description")
    list_filter = ("contact_center", "telephony_network")
    list_select_related = ("phone_number", "contact_center", "user")
    search_fields = ("phone_number__number", "phone_number__digits", "user__user_name")
    autocomplete_fields = ("user",)
    create_only = ("contact_center",)

    def get_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        number = "phone_number" if obj else "number"
        described = ("telephony_network", "type", "model", "vendor", "description")
        return ("contact_center", number, "user", *described)

    def get_readonly_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), *(("phone_number",) if obj else ()))

    def create(self, change: Change, values: dict[str, Any]) -> Device:
        return devices.create_device(change=change, phone_number=values.pop("number"), **values)

    def update(self, change: Change, obj: Any, values: dict[str, Any]) -> None:
        if "user" in values:
            self._give(change, obj, values.pop("user"))
        if values:
            devices.update_device(change=change, device=obj, **values)

    def _give(self, change: Change, device: Device, user: User | None) -> None:
        """Also from one user to another, which by API takes two requests."""
        devices.unassign_device(change=change, device=device)
        if user is not None:
            devices.assign_device(change=change, user=user, device=device)

    def remove(self, change: Change, obj: Any) -> None:
        devices.delete_device(change=change, device=obj)
