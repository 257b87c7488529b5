import threading
import time

import structlog
from django.db import DatabaseError, close_old_connections

from portal.api.status import ApiError, StatusCode
from portal.events import wakeup
from portal.events.reader import newest_event_id, read_events
from provisioning.models import ContactCenter
from telephony.simulator.agenda import Act, Agenda
from telephony.simulator.agents import SimulatedAgents
from telephony.simulator.callers import SimulatedCallers
from telephony.simulator.plan import Behaviour, Plan
from telephony.simulator.staff import break_modes, find_contact_center, simulated_agents

logger = structlog.get_logger(__name__)

_LONGEST_NAP_SECONDS = 0.25
_RETRY_SECONDS = 2.0
_SEARCH_SECONDS = 5.0
_LEAVING_SECONDS = 6.0
_KINDS = (
    "call.ringing",
    "call.answered",
    "call.abandoned",
    "call.ring_abandoned",
    "call.released",
    "agent.login",
    "agent.logout",
    "agent.ready",
    "agent.notready",
    "agent.acw",
)


class Simulator:
    """People who live in one thread: they read the log to know what happens to them."""

    def __init__(self, plan: Plan | None = None) -> None:
        self._plan = plan or Plan()
        self._agenda = Agenda()
        self._behaviour = Behaviour(self._plan)

    def run(self, stop: threading.Event) -> None:
        """Simulate until `stop` is set or the plan's seconds are over; then everybody leaves."""
        contact_center = find_contact_center(self._plan.contact_center)
        while contact_center is None:
            if stop.wait(_SEARCH_SECONDS):
                return
            contact_center = find_contact_center(self._plan.contact_center)
        self._live(contact_center, stop)

    def _live(self, contact_center: ContactCenter, stop: threading.Event) -> None:
        users = simulated_agents(contact_center, self._plan.agents)
        agents = SimulatedAgents(users, break_modes(contact_center), self._behaviour, self._agenda)
        rate = self._plan.calls_per_second(len(agents))
        callers = SimulatedCallers(contact_center, agents, self._behaviour, self._agenda, rate)
        position = newest_event_id()
        agents.begin()
        callers.begin()
        logger.info(
            "simulating",
            contact_center=contact_center.name,
            agents=len(agents),
            calls_per_hour=round(rate * 3600),
        )
        deadline = time.monotonic() + (self._plan.seconds or float("inf"))
        while not stop.is_set() and time.monotonic() < deadline:
            for recorded in read_events(
                after=position, kinds=_KINDS, contact_center_id=contact_center.pk
            ):
                agents.follow(recorded.event)
                callers.follow(recorded.event)
                position = recorded.id
            for subject, act in self._agenda.due():
                self._act(subject, act)
            close_old_connections()
            wakeup.wait(min(self._agenda.seconds_left(), _LONGEST_NAP_SECONDS))
        self._leave(agents, callers)

    def _act(self, subject: str, act: Act) -> None:
        """Do it, or try again later: what is no longer possible is given up."""
        try:
            act()
        except ApiError as error:
            if error.code is StatusCode.INTERNAL_ERROR:
                self._agenda.plan(subject, _RETRY_SECONDS, act)
        except DatabaseError as error:
            logger.warning("tried in vain", subject=subject, error=str(error))
            self._agenda.plan(subject, _RETRY_SECONDS, act)

    def _leave(self, agents: SimulatedAgents, callers: SimulatedCallers) -> None:
        """Callers first, else they would ring at whoever is left."""
        deadline = time.monotonic() + _LEAVING_SECONDS
        for leave in (*callers.goodbyes(), *agents.goodbyes()):
            if time.monotonic() > deadline:
                logger.warning("some simulated people stay; the next simulator takes them over")
                return
            self._act("", leave)
