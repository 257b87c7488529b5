"""The engine against keyed counters of the same statistics: in bytewax, and in Redis.

Which statistics of which objects an event moves is taken from the engine beforehand, so the peers
are spared finding it out: they name each counter and add one to it. They keep no windows, no
running times, no statuses.
"""

import itertools
import os
from collections.abc import Iterator, Sequence

import redis
from bytewax import operators
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, TestingSource, run_main

from benchmarks.dozen import definitions
from benchmarks.load import Shift, furnished_engine
from benchmarks.measure import Row, Size, Timed, compare, timed
from supervision.statistics.engine import Engine
from supervision.statistics.events import SwitchEvent
from tests.stores import REDIS_URL

Events = Sequence[SwitchEvent]
# Type, id and name of each statistic that each event moves.
Moves = list[list[tuple[str, str, str]]]
_EVENTS_OF_A_PIPELINE = 100


def compare_with_peers(size: Size) -> Iterator[Row]:
    """200 queues, 2,000 agents, 20 skills at full size, and a million events of their work."""
    scale = max(1, size.load // 100_000)
    shift = Shift(queues=20 * scale, agents=200 * scale)
    events = shift.run(size.load)
    moves = _moves(shift, events[-size.slice :], events[: -size.slice])
    values = sum(len(_names(shift, kind)) for kind in ("QUEUE", "AGENT", "SKILL_Q", "SKILL_AG"))
    note = f"{values:,} values, {size.load:,} events"
    ours = _engine(shift, events, size.slice)
    yield Row(
        "statistics-bytewax",
        "event",
        compare(ours, _bytewax(moves), repetitions=size.repetitions),
        f"{note} / bytewax adding to the same counters",
    )
    if (store := _redis()) is not None:
        with store:
            ours = _engine(shift, events, size.slice)
            yield Row(
                "statistics-redis",
                "event",
                compare(ours, _pipelines(store, moves), repetitions=size.repetitions),
                f"{note} / Redis adding to the same counters in pipelines of"
                f" {_EVENTS_OF_A_PIPELINE} events",
            )


def _names(shift: Shift, kind: str) -> list[str]:
    objects = {
        "QUEUE": len(shift.queues),
        "AGENT": len(shift.agents),
        "SKILL_Q": shift.skills,
        "SKILL_AG": shift.skills,
    }
    return [one.name for one in definitions() if one.object_type == kind] * objects[kind]


def _engine(shift: Shift, events: Events, length: int) -> Timed:
    """Parts of the second half of the load, one after the other."""
    engine = furnished_engine(shift, definitions())
    half = len(events) // 2
    _apply(engine, events[:half])
    begins = itertools.chain(range(half, len(events) - length + 1, length))

    def timed_part() -> float:
        begin = next(begins)
        return timed(lambda: _apply(engine, events[begin : begin + length]), units=length)

    return timed_part


def _apply(engine: Engine, events: Events) -> None:
    for event in events:
        engine.apply(event)


def _moves(shift: Shift, events: Events, before: Events) -> Moves:
    """For each event the statistics that it touches, of whatever objects."""
    engine = furnished_engine(shift, definitions())
    _apply(engine, before)
    engine.touched()
    moves = []
    for event in events:
        engine.apply(event)
        moves.append(engine.touched())
    return moves


def _bytewax(moves: Moves) -> Timed:
    def run() -> None:
        counted: list[tuple[str, int]] = []
        flow = Dataflow("counters")
        events = operators.input("events", flow, TestingSource(moves, batch_size=1000))
        keyed = operators.flat_map("keyed", events, _keyed)
        sums = operators.stateful_map("sums", keyed, _add)
        last = operators.filter("none", sums, lambda _: False)
        operators.output("out", last, TestingSink(counted))
        run_main(flow)  # type: ignore[no-untyped-call]

    return lambda: timed(run, units=len(moves))


def _keyed(moved: list[tuple[str, str, str]]) -> list[tuple[str, int]]:
    return [(f"{kind}/{ident}/{name}", 1) for kind, ident, name in moved]


def _add(count: int | None, more: int) -> tuple[int, int]:
    total = (count or 0) + more
    return total, total


def _redis() -> "redis.Redis | None":
    store = redis.Redis.from_url(REDIS_URL)
    try:
        store.ping()
    except redis.RedisError:
        return None
    return store


def _pipelines(store: "redis.Redis", moves: Moves) -> Timed:
    key = f"portal-benchmark-{os.getpid()}"

    def run() -> None:
        try:
            for first in range(0, len(moves), _EVENTS_OF_A_PIPELINE):
                with store.pipeline(transaction=False) as pipeline:
                    for moved in moves[first : first + _EVENTS_OF_A_PIPELINE]:
                        for one, more in _keyed(moved):
                            pipeline.hincrby(key, one, more)
                    pipeline.execute()
        finally:
            store.delete(key)

    # Its client's own work alone: what the server does besides is not counted against it.
    return lambda: timed(run, units=len(moves))
