import pytest

from benchmarks.load import Shift, furnished_engine
from benchmarks.recompute import NAMES, Waits
from supervision.definitions import file_definitions


def shift(seed: int = 1) -> Shift:
    return Shift(seed=seed, queues=4, agents=12)


def test_a_seed_gives_the_same_load_again_and_another_seed_another():
    assert shift(1).run(500) == shift(1).run(500)
    assert shift(1).run(500) != shift(2).run(500)


def test_a_longer_load_begins_like_a_shorter_one():
    assert shift().run(900)[:400] == shift().run(400)


def test_events_are_in_the_order_of_their_times():
    times = [event.time_ms for event in shift().run(2_000)]

    assert times == sorted(times)


def test_the_engine_takes_every_event():
    engine = furnished_engine(shift(), file_definitions())

    for event in shift().run(5_000):
        engine.apply(event)

    assert engine.ignored == 0


def test_everything_that_happens_to_calls_of_queues_happens():
    names = {event.name for event in shift().run(10_000)}

    assert names >= {
        "call_queued",
        "call_abandoned",
        "call_distributed",
        "call_ringing",
        "call_answered",
        "call_ring_abandoned",
        "call_ring_cancelled",
        "call_held",
        "call_retrieved",
        "call_released",
        "agent_acw",
        "agent_notready",
    }


@pytest.mark.parametrize("count", [1, 50, 700, 4_000])
def test_engine_and_sql_agree_at_any_moment(count: int):
    engine, waits = furnished_engine(shift(), file_definitions()), Waits()
    events = shift().run(count)

    for event in events:
        engine.apply(event)
    waits.record(events)

    at_ms = engine.now_ms
    for queue in ("queue-0", "queue-1", "queue-2", "queue-3"):
        own = engine.values("QUEUE", queue, at_ms)
        assert {name: own[name] for name in NAMES} == pytest.approx(waits.values(queue, at_ms))
