from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from portal.web.read_only_admin import ReadOnlyInline
from provisioning.admin.service_admin import ServiceAdmin
from provisioning.change import Change
from provisioning.models import AssignedFeature, ContactCenter
from provisioning.services.contact_centers import create_contact_center


class FeatureInline(ReadOnlyInline):
    model = AssignedFeature


@admin.register(ContactCenter)
class ContactCenterAdmin(ServiceAdmin):
    """Created here; changes and deletion have no service yet, so they are not offered."""

    list_display = ("name", "domain", "country", "time_zone", "created_at")
    list_filter = ("country",)
    search_fields = ("name", "domain")
    ordering = ("name",)
    fields = ("name", "domain", "country", "time_zone")
    inlines = (FeatureInline,)

    def get_inlines(self, request: HttpRequest, obj: Any) -> tuple[type[FeatureInline], ...]:
        return self.inlines if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def create(self, change: Change, values: dict[str, Any]) -> ContactCenter:
        return create_contact_center(change=change, **values)
