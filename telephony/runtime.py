"""The switch's own doing: timers that are due, and calls that were left waiting.

Timers are rows, so they outlive every process; several processes may run this at once, since the
effect of a timer is in the transaction that deletes its row.
"""

import contextlib
import itertools
import threading
from collections.abc import Callable

from django.db import close_old_connections
from django.db.models import F, Q

from portal.api.status import ApiError
from portal.events.log import now_ms
from portal.runtime.tasks import RuntimeTask
from telephony import matching, models
from telephony.line import open_line
from telephony.recovery import recover
from telephony.services import agents, calls, monitoring, routing
from telephony.switch.effects import TimerKind
from telephony.switch.tables import Presence

_ROUND_SECONDS = 0.25
_ROUNDS_BETWEEN_CHECKS = 8
_TIMERS_A_ROUND = 500
_AGENTS_A_ROUND = 100

_FIRE: dict[str, Callable[[str], bool]] = {
    TimerKind.RING_TIMEOUT: lambda target: calls.ring_timeout(call_id=target),
    TimerKind.WRAP_UP: lambda target: agents.wrap_up_over(user_id=target),
    TimerKind.ROUTING_STEP: lambda target: routing.routing_step(call_id=target),
    TimerKind.SESSION_EXPIRY: lambda target: agents.session_expired(user_id=target),
    TimerKind.CALL_LIMIT: lambda target: calls.end_at_limit(call_id=target),
    TimerKind.OUTSIDE_ANSWERS: lambda target: calls.outside_answers(party=target),
    TimerKind.OUTSIDE_HANGS_UP: lambda target: calls.outside_hangs_up(party=target),
    TimerKind.MONITOR_RELEASE: lambda target: monitoring.client_stayed_away(user_id=target),
}


def run(stop: threading.Event) -> None:
    recover()
    for number in itertools.count():
        if stop.is_set():
            return
        fire_due_timers()
        route_waiting()
        monitoring.join_waiting()
        if number % _ROUNDS_BETWEEN_CHECKS == 0:
            end_sessions_without_right()
            monitoring.correct_rights()
            monitoring.release_without_right()
        close_old_connections()
        stop.wait(_ROUND_SECONDS)


def fire_due_timers() -> int:
    """Do what is due; gives how many timers this process fired."""
    due = models.Timer.objects.filter(due_at_ms__lte=now_ms()).order_by("due_at_ms", "pk")
    fired = 0
    for kind, target in due.values_list("kind", "target")[:_TIMERS_A_ROUND]:
        fired += _FIRE[kind](target)
    return fired


def route_waiting() -> None:
    """Bring together whom two transactions at once did not see in each other.

    And whom provisioning has made able to take a call, by a skill or a queue that asks for less.
    """
    for center in matching.centers_with_waiting_calls():
        idle = matching.find_idle_agents(center).order_by("idle_since_ms")
        for user_id in idle.values_list("pk", flat=True)[:_AGENTS_A_ROUND]:
            with open_line() as line:
                if (agent := line.lock_agent(str(user_id))) is not None:
                    line.route_agent(agent)


def end_sessions_without_right() -> None:
    """Log out whom provisioning has disabled or given another role, or taken a phone from.

    Supervisors have sessions too: their phone is where they monitor from.
    """
    has_no_role = Q(user__is_agent=False, user__is_supervisor=False)
    running = models.AgentSession.objects.exclude(presence=Presence.INACTIVE.value)
    without_right = running.filter(Q(user__is_active=False) | has_no_role)
    for session in without_right.select_related("user"):
        # While the link is down nobody can be logged out; a later round does it.
        with contextlib.suppress(ApiError):
            agents.end_session(user=session.user)
    without_phone = running.filter(~Q(device__user=F("user")), device__isnull=False)
    others = models.OtherDevice.objects.filter(~Q(device__user=F("session__user")))
    taken = [
        *without_phone.values_list("user_id", "device_id"),
        *others.values_list("session_id", "device_id"),
    ]
    for user_id, device_id in taken:
        with contextlib.suppress(ApiError):
            agents.leave_device(user_id=user_id, device_id=device_id)


TASK = RuntimeTask("telephony", run)
