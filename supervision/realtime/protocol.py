"""The conversation on a supervision socket, without the socket: frames in, what to do out.

Time is an argument. docs/runtime.md describes the frames for those who write clients.
"""

import enum
import json
from collections import deque
from dataclasses import dataclass, field

import orjson

# What a client may send: short frames, few of them. One that floods is let go.
MAX_FRAME_LENGTH = 4096
_WINDOW_SECONDS = 10.0
_FRAMES_PER_WINDOW = 20
_FLOOD_PER_WINDOW = 200
# A leader answers within this time, or there is none.
ANSWER_SECONDS = 2.0
# Deltas this far back are ones that the snapshot contains; further back is another leader's count.
_LATE_FRAMES = 100

UNAVAILABLE = '{"type":"unavailable"}'


class CloseCode(enum.IntEnum):
    SESSION_ENDED = 4401
    ACCESS_LOST = 4403
    TOO_MANY_FRAMES = 4429


class Ask(enum.Enum):
    """The leader is to be asked for a snapshot."""

    SNAPSHOT = enum.auto()


Deed = str | Ask | CloseCode | None


def error_frame(message: str) -> str:
    return orjson.dumps({"type": "error", "message": message}).decode()


@dataclass(slots=True)
class Conversation:
    """Passes on the snapshot and then, without a gap, the deltas that follow it.

    Each method gives what is to be done: send a text, ask the leader, close, or nothing.
    """

    _seq: int | None = None
    _asked_at: float | None = None
    _heard: deque[float] = field(default_factory=deque)

    def begin(self, now: float) -> Deed:
        return self._ask(now)

    def heard_from_client(self, text: str | None, now: float) -> Deed:
        crowd = self._count(now)
        if crowd > _FLOOD_PER_WINDOW:
            return CloseCode.TOO_MANY_FRAMES
        if crowd > _FRAMES_PER_WINDOW:
            return error_frame("Too many frames") if crowd == _FRAMES_PER_WINDOW + 1 else None
        if text is None:
            return error_frame("Frames are texts")
        if len(text) > MAX_FRAME_LENGTH:
            return error_frame(f"A frame has at most {MAX_FRAME_LENGTH} characters")
        try:
            frame = orjson.loads(text)
        except json.JSONDecodeError:
            return error_frame("A frame is a JSON object")
        kind = frame.get("type") if isinstance(frame, dict) else None
        if kind != "snapshot":
            return error_frame('The one known frame is {"type": "snapshot"}')
        return self._ask(now)

    def heard_snapshot(self, seq: int, text: str) -> Deed:
        """One that nobody waits for any more is dropped."""
        if self._asked_at is None:
            return None
        self._asked_at = None
        self._seq = seq
        return text

    def heard_delta(self, seq: int, text: str, now: float) -> Deed:
        if self._seq is not None and seq == self._seq + 1:
            self._seq = seq
            return text
        if self._seq is not None and self._seq - _LATE_FRAMES <= seq <= self._seq:
            return None
        self._seq = None
        return self._ask(now)

    def waited(self, now: float) -> Deed:
        """Nobody has answered for so long; a delta that comes later makes us ask again."""
        if self._asked_at is None or now - self._asked_at < ANSWER_SECONDS:
            return None
        return UNAVAILABLE

    def _ask(self, now: float) -> Deed:
        if self._asked_at is not None and now - self._asked_at < ANSWER_SECONDS:
            return None
        self._asked_at = now
        return Ask.SNAPSHOT

    def _count(self, now: float) -> int:
        while self._heard and self._heard[0] <= now - _WINDOW_SECONDS:
            self._heard.popleft()
        if len(self._heard) <= _FLOOD_PER_WINDOW:
            self._heard.append(now)
        return len(self._heard)
