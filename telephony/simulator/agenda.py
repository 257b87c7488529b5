"""What is to be done, and when."""

import heapq
import itertools
import time
from collections.abc import Callable, Iterator

Act = Callable[[], object]


class Agenda:
    """Acts by due time. An act belongs to a subject; what a subject plans anew replaces the old."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, str, Act]] = []
        self._current: dict[str, int] = {}
        self._numbers = itertools.count()

    def plan(self, subject: str, seconds: float, act: Act) -> None:
        number = next(self._numbers)
        self._current[subject] = number
        heapq.heappush(self._heap, (self._clock() + seconds, number, subject, act))

    def forget(self, subject: str) -> None:
        self._current.pop(subject, None)

    def due(self) -> Iterator[tuple[str, Act]]:
        """The acts whose time has come, each once."""
        while self._heap and self._heap[0][0] <= self._clock():
            _, number, subject, act = heapq.heappop(self._heap)
            if self._current.get(subject) == number:
                del self._current[subject]
                yield subject, act

    def seconds_left(self) -> float:
        """Until the next act; a while when there is none."""
        return max(0.0, self._heap[0][0] - self._clock()) if self._heap else 1.0
