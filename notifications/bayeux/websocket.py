"""Bayeux over a websocket: events are pushed while the connect stays held.

With the acknowledge extension a held connect is answered together with the events, as over HTTP.
"""

import asyncio
import contextlib
from dataclasses import dataclass

from notifications.bayeux import protocol
from notifications.bayeux.callers import (
    BROWSER_COOKIE,
    Callers,
    Identity,
    RefusedError,
    base_of,
    cookies_of,
    header_texts,
)
from notifications.bayeux.conversation import Caller, Conversation, Held
from notifications.bayeux.node import Node, SupersededError, UnknownClientError
from notifications.bayeux.protocol import Answer, MalformedError
from notifications.bayeux.session import Session
from notifications.bayeux.store import StoreUnavailableError
from notifications.bayeux.waiting import End, Waiter
from portal.api.roles import Role
from portal.runtime.websockets import Receive, Scope, Send, is_allowed_origin

_RECHECK_SECONDS = 60.0
_NORMAL, _NOT_ALLOWED, _TOO_LONG, _FAILED = 1000, 1008, 1009, 1011


class SocketWaiter(Waiter):
    """A held connect; its socket's one task for it sends what comes, in order."""

    def __init__(self, session: Session, roles: frozenset[Role], socket: "Socket") -> None:
        super().__init__(session, roles)
        self._socket = socket
        self.is_due = False
        self.has_news = False

    def heard(self) -> None:
        self.has_news = True
        self._socket.work_for(self)

    def time_is_up(self) -> None:
        self.is_due = True
        self._socket.work_for(self)

    def end(self, why: End) -> None:
        self._socket.end(self, why)


@dataclass(slots=True)
class _Pending:
    """A held connect on this socket, its timer, and the task that works for it."""

    held: Held
    timer: asyncio.TimerHandle
    task: asyncio.Task[None] | None = None


class WebsocketTransport:
    def __init__(self, node: Node, callers: Callers, *, connection_types: tuple[str, ...]) -> None:
        self._node = node
        self._callers = callers
        self._connection_types = connection_types
        self._sockets: set[Socket] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        try:
            caller = await self._admit(scope)
        except RefusedError:
            # Before it is accepted: the upgrade is answered with 403.
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.accept"})
        socket = Socket(self._node, caller, send)
        self._sockets.add(socket)
        rechecking = asyncio.create_task(self._recheck_for_ever(socket, scope))
        try:
            await socket.run(receive)
        finally:
            rechecking.cancel()
            self._sockets.discard(socket)
            await socket.abandon()

    def recheck(self, user_ids: frozenset[str]) -> None:
        """Something has changed about these users: look at once whether they may stay."""
        for socket in self._sockets:
            if socket.user_id in user_ids:
                socket.is_doubted.set()

    async def _admit(self, scope: Scope) -> Caller:
        headers = header_texts(scope)
        if protocol.WEBSOCKET not in self._connection_types:
            raise RefusedError(403, "Websockets are switched off")
        if not is_allowed_origin(scope["headers"]):
            raise RefusedError(403, "Foreign origin")
        return Caller(
            identity=await self._callers.identify(scope),
            browser=cookies_of(headers).get(BROWSER_COOKIE, ""),
            base=base_of(scope, headers),
            connection_types=self._connection_types,
            is_polling=False,
        )

    async def _recheck_for_ever(self, socket: "Socket", scope: Scope) -> None:
        while True:
            socket.is_doubted.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(socket.is_doubted.wait(), _RECHECK_SECONDS)
            try:
                socket.know(await self._callers.identify(scope))
            except RefusedError:
                await socket.close(_NOT_ALLOWED)
                return


class Socket:
    def __init__(self, node: Node, caller: Caller, send: Send) -> None:
        self.is_doubted = asyncio.Event()
        self._node = node
        self._caller = caller
        self._send = send
        self._pending: dict[str, _Pending] = {}
        self._outbox: list[Answer] = []
        self._closing: set[asyncio.Task[None]] = set()
        self._is_closed = False

    @property
    def user_id(self) -> str:
        return self._caller.identity.user_id

    async def run(self, receive: Receive) -> None:
        while not self._is_closed:
            event = await receive()
            if event["type"] == "websocket.disconnect":
                self._is_closed = True
                return
            await self._hear(event.get("text") or event.get("bytes") or "")

    async def abandon(self) -> None:
        """The socket is lost; its sessions wait for another."""
        self._is_closed = True
        pending, self._pending = self._pending, {}
        for one in pending.values():
            one.timer.cancel()
            if one.task is not None:
                one.task.cancel()
            try:
                await self._node.release(one.held.waiter)
            except StoreUnavailableError:
                continue

    async def close(self, code: int) -> None:
        if not self._is_closed:
            self._is_closed = True
            await self._send({"type": "websocket.close", "code": code})

    def know(self, identity: Identity) -> None:
        """The user as he is now."""
        self._caller = Caller(
            identity=identity,
            browser=self._caller.browser,
            base=self._caller.base,
            connection_types=self._caller.connection_types,
            is_polling=False,
        )
        for one in self._pending.values():
            one.held.waiter.roles = identity.roles

    # --- What the client says ---------------------------------------------------------------------
    async def _hear(self, content: str | bytes) -> None:
        if len(content) > self._node.limits.max_message_bytes:
            await self.close(_TOO_LONG)
            return
        if content.strip() in ("[]", b"[]", "", b""):
            # Old clients of another maker send this to see whether the socket lives.
            return
        try:
            await self._answer(content)
        except (MalformedError, StoreUnavailableError):
            await self.close(_FAILED)
        except SupersededError:
            return

    async def _answer(self, content: str | bytes) -> None:
        conversation = Conversation(self._node, self._caller)
        identity = self._caller.identity
        answer = await conversation.answer(
            protocol.parse(content), lambda session: SocketWaiter(session, identity.roles, self)
        )
        if isinstance(answer, Held):
            self._hold(answer)
            return
        await self._say(answer)
        await self._empty_outbox()
        if answer.is_last:
            await self.close(_NORMAL)

    # --- Held connects ----------------------------------------------------------------------------
    def _hold(self, held: Held) -> None:
        waiter = held.waiter
        assert isinstance(waiter, SocketWaiter)
        loop = asyncio.get_running_loop()
        timer = loop.call_later(held.hold_ms / 1000, waiter.time_is_up)
        self._pending[waiter.session.id] = _Pending(held, timer)
        if waiter.has_news:
            self.work_for(waiter)

    def work_for(self, waiter: SocketWaiter) -> None:
        pending = self._pending_of(waiter)
        if pending is not None and (pending.task is None or pending.task.done()):
            pending.task = asyncio.create_task(self._work(pending, waiter))

    def end(self, waiter: SocketWaiter, why: End) -> None:
        pending = self._pending_of(waiter)
        if pending is None:
            return
        self._forget(pending)
        answer = Conversation(self._node, self._caller).ended(pending.held, why)
        if answer is None:
            return
        self._outbox.append(answer)
        # Of what this socket's own client has asked for, the one who answers it sends this too.
        task = asyncio.create_task(self._end_soon())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _work(self, pending: _Pending, waiter: SocketWaiter) -> None:
        try:
            while waiter.has_news or waiter.is_due:
                waiter.has_news = False
                if waiter.is_due or waiter.session.has_ack:
                    await self._finish(pending)
                    return
                entries = await self._node.take_for(waiter)
                if entries:
                    await self._say(Answer(entries=entries))
        except (SupersededError, UnknownClientError):
            self._forget(pending)
        except StoreUnavailableError:
            await self.close(_FAILED)

    async def _finish(self, pending: _Pending) -> None:
        self._forget(pending)
        answer = await Conversation(self._node, self._caller).finish(pending.held)
        if answer is not None:
            await self._say(answer)

    def _pending_of(self, waiter: SocketWaiter) -> _Pending | None:
        pending = self._pending.get(waiter.session.id)
        return pending if pending is not None and pending.held.waiter is waiter else None

    def _forget(self, pending: _Pending) -> None:
        pending.timer.cancel()
        self._node.detach(pending.held.waiter)
        if self._pending.get(pending.held.waiter.session.id) is pending:
            del self._pending[pending.held.waiter.session.id]

    # --- What the client is told ------------------------------------------------------------------
    async def _end_soon(self) -> None:
        await self._empty_outbox()
        if not self._pending:
            await self.close(_NORMAL)

    async def _empty_outbox(self) -> None:
        while self._outbox:
            await self._say(self._outbox.pop(0))

    async def _say(self, answer: Answer) -> None:
        if not self._is_closed:
            text = answer.body(self._caller.base).decode()
            await self._send({"type": "websocket.send", "text": text})
