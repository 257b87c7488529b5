"""What is asked of a device at its own address."""

from typing import Any

from portal.api.resources import Operation
from portal.api.status import no_permission
from provisioning.models import Device
from telephony.api.agent_states import do_not_disturb


def _own_device(request: Any, device: Device, body: dict[str, Any]) -> None:
    if device.user_id != request.user.pk:
        raise no_permission()
    do_not_disturb(request, device, body)


OPERATIONS = tuple(
    Operation(name=name, run=_own_device, feature="api-voice", is_for_owner=True)
    for name in ("DoNotDisturbOn", "DoNotDisturbOff")
)
