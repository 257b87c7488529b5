"""The live board: who is there and what they do, as a reducer over the log's events.

`apply` is the only way in. What it holds are JSON values, so the board is part of the checkpoint
as it is. Plain Python: no clock, no database, no Django.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

LOGGED_OUT = "LoggedOut"
SERVICE_LEVEL_SETTING = "reporting/defaultServiceLevelInterval"
CALL_STATES = {
    "call.ringing": "Ringing",
    "call.dialing": "Dialing",
    "call.answered": "Established",
    "call.held": "Held",
    "call.retrieved": "Established",
}
CALL_ENDS = frozenset({"call.released", "call.ring_abandoned", "call.ring_cancelled"})
AGENT_STATES = {
    "agent.login": "NotReady",
    "agent.logout": LOGGED_OUT,
    "agent.ready": "Ready",
    "agent.notready": "NotReady",
    "agent.acw": "NotReady",
}
# A changed row: queues, skills, agents or centers, and its id.
Touched = tuple[str, str]
Values = Mapping[str, Any]


class Call(TypedDict):
    id: str
    state: str
    since: int
    queueId: str | None


class Agent(TypedDict):
    name: str
    state: str
    displayName: str
    reason: str
    workMode: str
    since: int
    calls: dict[str, Call]


class Center(TypedDict):
    """One contact center; names by id, and the skills of users and queues as ids."""

    name: str
    timeZone: str
    queues: dict[str, str]
    skills: dict[str, str]
    agents: dict[str, Agent]
    userSkills: dict[str, list[str]]
    queueSkills: dict[str, list[str]]
    # Groups of users: the parent of each, None at the top, and who is in it himself.
    groupParents: dict[str, str | None]
    groupUsers: dict[str, list[str]]
    # The setting reporting/defaultServiceLevelInterval; None while nobody has set it.
    serviceLevelSeconds: int | None


@dataclass(frozen=True, slots=True)
class Fact:
    """An event of the log as plain values."""

    kind: str
    center_id: str
    at_ms: int
    values: Values


@dataclass(slots=True)
class Board:
    centers: dict[str, Center] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Complete what a board of an earlier version knew nothing of."""
        for center_id, center in self.centers.items():
            self.centers[center_id] = _empty_center() | center

    def apply(self, fact: Fact) -> set[Touched]:
        """Take an event in; tells which rows of its contact center are other than before."""
        if fact.kind == "provisioning.changed":
            return set(self._provision(fact))
        center = self.centers.get(fact.center_id)
        user_id = fact.values.get("user_id") or ""
        agent = center["agents"].get(user_id) if center else None
        if agent is None:
            return set()
        if fact.kind in AGENT_STATES:
            _change_state(agent, fact)
        elif fact.kind in CALL_STATES or fact.kind in CALL_ENDS:
            _change_call(agent, fact)
        else:
            return set()
        return {("agents", user_id)}

    def _provision(self, fact: Fact) -> Iterator[Touched]:
        resource, object_id = fact.values["resource"], fact.values["object_id"]
        after = fact.values["after"]
        if resource == "contact-centers":
            self._provision_center(object_id, after)
            yield "centers", object_id
            return
        center = self.centers.get(fact.center_id)
        if center is None:
            return
        match resource:
            case "users":
                _provision_user(center, object_id, after, fact.at_ms)
                yield "agents", object_id
            case "queues":
                _put(center["queues"], object_id, after)
                yield "queues", object_id
            case "skills":
                _put(center["skills"], object_id, after)
                yield "skills", object_id
                for user_id, held in center["userSkills"].items():
                    if object_id in held:
                        yield "agents", user_id
            case "user-skills":
                user_id = _mark(center["userSkills"], "user_id", fact.values)
                yield "agents", user_id
            case _:
                _provision_unseen(center, fact)

    def _provision_center(self, center_id: str, after: Values | None) -> None:
        if after is None:
            self.centers.pop(center_id, None)
            return
        if center_id not in self.centers:
            self.centers[center_id] = _empty_center()
        center = self.centers[center_id]
        center["name"], center["timeZone"] = after["name"], after["time_zone"]


def _empty_center() -> Center:
    return Center(
        name="",
        timeZone="",
        queues={},
        skills={},
        agents={},
        userSkills={},
        queueSkills={},
        groupParents={},
        groupUsers={},
        serviceLevelSeconds=None,
    )


def is_agent(user: Values | None) -> bool:
    """Whether a user's facts are those of somebody who can be called an agent."""
    return user is not None and bool(user["is_agent"])


def _provision_user(center: Center, user_id: str, after: Values | None, at_ms: int) -> None:
    if after is None or not is_agent(after):
        center["agents"].pop(user_id, None)
        return
    name = f"{after['first_name']} {after['last_name']}".strip() or after["user_name"]
    if user_id in center["agents"]:
        center["agents"][user_id]["name"] = name
        return
    center["agents"][user_id] = Agent(
        name=name,
        state=LOGGED_OUT,
        displayName="",
        reason="",
        workMode="",
        since=at_ms,
        calls={},
    )


def _put(names: dict[str, str], object_id: str, after: Values | None) -> None:
    if after is None:
        names.pop(object_id, None)
    else:
        names[object_id] = after["name"]


def _provision_unseen(center: Center, fact: Fact) -> None:
    """What no row of the board shows, and the engine needs."""
    object_id, after = fact.values["object_id"], fact.values["after"]
    match fact.values["resource"]:
        case "queue-skills":
            _mark(center["queueSkills"], "queue_id", fact.values)
        case "groups":
            _put_group(center, object_id, after)
        case "group-users":
            _mark(center["groupUsers"], "group_id", fact.values, of="user_id")
        case "settings" if object_id == SERVICE_LEVEL_SETTING:
            center["serviceLevelSeconds"] = _seconds(after)


def _put_group(center: Center, group_id: str, after: Values | None) -> None:
    if after is None:
        center["groupParents"].pop(group_id, None)
        center["groupUsers"].pop(group_id, None)
    elif after["contains"] == "users":
        center["groupParents"][group_id] = after["parent_id"]


def _seconds(after: Values | None) -> int | None:
    return None if after is None else int(after["value"]["value"])


def _mark(held_by: dict[str, list[str]], holder: str, values: Values, of: str = "skill_id") -> str:
    """Note that a holder has something, or no longer has it; gives the holder's id."""
    pair = values["after"] or values["before"]
    held = held_by.setdefault(pair[holder], [])
    if values["after"] is None:
        held[:] = [one for one in held if one != pair[of]]
    elif pair[of] not in held:
        held.append(pair[of])
    holder_id: str = pair[holder]
    return holder_id


def shown_state(fact: Fact) -> tuple[str, str, str, str]:
    """What an agent's event makes the state: state, displayName, reason and workMode."""
    shown = fact.values.get("user_state") or {}
    state = shown.get("state") or AGENT_STATES[fact.kind]
    return state, shown.get("displayName", ""), shown.get("reason", ""), shown.get("workMode", "")


def _change_state(agent: Agent, fact: Fact) -> None:
    told = shown_state(fact)
    if told == (agent["state"], agent["displayName"], agent["reason"], agent["workMode"]):
        return
    agent["state"], agent["displayName"], agent["reason"], agent["workMode"] = told
    agent["since"] = fact.at_ms


def _change_call(agent: Agent, fact: Fact) -> None:
    call_id = fact.values["call_id"]
    if fact.kind in CALL_ENDS:
        agent["calls"].pop(call_id, None)
        return
    known = agent["calls"].get(call_id)
    agent["calls"][call_id] = Call(
        id=call_id,
        state=CALL_STATES[fact.kind],
        since=fact.at_ms,
        queueId=fact.values.get("queue_id") or (known["queueId"] if known else None),
    )
