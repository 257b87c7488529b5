"""Simulated agents: what each does next follows from what the log says of him."""

from functools import partial

from portal.events.log import Event
from provisioning.models import User
from telephony import events
from telephony.columns import mode_of_row
from telephony.models import AgentSession, Leg
from telephony.modes import READY
from telephony.services import agents, calls
from telephony.simulator.agenda import Act, Agenda
from telephony.simulator.plan import Behaviour
from telephony.switch.state import INACTIVE, Mode
from telephony.switch.tables import AFTER_CALL_WORK, LegState, Presence


class SimulatedAgents:
    def __init__(
        self, users: list[User], breaks: list[Mode], behaviour: Behaviour, agenda: Agenda
    ) -> None:
        self._users = {str(user.pk): user for user in users}
        self._breaks = breaks
        self._behaviour = behaviour
        self._agenda = agenda

    def __len__(self) -> int:
        return len(self._users)

    def begin(self) -> None:
        """Go on from the state that each agent is in."""
        sessions = AgentSession.objects.filter(pk__in=list(self._users))
        modes = {str(session.pk): mode_of_row(session) for session in sessions}
        for user_id in self._users:
            mode = modes.get(user_id, INACTIVE)
            self._next(user_id, str(mode.presence), mode.work_mode)
        for leg in Leg.objects.filter(user__in=list(self._users), state=LegState.RINGING):
            self._hear(str(leg.user_id), leg.call_id)

    def follow(self, event: Event) -> None:
        match event:
            case events.CallRinging(user_id=str(user_id), call_id=call_id):
                self._hear(user_id, call_id)
            case events.AgentLogin() | events.AgentLogout():
                self._follow_state(event.user_id, event.user_state)
            case events.AgentReady() | events.AgentNotReady() | events.AgentAfterCallWork():
                self._follow_state(event.user_id, event.user_state)

    def end_talk(self, user_id: str, call_id: str) -> bool:
        """Whether it is a simulated agent who now hangs up."""
        user = self._users.get(user_id)
        return user is not None and calls.hangup(user=user, call_id=call_id)

    def goodbyes(self) -> list[Act]:
        return [partial(agents.end_session, user=user) for user in self._users.values()]

    def _hear(self, user_id: str, call_id: str) -> None:
        user, seconds = self._users.get(user_id), self._behaviour.until_answer()
        if user is not None and seconds is not None:
            self._agenda.plan(
                f"phone {user_id}", seconds, lambda: calls.answer(user=user, call_id=call_id)
            )

    def _follow_state(self, user_id: str | None, state: dict[str, str] | None) -> None:
        if user_id in self._users:
            known = state or {}
            self._next(user_id, known.get("state", Presence.INACTIVE), known.get("workMode", ""))

    def _next(self, user_id: str, presence: str, work_mode: str) -> None:
        """Plan what an agent in this state does in a while; it replaces what he had planned."""
        user, behaviour = self._users[user_id], self._behaviour
        if presence == Presence.INACTIVE:
            seconds, act = behaviour.settling(), lambda: agents.start_session(user=user)
        elif presence == Presence.READY and self._breaks:
            mode = behaviour.one_of(self._breaks)
            seconds, act = (
                behaviour.until_break(),
                lambda: agents.set_agent_state(user=user, mode=mode),
            )
        else:
            seconds, act = (
                self._until_ready(work_mode),
                lambda: agents.set_agent_state(user=user, mode=READY),
            )
        self._agenda.plan(f"agent {user_id}", seconds, act)

    def _until_ready(self, work_mode: str) -> float:
        if work_mode == AFTER_CALL_WORK:
            return self._behaviour.wrap_up()
        return self._behaviour.pause() if work_mode else self._behaviour.settling()
