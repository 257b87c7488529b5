"""The statistics task: what the leading process does with the log, second by second."""

import threading
import time
from collections.abc import Sequence

import structlog
from django.db import transaction

from portal.events import wakeup
from portal.events.log import now_ms
from portal.runtime.loops import channel_loop
from supervision import health
from supervision.checkpoints import READER, newest_checkpoint, save_checkpoint
from supervision.definitions import first_definitions
from supervision.frames import PERIOD_MS
from supervision.live import Live
from supervision.realtime.broadcast import Broadcast
from supervision.services.definitions import adopt_file
from supervision.statistics.definitions import Definition
from supervision.values import record

logger = structlog.get_logger(__name__)

# An event is dated before it is committed: a tick waits so long for those that are under way.
_GRACE_MS = 50
_CHECKPOINT_SECONDS = 30.0
_BEAT_SECONDS = 3.0
# Between the periods' frames, news is told at most this often.
_NEWS_SECONDS = 0.25
_POLL_SECONDS = 0.25
_RECORDS_PER_TRANSACTION = 5000


def run_statistics(stop: threading.Event) -> None:
    """Go on after the last checkpoint, then follow the log until told to stop."""
    adopt_file()
    task = StatisticsTask(first_definitions())
    task.catch_up(stop)
    broadcast = Broadcast(channel_loop())
    try:
        task.follow(broadcast, stop)
    finally:
        broadcast.close()
    task.checkpoint()


class StatisticsTask:
    def __init__(self, definitions: Sequence[Definition]) -> None:
        self.live = Live(definitions, first_seq=now_ms())
        self._saved_at = self._beaten_at = self._told_at = 0.0
        self._told_period_ms = 0
        if (saved := newest_checkpoint()) is not None:
            self.live.restore(saved.content, saved.cursor)

    def catch_up(self, stop: threading.Event) -> None:
        """Replay what the log holds after the checkpoint."""
        began, first = time.monotonic(), self.live.state.cursor
        self._read_log(stop)
        self.live.pass_ticks(now_ms() - _GRACE_MS, present_ms=now_ms())
        self._store()
        self.live.begin_showing(now_ms())
        seconds = round(time.monotonic() - began, 3)
        logger.info("statistics caught up", after=first, to=self.live.state.cursor, seconds=seconds)

    def follow(self, broadcast: Broadcast, stop: threading.Event) -> None:
        while not stop.is_set():
            self._read_log(stop)
            self.live.pass_ticks(now_ms() - _GRACE_MS, present_ms=now_ms())
            self._store()
            self._tell(broadcast)
            if time.monotonic() - self._saved_at >= _CHECKPOINT_SECONDS:
                self.checkpoint()
            wakeup.wait(min(_POLL_SECONDS, self._seconds_to_tick()))

    def checkpoint(self) -> None:
        self._store()
        state = self.live.state
        at_ms = max(self.live.tick_ms, state.engine.now_ms)
        save_checkpoint(cursor=state.cursor, at_ms=at_ms, content=self.live.content())
        self._saved_at = time.monotonic()

    def _read_log(self, stop: threading.Event) -> None:
        for batch in READER.batches(after=self.live.state.cursor):
            for recorded in batch:
                self.live.take(recorded, present_ms=now_ms())
            if stop.is_set():
                return

    def _store(self) -> None:
        """Records and the sign of life; a crash in between is made good by the replay."""
        records = self.live.take_records()
        for first in range(0, len(records), _RECORDS_PER_TRANSACTION):
            record(records[first : first + _RECORDS_PER_TRANSACTION])
        if time.monotonic() - self._beaten_at >= _BEAT_SECONDS:
            with transaction.atomic():
                health.beat()
            self._beaten_at = time.monotonic()

    def _tell(self, broadcast: Broadcast) -> None:
        if broadcast.is_busy():
            return
        at_ms = now_ms()
        frames = []
        is_new_period = self.live.tick_ms // PERIOD_MS != self._told_period_ms
        if is_new_period or time.monotonic() - self._told_at >= _NEWS_SECONDS:
            frames += self.live.deltas(at_ms, only_news=not is_new_period)
            self._told_at = time.monotonic()
            self._told_period_ms = self.live.tick_ms // PERIOD_MS
        frames += self.live.snapshots(broadcast.requests(), at_ms)
        broadcast.send(frames)

    def _seconds_to_tick(self) -> float:
        return max(0.0, (self.live.tick_ms + PERIOD_MS + _GRACE_MS - now_ms()) / 1000)
