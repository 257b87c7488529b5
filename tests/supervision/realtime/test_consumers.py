"""The socket end to end, with a leader that the test plays."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.layers import channel_layers, get_channel_layer
from channels.testing import WebsocketCommunicator
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from portal.asgi import application
from portal.runtime.outbox import MAX_FRAMES
from provisioning.models import AssignedFeature, User
from supervision.definitions import file_definitions
from supervision.live import Live
from supervision.realtime import access
from supervision.realtime.broadcast import Broadcast, SnapshotRequest
from supervision.realtime.consumers import SupervisionConsumer
from supervision.realtime.groups import SNAPSHOT_REQUESTS, group_of
from tests.factories import World
from tests.supervision.story import Story

pytestmark = pytest.mark.django_db
Scenario = Callable[[], Awaitable[None]]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The layer's queues belong to the loop of one test, and its database is in a transaction."""
    channel_layers.backends.clear()
    monkeypatch.setattr("channels.db.close_old_connections", lambda: None)


def play(scenario: Scenario) -> None:
    async def alone() -> None:
        layer = get_channel_layer()
        await layer.flush()  # Redis remembers what earlier tests asked for.
        await scenario()
        await layer.flush()

    async_to_sync(alone)()


def socket_of(user: User | None, *, origin: str = "http://localhost") -> WebsocketCommunicator:
    headers = [(b"host", b"localhost"), (b"origin", origin.encode())]
    if user is not None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies["JSESSIONID"].value
        headers.append((b"cookie", f"JSESSIONID={cookie}".encode()))
    return WebsocketCommunicator(application, "/ws/supervision", headers)


async def answer(seq: int) -> dict[str, Any]:
    """Answer the next request as the leader does; gives the request."""
    layer = get_channel_layer()
    request = await layer.receive(SNAPSHOT_REQUESTS)
    text = orjson.dumps({"type": "snapshot", "seq": seq}).decode()
    await layer.send(
        request["reply_to"], {"type": "supervision.snapshot", "seq": seq, "text": text}
    )
    return request


async def requests_of(broadcast: Broadcast, count: int) -> list[SnapshotRequest]:
    """What so many sockets ask the leader for."""
    requests: list[SnapshotRequest] = []
    async with asyncio.timeout(30):
        while len(requests) < count:
            await asyncio.sleep(0.01)
            requests += broadcast.requests()
    return requests


async def tell(center_id: Any, seq: int) -> None:
    text = orjson.dumps({"type": "delta", "seq": seq}).decode()
    message = {"type": "supervision.delta", "seq": seq, "text": text}
    await get_channel_layer().group_send(group_of(center_id), message)


@pytest.mark.parametrize("name", ["nobody", "bob"])
def test_who_may_not_watch_is_closed_before_the_socket_is_accepted(world: World, name: str):
    socket = socket_of(getattr(world, name, None))

    async def scenario() -> None:
        is_connected, _ = await socket.connect()
        assert not is_connected

    play(scenario)


def test_without_the_feature_nobody_watches(world: World):
    AssignedFeature.objects.filter(contact_center=world.red, feature_id=access.FEATURE).delete()
    test_who_may_not_watch_is_closed_before_the_socket_is_accepted(world, "sue")


def test_a_page_of_another_site_is_refused(world: World):
    socket = socket_of(world.sue, origin="http://evil.example")

    async def scenario() -> None:
        is_connected, _ = await socket.connect()
        assert not is_connected

    play(scenario)


@pytest.mark.parametrize("name", ["sue", "ann"])
def test_a_snapshot_comes_first_and_deltas_follow(world: World, name: str):
    socket = socket_of(getattr(world, name))

    async def scenario() -> None:
        assert (await socket.connect())[0]
        await tell(world.red.pk, 3)
        request = await answer(3)
        assert request["center_id"] == str(world.red.pk)
        assert await socket.receive_json_from() == {"type": "snapshot", "seq": 3}
        await tell(world.red.pk, 4)
        assert await socket.receive_json_from() == {"type": "delta", "seq": 4}
        await socket.disconnect()

    play(scenario)


def test_other_contact_centers_frames_do_not_come(world: World):
    socket = socket_of(world.eve)

    async def scenario() -> None:
        assert (await socket.connect())[0]
        request = await answer(3)
        assert request["center_id"] == str(world.blue.pk)
        await socket.receive_json_from()
        await tell(world.red.pk, 4)
        await tell(world.blue.pk, 4)
        assert await socket.receive_json_from() == {"type": "delta", "seq": 4}
        assert await socket.receive_nothing(0.05)
        await socket.disconnect()

    play(scenario)


def test_a_gap_is_healed_by_a_snapshot(world: World):
    socket = socket_of(world.sue)

    async def scenario() -> None:
        await socket.connect()
        await answer(3)
        await socket.receive_json_from()
        await tell(world.red.pk, 5)
        await answer(5)
        assert await socket.receive_json_from() == {"type": "snapshot", "seq": 5}
        await socket.disconnect()

    play(scenario)


@pytest.mark.parametrize("watchers", [1, 12])
def test_a_frame_is_serialised_once_for_however_many_watch(
    world: World, monkeypatch: pytest.MonkeyPatch, watchers: int
):
    story = Story(center=str(world.red.pk)).furnish().later(1)
    live = Live(file_definitions(), first_seq=1)
    for recorded in story.events:
        live.take(recorded, present_ms=story.now_ms)
    live.begin_showing(story.now_ms)
    serialised: list[str] = []

    def counted(dumps: Callable[..., Any]) -> Callable[..., Any]:
        def dump(content: Any, *arguments: Any, **options: Any) -> Any:
            if isinstance(content, dict) and "seq" in content:
                serialised.append(content["type"])
            return dumps(content, *arguments, **options)

        return dump

    for library in (orjson, json):
        monkeypatch.setattr(library, "dumps", counted(library.dumps))
    sockets = [socket_of(world.sue) for _ in range(watchers)]

    async def received(kind: str) -> set[str]:
        texts = [await socket.receive_from(timeout=30) for socket in sockets]
        assert {orjson.loads(text)["type"] for text in texts} == {kind}
        return set(texts)

    async def scenario() -> None:
        broadcast = Broadcast(asyncio.get_running_loop())
        for socket in sockets:
            assert (await socket.connect(timeout=30))[0]
        broadcast.send(live.snapshots(await requests_of(broadcast, watchers), story.now_ms))
        assert len(await received("snapshot")) == 1
        assert serialised == ["snapshot"]

        live.take(story.login().events[-1], present_ms=story.now_ms)
        broadcast.send(live.deltas(story.now_ms, only_news=True))
        assert len(await received("delta")) == 1
        assert serialised == ["snapshot", "delta"]
        for socket in sockets:
            await socket.disconnect()
        broadcast.close()

    play(scenario)


def test_garbage_is_answered_and_the_socket_stays_open(world: World):
    socket = socket_of(world.sue)

    async def scenario() -> None:
        await socket.connect()
        await answer(3)
        await socket.receive_json_from()
        await socket.send_to(text_data="{nonsense")
        assert (await socket.receive_json_from())["type"] == "error"
        await socket.send_to(bytes_data=b"\x00\xff")
        assert (await socket.receive_json_from())["type"] == "error"
        await socket.send_to(text_data='{"type":"snapshot"}')
        await answer(4)
        assert await socket.receive_json_from() == {"type": "snapshot", "seq": 4}
        await socket.disconnect()

    play(scenario)


def test_without_a_leader_it_says_so(world: World):
    socket = socket_of(world.sue)

    async def scenario() -> None:
        await socket.connect()
        assert await socket.receive_json_from(timeout=5) == {"type": "unavailable"}
        await socket.disconnect()

    play(scenario)


def sign_out(user: User) -> None:
    SessionStore.get_model_class().objects.all().delete()


def disable(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def demote(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_supervisor=False)


@pytest.mark.parametrize(
    ("happen", "code"),
    [(sign_out, 4401), (disable, 4401), (demote, 4403)],
)
def test_access_that_ends_ends_the_socket(
    world: World, monkeypatch: pytest.MonkeyPatch, happen: Callable[[User], None], code: int
):
    monkeypatch.setattr(SupervisionConsumer, "recheck_seconds", 0.05)
    socket = socket_of(world.sue)

    async def scenario() -> None:
        await socket.connect()
        await answer(3)
        await socket.receive_json_from()
        assert await socket.receive_nothing(0.12)
        await sync_to_async(happen)(world.sue)
        assert await socket.receive_output(timeout=5) == {
            "type": "websocket.close",
            "code": code,
        }

    play(scenario)


def test_a_client_that_does_not_read_loses_deltas_and_gets_a_snapshot_once_it_does(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """The door stands for a network that takes nothing more."""
    socket = socket_of(world.sue)
    door = asyncio.Event()
    sent: list[str] = []
    send = SupervisionConsumer._send_text

    async def send_slowly(self: SupervisionConsumer, text: str) -> None:
        if sent:
            await door.wait()
        sent.append(text)
        await send(self, text)

    monkeypatch.setattr(SupervisionConsumer, "_send_text", send_slowly)

    async def scenario() -> None:
        await socket.connect()
        await answer(3)
        assert (await socket.receive_json_from(timeout=20))["seq"] == 3
        for seq in range(4, 4 + 3 * MAX_FRAMES):
            await tell(world.red.pk, seq)
            await asyncio.sleep(0.002)
        door.set()
        assert (await socket.receive_json_from(timeout=20)) == {"type": "delta", "seq": 4}
        await answer(500)
        assert (await socket.receive_json_from(timeout=20)) == {"type": "snapshot", "seq": 500}
        await tell(world.red.pk, 501)
        assert (await socket.receive_json_from(timeout=20)) == {"type": "delta", "seq": 501}
        await socket.disconnect()

    play(scenario)
