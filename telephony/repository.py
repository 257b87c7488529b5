"""Live calls and agents: locked, loaded, and saved as the rules left them.

One repository serves one transaction. Rows are locked in this order, each kind by id:
calls (a call's legs go with it), agent sessions, timers. A statement that must not follow the
order (routing: an agent is held, a waiting call is wanted) never waits: it skips what is locked.
So nobody waits in a circle. SQLite has one writer, who has everything.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from telephony import models
from telephony.columns import (
    Columns,
    agent_columns,
    agent_of,
    call_columns,
    call_of,
    differing,
    leg_columns,
)
from telephony.switch.state import AgentSession, Call, Leg


@dataclass(slots=True)
class _HeldCall:
    call: Call
    columns: Columns | None = None
    legs: dict[int, Columns] = field(default_factory=dict)


@dataclass(slots=True)
class _HeldAgent:
    agent: AgentSession
    columns: Columns


class Repository:
    """What one transaction holds. Whoever changes it calls `save` before asking the database."""

    def __init__(self) -> None:
        self._calls: dict[str, _HeldCall] = {}
        self._agents: dict[str, _HeldAgent] = {}

    def lock_call(self, call_id: str) -> Call | None:
        if call_id not in self._calls:
            row = models.Call.objects.select_for_update().filter(pk=call_id).first()
            return self.hold_call(row) if row else None
        return self._calls[call_id].call

    def lock_agent(self, user_id: str) -> AgentSession | None:
        return self.lock_agents([user_id]).get(user_id)

    def lock_agents(self, user_ids: Iterable[str]) -> dict[str, AgentSession]:
        wanted = set(user_ids)
        if missing := wanted - self._agents.keys():
            for row in (
                models.AgentSession.objects.select_for_update(of=("self",))
                .select_related("device__phone_number")
                .filter(pk__in=missing)
                .order_by("pk")
            ):
                self.hold_agent(row)
        return {user_id: held.agent for user_id, held in self._agents.items() if user_id in wanted}

    def create_agent(self, *, user_id: str, contact_center_id: str) -> AgentSession:
        """The agent's row, made if there is none; somebody else may make it at the same time."""
        row = models.AgentSession(user_id=user_id, contact_center_id=contact_center_id)
        models.AgentSession.objects.bulk_create([row], ignore_conflicts=True)
        return self.lock_agents([user_id])[user_id]

    def add_call(self, call: Call) -> None:
        self._calls[call.id] = _HeldCall(call)

    def hold_call(self, row: models.Call) -> Call:
        """A call whose row is locked."""
        if row.pk in self._calls:
            return self._calls[row.pk].call
        legs = list(models.Leg.objects.filter(call_id=row.pk).order_by("pk"))
        call = call_of(row, legs)
        self._calls[row.pk] = _HeldCall(
            call,
            call_columns(call),
            {leg.id: leg_columns(leg) for leg in call.legs if leg.id is not None},
        )
        return call

    def hold_agent(self, row: models.AgentSession) -> AgentSession:
        """An agent whose row is locked, and came with its device and the device's number."""
        user_id = str(row.pk)
        if user_id not in self._agents:
            agent = agent_of(row)
            self._agents[user_id] = _HeldAgent(agent, agent_columns(agent))
        return self._agents[user_id].agent

    # --- saving ---

    def save(self) -> None:
        for held in list(self._calls.values()):
            self._save_call(held)
        for user_id, agent in self._agents.items():
            columns = agent_columns(agent.agent)
            if changed := differing(agent.columns, columns):
                models.AgentSession.objects.filter(pk=UUID(user_id)).update(**changed)
                agent.columns = columns

    def _save_call(self, held: _HeldCall) -> None:
        call = held.call
        if call.is_released:
            del self._calls[call.id]
            if held.columns is not None:
                models.Leg.objects.filter(call_id=call.id).delete()
                models.Call.objects.filter(pk=call.id).delete()
            return
        columns = call_columns(call)
        if held.columns is None:
            models.Call(pk=call.id, **columns).save(force_insert=True)
        elif changed := differing(held.columns, columns):
            models.Call.objects.filter(pk=call.id).update(**changed)
        held.columns = columns
        self._save_legs(held)

    def _save_legs(self, held: _HeldCall) -> None:
        call = held.call
        gone = held.legs.keys() - {leg.id for leg in call.legs}
        if gone:
            models.Leg.objects.filter(pk__in=gone).delete()
        for leg in call.legs:
            columns = leg_columns(leg)
            if leg.id is None:
                self._insert_leg(call, leg, columns)
            elif changed := differing(held.legs[leg.id], columns):
                models.Leg.objects.filter(pk=leg.id).update(**changed)
        held.legs = {leg.id: leg_columns(leg) for leg in call.legs if leg.id is not None}

    def _insert_leg(self, call: Call, leg: Leg, columns: Columns) -> None:
        row = models.Leg(call_id=call.id, contact_center_id=call.contact_center_id, **columns)
        row.save(force_insert=True)
        leg.id = row.pk
