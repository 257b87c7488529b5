"""Once at the start: whatever could keep a call or an agent for ever is put right.

Transactions leave nothing half done, so this finds something only after rows were changed by hand
or restored from a backup.
"""

from uuid import UUID

import structlog
from django.db.models import Count, Exists, F, OuterRef

from portal.events.log import now_ms
from telephony import models
from telephony.line import open_line, ring_timeout_ms
from telephony.services.calls import abandon
from telephony.switch.effects import TimerKind
from telephony.switch.tables import LegState

logger = structlog.get_logger(__name__)


def recover() -> None:
    restarted = _restart_ring_timeouts()
    restarted += _restart_routing_steps()
    recounted = _recount_legs()
    ended = _end_dead_calls()
    if restarted or recounted or ended:
        logger.warning("put right", timers=restarted, agents=recounted, calls=ended)


def _restart_ring_timeouts() -> int:
    timers = models.Timer.objects.filter(kind=TimerKind.RING_TIMEOUT, target=OuterRef("call_id"))
    # What somebody dialled rings as long as he waits.
    ringing = models.Leg.objects.filter(
        ~Exists(timers), state=LegState.RINGING, queue__isnull=False
    )
    due_at_ms = now_ms() + ring_timeout_ms()
    made = models.Timer.objects.bulk_create(
        [
            models.Timer(
                kind=TimerKind.RING_TIMEOUT,
                target=leg.call_id,
                due_at_ms=due_at_ms,
                contact_center_id=leg.contact_center_id,
            )
            for leg in ringing
        ],
        ignore_conflicts=True,
    )
    return len(made)


def _restart_routing_steps() -> int:
    timers = models.Timer.objects.filter(kind=TimerKind.ROUTING_STEP, target=OuterRef("pk"))
    calls = models.Call.objects.filter(~Exists(timers), is_waiting=True).exclude(route={})
    before = models.Timer.objects.count()
    for call_id in calls.values_list("pk", flat=True):
        with open_line() as line:
            if (call := line.lock_call(call_id)) is not None:
                line.take_routing_step(call)
    return models.Timer.objects.count() - before


def _recount_legs() -> int:
    wrong = _miscounted()
    for user_id in wrong:
        with open_line() as line:
            if (agent := line.lock_agent(str(user_id))) is not None:
                agent.leg_count = models.Leg.objects.filter(user_id=user_id).count()
    return len(wrong)


def _miscounted() -> list[UUID]:
    counted = models.AgentSession.objects.annotate(found=Count("user__legs"))
    return list(counted.exclude(found=F("leg_count")).values_list("pk", flat=True))


def _end_dead_calls() -> int:
    """Calls that neither wait nor are at any device: nothing would ever end them.

    Two outside parties who were transferred to each other end their call themselves.
    """
    at_device = models.Leg.objects.filter(call_id=OuterRef("pk"), device__isnull=False)
    dead = models.Call.objects.annotate(parties=Count("legs")).filter(
        ~Exists(at_device), is_waiting=False, parties__lt=2
    )
    return sum(abandon(call_id=call_id) for call_id in dead.values_list("pk", flat=True))
