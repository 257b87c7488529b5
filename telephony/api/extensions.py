"""What this room adds to the resources of provisioning."""

from portal.api.resources import Relation
from portal.api.roles import SUPERVISORS, Action
from provisioning.api.devices import Devices
from provisioning.api.users import Me, Users
from telephony.api import agent_states, devices, monitoring, user_statistics
from telephony.api.calls import OwnCalls
from telephony.api.channels import OwnChannels, UsersChannels
from telephony.api.live import DEVICE_FIELDS, USER, do_not_disturb_of
from telephony.api.live_filters import DEVICE_FILTERS, USER_FILTERS


def extend_resources() -> None:
    Devices.extend(fields=DEVICE_FIELDS, operations=devices.OPERATIONS, filters=DEVICE_FILTERS)
    Devices.extend(fields=monitoring.DEVICE_FIELDS, operations=monitoring.DEVICE_OPERATIONS)
    OwnCalls.extend(operations=monitoring.CALL_OPERATIONS)
    Devices.fallback_operation = agent_states.DEVICE_STATE
    Users.extend(
        fields=(do_not_disturb_of(USER),),
        subresources=(user_statistics.STATISTICS,),
        filters={**USER_FILTERS, **user_statistics.FILTERS},
        sort_keys=dict(user_statistics.SORT_KEYS),
    )
    Me.extend(
        operations=agent_states.OWN_OPERATIONS,
        subresources=(
            Relation(resource=OwnCalls, parent_lookup="user_id", feature="api-voice"),
            Relation(resource=OwnChannels, parent_lookup="pk", feature="api-voice"),
        ),
    )
    Me.fallback_operation = agent_states.OWN_STATE
    # After Me has its own, which these must not join: what supervisors do with their agents.
    Users.operations = (*Users.operations, *agent_states.USERS_OPERATIONS)
    Users.fallback_operation = agent_states.USERS_STATE
    Users.subresources = (
        *Users.subresources,
        Relation(
            resource=UsersChannels,
            parent_lookup="pk",
            feature="api-voice",
            permissions={Action.READ: SUPERVISORS},
        ),
    )
