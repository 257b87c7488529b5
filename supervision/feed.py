"""From the log to the board and the engine: one event in, both of them further.

Device ids are the engine's directory numbers, user ids its agents, skills its groups.
"""

from collections.abc import Iterator
from typing import Any

from portal.events.log import Event
from supervision.board import Board, Center, Fact, Touched
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


def fact_of(event: Event) -> Fact:
    return Fact(event.kind, event.contact_center_id or "", event.occurred_at_ms, event.payload())


class Feed:
    def __init__(self, engine: Engine, board: Board) -> None:
        self._engine = engine
        self._board = board

    def take(self, fact: Fact) -> set[Touched]:
        """Apply an event to both; tells which rows of its contact center's board changed."""
        touched = self._board.apply(fact)
        if fact.kind == "provisioning.changed":
            self._provision(fact)
        else:
            for event in switch_events(fact):
                self._engine.apply(event)
        return touched

    def _provision(self, fact: Fact) -> None:
        center = self._board.centers.get(fact.center_id)
        if center is None:
            return
        object_id = fact.values["object_id"]
        is_gone = fact.values["after"] is None
        match fact.values["resource"]:
            case "queues" if is_gone:
                self._engine.remove_queue(object_id, at_ms=fact.at_ms)
            case "queues":
                self._engine.add_queue(object_id, zone=center["timeZone"], at_ms=fact.at_ms)
            case "skills" if is_gone:
                self._engine.remove_skill(object_id, at_ms=fact.at_ms)
            case "skills":
                self._engine.add_skill(object_id, zone=center["timeZone"], at_ms=fact.at_ms)
            case "users":
                self._provision_user(fact, center, object_id)
            case "user-skills" | "queue-skills":
                self._engine.apply(_membership(fact))

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
            reason=_reason(values.get("user_state")),
            data=_attached(values),
        )
    elif fact.kind == "agent.login":
        state = values["user_state"]
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
        yield SwitchEvent(fact.at_ms, "agent_logout", agent=values["user_id"])


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
        return dict(values["data"])
    if "user_data" not in values:
        return None
    numbers = {"ANI": values["ani"], "DNIS": values["dnis"]}
    return {**{name: number for name, number in numbers.items() if number}, **values["user_data"]}
