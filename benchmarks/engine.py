"""The statistics engine alone against recomputing by SQL, on one generated load."""

from collections.abc import Callable, Iterator, Sequence

from benchmarks.load import Shift, furnished_engine, queue_of
from benchmarks.measure import Row, Size, Timed, compare, timed
from benchmarks.recompute import NAMES, TOUCHING, Waits
from supervision.definitions import file_definitions
from supervision.statistics.engine import Engine
from supervision.statistics.events import SwitchEvent

Events = Sequence[SwitchEvent]


def compare_with_sql(size: Size) -> Iterator[Row]:
    """Taking events in alone; then with the six values read wherever SQL recomputes them."""
    shift = Shift()
    events = shift.run(size.events)
    _require_same_values(shift, events)
    recomputing = f"SQLite recomputing {len(NAMES)} values of the touched queue"
    objects = len(shift.queues) + len(shift.agents)
    yield Row(
        "statistics-engine",
        "event",
        compare(
            _taking_in(shift, events, size.slice),
            _recomputing(events, size.sample),
            repetitions=size.repetitions,
        ),
        f"all values of {objects} objects, {size.events:,} events / {recomputing}",
    )
    yield Row(
        "statistics-read",
        "event",
        compare(
            _reading(shift, events, size.sample),
            _recomputing(events, size.sample),
            repetitions=size.repetitions,
        ),
        f"the same, reading those {len(NAMES)} values from the engine / {recomputing}",
    )


def _taking_in(shift: Shift, events: Events, length: int) -> Timed:
    engine = furnished_engine(shift, file_definitions())
    _apply(engine, _first_half(events))
    return _in_parts(events, length, lambda some: _apply(engine, some))


def _reading(shift: Shift, events: Events, length: int) -> Timed:
    engine = furnished_engine(shift, file_definitions())
    _apply(engine, _first_half(events))
    return _in_parts(events, length, lambda some: _apply_and_read(engine, some))


def _recomputing(events: Events, length: int) -> Timed:
    waits = Waits()
    waits.record(_first_half(events))
    return _in_parts(events, length, waits.record_and_recompute)


def _first_half(events: Events) -> Events:
    """Measuring begins where tables are as full as they are on average."""
    return events[: len(events) // 2]


def _in_parts(events: Events, length: int, act: Callable[[Events], None]) -> Timed:
    begins = iter(range(len(events) // 2, len(events) - length + 1, length))

    def timed_part() -> float:
        begin = next(begins)
        return timed(lambda: act(events[begin : begin + length]), units=length)

    return timed_part


def _apply(engine: Engine, events: Events) -> None:
    for event in events:
        engine.apply(event)


def _apply_and_read(engine: Engine, events: Events) -> None:
    for event in events:
        engine.apply(event)
        if event.name in TOUCHING and event.queue is not None:
            for name in NAMES:
                engine.value("QUEUE", event.queue, name, event.time_ms)


def _require_same_values(shift: Shift, events: Events) -> None:
    """Both ways give the same numbers, and the engine ignores none of the events."""
    engine, waits = furnished_engine(shift, file_definitions()), Waits()
    _apply(engine, events)
    waits.record(events)
    if engine.ignored:
        raise RuntimeError(f"The engine ignored {engine.ignored} events of the generated load")
    for queue in map(queue_of, shift.queues):
        own = engine.values("QUEUE", queue, engine.now_ms)
        other = waits.values(queue, engine.now_ms)
        for name in NAMES:
            if abs(float(str(own[name])) - other[name]) > 1e-6:
                raise RuntimeError(f"{name} of {queue}: engine {own[name]}, SQL {other[name]}")
