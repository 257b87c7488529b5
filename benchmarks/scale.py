"""The engine fed from the log, its ticks, and what ten times the agents cost."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from benchmarks.dozen import definitions
from benchmarks.load import OPENING_MS, Shift, agent_of, furnished_engine, queue_of, skill_of
from benchmarks.measure import Row, Size, Timed, compare, timed
from portal.events.log import Event, event_kinds
from portal.events.models import EventRecord
from portal.events.reader import newest_event_id, read_events
from provisioning.events import ProvisioningChanged
from supervision.board import Board, Center
from supervision.feed import fact_of
from supervision.recording import watched_definitions
from supervision.state import LiveState
from supervision.statistics.engine import Engine
from supervision.statistics.events import SwitchEvent
from telephony import events as line

Events = Sequence[SwitchEvent]
_CENTER = str(UUID(int=1))
_BATCH = 1000
# Among ten seconds in a row each definition is due.
_TICKS = 10
_STATES = {
    "agent_ready": {"state": "Ready", "displayName": "Ready"},
    "agent_notready": {"state": "NotReady", "displayName": "Not Ready"},
    "agent_acw": {"state": "NotReady", "workMode": "AfterCallWork"},
}


def compare_fed_with_alone(size: Size) -> Iterator[Row]:
    """The same events read from the log and given to the engine; at least 0.3 is asked for."""
    shift = Shift()
    events = shift.run(size.events)
    # Each way has had the first half when measuring begins.
    first, second = events[: size.events // 2], events[size.events // 2 :]
    yield Row(
        "statistics-fed",
        "event",
        compare(
            _fed(shift, first, second, size.slice),
            _alone(shift, first, second, size.slice),
            repetitions=size.repetitions,
        ),
        "read from the log, through feed and board / the engine alone",
    )


def compare_ticks(size: Size) -> Iterator[Row]:
    """A second's events, then the tick, on average over ten; or all values read.

    At least 2 is asked for.
    """
    shift = Shift(queues=40, agents=400)
    events = shift.run(size.events)
    yield Row(
        "statistics-tick",
        "tick",
        compare(
            _ticking(shift, events, reads_all=False),
            _ticking(shift, events, reads_all=True),
            repetitions=size.repetitions,
        ),
        "values touched and time-dependent / all values",
    )


def compare_sizes(size: Size) -> Iterator[Row]:
    """Ten times the agents make ten times the events: one event must cost the same."""
    many, few = size.agents, max(10, size.agents // 10)
    length = max(200, size.slice // 2)
    yield Row(
        "statistics-agents",
        "event",
        compare(
            _second_half(Shift(queues=40, agents=many), length, size.repetitions),
            _second_half(Shift(queues=40, agents=few), length, size.repetitions),
            repetitions=size.repetitions,
        ),
        f"an event among {many:,} agents / among {few:,}",
    )


# --- the engine alone ---


def _alone(shift: Shift, first: Events, second: Events, length: int) -> Timed:
    engine = furnished_engine(shift, definitions())
    _apply(engine, first)
    begins = iter(range(0, len(second) - length + 1, length))

    def timed_part() -> float:
        begin = next(begins)
        return timed(lambda: _apply(engine, second[begin : begin + length]), units=length)

    return timed_part


def _second_half(shift: Shift, length: int, repetitions: int) -> Timed:
    """Measuring begins when everything has happened to most agents once."""
    warm = 25 * len(shift.agents)
    events = shift.run(warm + length * (repetitions + 1))
    return _alone(shift, events[:warm], events[warm:], length)


def _apply(engine: Engine, events: Events) -> None:
    for event in events:
        engine.apply(event)


# --- fed from the log ---


def _fed(shift: Shift, first: Events, second: Events, length: int) -> Timed:
    state = _furnished_state(shift)
    for event in first:
        state.take(0, fact_of(of_telephony(event)))
    EventRecord.objects.all().delete()
    after = newest_event_id()
    write_events([of_telephony(event) for event in second])
    state.cursor = after

    def read() -> None:
        left = length
        while left and (batch := read_events(after=state.cursor, limit=min(left, 500))):
            for recorded in batch:
                state.take(recorded.id, fact_of(recorded.event))
            left -= len(batch)
        if left:
            raise RuntimeError("The log holds too few events")

    return lambda: timed(read, units=length)


def _furnished_state(shift: Shift) -> LiveState:
    engine = furnished_engine(shift, definitions())
    board = Board()
    state = LiveState(engine, board, 0)
    center = {"name": "Bench", "time_zone": "UTC"}
    state.take(0, fact_of(provisioned("contact-centers", _CENTER, center)))
    known: Center = board.centers[_CENTER]
    for skill in range(shift.skills):
        known["skills"][skill_of(skill)] = skill_of(skill)
    for queue in shift.queues:
        known["queues"][queue_of(queue)] = queue_of(queue)
    for agent in shift.agents:
        name = {"first_name": agent_of(agent), "last_name": "", "user_name": agent_of(agent)}
        user = provisioned("users", agent_of(agent), {**name, "is_agent": True})
        board.apply(fact_of(user))
    return state


def provisioned(
    resource: str,
    object_id: str,
    after: dict[str, Any],
    *,
    center_id: str = _CENTER,
    at_ms: int = OPENING_MS,
) -> ProvisioningChanged:
    return ProvisioningChanged(
        contact_center_id=center_id,
        occurred_at_ms=at_ms,
        resource=resource,
        object_id=object_id,
        action="created",
        before=None,
        after=after,
        actor_id=None,
        actor_name="",
        origin="benchmark",
        request_id="",
        reason="",
    )


def of_telephony(event: SwitchEvent) -> Event:
    """The event that telephony would have told, without the views of clients."""
    common: dict[str, Any] = {"contact_center_id": _CENTER, "occurred_at_ms": event.time_ms}
    if event.name == "agent_login":
        return line.AgentLogin(
            **common,
            user_id=event.agent or "",
            device_ids=[event.dn or ""],
            device={},
            user_state=_STATES["agent_notready"],
        )
    kind = event_kinds()[event.name.replace("_", ".", 1)]
    if event.name in _STATES:
        state = {**_STATES[event.name], **({"reason": event.reason} if event.reason else {})}
        facts: dict[str, Any] = {
            "user_id": event.agent,
            "device_id": event.dn,
            "device": {},
            "user_state": state,
        }
        return kind(**common, **facts)
    facts = {"call_id": event.call, "call_uuid": event.call, "queue_id": event.queue}
    facts["call_type"] = event.type or "Inbound"
    if event.dn is not None and event.name != "call_abandoned":
        facts |= {"device_id": event.dn, "user_id": (event.dn or "").replace("dn", "agent")}
    if event.name == "call_queued":
        facts |= {"ani": "", "dnis": "", "user_data": {}}
    return kind(**common, **facts)


@transaction.atomic
def write_events(events: list[Event]) -> None:
    EventRecord.objects.bulk_create(
        (
            EventRecord(
                kind=one.kind,
                contact_center_id=one.contact_center_id,
                occurred_at_ms=one.occurred_at_ms,
                payload=one.payload(),
            )
            for one in events
        ),
        batch_size=_BATCH,
    )


# --- ticks ---


def _ticking(shift: Shift, events: Events, *, reads_all: bool) -> Timed:
    engine = furnished_engine(shift, watched_definitions(definitions()))
    half = len(events) // 2
    _apply(engine, events[:half])
    rest = iter(events[half:])
    waiting: list[SwitchEvent] = []
    objects = [("QUEUE", queue_of(one)) for one in shift.queues]
    objects += [("AGENT", agent_of(one)) for one in shift.agents]
    for kind in ("SKILL_Q", "SKILL_AG"):
        objects += [(kind, skill_of(one)) for one in range(shift.skills)]
    now_ms = engine.now_ms - engine.now_ms % 1000
    engine.evaluate(engine.now_ms)

    def take_a_second() -> int:
        nonlocal now_ms
        now_ms += 1000
        while True:
            event = waiting.pop() if waiting else next(rest, None)
            if event is None or event.time_ms > now_ms:
                waiting.extend([event] if event else [])
                return now_ms
            engine.apply(event)

    def timed_tick() -> float:
        if not reads_all:
            return sum(tick(take_a_second()) for _ in range(_TICKS)) / _TICKS
        at_ms = max(take_a_second(), engine.now_ms)
        return timed(lambda: [engine.values(kind, ident, at_ms) for kind, ident in objects])

    def tick(at_ms: int) -> float:
        return timed(lambda: engine.evaluate(max(at_ms, engine.now_ms)))

    return timed_tick
