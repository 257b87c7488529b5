import asyncio
from typing import Any

import structlog
from channels.db import database_sync_to_async
from django.db import DatabaseError

from notifications.messages import Message
from notifications.realtime.access import watched_self
from notifications.realtime.content import Whole, as_text, frames_of, read_whole
from notifications.realtime.hub import listen, stop_listening
from portal.api.uris import API_ROOT
from portal.runtime.live_sockets import LiveConsumer
from portal.runtime.websockets import http_base_of
from provisioning.models import User

logger = structlog.get_logger(__name__)

# While a snapshot is read, what happens meanwhile waits; with more than this it is read again.
_MAX_HELD = 1000
_PAUSE_SECONDS = 1.0


class OwnStateConsumer(LiveConsumer):
    """`/ws/me`: the user's own devices, calls and channels; a snapshot, then what changes."""

    async def find_watched(self, user: Any) -> Any:
        return await watched_self(user)

    async def begin(self) -> None:
        self.user_id, self.center_id = (str(one) for one in self.watched)
        self.base = http_base_of(self.scope) + API_ROOT
        self.seq = 0
        # Up to where the snapshot holds what happened; None while there is none.
        self.cursor: int | None = None
        self.held: list[tuple[int, list[Message]]] = []
        self.snapshot_wanted = asyncio.Event()
        await listen(self)
        self.in_background(self._show())
        self.snapshot_wanted.set()

    async def end(self) -> None:
        await stop_listening(self)

    async def wish_snapshot(self) -> None:
        self.outdated()

    async def fell_behind(self) -> None:
        self.outdated()

    # --- what the hub says ---

    def heard(self, event_id: int, messages: list[Message]) -> None:
        if self.cursor is not None:
            self._tell(event_id, messages)
        elif len(self.held) < _MAX_HELD:
            self.held.append((event_id, messages))
        else:
            self.outdated()

    def outdated(self) -> None:
        """Nothing more is told before the next snapshot, which is read from now on."""
        self.cursor = None
        self.held.clear()
        self.snapshot_wanted.set()

    def _tell(self, event_id: int, messages: list[Message]) -> None:
        if self.cursor is not None and event_id > self.cursor:
            for frame in frames_of(messages, self.base):
                self.seq += 1
                self.outbox.put(as_text(frame, seq=self.seq))

    async def _show(self) -> None:
        """Read snapshots as they are wanted; what was held meanwhile follows."""
        while True:
            await self.snapshot_wanted.wait()
            self.snapshot_wanted.clear()
            try:
                whole = await self._read()
            except DatabaseError as error:
                logger.warning("own state cannot be read", error=str(error))
                await asyncio.sleep(_PAUSE_SECONDS)
                self.snapshot_wanted.set()
                continue
            if whole is None or self.snapshot_wanted.is_set():
                continue
            self.cursor = whole.cursor
            self.seq += 1
            self.outbox.put_whole(as_text(whole.content, seq=self.seq))
            held, self.held = self.held, []
            for event_id, messages in held:
                self._tell(event_id, messages)

    @database_sync_to_async  # type: ignore[untyped-decorator]
    def _read(self) -> Whole | None:
        """None for a user who has gone; the next look at his rights ends the socket."""
        user = User.objects.filter(pk=self.user_id).select_related("contact_center").first()
        return None if user is None else read_whole(user, self.base)
