"""What is simulated, and how the simulated people behave. Times are seconds at speed 1."""

import random
from dataclasses import dataclass
from typing import TypeVar

_TALK_SECONDS = 120.0
_LONGEST_TALK_SECONDS = 900.0
_PATIENCE_SECONDS = 90.0
_LEAST_PATIENCE_SECONDS = 3.0
_WRAP_UP_SECONDS = 20.0
_BREAK_EVERY_SECONDS = 1500.0
_OCCUPANCY = 0.75
_CHANCE_TO_MISS = 0.02
_CHANCE_TO_HOLD = 0.15
_CHANCE_TO_TRANSFER = 0.04
_CALL_OUT_EVERY_SECONDS = 2400.0

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Plan:
    """Without `agents` those that exist work; without `calls_per_hour` they are well occupied."""

    agents: int | None = None
    calls_per_hour: float | None = None
    speed: float = 1.0
    seed: int | None = None
    contact_center: str | None = None
    seconds: float | None = None

    def calls_per_second(self, agents: int) -> float:
        """Arrivals in real time."""
        if self.calls_per_hour is not None:
            return self.calls_per_hour / 3600 * self.speed
        return agents * _OCCUPANCY / (_TALK_SECONDS + _WRAP_UP_SECONDS) * self.speed


class Behaviour:
    """Draws what people do; all draws are in real seconds, that is at the plan's speed."""

    def __init__(self, plan: Plan) -> None:
        self._random = random.Random(plan.seed)  # noqa: S311
        self._speed = plan.speed

    def until_next_call(self, calls_per_second: float) -> float:
        return self._random.expovariate(calls_per_second)

    def patience(self) -> float:
        return self._scaled(_LEAST_PATIENCE_SECONDS + self._exponential(_PATIENCE_SECONDS))

    def talk(self) -> float:
        return self._scaled(min(self._exponential(_TALK_SECONDS), _LONGEST_TALK_SECONDS))

    def longest_call(self) -> float:
        """No call lasts longer, even if nobody is left who would hang up."""
        return 60 + self._scaled(10 * _PATIENCE_SECONDS + _LONGEST_TALK_SECONDS)

    def until_answer(self) -> float | None:
        """None: the phone is not heard."""
        if self._random.random() < _CHANCE_TO_MISS:
            return None
        return self._scaled(self._random.triangular(1.5, 9.0, 3.5))

    def wrap_up(self) -> float:
        return self._scaled(self._random.uniform(0.3, 1.7) * _WRAP_UP_SECONDS)

    def until_break(self) -> float:
        return self._scaled(self._exponential(_BREAK_EVERY_SECONDS))

    def pause(self) -> float:
        return self._scaled(self._random.uniform(60, 420))

    def settling(self) -> float:
        """From the login, or a missed call, to Ready."""
        return self._scaled(self._random.uniform(2, 25))

    def until_hold(self) -> float | None:
        """From the answer; None: not in this talk."""
        if self._random.random() >= _CHANCE_TO_HOLD:
            return None
        return self._scaled(self._random.uniform(10, 60))

    def on_hold(self) -> float:
        return self._scaled(self._random.uniform(5, 45))

    def until_transfer(self) -> float | None:
        """From the answer; None: the agent can help by himself."""
        if self._random.random() >= _CHANCE_TO_TRANSFER:
            return None
        return self._scaled(self._random.uniform(15, 60))

    def until_calling_out(self) -> float:
        """From Ready."""
        return self._scaled(self._exponential(_CALL_OUT_EVERY_SECONDS))

    def until_outside_answers(self) -> float:
        return self._scaled(self._random.uniform(3, 12))

    def caller_number(self) -> str:
        """555-01XX is kept free for fiction in every area: no real caller has such a number."""
        area = self._random.choice(("212", "313", "415", "617", "702", "808"))
        return f"+1{area}55501{self._random.randrange(100):02}"

    def is_agent_first(self) -> bool:
        """Whether the agent, not the caller, ends a talk."""
        return self._random.random() < 0.5

    def one_of(self, choices: list[_T]) -> _T:
        return self._random.choice(choices)

    def _exponential(self, mean: float) -> float:
        return self._random.expovariate(1 / mean)

    def _scaled(self, seconds: float) -> float:
        return seconds / self._speed


def is_simulated_number(number: str) -> bool:
    return len(number) == 12 and number.startswith("+1") and number[5:10] == "55501"
