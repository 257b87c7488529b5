"""What the live sockets have in common: codes, limits, and the one frame that clients send.

Time is an argument. Plain Python: no socket.
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


class CloseCode(enum.IntEnum):
    SESSION_ENDED = 4401
    ACCESS_LOST = 4403
    TOO_MANY_FRAMES = 4429


class Wish(enum.Enum):
    """What a client asks for."""

    SNAPSHOT = enum.auto()


def error_frame(message: str) -> str:
    return orjson.dumps({"type": "error", "message": message}).decode()


@dataclass(slots=True)
class Intake:
    """Reads a client's frames, and counts them."""

    _heard: deque[float] = field(default_factory=deque)

    def take(self, text: str | None, now: float) -> Wish | CloseCode | str | None:
        """What the client wishes; else why it is let go, an answer to send, or nothing."""
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
        return Wish.SNAPSHOT

    def _count(self, now: float) -> int:
        while self._heard and self._heard[0] <= now - _WINDOW_SECONDS:
            self._heard.popleft()
        if len(self._heard) <= _FLOOD_PER_WINDOW:
            self._heard.append(now)
        return len(self._heard)
