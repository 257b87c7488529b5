from django.contrib import admin

from portal.web.read_only_admin import ReadOnlyAdmin
from provisioning.models import (
    AgentState,
    PhoneNumber,
    Service,
    Setting,
    UserSkill,
    VoiceEnvironment,
)


@admin.register(AgentState)
class AgentStateAdmin(ReadOnlyAdmin):
    list_display = (
        "operation_name",
        "display_name",
        "state",
        "work_mode",
        "is_system",
        "contact_center",
    )
    list_filter = ("contact_center", "state", "is_system")
    list_select_related = ("contact_center",)
    search_fields = ("operation_name", "display_name", "reason", "guid")


@admin.register(PhoneNumber)
class PhoneNumberAdmin(ReadOnlyAdmin):
    list_display = ("number", "e164_number", "country_code", "location", "contact_center")
    list_filter = ("contact_center", "country_code")
    list_select_related = ("contact_center",)
    search_fields = ("number", "digits", "e164_number")


@admin.register(Service)
class ServiceAdmin(ReadOnlyAdmin):
    list_display = ("name", "type", "state", "contact_center")
    list_filter = ("contact_center", "type", "state")
    list_select_related = ("contact_center",)
    search_fields = ("name",)


@admin.register(Setting)
class SettingAdmin(ReadOnlyAdmin):
    list_display = ("group", "key", "contact_center")
    list_filter = ("contact_center", "group")
    list_select_related = ("contact_center",)
    search_fields = ("group", "key")


@admin.register(UserSkill)
class UserSkillAdmin(ReadOnlyAdmin):
    list_display = ("user", "skill", "level")
    list_filter = ("user__contact_center",)
    list_select_related = ("user", "skill")
    search_fields = ("user__user_name", "skill__name")


@admin.register(VoiceEnvironment)
class VoiceEnvironmentAdmin(ReadOnlyAdmin):
    list_display = ("name", "contact_center")
    list_filter = ("contact_center",)
    list_select_related = ("contact_center",)
    search_fields = ("name",)
