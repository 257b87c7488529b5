"""Supervisors follow what a transaction does to the calls of those whom they monitor.

`Line.save` runs it after the rules and before the rows. A transaction without a monitored device
pays nothing: that a device is monitored comes with the legs of a call.

Who writes a monitoring's row holds the supervisor's agent session, so the row needs no place of its
own in the order of locks. A supervisor who enters a call may have to be locked after the call's
agents: where somebody holds him, that waits for the timer task (`join_waiting`).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from telephony import models
from telephony.columns import Columns, differing
from telephony.switch import monitoring as rules
from telephony.switch.monitoring import Monitoring
from telephony.switch.monitoring_table import MonitoringState, MonitorMode, MonitorScope
from telephony.switch.state import AgentSession, Call
from telephony.switch.tables import LegState, MonitorKind
from telephony.switch.watching import Watch, Watcher

if TYPE_CHECKING:
    from telephony.line import Line

_TALKS = (LegState.ESTABLISHED, LegState.HELD)


@dataclass(slots=True)
class _Held(Watch):
    columns: Columns | None = None


class Following:
    def __init__(self, line: "Line") -> None:
        self._line = line
        self._watcher = Watcher()
        self._held: dict[str, _Held] = {}
        self._looked_for: set[str] = set()

    # --- what the transaction holds ---

    def note(self, call: Call) -> None:
        """A call as it was when it was locked."""
        if any(not leg.is_party for leg in call.legs):
            self._watcher.note(call, at_ms=self._line.at_ms)

    def supervisor_ids(self) -> set[str]:
        """Those who are in the calls held: to be locked with the calls' agents."""
        return self._watcher.supervisor_ids()

    def add(self, monitoring: Monitoring, supervisor: AgentSession) -> None:
        self._held[monitoring.session_id] = _Held(monitoring, supervisor)

    def of_device(self, device_id: str) -> Monitoring | None:
        """The monitoring of a device, locked."""
        self._hold(Q(device=device_id))
        return next((one for one in self._alive() if one.device_id == device_id), None)

    def of_supervisor(self, user_id: str) -> Monitoring | None:
        """The supervisor's own monitoring, locked."""
        self._hold(Q(supervisor=user_id))
        return next((one for one in self._alive() if one.supervisor_id == user_id), None)

    def _alive(self) -> list[Monitoring]:
        return [held.monitoring for held in self._held.values() if not held.monitoring.is_over]

    # --- after the rules ---

    def run(self) -> bool:
        """Put the legs of supervisors right in all calls that are held.

        Gives whether one has left a call: he may enter another one once that is saved.
        """
        if devices := self._concerned():
            self._looked_for |= devices
            self._hold(Q(device__in=devices))
        for agent in self._line.held_agents():
            if rules.is_session_over(agent):
                self._end_session(agent)
        if not self._held:
            return False
        return self._watcher.put_right(
            self._line.held_calls(),
            list(self._held.values()),
            self._line.effects,
            at_ms=self._line.at_ms,
        )

    def _concerned(self) -> set[str]:
        """Devices whose monitoring has to be looked at."""
        devices = self._line.monitored_device_ids | self._watcher.device_ids()
        for call in self._line.held_calls():
            for leg in call.legs:
                # One that came with its call has told whether it is monitored.
                if leg.id is None and leg.device_id and leg.state in _TALKS:
                    devices.add(leg.device_id)
        return devices - self._looked_for

    def _end_session(self, supervisor: AgentSession) -> None:
        monitoring = self.of_supervisor(supervisor.user_id)
        if monitoring is None:
            supervisor.monitoring = None
            return
        call = self._line.held_call(monitoring.call_id) if monitoring.call_id else None
        # A call that is not locked cannot be left: the timer task does it.
        if call is not None or monitoring.call_id is None:
            self._line.apply(
                rules.stop(monitoring, supervisor, call, why="LoggedOut", at_ms=self._line.at_ms)
            )

    # --- rows ---

    def _hold(self, wanted: Q) -> None:
        found = [
            row
            for row in models.Monitoring.objects.filter(wanted).order_by("pk")
            if str(row.pk) not in self._held and row.supervisor_id is not None
        ]
        if not found:
            return
        supervisors = self._lock(sorted({str(row.supervisor_id) for row in found}))
        locked = models.Monitoring.objects.select_for_update(of=("self",)).filter(
            pk__in=[row.pk for row in found]
        )
        for row in locked.order_by("pk"):
            supervisor = supervisors.get(str(row.supervisor_id))
            if supervisor is not None and row.device_id is not None:
                monitoring = monitoring_of(row)
                self._held[monitoring.session_id] = _Held(
                    monitoring, supervisor, _columns(monitoring)
                )

    def _lock(self, user_ids: list[str]) -> dict[str, AgentSession]:
        """Wait for whom the order allows, and for those who are in a call; the others if free."""
        last = max((agent.user_id for agent in self._line.held_agents()), default="")
        inside = self.supervisor_ids()
        may_wait = {user_id for user_id in user_ids if user_id > last or user_id in inside}
        supervisors = self._line.lock_agents(may_wait)
        for user_id in set(user_ids) - may_wait:
            if (agent := self._line.lock_agent_if_free(user_id)) is not None:
                supervisors[user_id] = agent
        return supervisors

    def save(self) -> None:
        for session_id, held in list(self._held.items()):
            columns = _columns(held.monitoring)
            rows = models.Monitoring.objects.filter(pk=UUID(session_id))
            if held.monitoring.is_over:
                if held.columns is not None:
                    rows.delete()
                del self._held[session_id]
                continue
            if held.columns is None:
                models.Monitoring(pk=UUID(session_id), **columns).save(force_insert=True)
            elif changed := differing(held.columns, columns):
                rows.update(**changed)
            held.columns = columns


def monitoring_of(row: models.Monitoring) -> Monitoring:
    """The row must have its device and its supervisor yet."""
    return Monitoring(
        session_id=str(row.pk),
        contact_center_id=str(row.contact_center_id),
        supervisor_id=str(row.supervisor_id),
        supervisor_number=row.supervisor_number,
        agent_id=str(row.agent_id or ""),
        state=MonitoringState(
            kind=MonitorKind(row.kind),
            mode=MonitorMode(row.mode),
            scope=MonitorScope(row.scope),
            device_id=str(row.device_id),
            own_device_id=str(row.supervisor_device_id or ""),
            needs_session=row.needs_session,
        ),
        call_id=row.call_id or None,
        left_call_id=row.left_call_id or None,
    )


def _columns(monitoring: Monitoring) -> Columns:
    state = monitoring.state
    return {
        "contact_center_id": monitoring.contact_center_id,
        "device_id": state.device_id,
        "agent_id": monitoring.agent_id or None,
        "supervisor_id": monitoring.supervisor_id,
        "supervisor_device_id": state.own_device_id or None,
        "supervisor_number": monitoring.supervisor_number,
        "kind": str(state.kind),
        "mode": str(state.mode),
        "scope": str(state.scope),
        "needs_session": state.needs_session,
        "call_id": monitoring.call_id or "",
        "left_call_id": monitoring.left_call_id or "",
    }
