"""What a simulated day measured, with confidence intervals, beside what the formulas expect.

By the method of batch means (A. M. Law, "Simulation Modeling and Analysis", chapter 9): the first
calls, which meet an empty queue, do not count; the rest is cut into batches so long that their
means are as good as independent, and Student's t says how far their mean may be from the truth.
"""

import dataclasses
import statistics
from collections.abc import Sequence

from telephony.simulator.erlang import Expectation, Load
from telephony.simulator.virtual import Fate

CONFIDENCE = 0.99
BATCHES = 30
# Student's t for 29 degrees of freedom: 99 % lie within.
_STUDENT = 2.756
_WARM_UP = 0.05


@dataclasses.dataclass(frozen=True, slots=True)
class Measured:
    """A mean and how far, to both sides, the truth may lie from it."""

    mean: float
    margin: float

    def agrees_with(self, expected: float) -> bool:
        return abs(self.mean - expected) <= self.margin


def measure(fates: Sequence[Fate], load: Load) -> dict[str, Measured]:
    """Each of the figures of `Expectation`, by its name. Raises ValueError for too few calls."""
    counted = fates[int(len(fates) * _WARM_UP) :]
    length = len(counted) // BATCHES
    if length == 0:
        raise ValueError(f"At least {2 * BATCHES} calls are needed.")
    batches = [counted[start * length : (start + 1) * length] for start in range(BATCHES)]
    return {
        field.name: _interval([getattr(_seen(batch, load), field.name) for batch in batches])
        for field in dataclasses.fields(Expectation)
    }


def _seen(batch: Sequence[Fate], load: Load) -> Expectation:
    """One batch's own figures."""
    served = [fate.waited for fate in batch if fate.is_served]
    # From the arrival of its first call to that of its last: the batch's share of the day.
    elapsed = batch[-1].arrived - batch[0].arrived
    busy = sum(fate.busy_seconds for fate in batch[1:])
    return Expectation(
        waiting_probability=sum(fate.had_to_wait for fate in batch) / len(batch),
        mean_wait=sum(fate.waited for fate in batch) / len(batch),
        mean_wait_of_served=sum(served) / len(served) if served else 0.0,
        abandonment=1 - len(served) / len(batch),
        occupancy=busy / (elapsed * load.agents) if elapsed else 0.0,
    )


def _interval(means: list[float]) -> Measured:
    deviation = statistics.stdev(means)
    return Measured(statistics.fmean(means), _STUDENT * deviation / len(means) ** 0.5)
