from django.urls import URLPattern, path

from supervision.realtime.consumers import SupervisionConsumer

websocket_urlpatterns: list[URLPattern] = [
    path("ws/supervision", SupervisionConsumer.as_asgi()),
]
