from typing import Any

from django.contrib import admin

from provisioning.admin.service_admin import ServiceAdmin
from provisioning.change import Change
from provisioning.models import Skill
from provisioning.services import skills


@admin.register(Skill)
class SkillAdmin(ServiceAdmin):
    list_display = ("name", "contact_center", "description")
    list_filter = ("contact_center",)
    list_select_related = ("contact_center",)
    search_fields = ("name", "description")
    ordering = ("contact_center", "name")
    fields = ("contact_center", "name", "description")
    create_only = ("contact_center",)

    def create(self, change: Change, values: dict[str, Any]) -> Skill:
        return skills.create_skill(change=change, **values)

    def update(self, change: Change, obj: Any, values: dict[str, Any]) -> None:
        skills.update_skill(change=change, skill=obj, **values)

    def remove(self, change: Change, obj: Any) -> None:
        skills.delete_skill(change=change, skill=obj)
