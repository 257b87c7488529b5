from typing import Any

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminTextInputWidget

from portal.web.read_only_admin import ReadOnlyInline
from provisioning.admin.service_admin import RefusableForm, ServiceAdmin
from provisioning.change import Change
from provisioning.models import Queue, QueueSkill
from provisioning.services import queues


class NewQueueForm(RefusableForm):
    number = forms.CharField(
        label="Phone number",
        max_length=32,
        required=False,
        help_text="Left empty, an internal number is drawn.",
        widget=UnfoldAdminTextInputWidget,
    )


class RequiredSkillInline(ReadOnlyInline):
    model = QueueSkill
    verbose_name_plural = "required skills"


@admin.register(Queue)
class QueueAdmin(ServiceAdmin):
    create_form = NewQueueForm
    list_display = ("name", "contact_center", "phone_number", "is_internal", "channel")
    list_filter = ("contact_center", "channel", "is_internal")
    list_select_related = ("contact_center", "phone_number")
    search_fields = ("name", "description", "phone_number__number")
    ordering = ("contact_center", "name")
    create_only = ("contact_center",)
    inlines = (RequiredSkillInline,)

    def get_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        number = "phone_number" if obj else "number"
        return ("contact_center", "name", "description", "channel", number)

    def get_readonly_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), *(("phone_number",) if obj else ()))

    def create(self, change: Change, values: dict[str, Any]) -> Queue:
        number = values.pop("number")
        return queues.create_queue(
            change=change, phone_number=number or None, internal=not number, **values
        )

    def update(self, change: Change, obj: Any, values: dict[str, Any]) -> None:
        queues.update_queue(change=change, queue=obj, **values)

    def remove(self, change: Change, obj: Any) -> None:
        queues.delete_queue(change=change, queue=obj)
