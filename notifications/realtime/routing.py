from django.urls import URLPattern, path

from notifications.realtime.consumers import OwnStateConsumer

websocket_urlpatterns: list[URLPattern] = [
    path("ws/me", OwnStateConsumer.as_asgi()),
]
