"""The notification tick (statistics-spec.md section 12)."""

import pytest

from supervision.statistics.notification import Change
from tests.supervision.statistics.streams import OPENING
from tests.supervision.statistics.test_engine import define, event, made

NUMBER = define("TotalNumber", mask="CallEntered", name="N", dynamicTimeProfile="0:00+1:00")
WAITING = define("CurrentMaxTime", mask="CallWait", name="W")


def engine_with(*entries):
    engine = made(*entries)
    engine.add_queue("q")
    engine.evaluate(OPENING)
    return engine


def seen(changes):
    return [(one.name, one.value, (one.time_ms - OPENING) / 1000) for one in changes]


def test_a_periodical_value_waits_for_a_multiple_of_its_frequency():
    engine = engine_with(NUMBER)
    assert seen(engine.evaluate(OPENING + 10_000)) == [("N", 0, 10)]
    engine.apply(event(12, "call_queued", call="c", queue="q"))

    assert engine.evaluate(OPENING + 19_999) == []
    assert engine.evaluate(OPENING + 20_000) == [Change("QUEUE", "q", "N", 1, OPENING + 20_000)]
    assert engine.evaluate(OPENING + 30_000) == []


def test_an_immediate_value_comes_at_once_and_a_moving_one_once_a_second():
    engine = made({**WAITING, "notificationMode": "IMMEDIATE"})
    engine.add_queue("q")
    assert seen(engine.evaluate(OPENING)) == [("W", 0, 0)]
    engine.apply(event(2.2, "call_queued", call="c", queue="q"))

    assert engine.evaluate(OPENING + 2_200) == []
    assert seen(engine.evaluate(OPENING + 3_000)) == [("W", 1, 3)]
    assert engine.evaluate(OPENING + 3_400) == []
    assert seen(engine.evaluate(OPENING + 4_000)) == [("W", 2, 4)]
    engine.apply(event(4.1, "call_abandoned", call="c"))
    assert seen(engine.evaluate(OPENING + 4_100)) == [("W", 0, 4.1)]
    assert engine.evaluate(OPENING + 9_000) == []


def test_without_notification_nothing_is_sent():
    engine = engine_with({**NUMBER, "notificationMode": "NO_NOTIFICATION"})
    engine.apply(event(2, "call_queued", call="c", queue="q"))

    assert engine.evaluate(OPENING + 20_000) == []
    assert engine.evaluate(OPENING + 3_600_000) == []


def test_a_tick_on_the_reset_stores_the_old_windows_last_value_and_the_new_one():
    engine = engine_with(NUMBER)
    engine.apply(event(12, "call_queued", call="c", queue="q"))
    engine.evaluate(OPENING + 20_000)

    assert seen(engine.evaluate(OPENING + 3_600_000)) == [("N", 1, 3599.999), ("N", 0, 3600)]


def test_the_old_windows_last_value_survives_an_event_after_the_reset():
    engine = engine_with(NUMBER)
    engine.apply(event(12, "call_queued", call="c1", queue="q"))
    engine.evaluate(OPENING + 20_000)
    engine.apply(event(3600.5, "call_queued", call="c2", queue="q"))

    assert seen(engine.evaluate(OPENING + 3_601_000)) == [("N", 1, 3599.999), ("N", 1, 3601)]


def test_a_reset_value_is_sent_at_resets_only():
    engine = engine_with({**NUMBER, "notificationMode": "RESET"})
    engine.apply(event(12, "call_queued", call="c", queue="q"))

    assert engine.evaluate(OPENING + 20_000) == []
    assert seen(engine.evaluate(OPENING + 3_600_000)) == [("N", 1, 3599.999), ("N", 0, 3600)]
    assert engine.evaluate(OPENING + 3_610_000) == []


def test_a_state_is_sent_when_it_changes_not_when_it_grows_older():
    entry = define("CurrentState", "AgentStatus", "*", "AGENT", name="S")
    engine = made({**entry, "notificationMode": "IMMEDIATE"})
    engine.add_agent("a")
    engine.apply(event(1, "agent_login", agent="a", dn="1"))

    (first,) = engine.evaluate(OPENING + 3_000)
    assert first.value == {"agent": "a", "status": "NotReadyForNextCall", "duration": 2}
    assert engine.evaluate(OPENING + 5_000) == []
    engine.apply(event(6, "agent_ready", dn="1"))
    (second,) = engine.evaluate(OPENING + 6_000)
    assert second.value == {"agent": "a", "status": "WaitForNextCall", "duration": 0}


def test_a_sliding_value_is_sent_until_its_window_is_empty():
    sliding = define(
        "TotalNumber",
        mask="CallEntered",
        name="E",
        intervalType="SlidingWindow",
        dynamicTimeProfile="20:10",
    )
    engine = engine_with(sliding)
    engine.apply(event(5, "call_queued", call="c", queue="q"))

    ticks = [seen(engine.evaluate(OPENING + second * 1000)) for second in range(10, 60, 10)]

    assert ticks == [[("E", 1, 10)], [], [("E", 0, 30)], [], []]


@pytest.mark.parametrize("frequency", [1, 7, 10])
@pytest.mark.parametrize(
    ("category", "mask"),
    [("TotalNumber", "CallEntered"), ("TotalTime", "CallWait"), ("AverageTime", "CallWait")],
)
def test_a_sliding_value_is_told_whenever_it_is_due_and_other(category, mask, frequency):
    """Also where a step lies between the moments at which it is due."""
    profile = {"intervalType": "SlidingWindow", "dynamicTimeProfile": "20:4"}
    entry = define(category, mask=mask, name="S", **profile)
    engine = engine_with({**entry, "notificationFrequency": frequency})
    waits = {2: "call_queued", 5: "call_abandoned", 33: "call_queued", 50: "call_abandoned"}
    told, expected, last = [], [], None

    for second in range(1, 100):
        if second in waits:
            engine.apply(event(second - 0.5, waits[second], call="c", queue="q"))
        at_ms = OPENING + second * 1000
        told += seen(engine.evaluate(at_ms))
        value = engine.value("QUEUE", "q", "S", at_ms)
        if at_ms // 1000 % frequency == 0 and value != last:
            expected.append(("S", value, second))
            last = value

    assert told == expected
    assert len(expected) > 2
