from typing import Any

from django.urls import URLPattern, path

from portal.api.resources import Resource
from portal.api.routes import own_routes, relation_routes, resource_routes
from provisioning.api.call_recording import QueueCallRecordingView
from provisioning.api.catalogue import catalogue_routes
from provisioning.api.change_log import ChangeLog, ChangeLogEntryView, ChangeLogView
from provisioning.api.contact_center import ContactCenterView
from provisioning.api.contacts import Contacts, ContactsView, ContactView
from provisioning.api.devices import Devices, PhoneNumbers, VoiceEnvironments
from provisioning.api.groups import OWN_GROUPS, Groups
from provisioning.api.places import Places
from provisioning.api.planned_skills import PLANNED_SKILLS, PlannedSkills
from provisioning.api.queues import Queues
from provisioning.api.routing_templates import RoutingTemplates
from provisioning.api.settings import (
    OwnSettingsGroupsView,
    OwnSettingsGroupView,
    SettingsGroupsView,
    SettingsGroupView,
    UserSettingsGroupsView,
    UserSettingsGroupView,
)
from provisioning.api.skills import Skills
from provisioning.api.system import (
    Features,
    FeaturesView,
    FeatureView,
    Services,
    SystemFeatures,
    VersionView,
)
from provisioning.api.tokens import OWN_TOKENS, OwnTokensView, Tokens
from provisioning.api.users import Me, Users

RESOURCES = (
    Users,
    Skills,
    Devices,
    PhoneNumbers,
    VoiceEnvironments,
    Places,
    Queues,
    Contacts,
    Features,
    Services,
    ChangeLog,
    PlannedSkills,
    Tokens,
    Groups,
)

# What is not served like all others.
OWN_VIEWS: dict[type[Resource], dict[str, Any]] = {
    Contacts: {"collection_view": ContactsView, "single_view": ContactView},
    ChangeLog: {"collection_view": ChangeLogView, "single_view": ChangeLogEntryView},
    Features: {"collection_view": FeaturesView, "single_view": FeatureView},
}

urlpatterns: list[URLPattern] = [
    path("diagnostics/version", VersionView.as_view(), name="api-version"),
    path(
        "contact-center",
        ContactCenterView.as_view(http_method_names=["get", "head", "put"]),
        name="api-contact-center",
    ),
    *catalogue_routes(SystemFeatures),
    *catalogue_routes(RoutingTemplates),
    *own_routes(Me),
    *relation_routes(Me, OWN_GROUPS, prefix="me/"),
    *relation_routes(Me, OWN_TOKENS, prefix="me/", view_class=OwnTokensView),
    *relation_routes(Me, PLANNED_SKILLS, prefix="me/"),
    *relation_routes(Users, PLANNED_SKILLS, prefix="users/<str:parent_id>/"),
    path("settings", SettingsGroupsView.as_view(), name="api-settings"),
    path("settings/<str:group>", SettingsGroupView.as_view(), name="api-settings-one"),
    path("me/settings", OwnSettingsGroupsView.as_view(), name="api-me-settings"),
    path("me/settings/<str:group>", OwnSettingsGroupView.as_view(), name="api-me-settings-one"),
    path(
        "users/<str:user_id>/settings",
        UserSettingsGroupsView.as_view(),
        name="api-users-settings",
    ),
    path(
        "users/<str:user_id>/settings/<str:group>",
        UserSettingsGroupView.as_view(),
        name="api-users-settings-one",
    ),
    path(
        "queues/<str:queue_id>/settings/call-recording",
        QueueCallRecordingView.as_view(),
        name="api-queues-call-recording",
    ),
]
for resource in RESOURCES:
    urlpatterns += resource_routes(resource, **OWN_VIEWS.get(resource, {}))
