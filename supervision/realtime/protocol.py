"""The conversation of a supervision socket with the leader, without either: who is asked, when.

Time is an argument. docs/runtime.md describes the frames for those who write clients.
"""

import enum
from dataclasses import dataclass

# A leader answers within this time, or there is none.
ANSWER_SECONDS = 2.0
# Deltas this far back are ones that the snapshot contains; further back is another leader's count.
_LATE_FRAMES = 100

UNAVAILABLE = '{"type":"unavailable"}'


class Ask(enum.Enum):
    """The leader is to be asked for a snapshot."""

    SNAPSHOT = enum.auto()


Deed = str | Ask | None


@dataclass(slots=True)
class Conversation:
    """Passes on the snapshot and then, without a gap, the deltas that follow it.

    Each method gives what is to be done: send a text, ask the leader, or nothing.
    """

    _seq: int | None = None
    _asked_at: float | None = None

    def begin(self, now: float) -> Deed:
        return self._ask(now)

    def wished(self, now: float) -> Deed:
        """The client asks for a snapshot; deltas go on meanwhile."""
        return self._ask(now)

    def fell_behind(self, now: float) -> Deed:
        """The client has missed frames; it gets no deltas before the next snapshot."""
        self._seq = None
        return self._ask(now)

    def heard_snapshot(self, seq: int, text: str) -> str | None:
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
