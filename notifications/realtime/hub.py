"""One reader of the log for all `/ws/me` sockets of an event loop; it runs while there are any."""

import asyncio
import contextlib
import weakref
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections

from notifications.messages import Message
from notifications.realtime.content import (
    center_with_other_devices,
    messages_by_user,
    users_with_other_devices,
)
from portal.events import wakeup
from portal.events.reader import RecordedEvent, newest_event_id, read_events

logger = structlog.get_logger(__name__)

_POLL_SECONDS = 0.25
# Without Redis other processes' hints do not come, so the log is looked at more often.
_POLL_SECONDS_ALONE = 0.05
_PAUSE_SECONDS = 1.0
_Read = TypeVar("_Read")


class Listener(Protocol):
    user_id: str
    center_id: str

    def heard(self, event_id: int, messages: list[Message]) -> None:
        """An event told the user this."""

    def outdated(self) -> None:
        """What the user has changed as a whole."""


class Hub:
    """Listeners hear every event after the position at which they were added."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="own-state")
        self._position = 0
        self._following: asyncio.Task[None] | None = None
        self._starting: asyncio.Task[int] | None = None

    async def add(self, listener: Listener) -> None:
        self._listeners[listener.user_id].add(listener)
        if self._starting is None:
            self._starting = asyncio.create_task(self._in_thread(newest_event_id))
        try:
            position = await asyncio.shield(self._starting)
        except DatabaseError:
            # The next one to come tries again.
            self._starting = None
            raise
        if self._following is None:
            self._position = position
            self._following = asyncio.create_task(self._follow())

    def discard(self, listener: Listener) -> bool:
        """Whether nobody listens any more."""
        listeners = self._listeners[listener.user_id]
        listeners.discard(listener)
        if not listeners:
            del self._listeners[listener.user_id]
        return not self._listeners

    async def close(self) -> None:
        for task in (self._starting, self._following):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, DatabaseError):
                    await task
        # In its own thread, whose connection it is.
        await asyncio.get_running_loop().run_in_executor(self._thread, connections.close_all)
        self._thread.shutdown(wait=False)

    async def _follow(self) -> None:
        poll = _POLL_SECONDS if settings.REDIS_URL else _POLL_SECONDS_ALONE
        with wakeup.sleeper() as grown:
            while True:
                grown.clear()
                try:
                    recorded = await self._in_thread(lambda: read_events(after=self._position))
                except DatabaseError as error:
                    logger.warning("the event log cannot be read", error=str(error))
                    await asyncio.sleep(_PAUSE_SECONDS)
                    continue
                for one in recorded:
                    self._tell(one)
                if not recorded:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(grown.wait(), poll)

    def _tell(self, recorded: RecordedEvent) -> None:
        self._position = recorded.id
        event = recorded.event
        try:
            told = messages_by_user(event, self._listeners)
        except (KeyError, TypeError, AttributeError):
            logger.exception("event not told to sockets", id=recorded.id, kind=event.kind)
            return
        for user_id, messages in told.items():
            for listener in self._listeners[user_id]:
                listener.heard(recorded.id, messages)
        for user_id in users_with_other_devices(event) & self._listeners.keys():
            for listener in self._listeners[user_id]:
                listener.outdated()
        if (center_id := center_with_other_devices(event)) is not None:
            for listeners in self._listeners.values():
                for listener in listeners:
                    if listener.center_id == center_id:
                        listener.outdated()

    async def _in_thread(self, read: Callable[[], _Read]) -> _Read:
        def connected() -> _Read:
            close_old_connections()
            return read()

        return await asyncio.get_running_loop().run_in_executor(self._thread, connected)


_hubs: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]" = weakref.WeakKeyDictionary()


async def listen(listener: Listener) -> None:
    """Have the listener hear of what happens from now on."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    try:
        await _hubs[loop].add(listener)
    except BaseException:
        await stop_listening(listener)
        raise


async def stop_listening(listener: Listener) -> None:
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is not None and hub.discard(listener):
        # Before anything is awaited: whoever comes now gets a new one.
        del _hubs[loop]
        await hub.close()
