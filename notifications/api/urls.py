from django.urls import URLPattern

from notifications.api.webhooks import DELIVERIES, Webhooks, WebhooksView
from portal.api.routes import relation_routes, resource_routes

urlpatterns: list[URLPattern] = [
    *resource_routes(Webhooks, collection_view=WebhooksView),
    *relation_routes(Webhooks, DELIVERIES, prefix="webhooks/<str:parent_id>/"),
]
