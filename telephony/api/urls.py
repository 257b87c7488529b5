from django.urls import URLPattern

from portal.api.routes import resource_routes
from telephony.api import device_calls
from telephony.api.calls import Calls
from telephony.api.monitoring import MonitoringSessions

# What is below /me comes with the resources that `telephony.api.extensions` extends.
urlpatterns: list[URLPattern] = [
    *resource_routes(Calls),
    *device_calls.urlpatterns,
    *resource_routes(MonitoringSessions),
]
