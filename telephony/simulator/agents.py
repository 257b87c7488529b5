"""Simulated agents: what each does next follows from what the log says of him."""

from functools import partial

from portal.events.log import Event
from provisioning.models import Queue, User
from telephony import events
from telephony.columns import mode_of_row
from telephony.models import AgentSession, Leg
from telephony.modes import READY
from telephony.services import agents, calls, conversations, dialing
from telephony.services.outside_parties import set_outside_party
from telephony.simulator.agenda import Act, Agenda
from telephony.simulator.plan import Behaviour
from telephony.switch.state import INACTIVE, Mode
from telephony.switch.tables import AFTER_CALL_WORK, CallType, LegState, Presence


class SimulatedAgents:
    def __init__(
        self, users: list[User], breaks: list[Mode], behaviour: Behaviour, agenda: Agenda
    ) -> None:
        self._users = {str(user.pk): user for user in users}
        self._breaks = breaks
        self._behaviour = behaviour
        self._agenda = agenda
        queues = Queue.objects.filter(
            contact_center__in={user.contact_center_id for user in users}, channel="voice"
        )
        numbers = queues.order_by("name").values_list("phone_number__number", flat=True)
        self._queue_numbers = list(numbers)

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
        for user, _ in self._own_calls():
            self._hang_up_later(user)

    def follow(self, event: Event) -> None:
        match event:
            case events.CallRinging(user_id=str(user_id), call_id=call_id):
                self._hear(user_id, call_id)
            case events.CallAnswered(user_id=str(user_id), call_id=call_id):
                self._converse(user_id, call_id)
            case events.CallReleased(user_id=str(user_id)):
                self._agenda.forget(f"talk of {user_id}")
            case events.AgentLogin() | events.AgentLogout():
                self._follow_state(event.user_id, event.user_state)
            case events.AgentReady() | events.AgentNotReady() | events.AgentAfterCallWork():
                self._follow_state(event.user_id, event.user_state)

    def end_talk(self, user_id: str, call_id: str) -> bool:
        """Whether it is a simulated agent who now hangs up."""
        user = self._users.get(user_id)
        return user is not None and calls.hangup(user=user, call_id=call_id)

    def goodbyes(self) -> list[Act]:
        """Those whom they called themselves first: nobody else would end these calls."""
        own = self._own_calls()
        hang_up = [partial(calls.hangup, user=user, call_id=call_id) for user, call_id in own]
        leave = [partial(agents.end_session, user=user) for user in self._users.values()]
        return [*hang_up, *leave]

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
        act: Act
        if presence == Presence.INACTIVE:
            seconds, act = behaviour.settling(), lambda: agents.start_session(user=user)
        elif presence == Presence.READY:
            seconds, act = self._from_ready(user)
        else:
            seconds, act = (
                self._until_ready(work_mode),
                lambda: agents.set_agent_state(user=user, mode=READY),
            )
        self._agenda.plan(f"agent {user_id}", seconds, act)

    def _from_ready(self, user: User) -> tuple[float, Act]:
        """He takes a break or calls somebody, whichever comes first."""
        calling = self._behaviour.until_calling_out()
        if not self._breaks:
            return calling, partial(self._call_out, user)
        mode, pause = self._behaviour.one_of(self._breaks), self._behaviour.until_break()
        if calling < pause:
            return calling, partial(self._call_out, user)
        return pause, partial(agents.set_agent_state, user=user, mode=mode)

    def _call_out(self, user: User) -> None:
        """To somebody who answers after a while; the agent hangs up."""
        subject = f"agent {user.pk}"
        seconds, act = self._from_ready(user)
        self._agenda.plan(subject, seconds, act)
        device = user.devices.select_related("phone_number", "contact_center", "user").first()
        if device is None or Leg.objects.filter(user=user).exists():
            return
        number, rings = self._behaviour.caller_number(), self._behaviour.until_outside_answers()
        set_outside_party(
            contact_center=device.contact_center,
            number=number,
            answers_after_ms=int(rings * 1000),
        )
        if dialing.dial(device=device, number=number):
            self._hang_up_later(user, rings)

    def _hang_up_later(self, user: User, rings: float = 0.0) -> None:
        def hang_up() -> None:
            for owner, call_id in self._own_calls():
                if owner == user:
                    calls.hangup(user=user, call_id=call_id)

        self._agenda.plan(f"call of {user.pk}", rings + self._behaviour.talk(), hang_up)

    def _own_calls(self) -> list[tuple[User, str]]:
        """The calls that simulated agents have made, with those who have."""
        legs = Leg.objects.filter(user__in=list(self._users), call__type=CallType.OUTBOUND)
        return [(self._users[str(leg.user_id)], leg.call_id) for leg in legs.order_by("pk")]

    def _converse(self, user_id: str, call_id: str) -> None:
        """What an agent does in a talk besides talking: now and then hold, seldom a transfer."""
        user = self._users.get(user_id)
        if user is None:
            return
        on_hold, transfer = self._behaviour.until_hold(), self._behaviour.until_transfer()
        subject = f"talk of {user_id}"
        if transfer is not None and self._queue_numbers:
            number = self._behaviour.one_of(self._queue_numbers)
            act = partial(
                conversations.single_step_transfer, user=user, call_id=call_id, number=number
            )
            self._agenda.plan(subject, transfer, act)
        elif on_hold is not None:
            self._agenda.plan(subject, on_hold, partial(self._hold, user, call_id))

    def _hold(self, user: User, call_id: str) -> None:
        if calls.hold(user=user, call_id=call_id):
            retrieve = partial(calls.retrieve, user=user, call_id=call_id)
            self._agenda.plan(f"talk of {user.pk}", self._behaviour.on_hold(), retrieve)

    def _until_ready(self, work_mode: str) -> float:
        if work_mode == AFTER_CALL_WORK:
            return self._behaviour.wrap_up()
        return self._behaviour.pause() if work_mode else self._behaviour.settling()
