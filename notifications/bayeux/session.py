"""A client's session as it lies in the store, and how it changes: plain values, no input or output.

Its position is `cursor`, an id in the event log: everything up to it has arrived, or was not
meant for this client. With the acknowledge extension it moves by what the client acknowledges,
and `sent` remembers how far each unacknowledged answer went; so nothing is queued anywhere.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import orjson

# One is enough for clients that acknowledge with each connect.
_REMEMBERED_ANSWERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long and how much; milliseconds and bytes."""

    timeout_ms: int = 25_000
    max_interval_ms: int = 20_000
    multi_session_interval_ms: int = 2_000
    max_message_bytes: int = 131_072
    max_held_per_browser: int = 4
    max_sessions_per_user: int = 100
    max_subscriptions: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`holder` is the node where a connect is held, `cycle` counts connects: the last one wins."""

    id: str
    user_id: str
    contact_center_id: str | None
    browser: str
    cursor: int
    expires_at_ms: int
    is_connected: bool = False
    batch: int = 0
    sent: list[list[int]] = field(default_factory=list)
    subscriptions: dict[str, int] = field(default_factory=dict)
    cycle: int = 0
    holder: str = ""
    interval_ms: int = 0
    is_throttled: bool = False
    is_polling: bool = False

    @property
    def has_ack(self) -> bool:
        return self.batch > 0

    @property
    def counts_for_browser(self) -> bool:
        """Whether it holds one of its browser's few connections."""
        return bool(self.holder) and self.is_polling

    def streams(self) -> tuple[str, ...]:
        """Where its events come from: the user's own and the contact center's."""
        own = f"user:{self.user_id}"
        return (own, f"center:{self.contact_center_id}") if self.contact_center_id else (own,)

    def wants(self, event_id: int, patterns: tuple[str, ...]) -> bool:
        """Whether a subscription to one of the patterns is older than the event."""
        subscriptions = self.subscriptions
        return event_id > self.cursor and any(
            pattern in subscriptions and subscriptions[pattern] < event_id for pattern in patterns
        )

    def acknowledged(self, batch: int) -> "Session":
        """The client has all that was sent with the answers up to this number.

        It has not heard later ones, so they are void. What they held is sent again, perhaps by
        a process that has read less of the log, and must not be taken for acknowledged then.
        """
        if not self.has_ack:
            return self
        reached = max((upto for number, upto in self.sent if number <= batch), default=self.cursor)
        return dataclasses.replace(self, cursor=max(self.cursor, reached), sent=[])

    def held(self, node: str, *, now_ms: int, hold_ms: int, limits: Limits) -> "Session":
        """A connect is held here; should the node die, the session expires all the same."""
        return dataclasses.replace(
            self,
            cycle=self.cycle + 1,
            holder=node,
            is_connected=True,
            is_throttled=False,
            expires_at_ms=now_ms + hold_ms + self.interval_ms + limits.max_interval_ms,
        )

    def answered(self, upto: int, *, now_ms: int, limits: Limits) -> "Session":
        """A connect is answered, with all events up to this id."""
        moved = self.moved(upto) if not self.has_ack else self._batch_sent(upto)
        return dataclasses.replace(
            moved,
            holder="",
            is_connected=True,
            expires_at_ms=now_ms + self.interval_ms + limits.max_interval_ms,
        )

    def moved(self, upto: int) -> "Session":
        return dataclasses.replace(self, cursor=max(self.cursor, upto))

    def released(self, *, now_ms: int, limits: Limits) -> "Session":
        """A held connect has ended without an answer."""
        return dataclasses.replace(
            self, holder="", expires_at_ms=now_ms + self.interval_ms + limits.max_interval_ms
        )

    def touched(self, *, now_ms: int, limits: Limits) -> "Session":
        """Another request was heard; while a connect is held nothing expires before its end."""
        until = now_ms + self.interval_ms + limits.max_interval_ms
        return dataclasses.replace(self, expires_at_ms=max(self.expires_at_ms, until))

    def subscribed(self, patterns: list[str], *, at: int) -> "Session":
        """An existing subscription keeps its age."""
        return dataclasses.replace(
            self, subscriptions={**dict.fromkeys(patterns, at), **self.subscriptions}
        )

    def unsubscribed(self, patterns: list[str]) -> "Session":
        kept = {name: at for name, at in self.subscriptions.items() if name not in patterns}
        return dataclasses.replace(self, subscriptions=kept)

    def _batch_sent(self, upto: int) -> "Session":
        sent = [*self.sent, [self.batch, max(self.cursor, upto)]]
        return dataclasses.replace(self, batch=self.batch + 1, sent=sent[-_REMEMBERED_ANSWERS:])


def encode(session: Session) -> str:
    return orjson.dumps(session).decode()


def decode(text: str | bytes) -> Session:
    values: dict[str, Any] = orjson.loads(text)
    return Session(**values)
