"""What a queue does with its calls: the rule that its routing template gives it.

A call takes the queue's route along when it enters. What follows from the route at a moment is a
function of how long the call has waited, so that a restart, or a timer that fires late, changes
nothing.
"""

import enum
from dataclasses import dataclass

HIGHEST_PRIORITY = 100
HIGHEST_LEVEL = 10


class AgentOrder(enum.StrEnum):
    """Which of the agents who could take a call gets it; among equals the longest idle."""

    LONGEST_IDLE = "longest-idle"
    BEST_SKILLED = "best-skilled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The values of a queue's routing template, read for one call.

    `skill_id`: agents with this skill, instead of the queue's own skills. `onward_queue_id`: the
    queue that the call goes to once it was greeted. `visited`: the queues that sent it here.
    """

    greeting_ms: int = 0
    order: AgentOrder = AgentOrder.LONGEST_IDLE
    skill_id: str | None = None
    onward_queue_id: str | None = None
    visited: tuple[str, ...] = ()
    priority: int = 0
    priority_step: int = 0
    priority_interval_ms: int = 60_000
    level_step: int = 0
    level_interval_ms: int = 30_000


PLAIN_ROUTE = Route()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a call stands after some time in its queue; `next_step_ms` is in how long that changes.

    `lowered_by`: by how much the skill levels that the queue asks for are lowered for it.
    """

    is_greeting: bool
    priority: int
    lowered_by: int
    next_step_ms: int | None


def standing_after(route: Route, waited_ms: int) -> Standing:
    """The greeting comes before waiting: nothing grows during it."""
    if waited_ms < route.greeting_ms:
        return Standing(
            is_greeting=True,
            priority=route.priority,
            lowered_by=0,
            next_step_ms=route.greeting_ms - waited_ms,
        )
    waited_ms -= route.greeting_ms
    priority, until_priority = _grown(
        route.priority,
        step=route.priority_step,
        interval_ms=route.priority_interval_ms,
        highest=HIGHEST_PRIORITY,
        waited_ms=waited_ms,
    )
    lowered_by, until_level = _grown(
        0,
        step=route.level_step,
        interval_ms=route.level_interval_ms,
        highest=HIGHEST_LEVEL,
        waited_ms=waited_ms,
    )
    steps = [step_ms for step_ms in (until_priority, until_level) if step_ms is not None]
    return Standing(
        is_greeting=False,
        priority=priority,
        lowered_by=lowered_by,
        next_step_ms=min(steps, default=None),
    )


def _grown(
    first: int, *, step: int, interval_ms: int, highest: int, waited_ms: int
) -> tuple[int, int | None]:
    """A value that grows with each interval, and in how long it does next; None: it never does."""
    if step == 0:
        return first, None
    value = first + step * (waited_ms // interval_ms)
    if value >= highest:
        return highest, None
    return value, interval_ms - waited_ms % interval_ms
