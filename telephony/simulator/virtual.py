"""A day of one queue without clock or database: the switch's own rules, event by event.

Callers arrive by chance, wait as long as their patience lasts, talk, and hang up; every draw is
exponential, as the formulas of `telephony.simulator.erlang` suppose. What happens to a call is
decided by `telephony.switch` alone, by the functions that the line applies to rows. Agents answer
at once: ringing would be service that the formulas do not know.
"""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass

from telephony.simulator.erlang import Load
from telephony.switch import agents as agent_rules
from telephony.switch import queueing, talking
from telephony.switch.effects import Effect, StartTimer, StopTimer, TimerKind
from telephony.switch.state import AgentSession, Call, Mode
from telephony.switch.tables import Presence

_QUEUE = "queue"
_CENTER = "center"
_RING_TIMEOUT_MS = 15_000
_READY = Mode(presence=Presence.READY, display_name="Ready")


@dataclass(slots=True)
class Fate:
    """What became of one call; `arrived` in seconds since the simulation began.

    `busy_seconds` is how long agents talked, all of them together, since the arrival before it.
    """

    arrived: float
    busy_seconds: float
    waited: float = 0.0
    is_served: bool = False

    @property
    def had_to_wait(self) -> bool:
        return self.waited > 0 or not self.is_served


class VirtualLine:
    """One queue and its agents in memory; applies the rules, keeps their timers, routes."""

    def __init__(self, agents: int) -> None:
        self.agents = {
            f"agent {number:05}": AgentSession(
                user_id=f"agent {number:05}", contact_center_id=_CENTER
            )
            for number in range(agents)
        }
        self.calls: dict[str, Call] = {}
        self.timers: dict[tuple[TimerKind, str], int] = {}
        self._waiting: list[tuple[tuple[int, int, str], Call]] = []
        for name, agent in self.agents.items():
            agent_rules.start_session(
                agent,
                device_id=f"phone of {name}",
                number="5000",
                answers_on_request=True,
                mode=_READY,
                at_ms=0,
            )

    def enter(self, call: Call, *, at_ms: int) -> Call | None:
        """The call enters the queue; the call that rings now, if any does."""
        self.calls[call.id] = call
        self._apply(queueing.enter_queue(call, _QUEUE, at_ms=at_ms))
        heapq.heappush(self._waiting, (queueing.waiting_order(call), call))
        return self.route(at_ms=at_ms)

    def route(self, *, at_ms: int) -> Call | None:
        """Deliver the first waiting call, if somebody can take it."""
        while self._waiting and not self._waiting[0][1].is_deliverable:
            heapq.heappop(self._waiting)
        if not self._waiting:
            return None
        call = self._waiting[0][1]
        agent = queueing.choose_agent(
            call, self.agents.values(), levels={}, required={}, at_ms=at_ms
        )
        if agent is None:
            return None
        heapq.heappop(self._waiting)
        self._apply(queueing.distribute(call, agent, ring_timeout_ms=_RING_TIMEOUT_MS, at_ms=at_ms))
        return call

    def answer(self, call: Call, *, at_ms: int) -> None:
        if (leg := call.ringing_leg) is None:
            raise ValueError("The call does not ring.")
        self._apply(talking.answer(call, leg, at_ms=at_ms))

    def hang_up(self, call: Call, *, at_ms: int) -> None:
        """The agent ends the talk."""
        leg = next(leg for leg in call.party_legs if not leg.is_outside)
        self._apply(talking.hang_up(call, leg, self.agents, wrap_up=None, at_ms=at_ms))
        del self.calls[call.id]

    def give_up(self, call: Call, *, at_ms: int) -> None:
        """The caller hangs up."""
        self._apply(talking.caller_hangs_up(call, self.agents, wrap_up=None, at_ms=at_ms))
        del self.calls[call.id]

    def _apply(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, StartTimer):
                self.timers[effect.kind, effect.target] = effect.due_at_ms
            elif isinstance(effect, StopTimer):
                self.timers.pop((effect.kind, effect.target), None)


class VirtualDay:
    """So many calls of one load, from the first arrival until the last is over."""

    def __init__(self, load: Load, *, calls: int, seed: int | None = None) -> None:
        self.fates: list[Fate] = []
        self._load = load
        self._expected = calls
        self._draw = random.Random(seed)  # noqa: S311
        self._line = VirtualLine(load.agents)
        self._now = 0.0
        self._busy = 0
        self._busy_seconds = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def run(self) -> list[Fate]:
        """The calls' fates in the order of their arrival."""
        self._later(self._exponential(1 / self._load.arrivals_per_second), self._arrive)
        while self._due:
            moment, _, act = heapq.heappop(self._due)
            self._busy_seconds += self._busy * (moment - self._now)
            self._now = moment
            act()
        if self._line.calls or self._line.timers:
            raise RuntimeError("Something is left on the line.")
        return self.fates

    @property
    def _at_ms(self) -> int:
        return int(self._now * 1000)

    def _arrive(self) -> None:
        number = len(self.fates)
        fate = Fate(self._now, self._busy_seconds)
        self._busy_seconds = 0.0
        self.fates.append(fate)
        if number + 1 < self._expected:
            self._later(self._exponential(1 / self._load.arrivals_per_second), self._arrive)
        call = queueing.inbound_call(
            call_id=f"{number:016x}",
            uuid=f"{number:032X}",
            contact_center_id=_CENTER,
            ani="+16505550100",
            dnis="9000",
            user_data={},
            at_ms=self._at_ms,
        )
        if self._load.mean_patience_seconds is not None:
            patience = self._exponential(self._load.mean_patience_seconds)
            self._later(patience, lambda: self._lose_patience(call, fate))
        self._serve(self._line.enter(call, at_ms=self._at_ms))

    def _serve(self, call: Call | None) -> None:
        """The agent answers at once, and the talk has its end."""
        if call is None:
            return
        self._line.answer(call, at_ms=self._at_ms)
        fate = self.fates[int(call.id, 16)]
        fate.waited, fate.is_served = self._now - fate.arrived, True
        self._busy += 1
        self._later(self._exponential(self._load.mean_service_seconds), lambda: self._end(call))

    def _end(self, call: Call) -> None:
        self._line.hang_up(call, at_ms=self._at_ms)
        self._busy -= 1
        self._serve(self._line.route(at_ms=self._at_ms))

    def _lose_patience(self, call: Call, fate: Fate) -> None:
        if call.is_waiting:
            fate.waited = self._now - fate.arrived
            self._line.give_up(call, at_ms=self._at_ms)

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self._now + seconds, next(self._order), act))

    def _exponential(self, mean: float) -> float:
        return self._draw.expovariate(1 / mean)
