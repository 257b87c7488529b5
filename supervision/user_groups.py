"""Groups of users as the engine's objects of type USER_GROUP.

Whoever is in a group is in all groups above it too. To the engine a group is known by the UUID
in its id, which begins with what tells the kinds of groups apart.
"""

from collections.abc import Iterator

from supervision.board import Center, Fact
from supervision.statistics.events import SwitchEvent


def engine_id(group_id: str) -> str:
    return group_id.partition("-")[2]


def groups_of(center: Center, user_id: str) -> list[str]:
    """The engine's ids of all groups that a user is in, himself or by a group below."""
    own = [group for group, users in center["groupUsers"].items() if user_id in users]
    found = dict.fromkeys(above for group in own for above in _upwards(center, group))
    return [engine_id(group) for group in found]


def membership_events(fact: Fact, center: Center) -> Iterator[SwitchEvent]:
    """What a user's entering or leaving a group changes for it and the groups above it.

    The center is as it was left by the change.
    """
    pair = fact.values["after"] or fact.values["before"]
    user_id, group_id = pair["user_id"], pair["group_id"]
    if user_id not in center["agents"]:
        return
    word = "remove" if fact.values["after"] is None else "add"
    others = {
        above
        for group, users in center["groupUsers"].items()
        if group != group_id and user_id in users
        for above in _upwards(center, group)
    }
    for group in _upwards(center, group_id):
        if group not in others:
            yield SwitchEvent(fact.at_ms, f"group_{word}", group=engine_id(group), agent=user_id)


def _upwards(center: Center, group_id: str) -> Iterator[str]:
    """The group and those above it, as far as they are known."""
    parents = center["groupParents"]
    current: str | None = group_id
    while current is not None and current in parents:
        yield current
        current = parents[current]
