from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.api.roles import ADMINS, Role
from portal.web.access import Grant
from portal.web.home import HomePart
from provisioning.doctor import examine
from provisioning.models import ChangeLogEntry, Device, Queue, Service, Skill, User
from provisioning.service_states import current_states

CHANGES_SHOWN = 6


def contact_center_at_a_glance(user: User) -> dict[str, Any]:
    users = User.objects.visible_to(user)
    skills = Skill.objects.visible_to(user)
    queues = Queue.objects.visible_to(user)
    devices = Device.objects.visible_to(user)
    return {
        "counts": [
            {
                "label": _("Users"),
                "icon": "users",
                "count": users.count(),
                "note": _("%(count)d disabled") % {"count": users.filter(is_active=False).count()},
                "url": reverse("users"),
            },
            {
                "label": _("Skills"),
                "icon": "certificate",
                "count": skills.count(),
                "note": _("%(count)d nobody has")
                % {"count": skills.filter(user_skills=None).count()},
                "url": reverse("skills"),
            },
            {
                "label": _("Devices"),
                "icon": "device-landline-phone",
                "count": devices.count(),
                "note": _("%(count)d without owner") % {"count": devices.filter(user=None).count()},
                "url": reverse("devices"),
            },
            {
                "label": _("Queues"),
                "icon": "stack-2",
                "count": queues.count(),
                "note": _("%(count)d without required skill")
                % {"count": queues.filter(queue_skills=None).count()},
                "url": reverse("queues"),
            },
        ],
        "services": _services(user),
        "findings": examine(user.contact_center_id, shown=0) if user.contact_center_id else [],
        "changes": ChangeLogEntry.objects.visible_to(user).order_by("-pk")[:CHANGES_SHOWN],
    }


def _services(user: User) -> list[Service]:
    """The services with the states they are in now."""
    services = list(Service.objects.visible_to(user).order_by("type", "name"))
    states = current_states(services)
    for service in services:
        service.state = states[service.pk]
    return services


def own_equipment(user: User) -> dict[str, Any]:
    """What an agent works with."""
    return {
        "devices": user.devices.select_related("phone_number").order_by("phone_number__digits"),
        "user_skills": user.user_skills.select_related("skill").order_by("-level", "skill__name"),
    }


CONTACT_CENTER_PART = HomePart(
    template="provisioning/home/contact_center.html",
    grants=(Grant(ADMINS),),
    load=contact_center_at_a_glance,
)
AGENT_PART = HomePart(
    template="provisioning/home/agent.html",
    grants=(Grant(frozenset({Role.AGENT})),),
    load=own_equipment,
)
