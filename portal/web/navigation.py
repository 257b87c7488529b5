"""The one declaration of what the side bar shows, to whom."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.api.roles import ADMINS, EVERYONE, SUPERVISORS, Role
from portal.web.access import Grant, Grants, may_open


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """`icon` is a name of the Tabler set; pages under the item's address mark it as current."""

    label: str | Promise
    url_name: str
    icon: str
    grants: Grants


@dataclass(frozen=True, slots=True)
class NavigationSection:
    label: str | Promise
    items: tuple[NavigationItem, ...]


USER_READERS: Grants = (
    Grant(ADMINS),
    Grant(frozenset({Role.SUPERVISOR}), feature="ui-supervisor-provisioning-user"),
)
SKILL_READERS: Grants = (
    Grant(ADMINS),
    Grant(frozenset({Role.SUPERVISOR}), feature="ui-supervisor-provisioning-skill"),
)
DEVICE_READERS: Grants = (Grant(SUPERVISORS),)
QUEUE_READERS: Grants = (
    Grant(ADMINS),
    Grant(frozenset({Role.SUPERVISOR}), feature="ui-supervisor-provisioning-routing"),
)
PLACE_READERS: Grants = (Grant(SUPERVISORS),)
GROUP_READERS: Grants = (Grant(SUPERVISORS),)
AGENT_STATE_READERS: Grants = (Grant(ADMINS),)
CONTACT_READERS: Grants = (Grant(SUPERVISORS),)
CHANGE_READERS: Grants = (Grant(ADMINS),)
WALLBOARD_WATCHERS: Grants = (Grant(SUPERVISORS, feature="ui-wallboard"),)
AGENT_WATCHERS: Grants = (Grant(SUPERVISORS, feature="api-voice"),)
CALL_READERS: Grants = (Grant(SUPERVISORS, feature="api-voice"),)

NAVIGATION = (
    NavigationSection(
        "",
        (NavigationItem(_("Home"), "home", "home", (Grant(EVERYONE),)),),
    ),
    NavigationSection(
        _("Supervision"),
        (
            NavigationItem(_("Wallboard"), "wallboard", "layout-dashboard", WALLBOARD_WATCHERS),
            NavigationItem(_("Live agents"), "live-agents", "headset", WALLBOARD_WATCHERS),
            NavigationItem(_("Calls"), "calls", "phone", CALL_READERS),
        ),
    ),
    NavigationSection(
        _("Provisioning"),
        (
            NavigationItem(_("Users"), "users", "users", USER_READERS),
            NavigationItem(_("Skills"), "skills", "certificate", SKILL_READERS),
            NavigationItem(_("Devices"), "devices", "device-landline-phone", DEVICE_READERS),
            NavigationItem(_("Queues"), "queues", "stack-2", QUEUE_READERS),
            NavigationItem(_("User groups"), "groups", "users-group", GROUP_READERS),
            NavigationItem(_("Places"), "places", "armchair", PLACE_READERS),
            NavigationItem(_("Agent states"), "agent-states", "user-pause", AGENT_STATE_READERS),
            NavigationItem(_("Contacts"), "contacts", "address-book", CONTACT_READERS),
            NavigationItem(_("Doctor"), "doctor", "stethoscope", CHANGE_READERS),
            NavigationItem(_("Change log"), "changes", "history", CHANGE_READERS),
        ),
    ),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what every page shows around its content."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    contact_center = user.contact_center
    return {
        "contact_center": contact_center,
        "time_zone": contact_center.time_zone if contact_center else None,
        "navigation_sections": sections_for(user, request.path) if contact_center else [],
    }


def sections_for(user: Any, path: str) -> list[dict[str, Any]]:
    """What the user may open, without empty sections."""
    sections = []
    for section in NAVIGATION:
        items = [_rendered(item, path) for item in section.items if may_open(user, item.grants)]
        if items:
            sections.append({"label": section.label, "items": items})
    return sections


def _rendered(item: NavigationItem, path: str) -> dict[str, Any]:
    url = reverse(item.url_name)
    is_current = path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))
    return {"label": item.label, "url": url, "icon": item.icon, "is_current": is_current}
