"""What the theory of queues expects of one queue with alike agents: the simulation's yardstick.

Callers arrive by chance (Poisson), talks last exponentially long, the longest waiting goes first.
Erlang C (M/M/c): everybody waits until he is served. A. K. Erlang, "Solution of some problems in
the theory of probabilities of significance in automatic telephone exchanges" (1917); R. B. Cooper,
"Introduction to Queueing Theory" (1981), chapter 3, for the recursion.
Erlang A (M/M/c+M): callers lose patience after an exponential time. C. Palm (1946); O. Garnett,
A. Mandelbaum, M. Reiman, "Designing a call center with impatient customers" (2002); A. Mandelbaum,
S. Zeltyn, "Service engineering in action: the Palm/Erlang-A queue" (2007).
"""

import math
from dataclasses import dataclass

# A state that adds less than this to the sum of all is left out, and those behind it.
_NEGLIGIBLE = 1e-18


@dataclass(frozen=True, slots=True)
class Load:
    """One queue: rates in calls a second, times in seconds; no patience is endless patience."""

    arrivals_per_second: float
    mean_service_seconds: float
    agents: int
    mean_patience_seconds: float | None = None

    @property
    def offered_erlangs(self) -> float:
        return self.arrivals_per_second * self.mean_service_seconds

    @property
    def is_stable(self) -> bool:
        return self.mean_patience_seconds is not None or self.offered_erlangs < self.agents


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a load leads to in the long run; shares from 0 to 1, times in seconds."""

    waiting_probability: float
    mean_wait: float
    mean_wait_of_served: float
    abandonment: float
    occupancy: float


def expectation(load: Load) -> Expectation:
    """By Erlang C, or with patience by Erlang A. Raises ValueError where the queue only grows."""
    if load.agents < 1 or not load.is_stable:
        raise ValueError("Without patience, agents must be more than the offered erlangs.")
    if load.mean_patience_seconds is None:
        return _erlang_c(load)
    return _erlang_a(load, 1 / load.mean_patience_seconds)


def blocking_probability(offered_erlangs: float, agents: int) -> float:
    """Erlang B, by its recursion over the agents: stable, since nothing is subtracted."""
    inverse = 1.0
    for number in range(1, agents + 1):
        inverse = 1 + inverse * number / offered_erlangs
    return 1 / inverse


def waiting_probability(offered_erlangs: float, agents: int) -> float:
    """Erlang C, from Erlang B."""
    blocked = blocking_probability(offered_erlangs, agents)
    return blocked / (1 - offered_erlangs / agents * (1 - blocked))


def _erlang_c(load: Load) -> Expectation:
    waiting = waiting_probability(load.offered_erlangs, load.agents)
    wait = waiting * load.mean_service_seconds / (load.agents - load.offered_erlangs)
    return Expectation(
        waiting_probability=waiting,
        mean_wait=wait,
        mean_wait_of_served=wait,
        abandonment=0.0,
        occupancy=load.offered_erlangs / load.agents,
    )


def _erlang_a(load: Load, giving_up: float) -> Expectation:
    """From the stationary distribution of the number of calls, a birth and death process."""
    serving = load.agents / load.mean_service_seconds
    logarithms = _with_queue(load, giving_up)
    highest = max(logarithms)
    with_queue = [math.exp(logarithm - highest) for logarithm in logarithms]
    total = _without_queue(load) * math.exp(-highest) + sum(with_queue)
    probabilities = [weight / total for weight in with_queue]
    waiting = sum(probabilities)
    queue_length = sum(length * share for length, share in enumerate(probabilities))
    abandonment = giving_up * queue_length / load.arrivals_per_second
    # Who finds `ahead` waiting is served once that many and one more have left before him. His
    # wait is a sum of exponential times with the rates serving + i * giving_up, i = 0 … ahead; he
    # outlasts it with the probability E[exp(-giving_up * wait)], a product that telescopes, and
    # the derivative of that brings the wait of those who do.
    waited, sum_of_times = 0.0, 0.0
    for ahead, share in enumerate(probabilities):
        rate = serving + (ahead + 1) * giving_up
        sum_of_times += 1 / rate
        waited += share * serving / rate * sum_of_times
    return Expectation(
        waiting_probability=waiting,
        mean_wait=queue_length / load.arrivals_per_second,
        mean_wait_of_served=waited / (1 - abandonment),
        abandonment=abandonment,
        occupancy=load.arrivals_per_second * (1 - abandonment) / serving,
    )


def _without_queue(load: Load) -> float:
    """The weight of all states with a free agent, where that of the full house is 1."""
    total, weight = 0.0, 1.0
    for busy in range(load.agents, 0, -1):
        weight *= busy / load.offered_erlangs
        total += weight
        if weight < _NEGLIGIBLE * total:
            break
    return total


def _with_queue(load: Load, giving_up: float) -> list[float]:
    """The logarithms of the weights of the states with all agents busy, by the queue's length.

    A long queue that is nearly always there weighs more than a float can hold.
    """
    serving = load.agents / load.mean_service_seconds
    logarithms = [0.0]
    highest = 0.0
    while logarithms[-1] > highest + math.log(_NEGLIGIBLE):
        leaving = serving + len(logarithms) * giving_up
        logarithms.append(logarithms[-1] + math.log(load.arrivals_per_second / leaving))
        highest = max(highest, logarithms[-1])
    return logarithms
