"""The notifications server against cometd-nodejs-server and faye: many clients, each with a
channel of its own and all with a shared one, by long-polling and by websocket.

All servers run at once, each in a process with its clients in another; they are measured in
turns. Ours keeps sessions in Redis and reads events from PostgreSQL, the others hold all in memory.
"""

import contextlib
import hashlib
import itertools
import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.db import connection, transaction
from django.test.utils import override_settings
from django.utils import timezone

from benchmarks import scratch
from benchmarks.measure import Comparison, Row, Size, Timed, compare
from notifications.events import NotificationTriggered
from portal.api.features import FEATURES
from portal.events.log import publish
from provisioning.change import Change
from provisioning.events import ServiceStateChanged
from provisioning.models import ApiToken, User
from provisioning.services.contact_centers import create_contact_center
from provisioning.services.tokens import PREFIX
from tests import processes, stores

_SECONDS, _TICK_SECONDS = 1.5, 0.01
_ARRIVE_SECONDS = 20.0
_OWN_RATE, _SHARED_RATE = 1_000, 20
_REPETITIONS = 3
_PADDING = "x" * 500
_TRANSPORTS = {"ws": "websocket", "lp": "long-polling"}
_PEERS = {"ws": ("faye",), "lp": ("node", "faye")}
_NAMES = {"node": "cometd-nodejs-server", "faye": "faye"}

# Publishes to the clients with these numbers, or to all by the shared channel: None.
Publish = Callable[[list[int | None]], None]


def compare_with_peers(size: Size) -> Iterator[Row]:
    count = int(os.environ.get("BENCH_CLIENTS", size.listeners))
    if stores.services_missing():
        return
    with scratch.postgres(migrated=True):
        for short, transport in _TRANSPORTS.items():
            with contextlib.ExitStack() as turn:
                ours = turn.enter_context(_portal(count))
                peers = [turn.enter_context(_peer(name, count)) for name in _PEERS[short]]
                for one in (ours, *peers):
                    one.open(transport)
                for peer in peers:
                    yield from _rows(short, ours, peer, size)


class Served:
    """A server in a process of its own, and its clients in another."""

    def __init__(
        self,
        name: str,
        pid: int,
        url: str,
        clients: list[dict[str, Any]],
        publish: Publish,
        load: "subprocess.Popen[str]",
    ) -> None:
        self.name = name
        self.count = len(clients)
        self.p99_seconds: list[float] = []
        self.connect_seconds = 0.0
        self.idle_bytes = 0.0
        self._pid = pid
        self._url = url
        self._clients = clients
        self._publish = publish
        self._load = load
        self._next = itertools.cycle(range(len(clients)))

    def open(self, transport: str) -> None:
        before = _resident_bytes(self._pid)
        opened = self._ask("open", url=self._url, transport=transport, clients=self._clients)
        self.connect_seconds = opened["seconds"] / self.count
        self.idle_bytes = max(1.0, _resident_bytes(self._pid) - before) / self.count

    def own(self) -> float:
        """Processor seconds for one delivery, each event to one client."""
        spent, p99 = self._deliver(_OWN_RATE, lambda: next(self._next), receivers=1)
        self.p99_seconds.append(p99)
        return spent

    def shared(self) -> float:
        """The same, each event to all clients."""
        return self._deliver(_SHARED_RATE, lambda: None, receivers=self.count)[0]

    def _deliver(
        self, rate: int, receiver: Callable[[], int | None], *, receivers: int
    ) -> tuple[float, float]:
        self._ask("begin")
        spent, began, sent = _processor_seconds(self._pid), time.monotonic(), 0
        while (passed := time.monotonic() - began) < _SECONDS:
            due = int(passed * rate) + 1 - sent
            if due > 0:
                self._publish([receiver() for _ in range(due)])
                sent += due
            time.sleep(_TICK_SECONDS)
        taken = self._arrived(sent * receivers)
        spent = _processor_seconds(self._pid) - spent
        return max(spent, 0.001) / taken["count"], taken["p99"] / 1000

    def _arrived(self, expected: int) -> dict[str, Any]:
        deadline = time.monotonic() + _ARRIVE_SECONDS
        while (taken := self._ask("take"))["count"] < expected:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name}: {taken['count']} of {expected} came")
            time.sleep(0.05)
        return taken

    def _ask(self, op: str, **more: Any) -> dict[str, Any]:
        assert self._load.stdin is not None
        assert self._load.stdout is not None
        self._load.stdin.write(json.dumps({"op": op, **more}) + "\n")
        self._load.stdin.flush()
        answer: dict[str, Any] = json.loads(self._load.stdout.readline())
        return answer


def _rows(short: str, ours: Served, peer: Served, size: Size) -> Iterator[Row]:
    suffix = f"{short}-{peer.name}"
    against = f"{_TRANSPORTS[short]}, {ours.count:,} clients / {_NAMES[peer.name]}"

    def single(own: float, other: float) -> Comparison:
        ratio = other / own
        return Comparison(own, other, ratio, ratio, ratio)

    def taking_turns(own: Timed, other: Timed) -> Comparison:
        return compare(own, other, repetitions=min(_REPETITIONS, size.repetitions))

    for one in (ours, peer):
        one.p99_seconds.clear()
    note = f"per processor second, own channels, {against}"
    yield Row(f"bayeux-own-{suffix}", "delivery", taking_turns(ours.own, peer.own), note)
    p99 = single(*(statistics.median(one.p99_seconds) * 1000 for one in (ours, peer)))
    note = f"99 % arrive within, {_OWN_RATE:,} a second, {against}"
    yield Row(f"bayeux-p99-{suffix}", "ms", p99, note, is_rate=False)
    note = f"per processor second, one channel for all, {against}"
    yield Row(f"bayeux-all-{suffix}", "delivery", taking_turns(ours.shared, peer.shared), note)
    connects = single(ours.connect_seconds, peer.connect_seconds)
    yield Row(f"bayeux-open-{suffix}", "client", connects, f"shakes hands, subscribes, {against}")
    idle = single(ours.idle_bytes / 1000, peer.idle_bytes / 1000)
    yield Row(
        f"bayeux-idle-{suffix}", "kB", idle, f"for each idle client, {against}", is_rate=False
    )


# --- the servers ---


@contextlib.contextmanager
def _portal(count: int) -> Iterator[Served]:
    tokens = _hire(count)
    user_ids = [str(user.pk) for user, _ in tokens]
    center_id = str(tokens[0][0].contact_center_id)
    port = processes.free_port()
    folder = Path(os.environ["PORTAL_DATA_DIR"])
    database = urlsplit(stores.POSTGRES_URL)._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = processes.environment(
        DATABASE_URL=database.geturl(),
        REDIS_URL=stores.REDIS_URL,
        SECRET_KEY="benchmarks only",
        DATA_DIR=str(folder),
        ALLOWED_HOSTS="localhost,127.0.0.1",
        LOG_LEVEL="ERROR",
        ASGI_SERVER=os.environ.get("BENCH_ASGI_SERVER", "daphne"),
    )
    command = processes.manage("serve", "--web-only", "--port", str(port))
    log_path = folder / f"serve-{port}.log"
    url = f"http://127.0.0.1:{port}"

    def tell(receivers: list[int | None]) -> None:
        text = f"{time.time() * 1000} {_PADDING}"
        with transaction.atomic():
            publish(*(_event(one, text) for one in receivers))

    def _event(receiver: int | None, text: str) -> NotificationTriggered | ServiceStateChanged:
        if receiver is None:
            return ServiceStateChanged(
                contact_center_id=center_id, service_id="bench", name=text, type="", state="Active"
            )
        return NotificationTriggered(
            contact_center_id=center_id,
            user_id=user_ids[receiver],
            channel="/v2/me/calls",
            data={"text": text},
        )

    clients = [
        {
            "headers": {"Authorization": f"Bearer {token}"},
            "channels": ["/v2/me/calls", "/notifications/services"],
        }
        for _, token in tokens
    ]
    with (
        processes.running(command, environment, log_path) as process,
        override_settings(REDIS_URL=stores.REDIS_URL),
        _load() as load,
    ):
        processes.wait_until_healthy(url, process, log_path)
        path = "/api/v2/notifications"
        # What is made with the first request is not a client's.
        httpx.post(url + path, json=[], headers=clients[0]["headers"], timeout=30)  # type: ignore[arg-type]
        yield Served("ours", process.pid, url + path, clients, tell, load)


def _hire(count: int) -> list[tuple[User, str]]:
    """Agents of a new contact center, each with a token."""
    name = f"bench-{time.monotonic_ns()}"
    center = create_contact_center(
        change=Change(actor=None, origin="benchmarks"),
        name=name,
        domain=f"{name}.example",
        features=FEATURES,
    )
    users = User.objects.bulk_create(
        User(
            contact_center=center,
            user_name=f"agent{number}@{name}.example",
            password="!",
            is_agent=True,
            login_code=str(number),
            employee_id=str(number),
        )
        for number in range(count)
    )
    texts = [f"{PREFIX}{name}-{number}" for number in range(count)]
    ApiToken.objects.bulk_create(
        ApiToken(
            user=user,
            name="bench",
            token_hash=hashlib.sha256(text.encode()).hexdigest(),
            is_agent=True,
            valid_until=timezone.now() + timedelta(days=1),
        )
        for user, text in zip(users, texts, strict=True)
    )
    return list(zip(users, texts, strict=True))


@contextlib.contextmanager
def _peer(name: str, count: int) -> Iterator[Served]:
    command = ["node", "benchmarks/comet_peer.js", name]
    with (
        _ended_with_block(command) as process,
        httpx.Client(timeout=30) as http,
        _load() as load,
    ):
        assert process.stdout is not None
        url = f"http://127.0.0.1:{int(process.stdout.readline())}"

        def tell(receivers: list[int | None]) -> None:
            text = f"{time.time() * 1000} {_PADDING}"
            channels = ["/all" if one is None else f"/own/{one}" for one in receivers]
            events = [{"channel": one, "data": {"text": text}} for one in channels]
            http.post(f"{url}/publish", json=events).raise_for_status()

        clients = [{"headers": {}, "channels": [f"/own/{one}", "/all"]} for one in range(count)]
        tell([None])
        yield Served(name, process.pid, f"{url}/", clients, tell, load)


@contextlib.contextmanager
def _load() -> Iterator["subprocess.Popen[str]"]:
    with _ended_with_block(["node", "benchmarks/comet_load.js"]) as process:
        yield process


@contextlib.contextmanager
def _ended_with_block(command: list[str]) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(  # noqa: S603 - our own programs
        command, cwd=processes.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)


# --- what the processes cost ---


def _processor_seconds(pid: int) -> float:
    """User and system time of all threads, as Linux counts it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_bytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return float(pages * os.sysconf("SC_PAGE_SIZE"))
