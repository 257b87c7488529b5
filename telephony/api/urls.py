from django.urls import URLPattern

from portal.api.routes import resource_routes
from telephony.api.calls import Calls

# What is below /me comes with the resources that `telephony.api.extensions` extends.
urlpatterns: list[URLPattern] = [*resource_routes(Calls)]
