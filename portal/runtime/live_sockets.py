"""What every live socket of the pages does: whom it lets in, for how long, and how it sends.

A room's consumer says what it sends. Whoever may not in is refused before the socket is accepted;
whoever may not stay is sent away with a `CloseCode`, within `recheck_seconds`.
"""

import asyncio
import time
from collections.abc import Coroutine
from importlib import import_module
from typing import Any

import structlog
from asgiref.sync import sync_to_async
from channels.auth import get_user
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError

from portal.runtime.frames import CloseCode, Intake, Wish
from portal.runtime.outbox import Outbox

logger = structlog.get_logger(__name__)


async def current_user(session_key: str | None) -> Any:
    """Whoever the stored session belongs to now; None when it ended or the user may not."""
    if session_key is None:
        return None
    store = import_module(settings.SESSION_ENGINE).SessionStore
    session = await sync_to_async(store)(session_key)
    user = await get_user({"session": session})
    return user if user.is_authenticated else None


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    recheck_seconds = 20.0
    # What the socket shows; None before it is let in.
    watched: Any = None

    # --- what a room says ---

    async def find_watched(self, user: Any) -> Any:
        """What the user may watch here, or None; asked again and again."""
        raise NotImplementedError

    async def begin(self) -> None:
        """The socket is open."""
        raise NotImplementedError

    async def wish_snapshot(self) -> None:
        """The client asks for a snapshot."""
        raise NotImplementedError

    async def fell_behind(self) -> None:
        """Frames were dropped of a client that reads again now."""
        raise NotImplementedError

    async def stay(self) -> None:
        """Said each time that the client may stay."""

    async def end(self) -> None:
        """The socket, which was open, is closed."""

    # --- what all do ---

    async def connect(self) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        self.intake = Intake()
        self.outbox = Outbox(self._send_text, self.fell_behind)
        self.watched = await self.find_watched(self.scope["user"])
        if self.watched is None:
            await self.close()
            return
        await self.stay()
        await self.accept()
        self.in_background(self._recheck())
        self.in_background(self.outbox.deliver())
        try:
            await self.begin()
        except BaseException:
            self._cancel_tasks()
            raise

    async def disconnect(self, code: int) -> None:
        self._cancel_tasks()
        if self.watched is not None:
            await self.end()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        match self.intake.take(text_data, time.monotonic()):
            case Wish.SNAPSHOT:
                await self.wish_snapshot()
            case CloseCode() as code:
                await self.close(code=int(code))
            case str() as answer:
                self.outbox.put(answer)

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _cancel_tasks(self) -> None:
        for task in self.tasks:
            task.cancel()

    async def _send_text(self, text: str) -> None:
        await self.send(text_data=text)

    async def _recheck(self) -> None:
        """End the socket with the session, or with the right that let the user in."""
        while True:
            await asyncio.sleep(self.recheck_seconds)
            try:
                user = await current_user(self.scope["session"].session_key)
                watched = None if user is None else await self.find_watched(user)
            except DatabaseError as error:
                logger.warning("a session cannot be checked", error=str(error))
                continue
            if watched != self.watched:
                lost = CloseCode.SESSION_ENDED if user is None else CloseCode.ACCESS_LOST
                await self.close(code=int(lost))
                return
            await self.stay()
