"""The notifications server of a process: made with the first request, on its event loop."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import DatabaseError, close_old_connections

from notifications import connections
from notifications.bayeux import protocol
from notifications.bayeux.callers import BROWSER_COOKIE, Callers
from notifications.bayeux.feed import Batch, Feed
from notifications.bayeux.http import HttpTransport
from notifications.bayeux.node import Node
from notifications.bayeux.redis_store import RedisStore
from notifications.bayeux.session import Limits
from notifications.bayeux.store import (
    MemoryStore,
    SessionStore,
    StoreUnavailableError,
    cancelled,
)
from notifications.bayeux.websocket import WebsocketTransport
from notifications.bayeux.window import Window
from portal.runtime.websockets import Receive, Scope, Send

logger = structlog.get_logger(__name__)

_SWEEP_SECONDS = 1.0
_PAUSE_SECONDS = 1.0
# Beyond a hold and the time that a session waits: then a session reads from the log itself.
_WINDOW_SLACK_MS = 30_000


InThread = Callable[[Callable[[], Any]], Awaitable[Any]]


class Server:
    """Answers the requests of one event loop; `start` before the first."""

    def __init__(
        self,
        *,
        store: SessionStore,
        limits: Limits,
        callers: Callers,
        in_thread: InThread | None = None,
    ) -> None:
        self._in_thread = in_thread or _in_own_thread
        self._store = store
        self._limits = limits
        self._callers = callers
        self._feed = Feed()
        self._tasks: set[asyncio.Task[None]] = set()
        self._node: Node | None = None
        self._http: HttpTransport | None = None
        self._websocket: WebsocketTransport | None = None

    @property
    def node(self) -> Node:
        assert self._node is not None
        return self._node

    async def start(self) -> None:
        position = await self._feed.newest()
        keep_ms = self._limits.timeout_ms + self._limits.max_interval_ms + _WINDOW_SLACK_MS
        node = self._node = Node(
            store=self._store,
            window=Window(position=position, keep_ms=keep_ms),
            history=lambda after, upto: self._feed.history(after=after, upto=upto),
            limits=self._limits,
        )
        offered = connection_types()
        self._http = HttpTransport(
            node, self._callers, connection_types=offered, browser_cookie=browser_cookie
        )
        self._websocket = WebsocketTransport(node, self._callers, connection_types=offered)
        await self._store.listen(node.name, node.heard)
        self._run(self._again_and_again(lambda: self._feed.follow(node.window.position, self.take)))
        self._run(self._again_and_again(self._sweep))

    async def close(self) -> None:
        for task in list(self._tasks):
            await cancelled(task)
        self._feed.close()
        self._callers.close()
        await self._store.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = self._http if scope["type"] == "http" else self._websocket
        assert transport is not None
        await transport(scope, receive, send)

    def take(self, batch: Batch) -> None:
        self.node.take(batch)
        if batch.changed_user_ids:
            self._callers.forget(batch.changed_user_ids)
            assert self._websocket is not None
            self._websocket.recheck(batch.changed_user_ids)
            concerned = [one for one in batch.changed_user_ids if self.node.has_waiter_of(one)]
            if concerned:
                self._run(self._end_who_may_not_stay(concerned))

    async def _end_who_may_not_stay(self, user_ids: list[str]) -> None:
        try:
            staying: set[str] = await self._in_thread(partial(_active_among, user_ids))
            for user_id in set(user_ids) - staying:
                await self.node.end_sessions_of(user_id)
        except (DatabaseError, StoreUnavailableError) as error:
            # Their credentials are forgotten all the same: the next request is refused.
            logger.warning("sessions not ended", error=str(error))

    async def _sweep(self) -> None:
        """Each second, and as soon as somebody came or went."""
        changed = self.node.presence_changed
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), _SWEEP_SECONDS)
        changed.clear()
        await self.node.sweep()
        async for change in self._store.presence_changes():
            tell = partial(connections.tell, change.user_id, is_connected=change.is_connected)
            await self._in_thread(tell)

    async def _again_and_again(self, act: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await act()
            except (StoreUnavailableError, DatabaseError) as error:
                logger.warning("notifications interrupted", error=repr(error))
                await asyncio.sleep(_PAUSE_SECONDS)
            except Exception:
                logger.exception("notifications interrupted")
                await asyncio.sleep(_PAUSE_SECONDS)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def connection_types() -> tuple[str, ...]:
    """What handshakes offer, best first."""
    types = [protocol.LONG_POLLING]
    if settings.BAYEUX_WEBSOCKET:
        types.insert(0, protocol.WEBSOCKET)
    if settings.BAYEUX_CALLBACK_POLLING:
        types.append(protocol.CALLBACK_POLLING)
    return tuple(types)


def browser_cookie(value: str) -> str:
    """By which the sessions of one browser know each other."""
    parts = [f"{BROWSER_COOKIE}={value}", "Path=/", "HttpOnly"]
    parts.append(f"SameSite={settings.SESSION_COOKIE_SAMESITE}")
    if settings.SESSION_COOKIE_SECURE:
        parts.append("Secure")
    return "; ".join(parts)


def server_from_settings() -> Server:
    limits = Limits(
        timeout_ms=settings.BAYEUX_TIMEOUT_MS,
        max_interval_ms=settings.BAYEUX_MAX_INTERVAL_MS,
        max_message_bytes=settings.BAYEUX_MAX_MESSAGE_BYTES,
        max_held_per_browser=settings.BAYEUX_MAX_HELD_PER_BROWSER,
    )
    store: SessionStore = RedisStore(settings.REDIS_URL) if settings.REDIS_URL else MemoryStore()
    return Server(store=store, limits=limits, callers=Callers())


def _active_among(user_ids: list[str]) -> set[str]:
    active = get_user_model()._default_manager.filter(pk__in=user_ids, is_active=True)
    return {str(pk) for pk in active.values_list("pk", flat=True)}


async def _in_own_thread(act: Callable[[], Any]) -> Any:
    return await asyncio.to_thread(_connected, act)


def _connected(act: Callable[[], Any]) -> Any:
    close_old_connections()
    try:
        return act()
    finally:
        close_old_connections()
