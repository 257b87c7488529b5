"""Recording of calls: what parties ask for, and what queues are set to."""

import random
from typing import Unpack
from uuid import UUID

from provisioning.models import AssignedFeature, User
from provisioning.services.call_recording import recording_percentages
from telephony.services.acting import Act, Who, request
from telephony.switch import recording
from telephony.switch.effects import Effect
from telephony.switch.state import Call
from telephony.switch.tables import CallOperation

FEATURE = "api-voice-recording"


def control_recording(
    *, user: User, call_id: str, operation: CallOperation, **who: Unpack[Who]
) -> bool:
    """Start, stop, pause or resume the recording of a call, as one of its parties."""

    def rule(act: Act) -> list[Effect]:
        return recording.control(act.call, act.leg, operation, at_ms=act.at_ms)

    return request(operation, user, call_id, rule, **who)


def begins_recording(call: Call, queue_id: str) -> bool:
    """Whether this call of a queue is one of the share that is recorded."""
    queue = UUID(queue_id)
    center = UUID(call.contact_center_id)
    percentage = recording_percentages(contact_center_id=center, queue_ids=[queue])[queue]
    if percentage <= 0:
        return False
    if not AssignedFeature.objects.filter(contact_center=center, feature_id=FEATURE).exists():
        return False
    # Which calls they are is nobody's secret.
    return random.randrange(100) < percentage  # noqa: S311
