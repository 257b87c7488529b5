import asyncio
import contextlib
import time
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

import redis
import structlog
from channels.exceptions import ChannelFull
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

from supervision.realtime.access import current_user, watched_center
from supervision.realtime.groups import SNAPSHOT_REQUESTS, group_of
from supervision.realtime.protocol import ANSWER_SECONDS, Ask, CloseCode, Conversation, Deed

logger = structlog.get_logger(__name__)


class SupervisionConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """`/ws/supervision`: moves frames between the leader and one socket; decides nothing."""

    recheck_seconds = 20.0
    center_id: UUID | None = None

    async def connect(self) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        self.center_id = await watched_center(self.scope["user"])
        if self.center_id is None:
            await self.close()
            return
        self.group = group_of(self.center_id)
        self.conversation = Conversation()
        await self._join()
        await self.accept()
        self._in_background(self._recheck())
        await self._do(self.conversation.begin(time.monotonic()))

    async def disconnect(self, code: int) -> None:
        for task in self.tasks:
            task.cancel()
        if self.center_id is not None:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self._do(self.conversation.heard_from_client(text_data, time.monotonic()))

    async def supervision_snapshot(self, message: dict[str, Any]) -> None:
        await self._do(self.conversation.heard_snapshot(message["seq"], message["text"]))

    async def supervision_delta(self, message: dict[str, Any]) -> None:
        now = time.monotonic()
        await self._do(self.conversation.heard_delta(message["seq"], message["text"], now))

    async def _do(self, deed: Deed) -> None:
        match deed:
            case CloseCode():
                await self.close(code=int(deed))
            case Ask():
                self._in_background(self._ask())
            case str():
                await self.send(text_data=deed)

    async def _ask(self) -> None:
        request = {"center_id": str(self.center_id), "reply_to": self.channel_name}
        # Full when nobody has taken requests for a while; the wait below says so either way.
        with contextlib.suppress(ChannelFull, OSError, redis.RedisError):
            await self.channel_layer.send(SNAPSHOT_REQUESTS, {"type": "snapshot", **request})
        await asyncio.sleep(ANSWER_SECONDS)
        await self._do(self.conversation.waited(time.monotonic()))

    async def _recheck(self) -> None:
        """End the socket with the session, the user's role or the feature that allowed it."""
        while True:
            await asyncio.sleep(self.recheck_seconds)
            try:
                user = await current_user(self.scope["session"].session_key)
                center_id = None if user is None else await watched_center(user)
            except DatabaseError as error:
                logger.warning("a session cannot be checked", error=str(error))
                continue
            if center_id != self.center_id:
                lost = CloseCode.SESSION_ENDED if user is None else CloseCode.ACCESS_LOST
                await self._do(lost)
                return
            await self._join()

    async def _join(self) -> None:
        """Join the group, or stay in it: a layer forgets members that have not come for a day."""
        await self.channel_layer.group_add(self.group, self.channel_name)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
