"""The closed vocabulary: actions with their kinds, statuses with their priorities, field values.

Sources: statistics-spec.md sections 2 (subjects), 3 (actions), 4 (status priority table).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

QUEUE_TYPES = ("QUEUE", "SKILL_Q")
GROUP_TYPES = ("SKILL_AG", "USER_GROUP")
AGENT_TYPES = ("AGENT", *GROUP_TYPES)
OBJECT_TYPES = (*QUEUE_TYPES, *AGENT_TYPES)

ACTION = 0
DN_STATUS = 1
AGENT_STATUS = 2

SUBJECTS = {
    "DNAction": ACTION,
    "DNStatus": DN_STATUS,
    "AgentStatus": AGENT_STATUS,
    "PlaceStatus": AGENT_STATUS,
}
UNSUPPORTED_SUBJECTS = ("GroupStatus", "CampaignAction")
NOTIFICATION_MODES = ("PERIODICAL", "IMMEDIATE", "RESET", "NONOTIFICATION")

CALL_TYPES = ("Inbound", "Outbound", "Internal", "Consult", "Unknown")
MODES = ("WaitForNextCall", "NotReadyForNextCall", "AfterCallWork")

STATUS_PRIORITY = (
    "NotMonitored",
    "Monitored",
    "LoggedIn",
    "OnHook",
    "WaitForNextCall",
    "OffHook",
    "CallDialing",
    "CallRinging",
    "NotReadyForNextCall",
    "AfterCallWork",
    "CallOnHold",
    "CallUnknown",
    "CallConsult",
    "CallInternal",
    "CallOutbound",
    "CallInbound",
    "LoggedOut",
)
# On a DN these two never decide (spec section 4).
_NOT_DECIDING = ("LoggedIn", "LoggedOut")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of occurrence; a mask matches it by any of its names."""

    index: int
    name: str
    label: str
    names: frozenset[str]
    rank: int


def _rank(name: str) -> int:
    if name in _NOT_DECIDING or name not in STATUS_PRIORITY:
        return -1
    return STATUS_PRIORITY.index(name)


def _all_names() -> list[tuple[str, ...]]:
    typed = [
        (base, base + call_type)
        for base in ("CallRinging", "CallDialing", "CallOnHold")
        for call_type in CALL_TYPES
    ]
    per_type = [
        ("Call" + call_type + suffix,)
        for suffix in ("", "Started", "Completed")
        for call_type in CALL_TYPES
    ]
    single = (
        *("CallWait", "LoggedIn", "Monitored", "NotMonitored", "LoggedOut", *MODES),
        *("CallEntered", "CallRingingStarted", "CallDialingStarted", "AgentLogout"),
        *("CallAnswered", "CallAbandoned", "CallDistributed", "CallAbandonedFromRinging"),
        *("CallForwarded", "CallRetrievedFromHold", "CallReleased"),
    )
    return [*typed, *per_type, *((name,) for name in single)]


KINDS = tuple(
    Kind(index, names[0], names[-1], frozenset(names), _rank(names[0]))
    for index, names in enumerate(_all_names())
)
KIND_COUNT = len(KINDS)
KIND_OF = {kind.label: kind for kind in KINDS}

KNOWN_NAMES = frozenset(name for kind in KINDS for name in kind.names) | set(STATUS_PRIORITY)
NEVER_HAPPENS = re.compile(
    r"OnHook|OffHook|CallCleared|CallPartyChanged|Call(Treatment|Conference|Transfer|Observing)\w*"
    r"|CallMissed|ACWMissed|ACWCompleted|DNLogin|AgentLogin|AgentReady|AgentActive|UserEvent"
)


# Of actions by their labels.
ACTION_SLOT = {kind.label: ACTION * KIND_COUNT + kind.index for kind in KINDS}


def slot_of(subject: int, kind: Kind) -> int:
    """The row of an object's dispatch table for a kind seen as action or as status."""
    return subject * KIND_COUNT + kind.index


SLOT_COUNT = 3 * KIND_COUNT
