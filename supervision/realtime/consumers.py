import asyncio
import contextlib
import time
from typing import Any

import redis
from channels.exceptions import ChannelFull

from portal.runtime.live_sockets import LiveConsumer
from supervision.realtime.access import watched_center
from supervision.realtime.groups import SNAPSHOT_REQUESTS, group_of
from supervision.realtime.protocol import ANSWER_SECONDS, Ask, Conversation, Deed


class SupervisionConsumer(LiveConsumer):
    """`/ws/supervision`: moves frames between the leader and one socket; decides nothing."""

    async def find_watched(self, user: Any) -> Any:
        return await watched_center(user)

    async def begin(self) -> None:
        self.conversation = Conversation()
        await self._do(self.conversation.begin(time.monotonic()))

    async def wish_snapshot(self) -> None:
        await self._do(self.conversation.wished(time.monotonic()))

    async def fell_behind(self) -> None:
        await self._do(self.conversation.fell_behind(time.monotonic()))

    async def stay(self) -> None:
        """Join the group, or stay in it: a layer forgets members that have not come for a day."""
        await self.channel_layer.group_add(group_of(self.watched), self.channel_name)

    async def end(self) -> None:
        await self.channel_layer.group_discard(group_of(self.watched), self.channel_name)

    async def supervision_snapshot(self, message: dict[str, Any]) -> None:
        text = self.conversation.heard_snapshot(message["seq"], message["text"])
        if text is not None:
            self.outbox.put_whole(text)

    async def supervision_delta(self, message: dict[str, Any]) -> None:
        now = time.monotonic()
        await self._do(self.conversation.heard_delta(message["seq"], message["text"], now))

    async def _do(self, deed: Deed) -> None:
        match deed:
            case Ask():
                self.in_background(self._ask())
            case str():
                self.outbox.put(deed)

    async def _ask(self) -> None:
        request = {"center_id": str(self.watched), "reply_to": self.channel_name}
        # Full when nobody has taken requests for a while; the wait below says so either way.
        with contextlib.suppress(ChannelFull, OSError, redis.RedisError):
            await self.channel_layer.send(SNAPSHOT_REQUESTS, {"type": "snapshot", **request})
        await asyncio.sleep(ANSWER_SECONDS)
        await self._do(self.conversation.waited(time.monotonic()))
