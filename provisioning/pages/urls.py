from django.urls import path

from provisioning.pages import devices, own_password, queues, skills, user_changes, users

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
    path("provisioning/skills/", skills.SkillList.as_view(), name="skills"),
    path("provisioning/devices/", devices.DeviceList.as_view(), name="devices"),
    path("provisioning/queues/", queues.QueueList.as_view(), name="queues"),
]
