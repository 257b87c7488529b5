"""The switch's rules alone, by chance and without a clock, against the theory of queues."""

import dataclasses

import pytest
from django.core.management import CommandError, call_command

from telephony.simulator.comparison import BATCHES, Measured, measure
from telephony.simulator.erlang import Load, expectation
from telephony.simulator.virtual import Fate, VirtualDay, VirtualLine
from telephony.switch import queueing

PATIENT = Load(200 / 3600, 180.0, 12)
IMPATIENT = Load(48 / 60, 60.0, 50, mean_patience_seconds=120.0)
OVERLOADED = Load(12 / 60, 60.0, 10, mean_patience_seconds=90.0)


def differences(load, calls, seed):
    """The figures that do not agree within the run's confidence interval."""
    seen = measure(VirtualDay(load, calls=calls, seed=seed).run(), load)
    expected = dataclasses.asdict(expectation(load))
    return {
        name: (seen[name], value)
        for name, value in expected.items()
        if not seen[name].agrees_with(value)
    }


@pytest.mark.parametrize(
    "load",
    [
        OVERLOADED,
        dataclasses.replace(PATIENT, agents=14),
        Load(1 / 100, 60.0, 1),
        Load(1 / 30, 60.0, 1, 45.0),
    ],
)
def test_a_short_day_agrees_with_the_formulas(load):
    assert differences(load, calls=4_000, seed=1) == {}


@pytest.mark.slow
@pytest.mark.parametrize("load", [PATIENT, IMPATIENT, OVERLOADED])
def test_a_hundred_thousand_calls_agree_with_the_formulas(load):
    fates = VirtualDay(load, calls=100_000, seed=2).run()
    seen, expected = measure(fates, load), dataclasses.asdict(expectation(load))
    assert len(fates) == 100_000
    for name, value in expected.items():
        assert seen[name].agrees_with(value), name
        # A wide interval would agree with anything.
        assert seen[name].margin <= 0.17 * value, name


def test_a_wrong_formula_is_found():
    """The interval is narrow enough to tell one agent more or less."""
    seen = measure(VirtualDay(OVERLOADED, calls=4_000, seed=1).run(), OVERLOADED)
    for agents in (9, 11):
        other = expectation(dataclasses.replace(OVERLOADED, agents=agents))
        assert not seen["abandonment"].agrees_with(other.abandonment)


def test_the_same_seed_draws_the_same_day():
    days = [VirtualDay(OVERLOADED, calls=300, seed=seed).run() for seed in (5, 5, 6)]
    assert days[0] == days[1]
    assert days[0] != days[2]


def test_a_queue_is_first_come_first_served():
    fates = VirtualDay(PATIENT, calls=1_500, seed=2).run()
    answered = [fate.arrived + fate.waited for fate in fates if fate.is_served]
    assert len(answered) == 1_500
    assert answered == sorted(answered)
    assert any(fate.had_to_wait for fate in fates)


def test_the_line_in_memory_has_the_rules_of_the_switch():
    line = VirtualLine(agents=1)
    first, second = (
        queueing.inbound_call(
            call_id=name, uuid=name, contact_center_id="c", ani="", dnis="", user_data={}, at_ms=0
        )
        for name in ("1", "2")
    )
    assert line.enter(first, at_ms=0) is first
    assert line.enter(second, at_ms=1) is None
    assert [kind for kind, _ in line.timers] == ["ring-timeout"]
    line.answer(first, at_ms=2)
    assert line.timers == {}
    line.give_up(second, at_ms=3)
    line.hang_up(first, at_ms=4)
    assert line.calls == {}
    assert line.route(at_ms=5) is None
    [agent] = line.agents.values()
    assert agent.is_available


def test_batches_leave_the_beginning_out_and_say_how_sure_they_are():
    load = Load(1.0, 1.0, 1)
    warm_up = [Fate(float(number), 1.0, waited=1_000.0, is_served=True) for number in range(30)]
    steady = [Fate(float(number), 0.5, is_served=True) for number in range(30, 600)]
    seen = measure([*warm_up, *steady], load)
    assert seen["mean_wait"] == Measured(0.0, 0.0)
    assert seen["occupancy"] == Measured(0.5, 0.0)
    assert seen["abandonment"] == Measured(0.0, 0.0)
    with pytest.raises(ValueError, match="calls are needed"):
        measure(steady[: BATCHES - 1], load)


def virtual(**options):
    load = {"calls": 3_000, "agents": 10, "arrivals_per_hour": 720, "mean_service_seconds": 60}
    call_command("simulate", clock="virtual", seed=1, **load | options)


def test_the_command_prints_both(capsys):
    virtual(mean_patience_seconds=90)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("3,000 calls, 10 agents, 12 erlangs offered")
    assert lines[1].split() == ["simulated", "+/-", "Erlang", "A"]
    assert [line[:26].strip() for line in lines[2:]] == [
        "callers who wait",
        "mean wait",
        "mean wait of the served",
        "callers who give up",
        "occupancy of the agents",
    ]
    assert all(line.endswith("agrees") for line in lines[2:])
    assert "20.28 %" in lines[5]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"agents": None}, "needs --agents"),
        ({"calls": None, "arrivals_per_hour": None}, "needs --calls, --arrivals-per-hour"),
        ({"calls": 10}, "say too little"),
        ({"mean_service_seconds": 0}, "greater than zero"),
        ({}, "12 erlangs need more than 10 agents"),
    ],
)
def test_what_says_nothing_is_refused(options, reason):
    with pytest.raises(CommandError, match=reason):
        virtual(**options)
