"""Which queues somebody could serve: what a write may take away."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from provisioning.models import Queue, QueueSkill, User, UserSkill


def qualified_agents(contact_center_id: UUID | None) -> dict[UUID, int]:
    """How many enabled agents have all the skills of each queue, at their levels, by queue id."""
    required: dict[UUID, list[tuple[UUID, int]]] = defaultdict(list)
    rows = QueueSkill.objects.filter(queue__contact_center_id=contact_center_id)
    for queue_id, skill_id, level in rows.values_list("queue_id", "skill_id", "level"):
        required[queue_id].append((skill_id, level))
    agents = User.objects.filter(contact_center_id=contact_center_id, is_agent=True, is_active=True)
    held: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    for user_id, skill_id, level in UserSkill.objects.filter(user__in=agents).values_list(
        "user_id", "skill_id", "level"
    ):
        held[user_id][skill_id] = level
    all_agents = agents.count()
    queues = Queue.objects.filter(contact_center_id=contact_center_id)
    return {
        queue_id: _count(held, required[queue_id]) if queue_id in required else all_agents
        for queue_id in queues.values_list("pk", flat=True)
    }


def _count(held: dict[UUID, dict[UUID, int]], required: list[tuple[UUID, int]]) -> int:
    return sum(
        all(skills.get(skill_id, -1) >= level for skill_id, level in required)
        for skills in held.values()
    )


def lost_coverage(before: dict[UUID, int], after: dict[UUID, int]) -> list[str]:
    """A sentence for each queue that somebody could serve before and nobody can now."""
    lost = [queue_id for queue_id, count in after.items() if not count and before.get(queue_id)]
    names: dict[Any, str] = dict(Queue.objects.filter(pk__in=lost).values_list("pk", "name"))
    return [f"Queue {name} loses its last qualified agent" for name in sorted(names.values())]
