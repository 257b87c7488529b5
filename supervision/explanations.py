"""Where a number comes from: its window, the events counted in it, and the number once more.

The recomputation begins at a checkpoint from before the window, or at the beginning of the log,
so all that is counted in the window is counted from the log itself. It has an engine of its own,
with the one definition that is asked for.
"""

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.api.status import ApiError, StatusCode
from portal.events.reader import BATCH_SIZE, RecordedEvent, read_events
from supervision.checkpoints import Checkpoint, baseline_checkpoint, newest_checkpoint_before
from supervision.definitions import first_definitions
from supervision.events import StatisticsDefined
from supervision.feed import fact_of
from supervision.state import Entries, LiveState
from supervision.statistics.definitions import Definition, parse_definitions
from supervision.statistics.engine import Engine
from supervision.statistics.explain import explain
from supervision.statistics.inspection import Inspection, Running
from supervision.statistics.tracing import Note, Trace
from supervision.statistics.windows import GrowingWindow, local_midnight_ms

# A question is answered while somebody waits.
MAX_EVENTS = 300_000


@dataclass(frozen=True, slots=True)
class Subject:
    """The statistic of an object that is asked about."""

    object_type: str
    object_id: str
    contact_center_id: str
    time_zone: str
    definition: Definition


@dataclass(frozen=True, slots=True)
class Counted:
    """An event that a statistic has counted, and what it counted of it."""

    event: RecordedEvent
    notes: list[Note]


@dataclass(frozen=True, slots=True)
class Account:
    """The whole answer; `counted` holds the events within the window, oldest first."""

    formula: str
    window: str
    since_ms: int | None
    reset_ms: int | None
    value: Any
    read_events: int
    counted: list[Counted]
    running: list[Running]


def account_for(subject: Subject, at_ms: int) -> Account:
    """What makes the value of a statistic at an instant.

    Raises ApiError 2 where the log no longer holds what is counted, or holds too much.
    """
    told = explain(subject.definition, subject.time_zone, at_ms)
    begin_ms = _needed_since(subject, told.since_ms, at_ms)
    replay = _Replay(subject, _start(begin_ms))
    replay.run(at_ms)
    since_ms, reset_ms = replay.window(at_ms) or (told.since_ms, None)
    first_ms = begin_ms if since_ms is None else since_ms
    counted = [one for one in replay.counted if one.event.event.occurred_at_ms >= first_ms]
    return Account(
        told.formula,
        told.window,
        since_ms,
        reset_ms,
        replay.value(at_ms),
        replay.read,
        counted,
        replay.running(),
    )


def _needed_since(subject: Subject, since_ms: int | None, at_ms: int) -> int:
    """From when on the log must be there; 0 is its beginning.

    Windows without a fixed beginning are looked at from the day's on.
    """
    interval = subject.definition.interval
    if isinstance(interval, GrowingWindow) and not interval.starts:
        return 0
    if since_ms is not None:
        return since_ms
    zone = ZoneInfo(subject.time_zone)
    return local_midnight_ms(datetime.fromtimestamp(at_ms / 1000, zone).date(), zone)


def _start(since_ms: int) -> Checkpoint | None:
    """Where the recomputation begins; None is the beginning of the log."""
    found = newest_checkpoint_before(since_ms)
    if found is None and baseline_checkpoint() is not None:
        raise ApiError(
            StatusCode.INVALID_STATE,
            "The event log has been trimmed: what was counted is no longer there",
        )
    return found


class _Replay:
    """The log of one contact center, taken in event by event with an eye on one object."""

    def __init__(self, subject: Subject, start: Checkpoint | None) -> None:
        self._subject = subject
        self._trace = Trace()
        self._inspection: Inspection | None = None
        self.counted: list[Counted] = []
        self.read = 0
        if start is None:
            engine = Engine(self._only(first_definitions()))
            self._state = LiveState(engine, LiveState.empty(()).board, 0)
        else:
            entries = start.content.get("definitions")
            before = first_definitions() if entries is None else parse_definitions(entries)
            content = {**start.content, "definitions": None}
            self._state = LiveState.restored(self._only(before), content, start.cursor)
        self._state.definitions_of = self._only_of

    def run(self, until_ms: int) -> None:
        events = self._events(until_ms)
        following = next(events, None)
        while following is not None:
            event, following = following, next(events, None)
            at_ms = event.event.occurred_at_ms
            self._look()
            self._state.take(event.id, fact_of(event.event))
            self._look()
            if self._inspection is not None and (
                following is None or following.event.occurred_at_ms > at_ms
            ):
                self._inspection.settle()
            if notes := self._trace.take():
                self.counted.append(Counted(event, notes))

    def value(self, at_ms: int) -> Any:
        """0 where the object or the definition was not there yet."""
        engine, subject = self._state.engine, self._subject
        if self._look() is None or subject.definition.name not in engine.names(subject.object_type):
            return 0
        at_ms = max(at_ms, engine.now_ms)
        return engine.value(subject.object_type, subject.object_id, subject.definition.name, at_ms)

    def running(self) -> list[Running]:
        inspection = self._look()
        return inspection.running() if inspection else []

    def window(self, at_ms: int) -> tuple[int, int | None] | None:
        inspection = self._look()
        return inspection.window(self._subject.definition, at_ms) if inspection else None

    def _look(self) -> Inspection | None:
        """Follow the object, which may come later, and go over to another engine."""
        kind, ident = self._subject.object_type, self._subject.object_id
        if self._inspection is None or not self._inspection.is_of(kind, ident):
            self._inspection = self._state.engine.inspect(kind, ident)
            if self._inspection is not None:
                self._inspection.trace(self._trace)
        return self._inspection

    def _only(self, definitions: tuple[Definition, ...]) -> tuple[Definition, ...]:
        wanted = self._subject.definition.object_type, self._subject.definition.name
        return tuple(one for one in definitions if (one.object_type, one.name) == wanted)

    def _only_of(self, entries: Entries) -> tuple[Definition, ...]:
        return self._only(parse_definitions(entries))

    def _events(self, until_ms: int) -> Iterator[RecordedEvent]:
        """The contact center's events and those that concern all, up to the instant."""
        after = self._state.cursor
        own = _all_events(after, contact_center_id=self._subject.contact_center_id)
        common = _all_events(after, kinds=[StatisticsDefined.kind])
        merged = heapq.merge(own, common, key=lambda one: one.id)
        for event in itertools.takewhile(lambda one: one.event.occurred_at_ms <= until_ms, merged):
            self.read += 1
            if self.read > MAX_EVENTS:
                raise ApiError(
                    StatusCode.INVALID_STATE,
                    f"More than {MAX_EVENTS} events lie in the window: too many to explain",
                )
            yield event


def _all_events(after: int, **wanted: Any) -> Iterator[RecordedEvent]:
    while batch := read_events(after=after, limit=BATCH_SIZE, **wanted):
        yield from batch
        after = batch[-1].id
