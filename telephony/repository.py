"""Live calls and agents: locked, loaded, and saved as the rules left them.

One repository serves one transaction. Rows are locked in this order, each kind by id:
calls (a call's legs go with it), agent sessions, timers. A statement that must not follow the
order (routing: an agent is held, a waiting call is wanted) never waits: it skips what is locked.
So nobody waits in a circle. SQLite has one writer, who has everything.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from portal.events.statements import Prepared, delete, insert, update
from telephony import models
from telephony.columns import (
    Columns,
    agent_columns,
    agent_of,
    call_columns,
    call_of,
    differing,
    leg_columns,
    leg_of,
    position_columns,
)
from telephony.switch.state import AgentSession, Call, Leg
from telephony.switch.tables import LegState


@dataclass(slots=True)
class _HeldCall:
    call: Call
    columns: Columns | None = None
    legs: dict[int, Columns] = field(default_factory=dict)


@dataclass(slots=True)
class _HeldAgent:
    agent: AgentSession
    columns: Columns
    others: list[Columns]


# Comes with the legs, so that calls of agents whom nobody monitors need no query for it.
_IS_MONITORED = Exists(models.Monitoring.objects.filter(device=OuterRef("device")))

_LOCK_CALL = Prepared(
    lambda call_id: models.Call.objects.select_for_update().filter(pk=call_id), str
)
_LEGS = Prepared(
    lambda call_id: (
        models.Leg.objects.filter(call_id=call_id)
        .annotate(is_monitored=_IS_MONITORED)
        .order_by("pk")
    ),
    str,
)


def _lock_rows(call_ids: set[str]) -> Iterable[models.Call]:
    """In the order of locks."""
    if len(call_ids) == 1:
        return _LOCK_CALL(*call_ids)
    return models.Call.objects.select_for_update().filter(pk__in=call_ids).order_by("pk")


def _sessions(*user_ids: UUID) -> QuerySet[models.AgentSession]:
    return (
        models.AgentSession.objects.select_for_update(of=("self",))
        .select_related("device__phone_number")
        .filter(pk__in=user_ids)
        .order_by("pk")
    )


_LOCK_SESSION = Prepared(_sessions, UUID)
_LOCK_TWO_SESSIONS = Prepared(_sessions, UUID, UUID)


def _lock_sessions(user_ids: set[str]) -> Iterable[models.AgentSession]:
    """In the order of locks. A call has one agent, seldom two, and hardly ever more."""
    match [UUID(user_id) for user_id in user_ids]:
        case [one]:
            return _LOCK_SESSION(one)
        case [one, two]:
            return _LOCK_TWO_SESSIONS(one, two)
        case more:
            return _sessions(*more)


class Repository:
    """What one transaction holds. Whoever changes it calls `save` before asking the database."""

    def __init__(self) -> None:
        self._calls: dict[str, _HeldCall] = {}
        self._agents: dict[str, _HeldAgent] = {}
        self.monitored_device_ids: set[str] = set()
        # As `look_around` found them: all legs at a device, and calls there that are not held.
        self.legs_at_device: dict[str, list[Leg]] = {}
        self.calls_beside: dict[str, set[str]] = {}

    def lock_call(self, call_id: str) -> Call | None:
        if call_id not in self._calls:
            row = _LOCK_CALL.first(call_id)
            return self.hold_call(row) if row else None
        return self._calls[call_id].call

    def lock_calls(self, call_ids: Iterable[str]) -> dict[str, Call]:
        """Those of the calls that are not over."""
        wanted = set(call_ids)
        if missing := wanted - self._calls.keys():
            for row in _lock_rows(missing):
                self.hold_call(row)
        return {call_id: held.call for call_id, held in self._calls.items() if call_id in wanted}

    def look_around(self) -> None:
        """Let each leg know what else its device has (`Leg.beside`).

        For whoever holds the agents of all calls held: their counts say whether there is more, so
        that those who have one call cost no query.
        """
        counts: Counter[str] = Counter()
        at_device: dict[str, list[Leg]] = defaultdict(list)
        for held in self._calls.values():
            for leg in held.call.legs:
                if leg.device_id is not None:
                    at_device[leg.device_id].append(leg)
                if leg.user_id is not None:
                    counts[leg.user_id] += 1
        has_more = [
            user_id
            for user_id, agent in self._agents.items()
            if agent.agent.leg_count > counts[user_id]
        ]
        self.calls_beside = {}
        if has_more:
            rows = models.Leg.objects.filter(user_id__in=has_more).exclude(call_id__in=self._calls)
            for row in rows.order_by("pk"):
                at_device[str(row.device_id)].append(leg_of(row))
                self.calls_beside.setdefault(str(row.device_id), set()).add(row.call_id)
        self.legs_at_device = at_device
        for legs in at_device.values():
            for leg in legs:
                leg.beside = legs

    def held_call(self, call_id: str) -> Call | None:
        """The call, if this transaction holds it already."""
        held = self._calls.get(call_id)
        return held.call if held else None

    def held_calls(self) -> list[Call]:
        return [held.call for held in self._calls.values()]

    def held_agents(self) -> list[AgentSession]:
        return [held.agent for held in self._agents.values()]

    def lock_people(
        self, user_ids: Iterable[str], *, contact_center_id: str
    ) -> dict[str, AgentSession]:
        """The agents, made where there are none: whoever has a leg has a row that counts it."""
        wanted = set(user_ids)
        unknown = sorted(wanted - self._agents.keys())
        found = models.AgentSession.objects.filter(pk__among=[UUID(one) for one in unknown])
        known = {str(pk) for pk in found.values_list("pk", flat=True)}
        # Made before any is locked: locks are taken in their order.
        made = [
            models.AgentSession(user_id=user_id, contact_center_id=contact_center_id)
            for user_id in unknown
            if user_id not in known
        ]
        if made:
            models.AgentSession.objects.bulk_create(made, ignore_conflicts=True)
        return self.lock_agents(wanted)

    def lock_agent_if_free(self, user_id: str) -> AgentSession | None:
        """For whoever holds agents that come later in the order: None where he would have to wait.

        Also None where there is no such agent.
        """
        if user_id in self._agents:
            return self._agents[user_id].agent
        row = (
            models.AgentSession.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("device__phone_number")
            .filter(pk=user_id)
            .first()
        )
        return self.hold_agent(row) if row else None

    def lock_agent(self, user_id: str) -> AgentSession | None:
        return self.lock_agents([user_id]).get(user_id)

    def lock_agents(self, user_ids: Iterable[str]) -> dict[str, AgentSession]:
        wanted = set(user_ids)
        if missing := wanted - self._agents.keys():
            for row in _lock_sessions(missing):
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
        legs = _LEGS(row.pk)
        self.monitored_device_ids |= {str(leg.device_id) for leg in legs if leg.is_monitored}
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
            agent = agent_of(row, _others(row))
            others = [position_columns(position) for position in agent.others]
            self._agents[user_id] = _HeldAgent(agent, agent_columns(agent), others)
        return self._agents[user_id].agent

    # --- saving ---

    def save(self) -> None:
        calls = list(self._calls.values())
        for held in calls:
            self._delete_legs(held)
        for held in calls:
            self._save_call(held)
        # A device has one established leg: what was one before goes first.
        for established in (False, True):
            for held in calls:
                self._save_legs(held, established=established)
        for user_id, agent in self._agents.items():
            columns = agent_columns(agent.agent)
            if changed := differing(agent.columns, columns):
                update(models.AgentSession, user_id, changed)
                agent.columns = columns
            if agent.others or agent.agent.others:
                self._save_others(agent)

    def _save_others(self, held: _HeldAgent) -> None:
        agent = held.agent
        others = [position_columns(position) for position in agent.others]
        if others == held.others:
            return
        models.OtherDevice.objects.filter(session_id=UUID(agent.user_id)).delete()
        models.OtherDevice.objects.bulk_create(
            models.OtherDevice(
                session_id=agent.user_id, contact_center_id=agent.contact_center_id, **columns
            )
            for columns in others
        )
        held.others = others

    def _delete_legs(self, held: _HeldCall) -> None:
        if held.call.is_released:
            if held.columns is not None:
                delete(models.Leg, held.call.id, by="call_id")
            return
        gone = held.legs.keys() - {leg.id for leg in held.call.legs}
        if gone:
            models.Leg.objects.filter(pk__in=gone).delete()

    def _save_call(self, held: _HeldCall) -> None:
        call = held.call
        if call.is_released:
            del self._calls[call.id]
            if held.columns is not None:
                delete(models.Call, call.id)
            return
        columns = call_columns(call)
        if held.columns is None:
            insert(models.Call, [{"id": call.id, **columns}])
        elif changed := differing(held.columns, columns):
            update(models.Call, call.id, changed)
        held.columns = columns

    def _save_legs(self, held: _HeldCall, *, established: bool) -> None:
        call = held.call
        for leg in call.legs:
            if (leg.state is LegState.ESTABLISHED) is not established:
                continue
            columns = leg_columns(leg)
            if leg.id is None:
                self._insert_leg(call, leg, columns)
            elif changed := differing(held.legs[leg.id], columns):
                update(models.Leg, leg.id, changed)
        if established:
            held.legs = {leg.id: leg_columns(leg) for leg in call.legs if leg.id is not None}

    def _insert_leg(self, call: Call, leg: Leg, columns: Columns) -> None:
        own = {"call_id": call.id, "contact_center_id": call.contact_center_id}
        [leg.id] = insert(models.Leg, [own | columns])


def _others(row: models.AgentSession) -> list[models.OtherDevice]:
    if not row.other_count:
        return []
    found = models.OtherDevice.objects.select_related("device__phone_number")
    return list(found.filter(session=row).order_by("pk"))
