"""Wallboards: how soon a change on the line is on fifty of them, and what more agents cost."""

import asyncio
import contextlib
import itertools
import os
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import websockets
from django.db import transaction
from django.test import Client

from benchmarks import shift as phones
from benchmarks.dozen import definitions
from benchmarks.load import OPENING_MS, Shift, agent_of, queue_of, skill_of
from benchmarks.measure import Comparison, Row, Size, Timed, compare, timed
from benchmarks.scale import of_telephony, provisioned, write_events
from portal.events.log import Event, now_ms, publish
from portal.events.reader import RecordedEvent
from provisioning.models import User
from supervision.frames import PERIOD_MS
from supervision.live import Live
from telephony import events as line
from tests import processes

_QUEUES = 100
_EVENTS_PER_SECOND = 50
_READY_SECONDS = 60
_LAST_SECONDS = 5.0
# Between two frames of news, as the leader tells it.
_NEWS_MS = 250


def compare_wallboards(size: Size) -> Iterator[Row]:
    """The way to the clients against the period of a frame; ten times the agents against one."""
    agents = max(10, size.agents // 10)
    yield Row(
        "wallboards-frame",
        "change",
        _until_seen(agents, size.watchers, size.watched_seconds),
        f"from the commit to the socket, the slowest but 5 %, {size.watchers} wallboards watching"
        f" {_QUEUES} queues and {agents:,} agents at {_EVENTS_PER_SECOND} events/s / one second",
    )
    yield Row(
        "wallboards-agents",
        "agent",
        compare(
            _seconds_of_work(size.agents, size.repetitions),
            _seconds_of_work(agents, size.repetitions),
            repetitions=size.repetitions,
        ),
        f"a second of the leader's work, for each of {size.agents:,} agents / of {agents:,}",
    )


# --- a portal, its log, and browsers ---


def _until_seen(agents: int, watchers: int, seconds: int) -> Comparison:
    center = phones.open_center("Wallboards", agents=agents, ready=0, queues=_QUEUES)
    user_ids = list(center.users)
    queue_ids = [str(queue.pk) for queue in center.queues]
    _tell_of_everybody(str(center.row.pk), user_ids, queue_ids)
    cookie = _cookie_of_a_supervisor(center.row)
    changes = _Changes(str(center.row.pk), user_ids, queue_ids)
    with _serving() as port:
        boards = [
            _Wallboard(f"ws://127.0.0.1:{port}/ws/supervision", cookie) for _ in range(watchers)
        ]
        with _watching(boards, agents):
            changes.happen(seconds)
            _wait(lambda: all(changes.last.items() <= board.last.items() for board in boards))
    waits = [[board.seen_at(one) - one.at for one in changes.told] for board in boards]
    low, _, high = statistics.quantiles((PERIOD_MS / 1000 / _p95(one) for one in waits), n=4)
    p95 = _p95(itertools.chain(*waits))
    return Comparison(p95, PERIOD_MS / 1000, PERIOD_MS / 1000 / p95, low, high)


def _p95(seconds: Iterable[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


@dataclass(frozen=True, slots=True)
class _Change:
    """An agent's new state, whose reason is a number, and when it was about to be committed."""

    number: int
    user_id: str
    at: float


class _Changes:
    """Changes on the line, committed one by one at an even pace; half of them can be told apart."""

    def __init__(self, center_id: str, user_ids: Sequence[str], queue_ids: Sequence[str]) -> None:
        self._center_id = center_id
        self._user_ids = user_ids
        self._queue_ids = queue_ids
        self.told: list[_Change] = []

    @property
    def last(self) -> dict[str, int]:
        """The number of each agent's last state."""
        return {one.user_id: one.number for one in self.told}

    def happen(self, seconds: int) -> None:
        began = time.monotonic()
        for number in range(seconds * _EVENTS_PER_SECOND):
            time.sleep(max(0.0, began + number / _EVENTS_PER_SECOND - time.monotonic()))
            event = self._state(number) if number % 2 else self._call(number)
            with transaction.atomic():
                publish(event)

    def _state(self, number: int) -> Event:
        user_id = self._user_ids[number // 2 % len(self._user_ids)]
        self.told.append(_Change(number, user_id, time.time()))
        state = {"state": "NotReady", "displayName": "Busy", "reason": str(number)}
        facts: dict[str, Any] = {"user_id": user_id, "device_id": f"dn-{user_id}", "device": {}}
        return line.AgentNotReady(**self._common(), **facts, user_state=state)

    def _call(self, number: int) -> Event:
        queue_id, ident = self._queue_ids[number % len(self._queue_ids)], f"call-{number}"
        facts: dict[str, Any] = {
            "call_id": ident,
            "call_uuid": ident,
            "call_type": "Inbound",
            "queue_id": queue_id,
        }
        return line.CallQueued(**self._common(), **facts, ani="", dnis="", user_data={})

    def _common(self) -> dict[str, Any]:
        return {"contact_center_id": self._center_id, "occurred_at_ms": now_ms()}


class _Wallboard:
    """One client: which of the changes it saw when."""

    def __init__(self, address: str, cookie: str) -> None:
        self._address = address
        self._headers = {"Cookie": cookie, "Origin": address.replace("ws://", "http://")[:-15]}
        self.agents = 0
        self.last: dict[str, int] = {}
        self._seen: dict[str, list[tuple[int, float]]] = defaultdict(list)

    def seen_at(self, change: _Change) -> float:
        """When a frame brought the change, or a later one of the same agent."""
        return next(at for number, at in self._seen[change.user_id] if number >= change.number)

    async def watch(self) -> None:
        async with websockets.connect(
            self._address, additional_headers=self._headers, max_size=None
        ) as socket:
            async for text in socket:
                self._take(orjson.loads(text), time.time())

    def _take(self, frame: dict[str, Any], at: float) -> None:
        if frame["type"] == "snapshot":
            self.agents = len(frame["agents"])
        for row in frame.get("agents", ()):
            if reason := row.get("reason"):
                self.last[row["id"]] = int(reason)
                self._seen[row["id"]].append((int(reason), at))


@contextlib.contextmanager
def _watching(boards: list[_Wallboard], agents: int) -> Iterator[None]:
    """All of them, once each has had its snapshot."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    watching = [asyncio.run_coroutine_threadsafe(board.watch(), loop) for board in boards]
    try:
        _wait(lambda: all(board.agents >= agents for board in boards), _READY_SECONDS)
        yield
    finally:
        for one in watching:
            one.cancel()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(_ended(loop))
        loop.close()


async def _ended(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop) - {asyncio.current_task()}
    await asyncio.gather(*tasks, return_exceptions=True)


def _wait(condition: Callable[[], bool], seconds: float = 2 * _LAST_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("The wallboards have not seen everything")
        time.sleep(0.05)


@contextlib.contextmanager
def _serving() -> Iterator[int]:
    """The embedded portal of this run, as people start it."""
    port = processes.free_port()
    command = processes.manage("serve", "--port", str(port))
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with processes.running(command, dict(os.environ), log) as process:
            processes.wait_until_healthy(f"http://127.0.0.1:{port}", process, log)
            yield port


def _cookie_of_a_supervisor(center: Any) -> str:
    user = User.objects.create(
        contact_center=center,
        user_name=f"watcher@{center.domain}",
        email_address=f"watcher@{center.domain}",
        employee_id="watcher",
        login_code="watcher",
        is_supervisor=True,
        password="!",
    )
    client = Client()
    client.force_login(user)
    return f"JSESSIONID={client.cookies['JSESSIONID'].value}"


def _tell_of_everybody(center_id: str, user_ids: list[str], queue_ids: list[str]) -> None:
    """What provisioning tells the log where rows are not made in bulk; then all log in."""
    at_ms = now_ms()
    told: list[Event] = [
        _of(center_id, "queues", one, {"name": f"Queue {one}"}, at_ms) for one in queue_ids
    ]
    for user_id in user_ids:
        told.append(_of(center_id, "users", user_id, _user(user_id), at_ms))
        told.append(
            line.AgentLogin(
                contact_center_id=center_id,
                occurred_at_ms=at_ms,
                user_id=user_id,
                device_ids=[f"dn-{user_id}"],
                device={},
                user_state={"state": "Ready", "displayName": "Ready"},
            )
        )
    write_events(told)


def _user(user_id: str) -> dict[str, Any]:
    return {"first_name": user_id, "last_name": "", "user_name": user_id, "is_agent": True}


def _of(
    center_id: str, resource: str, object_id: str, after: dict[str, Any], at_ms: int = OPENING_MS
) -> Event:
    return provisioned(resource, object_id, after, center_id=center_id, at_ms=at_ms)


# --- the leader's work alone ---


def _seconds_of_work(agents: int, repetitions: int) -> Timed:
    """A second's events, its tick, its frames; measured once everybody is at work."""
    shift = Shift(queues=_QUEUES, agents=agents)
    events = shift.run(agents * (8 + repetitions))
    live = _furnished(shift)
    told = ((one.time_ms, of_telephony(one)) for one in events)
    ahead = list[tuple[int, Event]]()
    now = OPENING_MS

    def pass_time(until_ms: int) -> None:
        while True:
            at_ms, event = ahead.pop() if ahead else next(told)
            if at_ms > until_ms:
                ahead.append((at_ms, event))
                break
            live.take(RecordedEvent(0, event), present_ms=at_ms)
        live.pass_ticks(until_ms, present_ms=until_ms)
        live.take_records()
        live.deltas(until_ms, only_news=until_ms % PERIOD_MS != 0)

    def work_a_second() -> None:
        nonlocal now
        for _ in range(PERIOD_MS // _NEWS_MS):
            now += _NEWS_MS
            pass_time(now)

    pass_time(OPENING_MS + 90_000)
    now += 90_000
    live.begin_showing(now)
    live.deltas(now, only_news=False)
    return lambda: timed(work_a_second, units=agents)


def _furnished(shift: Shift) -> Live:
    live = Live(definitions(), first_seq=1)
    center_id = of_telephony(shift.run(1)[0]).contact_center_id or ""
    told = [_of(center_id, "contact-centers", center_id, {"name": "Bench", "time_zone": "UTC"})]
    skills = map(skill_of, range(shift.skills))
    told += [_of(center_id, "skills", skill, {"name": skill}) for skill in skills]
    for queue in shift.queues:
        pair = {"queue_id": queue_of(queue), "skill_id": skill_of(queue % shift.skills)}
        told.append(_of(center_id, "queues", queue_of(queue), {"name": queue_of(queue)}))
        told.append(_of(center_id, "queue-skills", f"queue {queue}", pair))
    for agent in shift.agents:
        told.append(_of(center_id, "users", agent_of(agent), _user(agent_of(agent))))
        for skill in map(skill_of, shift.skills_of(agent)):
            pair = {"user_id": agent_of(agent), "skill_id": skill}
            told.append(_of(center_id, "user-skills", f"user {agent} {skill}", pair))
    for event in told:
        live.take(RecordedEvent(0, event), present_ms=OPENING_MS)
    return live
