"""How long to wait before the next attempt."""

import random
from datetime import timedelta

_JITTER = 0.2


def pause_after(attempts: int, *, first_seconds: float, longest_seconds: float) -> timedelta:
    """Twice as long after each attempt, a fifth more or less, so that not all come at once."""
    seconds = min(first_seconds * 2.0 ** min(attempts - 1, 40), longest_seconds)
    jitter = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret
    return timedelta(seconds=seconds * jitter)
