"""Live state for ops, to look at: it is changed by what happens on the line only."""

import datetime
from typing import Any

from django.contrib import admin

from portal.web.read_only_admin import ReadOnlyAdmin, ReadOnlyInline
from telephony.models import (
    AgentSession,
    Call,
    CallRecord,
    ContactCenterSession,
    Leg,
    Monitoring,
    MonitoringSession,
    MonitoringStep,
    OtherDevice,
    Timer,
    VoiceLink,
)


def moment(ms: int | None) -> datetime.datetime | None:
    return datetime.datetime.fromtimestamp(ms / 1000, tz=datetime.UTC) if ms else None


class LegInline(ReadOnlyInline):
    model = Leg
    fields = ("number", "device", "user", "state")


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    list_display = ("id", "contact_center", "type", "ani", "dnis", "queue", "is_waiting", "queued")
    list_filter = ("contact_center", "type", "is_waiting")
    list_select_related = ("contact_center", "queue")
    search_fields = ("id", "ani", "dnis")
    inlines = (LegInline,)

    @admin.display(description="queued", ordering="queued_at_ms")
    def queued(self, call: Any) -> datetime.datetime | None:
        return moment(call.queued_at_ms)


class OtherDeviceInline(ReadOnlyInline):
    model = OtherDevice
    fields = ("device", "presence", "display_name", "is_do_not_disturb")


@admin.register(CallRecord)
class CallRecordAdmin(ReadOnlyAdmin):
    list_display = ("call_uuid", "contact_center", "type", "ani", "dnis", "began", "ended")
    list_filter = ("contact_center", "type", "is_recorded")
    list_select_related = ("contact_center",)
    search_fields = ("call_uuid", "call_id", "ani", "dnis")

    @admin.display(description="began", ordering="began_ms")
    def began(self, record: Any) -> datetime.datetime | None:
        return moment(record.began_ms)

    @admin.display(description="ended", ordering="ended_ms")
    def ended(self, record: Any) -> datetime.datetime | None:
        return moment(record.ended_ms)


@admin.register(AgentSession)
class AgentSessionAdmin(ReadOnlyAdmin):
    list_display = (
        "user",
        "contact_center",
        "presence",
        "display_name",
        "reason",
        "since",
        "device",
    )
    list_filter = ("contact_center", "presence", "is_available")
    list_select_related = ("user", "contact_center", "device__phone_number")
    search_fields = ("user__user_name", "user__last_name")
    inlines = (OtherDeviceInline,)

    @admin.display(description="since", ordering="since_ms")
    def since(self, session: Any) -> datetime.datetime | None:
        return moment(session.since_ms)


@admin.register(ContactCenterSession)
class ContactCenterSessionAdmin(ReadOnlyAdmin):
    list_display = ("user", "contact_center", "started", "place", "login_code", "queue")
    list_filter = ("contact_center",)
    list_select_related = ("user", "contact_center", "place", "queue")
    search_fields = ("user__user_name", "login_code")

    @admin.display(description="started", ordering="started_ms")
    def started(self, session: Any) -> datetime.datetime | None:
        return moment(session.started_ms)


@admin.register(Monitoring)
class MonitoringAdmin(ReadOnlyAdmin):
    list_display = ("supervisor", "contact_center", "agent", "device", "kind", "mode", "scope")
    list_filter = ("contact_center", "kind")
    list_select_related = ("supervisor", "contact_center", "agent", "device__phone_number")
    search_fields = ("supervisor__user_name", "agent__user_name")


class MonitoringStepInline(ReadOnlyInline):
    model = MonitoringStep
    fields = ("at", "step", "kind", "mode", "scope", "call_id", "detail")


@admin.register(MonitoringSession)
class MonitoringSessionAdmin(ReadOnlyAdmin):
    list_display = ("at", "contact_center", "supervisor_name", "agent_name", "kind", "denial")
    list_filter = ("contact_center", "kind")
    list_select_related = ("contact_center",)
    search_fields = ("supervisor_name", "agent_name", "phone_number")
    inlines = (MonitoringStepInline,)


@admin.register(Timer)
class TimerAdmin(ReadOnlyAdmin):
    list_display = ("kind", "target", "contact_center", "due")
    list_filter = ("contact_center", "kind")
    list_select_related = ("contact_center",)
    search_fields = ("target",)

    @admin.display(description="due", ordering="due_at_ms")
    def due(self, timer: Any) -> datetime.datetime | None:
        return moment(timer.due_at_ms)


@admin.register(VoiceLink)
class VoiceLinkAdmin(ReadOnlyAdmin):
    list_display = ("voice_environment", "contact_center", "is_up")
    list_filter = ("contact_center", "is_up")
    list_select_related = ("voice_environment", "contact_center")
