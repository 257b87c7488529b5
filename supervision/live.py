"""The leader's live part: events in, ticks at every full second, frames and records out.

Ticks are instants of the log's time: a tick comes after all events up to it and before the later
ones, whether they are read as they happen or replayed after a restart. So the same log gives the
same records, however often the process was killed.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from portal.events.reader import RecordedEvent
from supervision.board import Fact
from supervision.events import StatisticsDefined
from supervision.feed import fact_of
from supervision.frames import PERIOD_MS, Frames
from supervision.realtime.broadcast import Delta, Frame, Snapshot, SnapshotRequest
from supervision.recording import Recorder, watched_definitions
from supervision.state import LiveState
from supervision.statistics.definitions import Definition, parse_definitions
from supervision.statistics.notification import Change
from supervision.values import Recorded

# After a long absence, what was longer ago than this is counted, but its ticks are left out.
_HORIZON_MS = 3_600_000
_ROW_KINDS = {"QUEUE": "queues", "SKILL_Q": "skills", "SKILL_AG": "skills"}


class Live:
    def __init__(self, definitions: Sequence[Definition], *, first_seq: int) -> None:
        self._definitions = definitions
        self._first_seq = first_seq
        self._recorder = Recorder(definitions)
        self._records: list[Recorded] = []
        self._seqs: dict[str, int] = {}
        self._stirred: set[tuple[str, str]] = set()
        self.tick_ms = 0
        self._start(LiveState.empty(watched_definitions(definitions)))

    def restore(self, content: dict[str, Any], cursor: int) -> None:
        watched = watched_definitions(self._definitions)
        self._start(LiveState.restored(watched, content, cursor))
        self._recorder = self._recorder_with(content["recorder"])
        self.tick_ms = content["tickMs"]

    def _start(self, state: LiveState) -> None:
        self.state = state
        self._frames = Frames(state.board)

    def _recorder_with(self, content: dict[str, Any]) -> Recorder:
        """A recorder for the definitions in force that goes on with what another held."""
        entries = self.state.entries
        recorder = Recorder(self._definitions if entries is None else parse_definitions(entries))
        recorder.restore(content)
        return recorder

    def _redefine(self, at_ms: int) -> None:
        """Other definitions are in force: all is shown anew, and watchers find a gap in `seq`."""
        self._recorder = self._recorder_with(self._recorder.content())
        self._frames = Frames(self.state.board)
        self.begin_showing(at_ms)
        for center_id in self._seqs:
            self._seqs[center_id] += 1

    def content(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {
            **self.state.content(),
            "recorder": self._recorder.content(),
            "tickMs": self.tick_ms,
        }

    def take(self, recorded: RecordedEvent, *, present_ms: int) -> None:
        """Take in the next event; the ticks before it come first."""
        fact = fact_of(recorded.event)
        self.pass_ticks(fact.at_ms - 1, present_ms=present_ms)
        touched = self.state.take(recorded.id, fact)
        if fact.kind == StatisticsDefined.kind:
            self._redefine(fact.at_ms)
        if touched:
            self._frames.touch(fact.center_id, touched)
            self._stirred.update(row for row in touched if row[0] in _ROW_KINDS.values())
        self._stir(fact)

    def pass_ticks(self, until_ms: int, *, present_ms: int) -> None:
        """The ticks after the last one, up to an instant that is not in the future."""
        engine = self.state.engine
        until_ms = min(until_ms, present_ms)
        if not self.tick_ms:
            self.tick_ms = _full_second(until_ms)
        self.tick_ms = max(self.tick_ms, _full_second(present_ms - _HORIZON_MS))
        while self.tick_ms + PERIOD_MS <= until_ms:
            self.tick_ms += PERIOD_MS
            # An event dated in the future has the engine's clock ahead for a while.
            if self.tick_ms >= engine.now_ms:
                self._tick(engine.evaluate(self.tick_ms))

    def take_records(self) -> list[Recorded]:
        """What is to be stored since the last call, oldest first."""
        taken, self._records = self._records, []
        return taken

    def begin_showing(self, at_ms: int) -> None:
        """Read all values once, before the first frame; from then on changes are enough."""
        for center in self.state.board.centers.values():
            self._stirred.update(("queues", one) for one in center["queues"])
            self._stirred.update(("skills", one) for one in center["skills"])
        self._show_stirred(at_ms)

    def deltas(self, at_ms: int, *, only_news: bool) -> list[Frame]:
        """The next delta of each contact center, or of those of which there is news."""
        self._show_stirred(at_ms)
        return [
            self._delta(center_id, at_ms)
            for center_id in self.state.board.centers
            if not only_news or self._frames.has_news(center_id)
        ]

    def snapshots(self, requests: Iterable[SnapshotRequest], at_ms: int) -> list[Frame]:
        """The answers to requests; each contact center's snapshot is made once."""
        texts: dict[str, str | None] = {}
        answers: list[Frame] = []
        for request in requests:
            center_id = request.center_id
            seq = self._seqs.setdefault(center_id, self._first_seq)
            if center_id not in texts:
                content = self._frames.snapshot(center_id, seq=seq, at_ms=at_ms)
                texts[center_id] = None if content is None else _json(content)
            if (text := texts[center_id]) is not None:
                answers.append(Snapshot(request.reply_to, seq, text))
        return answers

    def _delta(self, center_id: str, at_ms: int) -> Frame:
        seq = self._seqs[center_id] = self._seqs.get(center_id, self._first_seq) + 1
        return Delta(center_id, seq, _json(self._frames.delta(center_id, seq=seq, at_ms=at_ms)))

    def _tick(self, changes: list[Change]) -> None:
        for change in changes:
            if change.object_type in _ROW_KINDS and change.time_ms == self.tick_ms:
                row = _ROW_KINDS[change.object_type], change.object_id
                self._frames.set_value(row, change.name, change.value, change.time_ms)
        self._records += self._recorder.take(changes, self.tick_ms)

    def _stir(self, fact: Fact) -> None:
        """Note which queues and skills an event may have given other values."""
        values = fact.values
        center = self.state.board.centers.get(fact.center_id)
        if center is None:
            return
        skills: list[str] = []
        if queue_id := values.get("queue_id"):
            self._stirred.add(("queues", queue_id))
            skills += center["queueSkills"].get(queue_id, [])
        if user_id := values.get("user_id"):
            skills += center["userSkills"].get(user_id, [])
        self._stirred.update(("skills", one) for one in skills)

    def _show_stirred(self, at_ms: int) -> None:
        engine = self.state.engine
        at_ms = max(at_ms, engine.now_ms)
        for row in self._stirred:
            for object_type, kind in _ROW_KINDS.items():
                if kind == row[0] and engine.has(object_type, row[1]):
                    for name, value in engine.values(object_type, row[1], at_ms).items():
                        self._frames.set_value(row, name, value, at_ms)
        self._stirred.clear()


def _full_second(at_ms: int) -> int:
    return at_ms - at_ms % PERIOD_MS


def _json(content: dict[str, Any]) -> str:
    return orjson.dumps(content).decode()
