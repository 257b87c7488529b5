from django.urls import path

from provisioning.pages import changes, doctor, own_password, tokens, user_changes, users
from provisioning.pages.agent_states import AGENT_STATES
from provisioning.pages.contacts import CONTACTS
from provisioning.pages.devices import DEVICES
from provisioning.pages.groups import GROUPS
from provisioning.pages.places import PLACES
from provisioning.pages.queues import QUEUES
from provisioning.pages.skills import SKILLS

DESKS = (SKILLS, DEVICES, QUEUES, GROUPS, PLACES, AGENT_STATES, CONTACTS)

urlpatterns = [
    path("accounts/password/", own_password.OwnPassword.as_view(), name="own-password"),
    path("provisioning/users/", users.UserList.as_view(), name="users"),
    path("provisioning/users/new/", user_changes.NewUser.as_view(), name="user-new"),
    path("provisioning/users/<uuid:pk>/", user_changes.user_page, name="user"),
    path(
        "provisioning/users/<uuid:pk>/enabled/",
        user_changes.SetEnabled.as_view(),
        name="user-enabled",
    ),
    path(
        "provisioning/users/<uuid:pk>/delete/",
        user_changes.DeleteUser.as_view(),
        name="user-delete",
    ),
    path("accounts/tokens/", tokens.TokensPage.as_view(), name="tokens"),
    path("accounts/tokens/<uuid:pk>/revoke/", tokens.RevokeToken.as_view(), name="token-revoke"),
    path("provisioning/doctor/", doctor.Doctor.as_view(), name="doctor"),
    path("provisioning/changes/", changes.ChangeList.as_view(), name="changes"),
    path("provisioning/changes/<int:pk>/", changes.ChangePage.as_view(), name="change"),
    *(pattern for desk in DESKS for pattern in desk.urls()),
]
