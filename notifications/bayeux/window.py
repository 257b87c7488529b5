"""The last stretch of the log as messages: what sessions catch up from, without a query.

One list per stream (a user, a contact center), each in the order of the log. A session whose
cursor lies before the window reads the rest from the log.
"""

from collections import deque
from collections.abc import Iterable, Iterator

import orjson
import structlog

from notifications.bayeux.channels import patterns_of
from notifications.bayeux.session import Session
from notifications.messages import Message, messages_for
from portal.api.roles import Role
from portal.events.reader import RecordedEvent

logger = structlog.get_logger(__name__)

_MAX_ENTRIES = 20_000
_MAX_HOSTS = 8

Roles = frozenset[Role]


class Entry:
    """A message with its place in the log; its text is made once for all who read it."""

    __slots__ = ("_texts", "event_id", "message", "patterns", "stream")

    def __init__(self, event_id: int, message: Message) -> None:
        self.event_id = event_id
        self.message = message
        self.patterns = patterns_of(message.topic)
        self.stream = (
            f"user:{message.user_id}" if message.user_id else f"center:{message.contact_center_id}"
        )
        self._texts: dict[str, bytes] = {}

    def text(self, base: str) -> bytes:
        """The Bayeux message for clients that reach the API under `base`."""
        if (text := self._texts.get(base)) is None:
            message = self.message
            content = {"channel": message.topic, "data": message.content(base)}
            text = orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)
            if len(self._texts) < _MAX_HOSTS:
                self._texts[base] = text
        return text

    def is_for(self, session: Session, roles: Roles) -> bool:
        """Whether the session, in whose streams it lies, is to get it."""
        return session.wants(self.event_id, self.patterns) and not roles.isdisjoint(
            self.message.roles
        )


def entries_of(recorded: Iterable[RecordedEvent]) -> list[Entry]:
    """The messages of events; one that cannot be told is left out and logged."""
    entries: list[Entry] = []
    for one in recorded:
        try:
            entries += [Entry(one.id, message) for message in messages_for(one.event)]
        except (KeyError, TypeError, AttributeError):
            logger.exception("event not told to clients", id=one.id, kind=one.event.kind)
    return entries


class Window:
    """Holds every message of the events after `start`, up to `position`."""

    def __init__(self, *, position: int, keep_ms: int) -> None:
        self.start = position
        self.position = position
        self._keep_ms = keep_ms
        self._streams: dict[str, deque[Entry]] = {}
        self._ages: deque[tuple[int, Entry]] = deque()

    def take(self, entries: Iterable[Entry], *, position: int, now_ms: int) -> None:
        """The log was read up to `position`."""
        for entry in entries:
            self._streams.setdefault(entry.stream, deque()).append(entry)
            self._ages.append((now_ms, entry))
        self.position = position
        while self._ages and (
            len(self._ages) > _MAX_ENTRIES or self._ages[0][0] < now_ms - self._keep_ms
        ):
            self._drop_oldest_event()

    def after(self, cursor: int, streams: Iterable[str]) -> list[Entry]:
        """The messages of these streams after a cursor, oldest first."""
        parts = [part for stream in streams if (part := list(self._newest(stream, cursor)))]
        if len(parts) == 1:
            return parts[0][::-1]
        found = [entry for part in parts for entry in reversed(part)]
        found.sort(key=lambda entry: entry.event_id)
        return found

    def _newest(self, stream: str, cursor: int) -> Iterator[Entry]:
        for entry in reversed(self._streams.get(stream, ())):
            if entry.event_id <= cursor:
                return
            yield entry

    def _drop_oldest_event(self) -> None:
        """All its messages: the window begins between two events."""
        self.start = self._ages[0][1].event_id
        while self._ages and self._ages[0][1].event_id == self.start:
            _, entry = self._ages.popleft()
            stream = self._streams[entry.stream]
            stream.popleft()
            if not stream:
                del self._streams[entry.stream]
