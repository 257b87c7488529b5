from collections.abc import Callable, Iterable

import pytest

from benchmarks import table
from benchmarks.measure import Comparison, Row, compare, timed


def taking(*seconds: float, log: list[str] | None = None, name: str = "") -> Callable[[], float]:
    """A piece of work whose turns take these seconds."""
    turns = iter(seconds)

    def act() -> float:
        if log is not None:
            log.append(name)
        return next(turns)

    return act


def test_the_ratio_says_how_many_times_as_fast_ours_is():
    found = compare(taking(9, 1, 1, 1), taking(9, 3, 3, 3), repetitions=3)

    assert found == Comparison(1, 3, 3, 3, 3)


def test_the_first_turn_does_not_count_and_a_disturbed_pair_changes_nothing():
    found = compare(taking(100, 1, 50, 1), taking(1, 2, 100, 2), repetitions=3)

    assert (found.ours_seconds, found.other_seconds, found.ratio) == (1, 2, 2)


def test_each_is_first_every_other_time():
    log: list[str] = []

    compare(
        taking(1, 1, 1, log=log, name="ours"),
        taking(1, 1, 1, log=log, name="other"),
        repetitions=2,
    )

    assert log == ["ours", "other", "other", "ours", "ours", "other"]


def test_one_repetition_is_enough():
    assert compare(taking(1, 1), taking(1, 2), repetitions=1).ratio == 2


def test_time_is_given_for_one_unit():
    assert timed(lambda: None, units=4, clock=taking(10, 18)) == 2


@pytest.mark.parametrize(
    ("seconds", "shown"), [((0.05, 0.1), "20 page/s"), ((0.0001, 1), "10,000 page/s")]
)
def test_the_table_shows_rates_and_the_ratio(seconds: Iterable[float], shown: str):
    own, other = seconds
    row = Row("users-list", "page", Comparison(own, other, 2, 1.9, 2.1), "GET / stock")

    line = table.line(row)

    assert line.startswith("users-list ")
    assert shown in line
    assert line.endswith("       2  GET / stock; quartiles 1.9 to 2.1")
