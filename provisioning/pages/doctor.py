from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from portal.web.navigation import CHANGE_READERS
from portal.web.pages import Page
from provisioning.doctor import examine
from provisioning.models import Device, Queue, Skill, User

OBJECTS_SHOWN = 12
_PAGES: dict[type[Model], str] = {
    Device: "devices-detail",
    Queue: "queues-detail",
    Skill: "skills-detail",
    User: "user",
}


class Doctor(Page, TemplateView):
    """What is wrong in the configuration, each with the objects that it is about."""

    grants = CHANGE_READERS
    title = _("Configuration doctor")
    template_name = "provisioning/doctor.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        findings = examine(self.user.contact_center_id, shown=OBJECTS_SHOWN)
        return super().get_context_data(
            findings=[
                {
                    "check": finding.check,
                    "count": finding.count,
                    "links": [_link(obj) for obj in finding.objects],
                    "more": finding.count - len(finding.objects),
                }
                for finding in findings
            ],
            **kwargs,
        )


def _link(obj: Model) -> dict[str, str]:
    page = _PAGES.get(type(obj))
    name = obj.full_name if isinstance(obj, User) else str(obj)
    return {"name": name, "url": reverse(page, kwargs={"pk": obj.pk}) if page else ""}
