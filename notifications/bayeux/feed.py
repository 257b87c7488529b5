"""A process's one reader of the event log, for all of its clients.

It has a thread of its own for the queries, and with it one database connection; hints wake it.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from notifications.bayeux.window import Entry, entries_of
from portal.events import wakeup
from portal.events.reader import RecordedEvent, newest_event_id, read_events
from provisioning.events import ProvisioningChanged

logger = structlog.get_logger(__name__)

# Without Redis other processes' hints do not come, so the log is looked at more often.
_POLL_SECONDS = 0.25
_POLL_SECONDS_ALONE = 0.05
# After a hint that shows nothing yet: an event is shown once older transactions have ended, and
# those need not hint.
_FIRST_RETRY_SECONDS = 0.01
# At a high rate several events are read at once, instead of each by a query of its own.
_LEAST_SECONDS_BETWEEN_READS = 0.005
_PAUSE_SECONDS = 1.0
_MOST_HISTORY = 20_000

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read: messages, users of whom something has changed, and the position after it."""

    entries: list[Entry]
    changed_user_ids: frozenset[str]
    position: int


class HistoryTooLongError(Exception):
    """So much has happened since that the client must begin anew."""


class Feed:
    """Follows the log from its end; `took` is called on the loop with what comes."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="notifications-feed")

    async def newest(self) -> int:
        return await self._in_thread(newest_event_id)

    async def follow(self, position: int, took: Callable[[Batch], None]) -> None:
        """Never returns; while the database is away, the clients wait."""
        poll = _POLL_SECONDS if settings.REDIS_URL else _POLL_SECONDS_ALONE
        pause = poll
        with wakeup.sleeper() as grown:
            while True:
                grown.clear()
                began = time.monotonic()
                try:
                    batch = await self._in_thread(partial(read_batch, position))
                except DatabaseError as error:
                    logger.warning("the event log cannot be read", error=str(error))
                    await asyncio.sleep(_PAUSE_SECONDS)
                    continue
                if batch is None:
                    was_hinted = await _wait(grown, pause)
                    pause = _FIRST_RETRY_SECONDS if was_hinted else min(2 * pause, poll)
                    continue
                pause = _FIRST_RETRY_SECONDS
                position = batch.position
                took(batch)
                spent = time.monotonic() - began
                await asyncio.sleep(max(0.0, _LEAST_SECONDS_BETWEEN_READS - spent))

    async def history(self, *, after: int, upto: int) -> list[Entry]:
        """The messages between two positions, for a client that was away for long."""
        return await self._in_thread(partial(read_history, after, upto))

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, read: Callable[[], _Read]) -> _Read:
        return await asyncio.get_running_loop().run_in_executor(self._thread, _connected, read)


def read_batch(after: int) -> Batch | None:
    """What the log holds after a position; None where that is nothing."""
    recorded = read_events(after=after)
    if not recorded:
        return None
    return Batch(entries_of(recorded), _changed_users(recorded), recorded[-1].id)


def read_history(after: int, upto: int) -> list[Entry]:
    entries: list[Entry] = []
    while after < upto:
        recorded = [one for one in read_events(after=after) if one.id <= upto]
        if not recorded:
            break
        entries += entries_of(recorded)
        after = recorded[-1].id
        if len(entries) > _MOST_HISTORY:
            raise HistoryTooLongError
    return entries


def _changed_users(recorded: list[RecordedEvent]) -> frozenset[str]:
    return frozenset(
        event.object_id
        for event in (one.event for one in recorded)
        if isinstance(event, ProvisioningChanged) and event.resource == "users"
    )


def _connected(read: Callable[[], _Read]) -> _Read:
    close_old_connections()
    return read()


async def _wait(grown: asyncio.Event, seconds: float) -> bool:
    """Whether a hint came within that time."""
    try:
        await asyncio.wait_for(grown.wait(), seconds)
    except TimeoutError:
        return False
    return True
