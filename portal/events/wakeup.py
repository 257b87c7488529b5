"""Hints that the log has grown. A hint may be lost or come twice: readers look at the log."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator

import redis
import structlog
from django.conf import settings

logger = structlog.get_logger(__name__)

_REDIS_CHANNEL = "portal:events"
_grown = threading.Condition()
_sleepers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
_redis_clients: dict[str, redis.Redis] = {}


def announce() -> None:
    """Tell this process's readers, and with Redis all others', that events were committed."""
    wake()
    if settings.REDIS_URL:
        try:
            _redis_client().publish(_REDIS_CHANNEL, b"")
        except redis.RedisError as error:
            # Readers poll as well, so a lost hint costs them a moment, never an event.
            logger.warning("event hint not sent", error=str(error))


def wake() -> None:
    """Wake the readers of this process."""
    with _grown:
        _grown.notify_all()
        for loop, event in _sleepers:
            with contextlib.suppress(RuntimeError):  # a loop that is closing
                loop.call_soon_threadsafe(event.set)


def wait(timeout_seconds: float) -> None:
    """Block until a hint comes or the time is up."""
    with _grown:
        _grown.wait(timeout_seconds)


@contextlib.contextmanager
def sleeper() -> Iterator[asyncio.Event]:
    """An asyncio event that hints set, for as long as the block runs; clear it before a look."""
    entry = (asyncio.get_running_loop(), asyncio.Event())
    with _grown:
        _sleepers.add(entry)
    try:
        yield entry[1]
    finally:
        with _grown:
            _sleepers.discard(entry)


def relay_from_redis(stop: threading.Event) -> None:
    """Turn other processes' hints into this process's, until `stop` is set; needs Redis."""
    while not stop.is_set():
        try:
            with _redis_client().pubsub(  # type: ignore[no-untyped-call]
                ignore_subscribe_messages=True
            ) as subscription:
                subscription.subscribe(_REDIS_CHANNEL)
                while not stop.is_set():
                    if subscription.get_message(timeout=1.0) is not None:
                        wake()
        except redis.RedisError as error:
            logger.warning("event hints not received", error=str(error))
            stop.wait(1.0)


def _redis_client() -> redis.Redis:
    if settings.REDIS_URL not in _redis_clients:
        _redis_clients[settings.REDIS_URL] = redis.Redis.from_url(settings.REDIS_URL)
    return _redis_clients[settings.REDIS_URL]
