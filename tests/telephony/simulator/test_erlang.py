"""The formulas against values that others have published, and against each other."""

import pytest

from telephony.simulator.erlang import (
    Load,
    blocking_probability,
    expectation,
    waiting_probability,
)

# Garnett, Mandelbaum, Reiman (2002), table 1: 50 agents, 48 calls a minute, talks of a minute.
BUSY = {"arrivals_per_second": 48 / 60, "mean_service_seconds": 60.0, "agents": 50}


@pytest.mark.parametrize(
    ("erlangs", "agents", "blocked"),
    [(1, 1, 0.5), (1, 2, 0.2), (5, 10, 0.0184), (10, 10, 0.2146), (10, 15, 0.0365)],
)
def test_erlang_b_is_as_in_the_tables(erlangs, agents, blocked):
    assert blocking_probability(erlangs, agents) == pytest.approx(blocked, abs=5e-5)


@pytest.mark.parametrize(
    ("erlangs", "agents", "waiting"),
    # The last three: 100 calls of three minutes in half an hour, the usual textbook example.
    [(0.5, 1, 0.5), (1, 2, 1 / 3), (10, 11, 0.682), (10, 12, 0.449), (10, 14, 0.174)],
)
def test_erlang_c_is_as_in_the_tables(erlangs, agents, waiting):
    assert waiting_probability(erlangs, agents) == pytest.approx(waiting, abs=5e-4)


def test_erlang_c_of_a_call_center():
    seen = expectation(Load(100 / 1800, 180.0, 14))
    assert seen.mean_wait == pytest.approx(7.8, abs=0.05)
    assert seen.mean_wait_of_served == seen.mean_wait
    assert seen.occupancy == pytest.approx(0.714, abs=5e-4)
    assert seen.abandonment == 0


def test_erlang_c_is_stable_where_factorials_are_not():
    seen = expectation(Load(9_900 / 100, 100.0, 10_000))
    assert 0 < seen.waiting_probability < 1
    assert seen.occupancy == pytest.approx(0.99)


def test_patience_makes_of_a_long_wait_a_short_one():
    patient, impatient = (
        expectation(Load(**BUSY)),
        expectation(Load(**BUSY, mean_patience_seconds=120)),
    )
    assert patient.mean_wait == pytest.approx(20.8, abs=0.05)
    assert patient.occupancy == pytest.approx(0.96)
    assert impatient.mean_wait == pytest.approx(3.7, abs=0.05)
    assert impatient.abandonment == pytest.approx(0.031, abs=5e-4)
    assert impatient.occupancy == pytest.approx(0.93, abs=5e-4)


def test_endless_patience_is_erlang_c():
    forever = expectation(Load(**BUSY, mean_patience_seconds=1e9))
    bounded = expectation(Load(**BUSY))
    assert forever.waiting_probability == pytest.approx(bounded.waiting_probability, rel=1e-5)
    assert forever.mean_wait == pytest.approx(bounded.mean_wait, rel=1e-5)
    assert forever.mean_wait_of_served == pytest.approx(bounded.mean_wait_of_served, rel=1e-5)


def test_patience_as_long_as_a_talk_makes_of_the_queue_more_agents():
    """With equal rates the number of calls is that of M/M/infinity, so Poisson."""
    seen = expectation(Load(2 / 60, 60.0, 1, mean_patience_seconds=60.0))
    nobody = pytest.approx(0.1353352832, rel=1e-8)
    assert 1 - seen.waiting_probability == nobody
    assert 1 - seen.occupancy == nobody
    # The mean number in the queue is 2 - P(somebody): by Little's law the wait, and all give up at
    # the same rate.
    assert seen.mean_wait == pytest.approx((2 - 0.8646647168) * 30, rel=1e-8)
    assert seen.abandonment == pytest.approx(seen.mean_wait / 60, rel=1e-8)


def test_the_served_and_those_who_give_up_make_all_of_the_wait():
    """By summing over what a caller finds: an integral by hand for one agent and one place."""
    load = Load(0.02, 100.0, 2, mean_patience_seconds=50.0)
    seen = expectation(load)
    gave_up_wait = (
        seen.mean_wait - seen.mean_wait_of_served * (1 - seen.abandonment)
    ) / seen.abandonment
    assert 0 < gave_up_wait < 50
    assert 0 < seen.mean_wait_of_served < 50


def test_a_queue_that_is_always_there_is_computed_too():
    """Half of ten thousand callers an hour too many, with the patience of a day."""
    seen = expectation(Load(20_000 / 3600, 180.0, 500, mean_patience_seconds=86_400.0))
    assert seen.abandonment == pytest.approx(0.5, abs=1e-9)
    assert seen.occupancy == pytest.approx(1)
    assert seen.mean_wait == pytest.approx(43_200)


@pytest.mark.parametrize("agents", [0, 47, 48])
def test_a_queue_that_only_grows_has_no_expectation(agents):
    with pytest.raises(ValueError, match="Without patience"):
        expectation(Load(**{**BUSY, "agents": agents}))
