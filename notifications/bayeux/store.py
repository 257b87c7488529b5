"""Where sessions live: one interface, in this process or in Redis.

A change is made by comparing versions: whoever read an older one is given the newer and tries
again. So two processes never deliver the same event, and the last of two connects wins.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

from notifications.bayeux.session import Session


@dataclass(frozen=True, slots=True)
class Stored:
    version: int
    session: Session


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of a change: what holds now, whether the change was made, and how many connects of other
    sessions the session's browser holds."""

    stored: Stored | None
    is_done: bool
    held_by_others: int = 0


@dataclass(frozen=True, slots=True)
class PresenceChange:
    user_id: str
    is_connected: bool


class StoreUnavailableError(Exception):
    """The store does not answer; the client may try again."""


class SessionStore(Protocol):
    async def load(self, client_id: str) -> Stored | None: ...

    async def swap(
        self, client_id: str, version: int, session: Session | None, *, tell: str = ""
    ) -> Outcome:
        """Put `session` in the place of that version (0: of nothing; None: remove it).

        The node named by `tell` is told that the session has changed.
        """
        ...

    async def expire(self, now_ms: int) -> list[Session]:
        """Remove the sessions whose time is over; each is given to one caller only."""
        ...

    async def sessions_of(self, user_id: str) -> list[str]: ...

    def presence_changes(self) -> AsyncIterator[PresenceChange]:
        """First connections come and last ones gone, oldest first, each to one caller.

        Taking the next confirms the one before; while another caller takes them there are none.
        """
        ...

    async def listen(self, node: str, heard: Callable[[str], None]) -> None:
        """Call `heard(client_id)` when another node tells this one."""
        ...

    async def close(self) -> None: ...


class MemoryStore:
    """For the portal that is one process. In a test, several nodes share one."""

    def __init__(self) -> None:
        self._sessions: dict[str, Stored] = {}
        self._of_user: dict[str, set[str]] = {}
        self._connected: dict[str, set[str]] = {}
        self._holding: dict[str, set[str]] = {}
        self._presence: deque[PresenceChange] = deque()
        self._presence_lock = asyncio.Lock()
        self._listeners: dict[str, Callable[[str], None]] = {}

    async def load(self, client_id: str) -> Stored | None:
        return self._sessions.get(client_id)

    async def swap(
        self, client_id: str, version: int, session: Session | None, *, tell: str = ""
    ) -> Outcome:
        current = self._sessions.get(client_id)
        if (current.version if current else 0) != version:
            return Outcome(current, is_done=False)
        if session is None:
            self._forget(client_id)
            self._tell(tell, client_id)
            return Outcome(None, is_done=True)
        stored = self._sessions[client_id] = Stored(version + 1, session)
        self._of_user.setdefault(session.user_id, set()).add(client_id)
        if session.is_connected:
            self._connect(session)
        others = self._hold(session) if session.browser else 0
        self._tell(tell, client_id)
        return Outcome(stored, is_done=True, held_by_others=others)

    async def expire(self, now_ms: int) -> list[Session]:
        over = [
            stored.session
            for stored in self._sessions.values()
            if stored.session.expires_at_ms <= now_ms
        ]
        for session in over:
            self._forget(session.id)
        return over

    async def sessions_of(self, user_id: str) -> list[str]:
        return sorted(self._of_user.get(user_id, ()))

    async def presence_changes(self) -> AsyncIterator[PresenceChange]:
        if self._presence_lock.locked():
            return
        async with self._presence_lock:
            while self._presence:
                yield self._presence[0]
                self._presence.popleft()

    async def listen(self, node: str, heard: Callable[[str], None]) -> None:
        self._listeners[node] = heard

    async def close(self) -> None:
        self._listeners.clear()

    def _connect(self, session: Session) -> None:
        connected = self._connected.setdefault(session.user_id, set())
        if not connected:
            self._presence.append(PresenceChange(session.user_id, is_connected=True))
        connected.add(session.id)

    def _hold(self, session: Session) -> int:
        holding = self._holding.setdefault(session.browser, set())
        holding.discard(session.id)
        others = len(holding)
        if session.counts_for_browser:
            holding.add(session.id)
        if not holding:
            del self._holding[session.browser]
        return others

    def _forget(self, client_id: str) -> None:
        if (stored := self._sessions.pop(client_id, None)) is None:
            return
        session = stored.session
        _discard(self._of_user, session.user_id, client_id)
        _discard(self._holding, session.browser, client_id)
        if _discard(self._connected, session.user_id, client_id):
            self._presence.append(PresenceChange(session.user_id, is_connected=False))

    def _tell(self, node: str, client_id: str) -> None:
        if (heard := self._listeners.get(node)) is not None:
            heard(client_id)


async def cancelled(task: asyncio.Task[None]) -> None:
    """Cancel a task until it ends: `wait_for` swallows a cancellation that meets its result."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.1)


def _discard(sets: dict[str, set[str]], key: str, member: str) -> bool:
    """Whether the member was the last of its set."""
    members = sets.get(key)
    if members is None or member not in members:
        return False
    members.discard(member)
    if not members:
        del sets[key]
        return True
    return False
