"""Simulated callers: they arrive, wait as long as they can bear, talk, and hang up."""

from functools import partial

from portal.events.log import Event
from provisioning.models import ContactCenter, Queue
from telephony import events
from telephony.models import Call, Leg
from telephony.services import calls
from telephony.simulator.agenda import Act, Agenda
from telephony.simulator.agents import SimulatedAgents
from telephony.simulator.plan import Behaviour, is_simulated_number
from telephony.switch.tables import LegState


class SimulatedCallers:
    def __init__(
        self,
        contact_center: ContactCenter,
        agents: SimulatedAgents,
        behaviour: Behaviour,
        agenda: Agenda,
        calls_per_second: float,
    ) -> None:
        self._contact_center = contact_center
        self._agents = agents
        self._behaviour = behaviour
        self._agenda = agenda
        self._calls_per_second = calls_per_second
        self._queues = list(
            Queue.objects.filter(contact_center=contact_center, channel="voice")
            .select_related("phone_number")
            .order_by("name")
        )
        self._call_ids: set[str] = set()

    def begin(self) -> None:
        """Take over the callers of a simulator that was killed, then let new ones arrive."""
        talking = dict(
            Leg.objects.filter(
                contact_center=self._contact_center,
                device__isnull=False,
                state=LegState.ESTABLISHED,
            ).values_list("call_id", "user_id")
        )
        live = Call.objects.filter(contact_center=self._contact_center).order_by("pk")
        for call_id, ani in live.values_list("pk", "ani"):
            if not is_simulated_number(ani):
                continue
            self._call_ids.add(call_id)
            if call_id in talking:
                self._talk(call_id, str(talking[call_id]))
            else:
                self._bear(call_id)
        if self._queues and self._calls_per_second > 0:
            self._expect_next()

    def follow(self, event: Event) -> None:
        match event:
            case events.CallAnswered(call_id=call_id) if call_id in self._call_ids:
                self._talk(call_id, str(event.user_id))
            case (
                events.CallReleased(call_id=call_id)
                | events.CallAbandoned(call_id=call_id)
                | events.CallRingAbandoned(call_id=call_id)
            ) if call_id in self._call_ids and not Call.objects.filter(pk=call_id).exists():
                self._call_ids.discard(call_id)
                self._agenda.forget(f"call {call_id}")

    def goodbyes(self) -> list[Act]:
        return [partial(calls.abandon, call_id=call_id) for call_id in sorted(self._call_ids)]

    def _expect_next(self) -> None:
        seconds = self._behaviour.until_next_call(self._calls_per_second)
        self._agenda.plan("next caller", seconds, self._arrive)

    def _arrive(self) -> None:
        self._expect_next()
        call_id = calls.enter_queue(
            contact_center=self._contact_center,
            queue=self._behaviour.one_of(self._queues),
            ani=self._behaviour.caller_number(),
            limit_seconds=self._behaviour.longest_call(),
        )
        self._call_ids.add(call_id)
        self._bear(call_id)

    def _bear(self, call_id: str) -> None:
        self._agenda.plan(
            f"call {call_id}",
            self._behaviour.patience(),
            lambda: calls.abandon(call_id=call_id),
        )

    def _talk(self, call_id: str, user_id: str) -> None:
        is_agent_first = self._behaviour.is_agent_first()

        def end() -> None:
            if not (is_agent_first and self._agents.end_talk(user_id, call_id)):
                calls.abandon(call_id=call_id)

        self._agenda.plan(f"call {call_id}", self._behaviour.talk(), end)
