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
from telephony.services import agents, calls
from telephony.switch.effects import TimerKind
from telephony.switch.tables import Presence

_ROUND_SECONDS = 0.25
_ROUNDS_BETWEEN_CHECKS = 8
_TIMERS_A_ROUND = 500
_AGENTS_A_ROUND = 100

_FIRE: dict[str, Callable[[str], bool]] = {
    TimerKind.RING_TIMEOUT: lambda target: calls.ring_timeout(call_id=target),
    TimerKind.WRAP_UP: lambda target: agents.wrap_up_over(user_id=target),
    TimerKind.CALL_LIMIT: lambda target: calls.end_at_limit(call_id=target),
}


def run(stop: threading.Event) -> None:
    recover()
    for number in itertools.count():
        if stop.is_set():
            return
        fire_due_timers()
        route_waiting()
        if number % _ROUNDS_BETWEEN_CHECKS == 0:
            end_sessions_without_right()
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
    idle = matching.find_idle_agents()
    for user_id in idle.order_by("idle_since_ms").values_list("pk", flat=True)[:_AGENTS_A_ROUND]:
        with open_line() as line:
            if (agent := line.lock_agent(str(user_id))) is not None:
                line.route_agent(agent)


def end_sessions_without_right() -> None:
    """Log out whom provisioning has disabled, made no agent, or taken the phone from."""
    without_right = models.AgentSession.objects.filter(
        Q(user__is_active=False) | Q(user__is_agent=False) | ~Q(device__user=F("user")),
        device__isnull=False,
    ).exclude(presence=Presence.INACTIVE)
    for session in without_right.select_related("user"):
        # While the link is down nobody can be logged out; a later round does it.
        with contextlib.suppress(ApiError):
            agents.end_session(user=session.user)


TASK = RuntimeTask("telephony", run)
