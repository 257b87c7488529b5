"""From the log to the board and the engine: one event in, both of them further.

Device ids are the engine's directory numbers, user ids its agents, skills its groups.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from portal.events.log import Event
from supervision import user_groups
from supervision.board import SERVICE_LEVEL_SETTING, Board, Center, Fact, Touched
from supervision.statistics.engine import Engine
from supervision.statistics.events import SwitchEvent

_AS_THEY_ARE = frozenset(
    {
        "call.queued",
        "call.distributed",
        "call.ringing",
        "call.dialing",
        "call.answered",
        "call.abandoned",
        "call.ring_abandoned",
        "call.ring_cancelled",
        "call.held",
        "call.retrieved",
        "call.released",
        "call.data",
        "agent.ready",
        "agent.notready",
        "agent.acw",
    }
)
_RENAMED = {"device.registered": "dn_registered", "device.unregistered": "dn_unregistered"}
WRAP_UP = "AfterCallWork"
# What a call is known by beside its attached data: no change of the data takes them away.
_NUMBERS = frozenset({"ANI", "DNIS", "ThisQueue"})


def fact_of(event: Event) -> Fact:
    return Fact(event.kind, event.contact_center_id or "", event.occurred_at_ms, event.payload())


class Feed:
    def __init__(self, engine: Engine, board: Board) -> None:
        self._engine = engine
        self._board = board

    def take(self, fact: Fact) -> set[Touched]:
        """Apply an event to both; tells which rows of its contact center's board changed."""
        before = self._board.centers.get(fact.center_id)
        zone_before = before["timeZone"] if before else None
        touched = self._board.apply(fact)
        if fact.kind == "provisioning.changed":
            self._provision(fact, zone_before)
        else:
            for event in switch_events(fact):
                self._engine.apply(self._with_removals(event))
        return touched

    def _with_removals(self, event: SwitchEvent) -> SwitchEvent:
        """What the log tells of a call's data is all of it: keys that are left out have gone."""
        if event.data is None or event.call is None:
            return event
        known = self._engine.attached(event.call)
        gone = [key for key in known if key not in event.data and key not in _NUMBERS]
        if not gone:
            return event
        return dataclasses.replace(event, data={**dict.fromkeys(gone), **event.data})

    def _provision(self, fact: Fact, zone_before: str | None) -> None:
        center = self._board.centers.get(fact.center_id)
        if center is None:
            return
        object_id = fact.values["object_id"]
        match fact.values["resource"]:
            case "queues" | "skills":
                self._provision_measured(fact, center, object_id)
            case "users":
                self._provision_user(fact, center, object_id)
            case "user-skills" | "queue-skills":
                self._engine.apply(_membership(fact))
            case "groups":
                self._provision_group(fact, center, object_id)
            case "group-users":
                for event in user_groups.membership_events(fact, center):
                    self._engine.apply(event)
            case "settings" if object_id == SERVICE_LEVEL_SETTING:
                self._set_service_level(fact, center)
            case "contact-centers" if zone_before not in {None, "", center["timeZone"]}:
                self._move_to_zone(fact, center)

    def _provision_measured(self, fact: Fact, center: Center, object_id: str) -> None:
        engine, at_ms = self._engine, fact.at_ms
        is_queue = fact.values["resource"] == "queues"
        if fact.values["after"] is None:
            remove = engine.remove_queue if is_queue else engine.remove_skill
            remove(object_id, at_ms=at_ms)
        elif not engine.has("QUEUE" if is_queue else "SKILL_AG", object_id):
            add = engine.add_queue if is_queue else engine.add_skill
            add(object_id, zone=center["timeZone"], at_ms=at_ms)
            if (seconds := center["serviceLevelSeconds"]) is not None:
                engine.set_service_level(object_id, seconds, at_ms=at_ms)

    def _provision_group(self, fact: Fact, center: Center, group_id: str) -> None:
        ident = user_groups.engine_id(group_id)
        if fact.values["after"] is None:
            self._engine.remove_user_group(ident, at_ms=fact.at_ms)
        elif group_id in center["groupParents"]:
            self._engine.add_user_group(ident, zone=center["timeZone"], at_ms=fact.at_ms)

    def _set_service_level(self, fact: Fact, center: Center) -> None:
        """For all queues and skills, from their start (seed 003 "Real-Time Reporting")."""
        before, after = (_value_of(fact.values[side]) for side in ("before", "after"))
        if before == after:
            return
        for object_id in (*center["queues"], *center["skills"]):
            seconds = center["serviceLevelSeconds"]
            self._engine.set_service_level(object_id, seconds, at_ms=fact.at_ms)

    def _move_to_zone(self, fact: Fact, center: Center) -> None:
        groups = map(user_groups.engine_id, center["groupParents"])
        for object_id in (*center["queues"], *center["skills"], *center["agents"], *groups):
            self._engine.set_zone(object_id, center["timeZone"], at_ms=fact.at_ms)

    def _provision_user(self, fact: Fact, center: Center, user_id: str) -> None:
        if user_id not in center["agents"]:
            self._engine.remove_agent(user_id, at_ms=fact.at_ms)
        elif not self._engine.has("AGENT", user_id):
            self._engine.add_agent(user_id, zone=center["timeZone"], at_ms=fact.at_ms)
            # Skills that somebody had before becoming an agent count from now on.
            for skill_id in center["userSkills"].get(user_id, ()):
                self._engine.apply(
                    SwitchEvent(fact.at_ms, "group_add", group=skill_id, agent=user_id)
                )
            for ident in user_groups.groups_of(center, user_id):
                self._engine.apply(SwitchEvent(fact.at_ms, "group_add", group=ident, agent=user_id))


def switch_events(fact: Fact) -> Iterator[SwitchEvent]:
    """The engine's words for an event of telephony; none for what it has no word for."""
    values = fact.values
    if fact.kind in _AS_THEY_ARE or fact.kind in _RENAMED:
        yield SwitchEvent(
            fact.at_ms,
            _RENAMED.get(fact.kind) or fact.kind.replace(".", "_"),
            call=values.get("call_uuid"),
            queue=values.get("queue_id"),
            dn=values.get("device_id"),
            agent=values.get("user_id") if fact.kind.startswith("agent.") else None,
            type=values.get("call_type"),
            reason=_reason(_state_there(values)),
            data=_attached(values),
        )
        if fact.kind == "device.registered" and (again := _mode_again(fact)) is not None:
            yield again
    elif fact.kind == "agent.login":
        state = _state_there(values)
        for device_id in values["device_ids"]:
            yield SwitchEvent(
                fact.at_ms,
                "agent_login",
                dn=device_id,
                agent=values["user_id"],
                mode=_mode(state),
                reason=_reason(state),
            )
    elif fact.kind == "agent.logout":
        for device_id in values["device_ids"]:
            yield SwitchEvent(fact.at_ms, "agent_logout", dn=device_id, agent=values["user_id"])


def _state_there(values: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the agent is at the event's device; at several he need not be the same."""
    state: dict[str, Any] | None = (values.get("device") or {}).get("userState")
    return values.get("user_state") if state is None else state


def _mode_again(fact: Fact) -> SwitchEvent | None:
    """Of whoever is logged in at a device that is back: the engine forgot what he is there."""
    state = _state_there(fact.values)
    if state is None or state["state"] not in {"Ready", "NotReady"}:
        return None
    return SwitchEvent(
        fact.at_ms,
        f"agent_{_mode(state)}",
        dn=fact.values["device_id"],
        agent=fact.values["user_id"],
        reason=_reason(state),
    )


def _membership(fact: Fact) -> SwitchEvent:
    """A user gets or loses a skill, or a queue requires it or no longer; levels change nothing."""
    pair = fact.values["after"] or fact.values["before"]
    word = "remove" if fact.values["after"] is None else "add"
    if "user_id" in pair:
        return SwitchEvent(
            fact.at_ms, f"group_{word}", group=pair["skill_id"], agent=pair["user_id"]
        )
    return SwitchEvent(
        fact.at_ms, f"queue_skill_{word}", group=pair["skill_id"], queue=pair["queue_id"]
    )


def _value_of(setting: dict[str, Any] | None) -> str | None:
    return None if setting is None else str(setting["value"].get("value"))


def _mode(state: dict[str, Any] | None) -> str:
    if state is None:
        return "notready"
    if state.get("workMode") == WRAP_UP:
        return "acw"
    return "ready" if state["state"] == "Ready" else "notready"


def _reason(state: dict[str, Any] | None) -> str | None:
    return state.get("reason") if state else None


def _attached(values: Any) -> dict[str, object] | None:
    """What filters can ask a call for: its attached data, and who called whom."""
    if "data" in values:
        # The engine takes a key away that has no value.
        return {**values["data"], **dict.fromkeys(values.get("removed", ()))}
    if "user_data" not in values:
        return None
    numbers = {"ANI": values["ani"], "DNIS": values["dnis"]}
    return {**{name: number for name, number in numbers.items() if number}, **values["user_data"]}
