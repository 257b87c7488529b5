"""What time does to calls that wait."""

from telephony.line import open_line
from telephony.switch.effects import TimerKind


def routing_step(*, call_id: str) -> bool:
    """The greeting is over, the priority grows or the levels are lowered, by the queue's template.

    False when another process did it, or the call has left its queue.
    """
    with open_line() as line:
        call = line.lock_call(call_id)
        if not line.claim_timer(TimerKind.ROUTING_STEP, call_id):
            return False
        if call is None or not call.is_waiting:
            return False
        line.take_routing_step(call)
        return True
