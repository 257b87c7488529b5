"""What agents did, interval by interval: made of the log in the transaction of its reader.

The intervals are kept apart from the log and outlive its trimming.
"""

import threading
import time
from collections.abc import Iterable
from uuid import UUID

from django.db import close_old_connections, transaction

from portal.events import wakeup
from portal.events.reader import DurableReader, RecordedEvent, newest_event_id
from supervision.board import AGENT_STATES, CALL_ENDS, CALL_STATES, Fact, shown_state
from supervision.feed import fact_of
from supervision.models import AgentInterval

READER = DurableReader(
    "activity", kinds=[*AGENT_STATES, *CALL_STATES, *CALL_ENDS, "provisioning.changed"]
)
_POLL_SECONDS = 1.0
# A reader that nothing concerns must not hold the trimming of the log back.
_IDLE_SECONDS = 60.0

_Place = tuple[UUID, str]  # A user, and one of the calls or none.


class Timeline:
    """The open intervals of some agents, and what events make of them."""

    def __init__(self, open_intervals: Iterable[AgentInterval]) -> None:
        self._open: dict[_Place, AgentInterval] = {
            (one.user_id, one.call_id): one for one in open_intervals
        }
        self.begun: list[AgentInterval] = []
        self.ended: list[AgentInterval] = []

    def apply(self, fact: Fact) -> None:
        user_id = _user_of(fact)
        if user_id is None:
            return
        if fact.kind in AGENT_STATES:
            state, display_name, reason, work_mode = shown_state(fact)
            interval = _interval(fact, user_id, AgentInterval.STATE, state)
            interval.display_name = display_name[:255]
            interval.reason, interval.work_mode = reason[:255], work_mode
            self._follow(interval)
        elif fact.kind in CALL_STATES:
            interval = _interval(fact, user_id, AgentInterval.CALL, CALL_STATES[fact.kind])
            interval.call_id = fact.values["call_id"]
            before = self._open.get((user_id, interval.call_id))
            queue_id = fact.values.get("queue_id")
            if queue_id:
                interval.queue_id = UUID(queue_id)
            elif before is not None:
                interval.queue_id = before.queue_id
            self._follow(interval)
        elif fact.kind in CALL_ENDS:
            self._end((user_id, fact.values["call_id"]), fact.at_ms)
        elif fact.kind == "provisioning.changed":
            for place in [place for place in self._open if place[0] == user_id]:
                self._end(place, fact.at_ms)

    def _follow(self, interval: AgentInterval) -> None:
        """A new interval ends the one before it, unless both are the same."""
        place = interval.user_id, interval.call_id
        before = self._open.get(place)
        if before is not None:
            if _content(before) == _content(interval):
                return
            interval.began_ms = max(interval.began_ms, before.began_ms)
            self._end(place, interval.began_ms)
        self._open[place] = interval
        self.begun.append(interval)

    def _end(self, place: _Place, at_ms: int) -> None:
        interval = self._open.pop(place, None)
        if interval is not None:
            interval.ended_ms = max(at_ms, interval.began_ms)
            self.ended.append(interval)


def _user_of(fact: Fact) -> UUID | None:
    if fact.kind == "provisioning.changed":
        # Whoever has gone does nothing any more.
        has_gone = fact.values["resource"] == "users" and fact.values["after"] is None
        return UUID(fact.values["object_id"]) if has_gone else None
    user_id = fact.values.get("user_id")
    return UUID(user_id) if user_id else None


def _interval(fact: Fact, user_id: UUID, kind: str, state: str) -> AgentInterval:
    return AgentInterval(
        contact_center_id=UUID(fact.center_id),
        user_id=user_id,
        kind=kind,
        state=state,
        began_ms=fact.at_ms,
    )


def _content(one: AgentInterval) -> tuple[object, ...]:
    return one.state, one.display_name, one.reason, one.work_mode, one.queue_id


@transaction.atomic
def take_in(batch: list[RecordedEvent]) -> None:
    """Keep what a batch of events says, with the reader's position."""
    facts = [fact_of(recorded.event) for recorded in batch]
    users = {user for fact in facts if (user := _user_of(fact)) is not None}
    timeline = Timeline(AgentInterval.objects.filter(user_id__in=users, ended_ms=None))
    for fact in facts:
        timeline.apply(fact)
    stored = [one for one in timeline.ended if one.pk is not None]
    AgentInterval.objects.bulk_update(stored, ["ended_ms"], batch_size=500)
    # What ended as it began never was.
    new = [one for one in timeline.begun if one.ended_ms != one.began_ms]
    AgentInterval.objects.bulk_create(new, batch_size=500)
    READER.advance(batch[-1].id)


def catch_up() -> int:
    """Take in what the log holds; gives the id up to which it has been read."""
    newest, position = newest_event_id(), READER.position()
    for batch in READER.batches(after=position):
        take_in(batch)
        position = batch[-1].id
    return max(newest, position)


def follow_activity(stop: threading.Event) -> None:
    """The runtime task: follow the log until told to stop."""
    advanced_at = time.monotonic()
    while not stop.is_set():
        close_old_connections()
        read_to = catch_up()
        if time.monotonic() - advanced_at >= _IDLE_SECONDS:
            with transaction.atomic():
                READER.advance(read_to)
            advanced_at = time.monotonic()
        wakeup.wait(_POLL_SECONDS)


def forget_activity(*, older_than_ms: int) -> None:
    AgentInterval.objects.filter(ended_ms__lt=older_than_ms).delete()
