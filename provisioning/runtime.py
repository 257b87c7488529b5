"""What contact centers do by themselves: skills that were planned begin and end.

Several processes may run this at once: a plan is carried out in the transaction that locks it.
"""

import threading
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import close_old_connections
from django.db.models import QuerySet
from django.utils import timezone

from portal.runtime.tasks import RuntimeTask
from provisioning.models import PlannedSkill
from provisioning.services.due_plans import carry_out_together
from provisioning.services.planned_skills import carry_out

logger = structlog.get_logger(__name__)

_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.02, 0.5
_PLANS_A_ROUND = 500


def run(stop: threading.Event) -> None:
    while not stop.is_set():
        close_old_connections()
        carry_out_due()
        stop.wait(seconds_to_next())


def carry_out_due() -> int:
    """Begin and end what is due, ends first; gives how many plans this process carried out.

    One that fails keeps none of the others waiting; the error then ends the task, which starts
    again.
    """
    done, errors = 0, []
    for plan_ids in _rounds(_due(timezone.now())):
        try:
            done += carry_out_together(plan_ids=plan_ids)
        except Exception:
            logger.warning("planned skills are carried out one by one", exc_info=True)
            for plan_id in plan_ids:
                try:
                    done += carry_out(plan_id=plan_id)
                except Exception as error:
                    errors.append(error)
    if errors:
        raise errors[0]
    return done


def seconds_to_next() -> float:
    """Until something is due, but not longer than a plan that is made meanwhile may wait."""
    all_due: QuerySet[Any] = PlannedSkill.objects.order_by("due_at")
    due_at: datetime | None = all_due.values_list("due_at", flat=True).first()
    if due_at is None:
        return _LONGEST_PAUSE_SECONDS
    seconds = (due_at - timezone.now()).total_seconds()
    return min(_LONGEST_PAUSE_SECONDS, max(_SHORTEST_PAUSE_SECONDS, seconds))


def _due(now: datetime) -> list[tuple[UUID, UUID, UUID]]:
    """The plans that are due, each with its user and skill."""
    # At one moment Active comes before Planned: one skill's end is not taken for the next's.
    due = PlannedSkill.objects.filter(due_at__lte=now).order_by("due_at", "state", "pk")
    return list(due.values_list("pk", "user_id", "skill_id")[:_PLANS_A_ROUND])


def _rounds(due: Iterable[tuple[UUID, UUID, UUID]]) -> list[list[UUID]]:
    """What can be done together: of each user's skill one plan a round, in their order."""
    rounds: list[list[UUID]] = []
    taken: Counter[tuple[UUID, UUID]] = Counter()
    for plan_id, user_id, skill_id in due:
        number = taken[user_id, skill_id]
        taken[user_id, skill_id] += 1
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(plan_id)
    return rounds


TASK = RuntimeTask("planned-skills", run)
