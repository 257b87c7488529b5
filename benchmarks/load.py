"""A generated load: a seeded contact center at work, told in the engine's events.

Calls arrive by chance (Poisson), wait for the longest-idle agent with the queue's skill, ring, are
answered, held now and then, released; callers lose patience, agents miss calls and take breaks.
"""

import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from supervision.statistics.definitions import Definition
from supervision.statistics.engine import Engine
from supervision.statistics.events import SwitchEvent

OPENING_MS = 1_772_440_200_000  # 2026-03-02T08:30:00Z: hours end within the load, no day does.
QUEUES = 20
AGENTS = 200
SKILLS = 10
SKILLS_OF_AN_AGENT = 2

_RING_SECONDS = (2.0, 8.0)
_RING_TIMEOUT_SECONDS = 15.0
_TALK_SECONDS = 150.0
_WRAP_UP_SECONDS = 15.0
_BREAK_SECONDS = 300.0
_PATIENCE_SECONDS = 90.0
_MISSED, _GIVEN_UP_RINGING, _HELD, _BREAK = 0.03, 0.01, 0.1, 0.05
# What an agent is busy with for one call on average, breaks included.
_BUSY_SECONDS = _TALK_SECONDS + _WRAP_UP_SECONDS + 5.0 + _BREAK * _BREAK_SECONDS


@dataclass(slots=True)
class _Call:
    ident: str
    queue: int
    waits: int = 0
    is_waiting: bool = False


class Shift:
    """One shift of a contact center; `run(count)` gives its first events."""

    def __init__(self, *, seed: int = 1, queues: int = QUEUES, agents: int = AGENTS) -> None:
        self.queues, self.agents = range(queues), range(agents)
        self.skills = max(SKILLS, agents // 100)
        self._dice = random.Random(seed)
        self._now = 0.0
        self._events: list[SwitchEvent] = []
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._waiting: list[deque[_Call]] = [deque() for _ in range(self.skills)]
        # By skill, the longest idle first; an agent stands in the line of each of his skills.
        self._idle: list[dict[int, None]] = [{} for _ in range(self.skills)]
        self._arrivals = itertools.count(1)
        # More than they can take, so that callers do wait and give up.
        self._between = _BUSY_SECONDS / agents / 1.05

    def skills_of(self, agent: int) -> list[int]:
        return [(agent + step * 3) % self.skills for step in range(SKILLS_OF_AN_AGENT)]

    def run(self, count: int) -> list[SwitchEvent]:
        """The first events of the shift, in the order of their times."""
        for agent in self.agents:
            self._later(self._dice.uniform(0, 60), self._log_in, agent)
        self._later(0, self._arrive)
        while len(self._events) < count:
            self._now, _, act = heapq.heappop(self._due)
            act()
        return self._events[:count]

    # --- callers ---

    def _arrive(self) -> None:
        self._later(self._dice.expovariate(1 / self._between), self._arrive)
        number = next(self._arrivals)
        call = _Call(f"call-{number}", self._dice.choice(self.queues))
        self._queue(call, {"ANI": f"+1650555{number % 10_000:04}", "DNIS": f"+1800555{call.queue}"})

    def _queue(self, call: _Call, data: dict[str, object] | None = None) -> None:
        call.is_waiting, call.waits = True, call.waits + 1
        self._tell("call_queued", call, type="Inbound", data=data)
        skill = call.queue % self.skills
        if idle := self._idle[skill]:
            self._deliver(call, next(iter(idle)))
            return
        self._waiting[skill].append(call)
        patience = self._dice.expovariate(1 / _PATIENCE_SECONDS)
        self._later(patience, self._lose_patience, call, call.waits)

    def _lose_patience(self, call: _Call, waits: int) -> None:
        if call.is_waiting and call.waits == waits:
            call.is_waiting = False
            self._waiting[call.queue % self.skills].remove(call)
            self._tell("call_abandoned", call)

    # --- agents ---

    def _log_in(self, agent: int) -> None:
        self._tell_of("agent_login", agent, mode="notready")
        self._become_ready(agent)

    def _become_ready(self, agent: int) -> None:
        self._tell_of("agent_ready", agent)
        for skill in self.skills_of(agent):
            self._idle[skill][agent] = None
        waiting = [
            self._waiting[skill][0] for skill in self.skills_of(agent) if self._waiting[skill]
        ]
        if waiting:
            call = min(waiting, key=lambda one: int(one.ident.removeprefix("call-")))
            self._waiting[call.queue % self.skills].popleft()
            self._deliver(call, agent)

    def _deliver(self, call: _Call, agent: int) -> None:
        call.is_waiting = False
        for skill in self.skills_of(agent):
            del self._idle[skill][agent]
        self._tell("call_distributed", call, agent)
        self._tell("call_ringing", call, agent, type="Inbound")
        rings, chance = self._dice.uniform(*_RING_SECONDS), self._dice.random()
        if chance < _MISSED:
            self._later(_RING_TIMEOUT_SECONDS, self._miss, call, agent)
        elif chance < _MISSED + _GIVEN_UP_RINGING:
            self._later(rings, self._give_up_ringing, call, agent)
        else:
            self._later(rings, self._answer, call, agent)

    def _miss(self, call: _Call, agent: int) -> None:
        self._tell("call_ring_cancelled", call, agent)
        self._rest(agent, "Missed")
        self._queue(call)

    def _give_up_ringing(self, call: _Call, agent: int) -> None:
        self._tell("call_ring_abandoned", call, agent)
        self._become_ready(agent)

    def _answer(self, call: _Call, agent: int) -> None:
        self._tell("call_answered", call, agent)
        talk = self._dice.expovariate(1 / _TALK_SECONDS)
        if self._dice.random() < _HELD:
            self._later(talk * 0.3, self._tell, "call_held", call, agent)
            self._later(talk * 0.5, self._tell, "call_retrieved", call, agent)
        self._later(talk, self._release, call, agent)

    def _release(self, call: _Call, agent: int) -> None:
        self._tell("call_released", call, agent)
        self._tell_of("agent_acw", agent)
        wrap_up = self._dice.expovariate(1 / _WRAP_UP_SECONDS)
        if self._dice.random() < _BREAK:
            self._later(wrap_up, self._rest, agent, "Break")
        else:
            self._later(wrap_up, self._become_ready, agent)

    def _rest(self, agent: int, reason: str) -> None:
        self._tell_of("agent_notready", agent, reason=reason)
        self._later(self._dice.expovariate(1 / _BREAK_SECONDS), self._become_ready, agent)

    # --- telling ---

    def _later(self, seconds: float, act: Callable[..., None], *arguments: object) -> None:
        def do() -> None:
            act(*arguments)

        heapq.heappush(self._due, (self._now + seconds, next(self._order), do))

    def _tell(
        self,
        name: str,
        call: _Call,
        agent: int | None = None,
        *,
        type: str | None = None,  # noqa: A002 - the events' own word
        data: dict[str, object] | None = None,
    ) -> None:
        dn = None if agent is None else dn_of(agent)
        self._events.append(
            SwitchEvent(
                self._now_ms(), name, call.ident, queue_of(call.queue), dn, type=type, data=data
            )
        )

    def _tell_of(
        self, name: str, agent: int, *, mode: str | None = None, reason: str | None = None
    ) -> None:
        self._events.append(
            SwitchEvent(
                self._now_ms(),
                name,
                dn=dn_of(agent),
                agent=agent_of(agent),
                mode=mode,
                reason=reason,
            )
        )

    def _now_ms(self) -> int:
        return OPENING_MS + round(self._now * 1000)


def queue_of(number: int) -> str:
    return f"queue-{number}"


def agent_of(number: int) -> str:
    return f"agent-{number}"


def dn_of(number: int) -> str:
    return f"dn-{number}"


def skill_of(number: int) -> str:
    return f"skill-{number}"


def furnished_engine(shift: Shift, definitions: Iterable[Definition]) -> Engine:
    """An engine that knows the shift's queues, skills and agents, before the first event."""
    engine = Engine(definitions, opening=OPENING_MS)
    for skill in range(shift.skills):
        engine.add_skill(skill_of(skill))
    for queue in shift.queues:
        engine.add_queue(queue_of(queue))
        _apply(
            engine, "queue_skill_add", group=skill_of(queue % shift.skills), queue=queue_of(queue)
        )
    for agent in shift.agents:
        engine.add_agent(agent_of(agent))
        for skill in shift.skills_of(agent):
            _apply(engine, "group_add", group=skill_of(skill), agent=agent_of(agent))
    return engine


def _apply(engine: Engine, name: str, **fields: str) -> None:
    engine.apply(SwitchEvent(OPENING_MS, name, **fields))  # type: ignore[arg-type]
