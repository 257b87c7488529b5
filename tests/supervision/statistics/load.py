"""How many events a second the engine takes: ``python -m tests.supervision.statistics.load``.

200 queues, 2,000 agents with three of 20 skills each, the shipped definitions, a busy hour of
calls. Events are made beforehand; only ``apply`` is timed (CPU time), then the notification ticks.
"""

import heapq
import sys
import time
from pathlib import Path

from supervision.statistics.definitions import load_definitions
from supervision.statistics.engine import Engine
from supervision.statistics.events import SwitchEvent
from tests.supervision.statistics.streams import OPENING, lot_of

SHIPPED = Path(__file__).parents[3] / "supervision" / "statistics.yaml"


def populated(queues=200, agents=2000, skills=20):
    engine = Engine(load_definitions(SHIPPED), opening=OPENING)
    lot = lot_of(1)
    for number in range(skills):
        engine.add_skill(f"s{number}")
    for number in range(queues):
        engine.add_queue(f"q{number}")
        join = SwitchEvent(
            OPENING, "queue_skill_add", queue=f"q{number}", group=f"s{number % skills}"
        )
        engine.apply(join)
    for number in range(agents):
        engine.add_agent(f"a{number}")
        for skill in lot.sample(range(skills), 3):
            engine.apply(SwitchEvent(OPENING, "group_add", agent=f"a{number}", group=f"s{skill}"))
    return engine


def busy_log(calls, queues=200, agents=2000):
    """Logins, then calls of nine events each, interleaved in time."""
    lot = lot_of(2)
    log = []
    for number in range(agents):
        at = OPENING + 1000 + number
        log.append(SwitchEvent(at, "agent_login", agent=f"a{number}", dn=f"d{number}"))
        log.append(SwitchEvent(at, "agent_ready", dn=f"d{number}"))
    free = [(OPENING + 10_000 + lot.randrange(60_000), number) for number in range(agents)]
    heapq.heapify(free)
    for number in range(calls):
        at, agent = heapq.heappop(free)
        call, dn, queue = f"c{number}", f"d{agent}", f"q{lot.randrange(queues)}"
        ring = at + lot.randrange(1000, 10_000)
        talk = ring + lot.randrange(2000, 15_000)
        done = talk + lot.randrange(30_000, 300_000)
        wrap = done + lot.randrange(5_000, 30_000)
        log += [
            SwitchEvent(at, "call_queued", call=call, queue=queue),
            SwitchEvent(ring, "call_distributed", call=call),
            SwitchEvent(ring, "call_ringing", call=call, dn=dn),
            SwitchEvent(talk, "call_answered", call=call, dn=dn),
            SwitchEvent(talk + 10_000, "call_held", call=call, dn=dn),
            SwitchEvent(talk + 20_000, "call_retrieved", call=call, dn=dn),
            SwitchEvent(done, "call_released", call=call, dn=dn),
            SwitchEvent(done, "agent_acw", dn=dn),
            SwitchEvent(wrap, "agent_ready", dn=dn),
        ]
        heapq.heappush(free, (wrap + 1000, agent))
    return sorted(log, key=lambda event: event.time_ms)


def main():
    engine, log = populated(), busy_log(20_000)
    began = time.process_time()
    for event in log:
        engine.apply(event)
    taken = time.process_time() - began
    sys.stdout.write(f"{len(log)} events, {len(log) / taken:,.0f} events/s\n")
    sys.stdout.write(f"{engine.ignored} ignored\n")
    at_ms = log[-1].time_ms
    for _ in range(3):
        at_ms += 10_000
        began = time.process_time()
        changes = engine.evaluate(at_ms)
        taken = time.process_time() - began
        sys.stdout.write(f"tick: {len(changes)} changes in {taken * 1000:.0f} ms\n")


if __name__ == "__main__":
    main()
