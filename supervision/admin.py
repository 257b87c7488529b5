from typing import Any

from django.contrib import admin

from provisioning.admin.service_admin import ServiceAdmin
from provisioning.change import Change
from supervision.models import StatisticName
from supervision.services.definitions import remove_name, save_name


@admin.register(StatisticName)
class StatisticNameAdmin(ServiceAdmin):
    """What entries of the statistics' definitions in simple mode may name."""

    list_display = ("section", "name", "content")
    list_filter = ("section",)
    search_fields = ("name",)
    ordering = ("section", "name")
    fields = ("section", "name", "content")
    create_only = ("section", "name")

    def create(self, change: Change, values: dict[str, Any]) -> StatisticName:
        return save_name(**values)

    def update(self, change: Change, obj: Any, values: dict[str, Any]) -> None:
        save_name(section=obj.section, name=obj.name, content=values.get("content", obj.content))

    def remove(self, change: Change, obj: Any) -> None:
        remove_name(row=obj)
