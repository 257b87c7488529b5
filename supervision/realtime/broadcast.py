"""The leader's end of the channel layer: hears requests for snapshots, sends frames.

The leader's thread is none of the layer's event loop, so everything is handed over to that loop.
"""

import asyncio
import contextlib
import queue
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import redis
import structlog
from channels.exceptions import ChannelFull
from channels.layers import get_channel_layer

from portal.events import wakeup
from supervision.realtime.groups import SNAPSHOT_REQUESTS, group_of

logger = structlog.get_logger(__name__)

_PAUSE_SECONDS = 1.0
_LAYER_ERRORS = (OSError, redis.RedisError)


@dataclass(frozen=True, slots=True)
class SnapshotRequest:
    center_id: str
    reply_to: str


@dataclass(frozen=True, slots=True)
class Delta:
    center_id: str
    seq: int
    text: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    reply_to: str
    seq: int
    text: str


Frame = Delta | Snapshot


class Broadcast:
    """Frames leave in the order given; the leader never waits, but makes none while it is busy."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._layer: Any = get_channel_layer()
        self._requests: queue.SimpleQueue[SnapshotRequest] = queue.SimpleQueue()
        self._sending: Future[None] | None = None
        self._listening = asyncio.run_coroutine_threadsafe(self._listen(), loop)

    def requests(self) -> list[SnapshotRequest]:
        """Those that came since the last call."""
        taken = []
        with contextlib.suppress(queue.Empty):
            while True:
                taken.append(self._requests.get_nowait())
        return taken

    def is_busy(self) -> bool:
        """Whether frames handed over earlier are still on their way."""
        return self._sending is not None and not self._sending.done()

    def send(self, frames: list[Frame]) -> None:
        if frames and self._loop.is_running():
            self._sending = asyncio.run_coroutine_threadsafe(self._send(frames), self._loop)

    def close(self) -> None:
        self._listening.cancel()

    async def _listen(self) -> None:
        while True:
            try:
                message = await self._layer.receive(SNAPSHOT_REQUESTS)
            except _LAYER_ERRORS as error:
                logger.warning("snapshot requests not received", error=str(error))
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            self._requests.put(SnapshotRequest(message["center_id"], message["reply_to"]))
            wakeup.wake()

    async def _send(self, frames: list[Frame]) -> None:
        for frame in frames:
            try:
                await self._send_one(frame)
            except ChannelFull:
                # That socket does not keep up; it asks anew when it does.
                continue
            except _LAYER_ERRORS as error:
                logger.warning("frames not sent", error=str(error))
                return

    async def _send_one(self, frame: Frame) -> None:
        content = {"seq": frame.seq, "text": frame.text}
        match frame:
            case Delta():
                message = {"type": "supervision.delta", **content}
                await self._layer.group_send(group_of(frame.center_id), message)
            case Snapshot():
                message = {"type": "supervision.snapshot", **content}
                await self._layer.send(frame.reply_to, message)
