"""What this room adds to the resources of provisioning."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from portal.api.fields import Reading
from portal.api.resources import Part
from portal.api.roles import SUPERVISORS, has_role
from provisioning.api.queues import Queues
from provisioning.api.skills import Skills
from supervision.definitions import names_for
from supervision.models import StatisticValue
from telephony.api import user_statistics

FEATURE = "api-statistics"
_SHAPE = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {"value": {}, "time": {"type": "integer"}},
    },
}


def extend_resources() -> None:
    for resource, types in ((Queues, ("QUEUE",)), (Skills, ("SKILL_Q", "SKILL_AG"))):
        resource.extend(
            subresources=(
                Part(
                    name="statistics",
                    load=_loader(types),
                    feature=FEATURE,
                    needs_objects=False,
                    shape=_SHAPE,
                ),
            )
        )
    user_statistics.add_keys(_load_for_users, feature=FEATURE)


def _load_for_users(users: Sequence[Any], reading: Reading) -> Mapping[Any, Mapping[str, Any]]:
    """Beside `channels`: whose statistics may be seen has been found out already."""
    return newest_of([user.pk for user in users], ("AGENT",))


def newest_of(object_ids: Sequence[Any], object_types: Sequence[str]) -> dict[Any, dict[str, Any]]:
    """`{NAME: {value, time}}` of each object, all defined statistics that have a value yet."""
    names = names_for(object_types)
    rows = StatisticValue.objects.filter(
        object_id__among=list(object_ids), object_type__in=object_types
    )
    found: dict[Any, dict[str, Any]] = defaultdict(dict)
    for row in rows.order_by("name"):
        if row.name in names:
            found[row.object_id][row.name] = {"value": row.value, "time": row.at_ms}
    return found


def _loader(
    object_types: Sequence[str],
) -> Callable[[Sequence[Any], Reading], Mapping[Any, Any]]:
    def load(parents: Sequence[Any], reading: Reading) -> Mapping[Any, Any]:
        """Agents see no statistics but their own (contract §1 "Roles")."""
        if not has_role(reading.user, SUPERVISORS):
            return {}
        found = newest_of([parent.pk for parent in parents], object_types)
        return {parent.pk: found.get(parent.pk, {}) for parent in parents}

    return load
