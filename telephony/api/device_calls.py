"""The calls at one device: `/devices/ID/calls`, where one dials, and the same below `/me`."""

from typing import Any

from django.urls import URLPattern, path
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.collections import RelationView
from portal.api.resources import Relation
from portal.api.roles import EVERYONE, Action
from portal.api.status import missing, not_found
from portal.api.writing import write
from provisioning.api.devices import Devices
from provisioning.models import Device
from telephony.api.call_operations import VOICE, dial
from telephony.api.calls import Calls, OwnCalls

# Whoever sees the device; `acting_on` says who of them may dial.
_PERMISSIONS = {Action.READ: EVERYONE, Action.CREATE: EVERYONE}
_OWN = Relation(
    resource=OwnCalls, parent_lookup="device_id", feature=VOICE, permissions=_PERMISSIONS
)
_ALL = Relation(resource=Calls, parent_lookup="device_id", feature=VOICE, permissions=_PERMISSIONS)


class DeviceCallsView(RelationView):
    """Whoever sees the device reads them; its owner, and who supervises him, may dial."""

    def get_parent(self) -> Device:
        visible = self.resource.visible_to(self.user).select_related("user", "contact_center")
        found: Device | None = self.resource.find(visible, self.kwargs["parent_id"])
        if found is None:
            raise not_found(self.resource.singular)
        return found

    @write
    def post(self, request: Request, **kwargs: Any) -> Response:
        self.require_relation(Action.CREATE)
        device = self.get_parent()
        if self.body.get("operationName") is None:
            raise missing("operationName")
        dial(request, device, self.body)
        return Response({})


class OwnDeviceCallsView(DeviceCallsView):
    """The caller's own device, below `/me`: another's is not there."""

    def get_parent(self) -> Device:
        found = super().get_parent()
        if found.user_id != self.user.pk:
            raise not_found(self.resource.singular)
        return found


_METHODS = ["get", "head", "post"]

urlpatterns: list[URLPattern] = [
    path(
        "me/devices/<str:parent_id>/calls",
        OwnDeviceCallsView.as_view(resource=Devices, relation=_OWN, http_method_names=_METHODS),
        name="api-me-device-calls",
    ),
    path(
        "devices/<str:parent_id>/calls",
        DeviceCallsView.as_view(resource=Devices, relation=_ALL, http_method_names=_METHODS),
        name="api-device-calls",
    ),
]
