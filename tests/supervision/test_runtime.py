"""The task in its thread: from an event in the log to a frame in the channel layer."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from channels.layers import channel_layers, get_channel_layer
from django.db import transaction

from portal.events.log import now_ms, publish
from portal.runtime.loops import channel_loop
from portal.runtime.runner import start_thread
from portal.runtime.tasks import RuntimeTask, registered_tasks
from supervision.checkpoints import newest_checkpoint
from supervision.health import is_reporting_active
from supervision.realtime.groups import SNAPSHOT_REQUESTS, group_of
from supervision.runtime import run_statistics
from telephony import events as line
from tests.supervision.story import ANN, CENTER, QUEUE, Story

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 10


class Watcher:
    """A socket's end of the channel layer, on the layer's own loop."""

    def __init__(self) -> None:
        channel_layers.backends.clear()
        self.layer = get_channel_layer()
        self.channel: str = self._run(self._join())

    async def _join(self) -> str:
        await self.layer.flush()
        channel: str = await self.layer.new_channel()
        await self.layer.group_add(group_of(CENTER), channel)
        return channel

    def ask(self) -> None:
        request = {"type": "snapshot", "center_id": CENTER, "reply_to": self.channel}
        self._run(self.layer.send(SNAPSHOT_REQUESTS, request))

    def wait_for(self, kind: str) -> dict[str, Any]:
        while True:
            message = self._run(self.layer.receive(self.channel))
            if message["type"] == f"supervision.{kind}":
                frame: dict[str, Any] = orjson.loads(message["text"])
                return frame

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, channel_loop()).result(SECONDS)


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
def leader(watcher: Watcher) -> Iterator[threading.Event]:
    """The running task; ended after the test unless the test has ended it."""
    stop = threading.Event()
    thread = start_thread(RuntimeTask("statistics", run_statistics), stop)
    yield stop
    stop.set()
    thread.join(SECONDS)
    assert not thread.is_alive()


def tell(story: Story) -> None:
    with transaction.atomic():
        publish(*(recorded.event for recorded in story.events))
    story.events.clear()


def test_the_rooms_tasks_are_registered():
    names = {task.name for task in registered_tasks()}

    assert names >= {"statistics", "service-watch", "statistics-retention", "event-trimming"}


def test_an_event_reaches_those_who_watch(watcher: Watcher, leader: threading.Event):
    story = Story(now_ms=now_ms() - 5_000).furnish()
    tell(story)
    watcher.ask()
    snapshot = watcher.wait_for("snapshot")
    while not snapshot["agents"]:
        watcher.ask()
        snapshot = watcher.wait_for("snapshot")
    assert snapshot["contactCenter"] == {"id": CENTER, "name": "Red", "timeZone": "UTC"}
    assert {row["state"] for row in snapshot["agents"]} == {"LoggedOut"}

    story.now_ms = now_ms()
    tell(story.login().call(line.CallQueued))

    seen: dict[str, Any] = {}
    while {"agent", "queue"} - seen.keys():
        delta = watcher.wait_for("delta")
        for row in delta["agents"]:
            if row["id"] == ANN:
                seen["agent"] = row["state"]
        for row in delta["queues"]:
            if "Current_In_Queue" in row["statistics"]:
                seen["queue"] = row["id"], row["statistics"]["Current_In_Queue"]["value"]
    assert seen == {"agent": "Ready", "queue": (QUEUE, 1)}


def test_deltas_come_every_second_without_a_gap(watcher: Watcher, leader: threading.Event):
    tell(Story(now_ms=now_ms() - 5_000).furnish())

    first, second, third = (watcher.wait_for("delta") for _ in range(3))

    assert [second["seq"], third["seq"]] == [first["seq"] + 1, first["seq"] + 2]


def test_a_working_task_gives_signs_of_life(watcher: Watcher, leader: threading.Event):
    tell(Story().furnish())
    watcher.wait_for("delta")

    assert is_reporting_active()


def test_a_told_task_ends_with_a_checkpoint(watcher: Watcher):
    tell(Story(now_ms=now_ms() - 5_000).furnish())
    stop = threading.Event()
    thread = start_thread(RuntimeTask("statistics", run_statistics), stop)
    watcher.wait_for("delta")

    stop.set()
    thread.join(SECONDS)

    saved = newest_checkpoint()
    assert saved is not None
    assert saved.content["board"][CENTER]["name"] == "Red"
