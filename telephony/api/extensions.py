"""What this room adds to the resources of provisioning."""

from portal.api.resources import Relation
from provisioning.api.devices import Devices
from provisioning.api.users import Me, Users
from telephony.api import agent_states, devices
from telephony.api.calls import OwnCalls
from telephony.api.channels import OwnChannels
from telephony.api.live import DEVICE_FIELDS, USER, do_not_disturb_of


def extend_resources() -> None:
    Devices.extend(fields=DEVICE_FIELDS, operations=devices.OPERATIONS)
    Users.extend(fields=(do_not_disturb_of(USER),))
    Me.extend(
        operations=agent_states.OPERATIONS,
        subresources=(
            Relation(resource=OwnCalls, parent_lookup="user_id", feature="api-voice"),
            Relation(resource=OwnChannels, parent_lookup="pk", feature="api-voice"),
        ),
    )
    Me.fallback_operation = agent_states.AGENT_STATE
