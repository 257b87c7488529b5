"""The Bayeux server of one process: it changes sessions in the store and wakes held connects.

It holds no state that another process could not take over: what it remembers of sessions is a
copy, and every change compares versions.
"""

import asyncio
import dataclasses
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from notifications.bayeux.feed import Batch, HistoryTooLongError
from notifications.bayeux.session import Limits, Session
from notifications.bayeux.store import SessionStore, Stored
from notifications.bayeux.waiting import End, Waiter
from notifications.bayeux.window import Entry, Window
from portal.api.roles import Role
from portal.events.log import now_ms

logger = structlog.get_logger(__name__)

Transform = Callable[[Session], Session | None]
History = Callable[[int, int], Awaitable[list[Entry]]]
Roles = frozenset[Role]


class UnknownClientError(Exception):
    """No such session, or not this caller's."""


class SupersededError(Exception):
    """A newer connect of the same client took over."""


class _NeedsHistoryError(Exception):
    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after


@dataclass(frozen=True, slots=True)
class Change:
    before: Session
    after: Session | None
    held_by_others: int


@dataclass(frozen=True, slots=True)
class Connect:
    """What a client asks for by a connect; `hold_ms` 0 asks for an answer at once."""

    roles: Roles
    owns: Callable[[Session], bool]
    hold_ms: int
    is_polling: bool
    acknowledges: int | None = None
    interval_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of a connect: it is held, or there is something to answer."""

    session: Session
    is_first: bool
    was_throttled: bool
    is_held: bool
    entries: list[Entry]
    # Of a held one: nothing was there for it up to here.
    position: int
    held_by_others: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer to a connect that was held; `cursor` is where the session was before it."""

    session: Session
    entries: list[Entry]
    cursor: int


class Node:
    def __init__(
        self,
        *,
        store: SessionStore,
        window: Window,
        history: History,
        limits: Limits,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self.name = secrets.token_hex(8)
        self.store = store
        self.window = window
        self.limits = limits
        self.clock = clock
        # Set where somebody's first connection may have come or his last have gone.
        self.presence_changed = asyncio.Event()
        self._history = history
        self._known: dict[str, Stored] = {}
        self._waiters: dict[str, Waiter] = {}
        self._by_stream: dict[str, set[Waiter]] = {}
        self._refreshing: set[asyncio.Task[None]] = set()

    # --- Sessions ---------------------------------------------------------------------------------
    async def create(self, session: Session) -> None:
        outcome = await self.store.swap(session.id, 0, session)
        if outcome.stored is not None:
            self._known[session.id] = outcome.stored

    async def change(self, client_id: str, transform: Transform) -> Change:
        """Apply a change to the session as it is now; `transform` may be called again.

        Raises UnknownClientError, and whatever `transform` raises.
        """
        stored = self._known.get(client_id)
        if stored is None or self._is_over(stored):
            stored = await self.store.load(client_id)
        while True:
            if stored is None or self._is_over(stored):
                self._know(client_id, None)
                raise UnknownClientError
            before = stored.session
            after = transform(before)
            if after is before:
                return Change(before, after, 0)
            elsewhere = "" if before.holder == self.name else before.holder
            outcome = await self.store.swap(client_id, stored.version, after, tell=elsewhere)
            stored = outcome.stored
            if outcome.is_done:
                self._know(client_id, stored)
                return Change(before, after, outcome.held_by_others)

    async def remove(self, client_id: str, owns: Callable[[Session], bool]) -> None:
        def removed(session: Session) -> None:
            if not owns(session):
                raise UnknownClientError

        await self.change(client_id, removed)
        self.presence_changed.set()

    # --- Connects ---------------------------------------------------------------------------------
    async def arrive(self, client_id: str, connect: Connect) -> Arrival:
        """A connect has come: hold it if there is nothing to say, else take what is to be said."""
        history: list[Entry] = []
        covered: tuple[int, int] | None = None
        while True:
            attempt = _Attempt(self, connect, history, covered)
            try:
                change = await self.change(client_id, attempt.begin)
            except _NeedsHistoryError as needed:
                covered = needed.after, self.window.position
                history = await self._read_history(client_id, *covered)
                continue
            break
        if change.after is None:
            raise UnknownClientError
        if not change.before.is_connected:
            self.presence_changed.set()
        return Arrival(
            session=change.after,
            is_first=not change.before.is_connected,
            was_throttled=change.before.is_throttled,
            is_held=bool(change.after.holder),
            entries=attempt.entries,
            position=attempt.position,
            held_by_others=change.held_by_others,
        )

    def attach(self, waiter: Waiter, *, quiet_upto: int) -> None:
        """Wake this connect from now on, and at once where events came since it was looked for."""
        self._waiters[waiter.session.id] = waiter
        for stream in waiter.session.streams():
            self._by_stream.setdefault(stream, set()).add(waiter)
        self._look(waiter, quiet_upto)

    def detach(self, waiter: Waiter) -> None:
        if self._waiters.get(waiter.session.id) is waiter:
            del self._waiters[waiter.session.id]
        for stream in waiter.session.streams():
            waiters = self._by_stream.get(stream, set())
            waiters.discard(waiter)
            if not waiters:
                self._by_stream.pop(stream, None)

    async def finish(self, waiter: Waiter, *, throttles: bool = False) -> Finished:
        """End a held connect: what there is for it is taken.

        Raises SupersededError or UnknownClientError where there is nothing to answer any more.
        """
        self.detach(waiter)
        entries: list[Entry] = []

        def answer(session: Session) -> Session:
            entries[:] = self._for_held(waiter, session)
            answered = session.answered(
                self.window.position, now_ms=self.clock(), limits=self.limits
            )
            return dataclasses.replace(answered, is_throttled=throttles)

        change = await self.change(waiter.session.id, answer)
        if change.after is None:
            raise UnknownClientError
        return Finished(change.after, entries, change.before.cursor)

    async def take_for(self, waiter: Waiter) -> list[Entry]:
        """What has come for a connect that stays held; the session's position moves over it."""
        entries: list[Entry] = []

        def move(session: Session) -> Session:
            entries[:] = self._for_held(waiter, session)
            return session.moved(self.window.position) if entries else session

        await self.change(waiter.session.id, move)
        return entries

    async def give_back(self, session: Session, cursor: int) -> None:
        """An answer could not be sent: what was in it is for the next connect."""

        def restored(current: Session) -> Session:
            if current.cycle != session.cycle or current.has_ack:
                return current
            return dataclasses.replace(current, cursor=min(current.cursor, cursor))

        await self._change_if_there(session.id, restored)

    async def release(self, waiter: Waiter) -> None:
        """The client is gone without an answer; its session waits for it."""
        self.detach(waiter)

        def released(session: Session) -> Session:
            if session.cycle != waiter.session.cycle or session.holder != self.name:
                return session
            return session.released(now_ms=self.clock(), limits=self.limits)

        await self._change_if_there(waiter.session.id, released)

    # --- What comes from elsewhere ----------------------------------------------------------------
    def take(self, batch: Batch) -> None:
        """The log has grown."""
        self.window.take(batch.entries, position=batch.position, now_ms=self.clock())
        for entry in batch.entries:
            for waiter in self._by_stream.get(entry.stream, ()):
                if entry.is_for(waiter.session, waiter.roles):
                    waiter.wake(entry.event_id)

    def heard(self, client_id: str) -> None:
        """Another node has changed a session whose connect is held here."""
        task = asyncio.create_task(self._refresh(client_id))
        self._refreshing.add(task)
        task.add_done_callback(self._refreshing.discard)

    async def end_sessions_of(self, user_id: str) -> None:
        """The user may not come in any more."""
        for client_id in await self.store.sessions_of(user_id):
            if (waiter := self._waiters.get(client_id)) is not None:
                waiter.end(End.REVOKED)
            await self._change_if_there(client_id, lambda _: None)
        self.presence_changed.set()

    def has_waiter_of(self, user_id: str) -> bool:
        return f"user:{user_id}" in self._by_stream

    async def sweep(self) -> None:
        """Remove the sessions whose time is over, and forget copies of such."""
        for session in await self.store.expire(self.clock()):
            self._know(session.id, None)
            self.presence_changed.set()
        for client_id in [one for one, stored in self._known.items() if self._is_over(stored)]:
            del self._known[client_id]

    # --- Inside -----------------------------------------------------------------------------------
    def pending(self, session: Session, roles: Roles, *, after: int) -> list[Entry]:
        found = self.window.after(max(after, session.cursor), session.streams())
        return [entry for entry in found if entry.is_for(session, roles)]

    def _for_held(self, waiter: Waiter, session: Session) -> list[Entry]:
        if session.cycle != waiter.session.cycle or session.holder != self.name:
            raise SupersededError
        if session.subscriptions != waiter.session.subscriptions:
            after = session.cursor
        elif waiter.first_event_id is None:
            return []
        else:
            after = waiter.first_event_id - 1
        return self.pending(session, waiter.roles, after=after)

    def _look(self, waiter: Waiter, after: int) -> None:
        found = self.pending(waiter.session, waiter.roles, after=after)
        if found:
            waiter.wake(found[0].event_id)

    def _is_over(self, stored: Stored) -> bool:
        return stored.session.expires_at_ms <= self.clock()

    def _know(self, client_id: str, stored: Stored | None) -> None:
        waiter = self._waiters.get(client_id)
        if stored is None:
            self._known.pop(client_id, None)
            if waiter is not None:
                waiter.end(End.GONE)
            return
        self._known[client_id] = stored
        if waiter is None:
            return
        session = stored.session
        if session.cycle != waiter.session.cycle or session.holder != self.name:
            waiter.end(End.SUPERSEDED)
            return
        is_subscribed_anew = session.subscriptions != waiter.session.subscriptions
        waiter.session = session
        if is_subscribed_anew:
            self._look(waiter, session.cursor)

    async def _refresh(self, client_id: str) -> None:
        stored = await self.store.load(client_id)
        known = self._known.get(client_id)
        if stored is None or known is None or stored.version >= known.version:
            self._know(client_id, stored)

    async def _change_if_there(self, client_id: str, transform: Transform) -> None:
        try:
            await self.change(client_id, transform)
        except UnknownClientError:
            return

    async def _read_history(self, client_id: str, after: int, upto: int) -> list[Entry]:
        try:
            return await self._history(after, upto)
        except HistoryTooLongError as error:
            logger.warning("client away for too long", client_id=client_id)
            await self._change_if_there(client_id, lambda _: None)
            raise UnknownClientError from error


class _Attempt:
    """One look at a session for a connect that has come; made anew when the session changed."""

    def __init__(
        self,
        node: Node,
        connect: Connect,
        history: list[Entry],
        covered: tuple[int, int] | None,
    ) -> None:
        self._node = node
        self._connect = connect
        self._history = history
        self._covered = covered
        self.entries: list[Entry] = []
        self.position = 0

    def begin(self, session: Session) -> Session:
        connect, node = self._connect, self._node
        if not connect.owns(session):
            raise UnknownClientError
        if connect.acknowledges is not None:
            session = session.acknowledged(connect.acknowledges)
        if connect.interval_ms is not None:
            session = dataclasses.replace(session, interval_ms=connect.interval_ms)
        self.entries = self._pending(session)
        self.position = node.window.position
        now = node.clock()
        if connect.hold_ms > 0 and session.is_connected and not self.entries:
            held = session.held(node.name, now_ms=now, hold_ms=connect.hold_ms, limits=node.limits)
            return dataclasses.replace(held, is_polling=connect.is_polling)
        begun = dataclasses.replace(session, cycle=session.cycle + 1)
        return begun.answered(self.position, now_ms=now, limits=node.limits)

    def _pending(self, session: Session) -> list[Entry]:
        """From what was read back, and from the window where that ends."""
        node, roles = self._node, self._connect.roles
        if session.cursor >= node.window.start:
            return node.pending(session, roles, after=session.cursor)
        if self._covered is None or not (
            self._covered[0] <= session.cursor and self._covered[1] >= node.window.start
        ):
            raise _NeedsHistoryError(session.cursor)
        streams = session.streams()
        old = [
            entry
            for entry in self._history
            if entry.stream in streams and entry.is_for(session, roles)
        ]
        return old + node.pending(session, roles, after=self._covered[1])
