"""Two ways to do one thing, timed in turns: on a shared machine only a ratio means something."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

# Does a share of the work and gives the seconds that one unit of it took.
Timed = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Size:
    """How much a run measures; one size for all benchmarks."""

    users: int
    page: int
    requests: int
    events: int
    slice: int
    sample: int
    publications: int
    calls: int
    agents: int
    waiting: int
    load: int
    watchers: int
    watched_seconds: int
    listeners: int
    repetitions: int


FULL = Size(
    users=10_000,
    page=100,
    requests=40,
    events=200_000,
    slice=10_000,
    sample=400,
    publications=50,
    calls=20,
    agents=10_000,
    waiting=2_000,
    load=1_000_000,
    watchers=50,
    watched_seconds=10,
    listeners=250,
    repetitions=9,
)
TINY = Size(
    users=40,
    page=5,
    requests=2,
    events=600,
    slice=50,
    sample=50,
    publications=2,
    calls=2,
    agents=20,
    waiting=30,
    load=1_500,
    watchers=3,
    watched_seconds=1,
    listeners=4,
    repetitions=2,
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Medians over the repetitions; `ratio` says how many times as fast as the other ours is."""

    ours_seconds: float
    other_seconds: float
    ratio: float
    ratio_low: float
    ratio_high: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `unit` is what the seconds are for.

    Where it is no rate, the comparison's values are of the unit itself; less is better there too.
    """

    name: str
    unit: str
    comparison: Comparison
    note: str
    is_rate: bool = True


def timed(
    act: Callable[[], object], *, units: int = 1, clock: Callable[[], float] = time.process_time
) -> float:
    """The seconds for each of the units that the act does.

    Of the processor's time, which neighbours do not stretch; who waits for a disk or a server
    gives `time.perf_counter`.
    """
    began = clock()
    act()
    return (clock() - began) / units


def compare(ours: Timed, other: Timed, *, repetitions: int) -> Comparison:
    """Both in turns, each first every other time, after one turn that does not count.

    A neighbour's load hits the two of a pair alike, so the ratio is the median of the pairs' own.
    """
    ours(), other()
    pairs = [_pair(ours, other, ours_first=bool(turn % 2)) for turn in range(repetitions)]
    ratios = [others / own for own, others in pairs]
    low, _, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    return Comparison(
        ours_seconds=statistics.median(own for own, _ in pairs),
        other_seconds=statistics.median(others for _, others in pairs),
        ratio=statistics.median(ratios),
        ratio_low=low,
        ratio_high=high,
    )


def _pair(ours: Timed, other: Timed, *, ours_first: bool) -> tuple[float, float]:
    gc.collect()  # Neither pays for what the turn before left behind.
    if ours_first:
        own = ours()
        return own, other()
    others = other()
    return ours(), others
