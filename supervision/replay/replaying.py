"""A call log replayed into a contact center of its own, with the times it gives.

The rows become the events of telephony that a switch would have told, and go the way of every
event: through the feed into an engine, whose values are recorded tick by tick. That engine is of
this replay alone. The running one has one clock for all contact centers, the present, and would
take old events at its own time; so the events are not added to the log.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from portal.api.roles import Role
from portal.events.log import Event
from provisioning.change import Change
from provisioning.models import ContactCenter
from provisioning.services.contact_centers import create_contact_center
from provisioning.services.queues import create_queue
from provisioning.services.users import create_user
from supervision.activity import Timeline
from supervision.board import Fact
from supervision.definitions import current_definitions
from supervision.feed import fact_of
from supervision.models import AgentInterval, StatisticHistory
from supervision.replay.days import Day, day_definitions, read_day
from supervision.replay.rows import CallRow, local_day
from supervision.state import LiveState
from supervision.statistics.engine import Engine
from supervision.statistics.notification import Change as Changed
from supervision.statistics.windows import local_midnight_ms
from telephony import events as line
from telephony.models import CallPartRecord, CallRecord

COUNTRY, DOMAIN_ENDING = "IL", ".example"
_TICK_MS = 60_000
_NOT_READY = {"displayName": "Not Ready", "state": "NotReady"}
_NOBODY = "no-server"
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Bank:
    """The contact center that a log is replayed into: one queue, and an agent for each server."""

    center: ContactCenter
    queue_id: str
    servers: dict[str, str]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.center.time_zone)


@dataclass(frozen=True, slots=True)
class Replayed:
    days: dict[date, Day]
    events: int
    values: int


@transaction.atomic
def replay(*, rows: Sequence[CallRow], name: str, time_zone: str) -> Replayed:
    """Make the contact center, take the rows in, and keep values, calls and activity.

    Raises ApiError 18 where there is such a contact center already.
    """
    bank = _furnish(rows, name, time_zone)
    run = _Run(bank, rows)
    run.through_all_days()
    _keep_calls(bank, rows)
    return Replayed(run.days, run.events, run.values)


def _furnish(rows: Sequence[CallRow], name: str, time_zone: str) -> Bank:
    change = Change(actor=None, origin="replay", reason="A replayed call log")
    domain = "".join(one if one.isalnum() else "-" for one in name.lower()) + DOMAIN_ENDING
    center = create_contact_center(
        change=change, name=name, domain=domain, country=COUNTRY, time_zone=time_zone
    )
    queue = create_queue(change=change, contact_center=center, name="Calls", internal=True)
    servers = {}
    for server in sorted({row.server for row in rows if row.server is not None}):
        user = create_user(
            change=change,
            contact_center=center,
            user_name=f"{server.lower()}@{domain}",
            first_name=server,
            last_name="Server",
            roles=[Role.AGENT.value],
        )
        servers[server] = str(user.pk)
    return Bank(center, str(queue.pk), servers)


class _Run:
    def __init__(self, bank: Bank, rows: Sequence[CallRow]) -> None:
        self._bank = bank
        first = min((row.offered_ms for row in rows), default=0)
        last = max((max(row.left_ms, row.released_ms) for row in rows), default=0)
        self._first_day, self._last_day = (local_day(at, bank.zone) for at in (first, last))
        self._opening_ms = local_midnight_ms(self._first_day, bank.zone)
        self._known = {(one.object_type, one.name) for one in current_definitions()}
        own = [one for one in day_definitions() if (one.object_type, one.name) not in self._known]
        engine = Engine(
            (*current_definitions(), *own), zone=bank.center.time_zone, opening=self._opening_ms
        )
        self._state = LiveState(engine, LiveState.empty(()).board, 0)
        self._timeline = Timeline([])
        self._facts = _facts(bank, rows, self._opening_ms)
        self._changes: list[Changed] = []
        self._tick_ms = self._opening_ms
        self.days: dict[date, Day] = {}
        self.events = 0
        self.values = 0

    def through_all_days(self) -> None:
        waiting = next(self._facts, None)
        day = self._first_day
        while day <= self._last_day:
            end_ms = local_midnight_ms(day + timedelta(days=1), self._bank.zone)
            while waiting is not None and waiting.at_ms < end_ms:
                self._take(waiting)
                waiting = next(self._facts, None)
            self._pass_ticks(end_ms - 1)
            self.days[day] = read_day(
                self._state.engine, self._bank.queue_id, self._bank.servers, end_ms - 1
            )
            self._keep_values()
            day += timedelta(days=1)
        self._keep_activity()

    def _take(self, fact: Fact) -> None:
        self._pass_ticks(fact.at_ms - 1)
        self.events += 1
        self._state.take(self.events, fact)
        self._timeline.apply(fact)

    def _pass_ticks(self, until_ms: int) -> None:
        while self._tick_ms + _TICK_MS <= until_ms:
            self._tick_ms += _TICK_MS
            self._changes += self._state.engine.evaluate(self._tick_ms)

    def _keep_values(self) -> None:
        """As history; the newest value is what the running engine says."""
        kept = [
            StatisticHistory(
                object_type=one.object_type,
                object_id=one.object_id,
                name=one.name,
                value=one.value,
                at_ms=one.time_ms,
            )
            for one in self._changes
            if (one.object_type, one.name) in self._known
        ]
        StatisticHistory.objects.bulk_create(kept, batch_size=_BATCH, ignore_conflicts=True)
        self.values += len(kept)
        self._changes.clear()

    def _keep_activity(self) -> None:
        """Up to the last event: nobody knows what the agents did afterwards."""
        last_ms = self._state.engine.now_ms
        for interval in self._timeline.begun:
            if interval.ended_ms is None:
                interval.ended_ms = last_ms
        began = [one for one in self._timeline.begun if one.ended_ms != one.began_ms]
        AgentInterval.objects.bulk_create(began, batch_size=_BATCH)


def _facts(bank: Bank, rows: Sequence[CallRow], opening_ms: int) -> Iterator[Fact]:
    """All that happened, in the order of time; within a moment in the order of the rows."""
    yield from _furnishing(bank, opening_ms)
    moments: list[tuple[int, int, int, Event]] = []
    for row in rows:
        events = _events_of(bank, row)
        moments += [(one.occurred_at_ms, row.line, n, one) for n, one in enumerate(events)]
    moments.sort(key=lambda moment: moment[:3])
    for _, _, _, event in moments:
        yield fact_of(event)


def _furnishing(bank: Bank, at_ms: int) -> Iterator[Fact]:
    center_id = str(bank.center.pk)

    def provisioned(resource: str, object_id: str, after: dict[str, Any]) -> Fact:
        facts = {"resource": resource, "object_id": object_id, "before": None, "after": after}
        return Fact("provisioning.changed", center_id, at_ms, facts)

    zone = {"name": bank.center.name, "time_zone": bank.center.time_zone}
    yield provisioned("contact-centers", center_id, zone)
    yield provisioned("queues", bank.queue_id, {"name": "Calls"})
    for server, user_id in bank.servers.items():
        name = {"user_name": server, "first_name": server, "last_name": "Server"}
        yield provisioned("users", user_id, {**name, "is_agent": True})
        # The records name no logins: a server is there all the time, and not ready between calls.
        login = {"user_id": user_id, "device_ids": [user_id], "user_state": _NOT_READY}
        yield Fact("agent.login", center_id, at_ms, login)


def _events_of(bank: Bank, row: CallRow) -> Iterator[Event]:
    call = {
        "contact_center_id": str(bank.center.pk),
        "call_id": f"{row.line}",
        "call_uuid": f"replay-{row.line}",
        "call_type": "Inbound",
        "queue_id": bank.queue_id,
    }
    yield line.CallQueued(**call, occurred_at_ms=row.offered_ms)  # type: ignore[arg-type]
    left = {"occurred_at_ms": row.left_ms}
    if not row.is_answered:
        yield line.CallAbandoned(**call, **left)  # type: ignore[arg-type]
        return
    user_id = bank.servers.get(row.server or "")
    party = {"device_id": user_id or _NOBODY, "user_id": user_id}
    yield line.CallDistributed(**call, **party, **left)  # type: ignore[arg-type]
    yield line.CallRinging(**call, **party, **left)  # type: ignore[arg-type]
    yield line.CallAnswered(**call, **party, **left)  # type: ignore[arg-type]
    released = {"occurred_at_ms": row.released_ms}
    yield line.CallReleased(**call, **party, **released)  # type: ignore[arg-type]


def _keep_calls(bank: Bank, rows: Sequence[CallRow]) -> None:
    """As the history of calls has them, so that they can be listed and exported."""
    prefix = bank.center.pk.hex[:16]
    calls, parts = [], []
    for row in rows:
        common = {"contact_center_id": bank.center.pk, "call_uuid": f"{prefix}{row.line:016}"}
        answered_ms = row.left_ms if row.is_answered else None
        calls.append(
            CallRecord(
                **common,
                call_id=f"{row.line}",
                type="Inbound",
                queue_id=bank.queue_id,
                queued_at_ms=row.offered_ms,
                began_ms=row.offered_ms,
                answered_ms=answered_ms,
                ended_ms=row.released_ms,
                user_data={"recordedCallId": row.call_id},
            )
        )
        if row.server is not None:
            parts.append(
                CallPartRecord(
                    **common,
                    user_id=bank.servers[row.server],
                    queue_id=bank.queue_id,
                    began_ms=row.left_ms,
                    answered_ms=answered_ms,
                    ended_ms=row.released_ms,
                )
            )
    CallRecord.objects.bulk_create(calls, batch_size=_BATCH)
    CallPartRecord.objects.bulk_create(parts, batch_size=_BATCH)
