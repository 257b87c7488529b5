"""What this room answers below `/api/v2`."""

from django.urls import URLPattern, path

from supervision.api.activity import ActivityView

urlpatterns: list[URLPattern] = [
    path("me/activity", ActivityView.as_view(), name="api-me-activity"),
    path("users/<str:user_id>/activity", ActivityView.as_view(), name="api-users-activity"),
]
