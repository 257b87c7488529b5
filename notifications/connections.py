"""Who wants to know when a user's first notification connection comes and when his last has gone.

Each change is told exactly once over all web processes, in order for each user, in a thread that
may use the database; to more than one callback in the order they were registered.
"""

from collections.abc import Callable
from typing import Protocol

import structlog

logger = structlog.get_logger(__name__)


class Callback(Protocol):
    def __call__(self, *, user_id: str) -> object: ...


_first_connected: list[Callback] = []
_last_gone: list[Callback] = []


def on_first_connected(callback: Callback) -> None:
    """Call `callback(user_id=…)` when a user who had no connection has one."""
    _first_connected.append(callback)


def on_last_gone(callback: Callback) -> None:
    """Call `callback(user_id=…)` when the last connection of a user has ended or expired."""
    _last_gone.append(callback)


def tell(user_id: str, *, is_connected: bool) -> None:
    """Call those who asked; one that fails keeps no other from being called."""
    callbacks: list[Callable[..., object]] = [*(_first_connected if is_connected else _last_gone)]
    for callback in callbacks:
        try:
            callback(user_id=user_id)
        except Exception:
            logger.exception("presence callback failed", user_id=user_id)
