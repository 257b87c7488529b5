"""What routing costs: with many agents who are not ready, and behind many calls that wait."""

import itertools
import time
from collections.abc import Iterator

from benchmarks.measure import Row, Size, compare, timed
from benchmarks.shift import SKILLS_OF_AN_AGENT, Center, open_center
from portal.events.log import now_ms
from provisioning.models import UserSkill
from telephony.models import AgentSession, Call, Leg
from telephony.services import calls

_READY = 100


def compare_routing(size: Size) -> Iterator[Row]:
    """To as many ready agents: among many others, alone, and past many waiting calls."""
    ready = min(_READY, size.agents // 2)
    queues = ready * SKILLS_OF_AN_AGENT
    large = open_center("Large", agents=size.agents, ready=ready, queues=queues)
    small = open_center("Small", agents=ready, ready=ready, queues=queues)
    delivered = "a call enters a queue, is delivered, and given up"
    yield Row(
        "routing-agents",
        "call",
        compare(
            lambda: _seconds(large, size.calls),
            lambda: _seconds(small, size.calls),
            repetitions=size.repetitions * 2,
        ),
        f"{delivered}: {ready} of {size.agents:,} agents ready on {queues} queues"
        f" / all of {ready} agents",
    )
    behind = open_center("Behind", agents=ready, ready=ready, queues=queues)
    waiting = _let_wait(behind, size.waiting)
    yield Row(
        "routing-waiting",
        "call",
        compare(
            lambda: _seconds(behind, size.calls),
            lambda: _seconds(small, size.calls),
            repetitions=size.repetitions * 2,
        ),
        f"{delivered}: {waiting:,} other calls wait in {queues // 2} queues / none waits",
    )


def _seconds(center: Center, times: int) -> float:
    def repeat() -> None:
        for _ in range(times):
            _deliver(center)

    return timed(repeat, units=times, clock=time.process_time)


def _deliver(center: Center) -> None:
    call_id = calls.enter_queue(
        contact_center=center.row, queue=center.next_queue(), ani="+16505550123"
    )
    if not Leg.objects.filter(call=call_id, user__isnull=False).exists():
        raise RuntimeError("Nobody got the call")
    calls.abandon(call_id=call_id)


def _let_wait(center: Center, count: int) -> int:
    """Calls in every other queue, whose skill nobody who is ready has any more."""
    deserted = center.queues[::2]
    ready = AgentSession.objects.filter(contact_center=center.row, is_available=True)
    UserSkill.objects.filter(
        user__in=ready.values("user"), skill__queue_skills__queue__in=deserted
    ).delete()
    center.serve_only(center.queues[1::2])
    at_ms = now_ms()
    turns = itertools.cycle(deserted)
    Call.objects.bulk_create(
        [
            Call(
                id=f"{number:016x}",
                uuid=f"{number:032X}",
                contact_center=center.row,
                type="Inbound",
                queue=queue,
                queued_at_ms=at_ms,
                is_waiting=True,
                is_deliverable=True,
                waits_for=f"{queue.pk.hex}0",
            )
            for number, queue in zip(range(count), turns, strict=False)
        ],
        batch_size=500,
    )
    return count
