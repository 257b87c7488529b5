"""`/ws/me` end to end, on the committed log."""

import asyncio
import contextlib
from typing import Any

import orjson
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, transaction
from django.test import Client

from notifications.realtime import access, hub
from notifications.realtime.consumers import OwnStateConsumer
from portal.asgi import application
from portal.runtime.outbox import MAX_FRAMES
from provisioning.models import AssignedFeature, User
from provisioning.services.devices import unassign_device
from telephony.modes import NOT_READY, READY
from telephony.services.agents import set_agent_state, start_session
from tests.notifications.webhooks.scenes import CHANGE, password_changed, tell
from tests.telephony.factories import call_in, make_queue

pytestmark = pytest.mark.django_db
SECONDS = 20.0


@pytest.fixture(autouse=True)
def _in_the_tests_transaction(all_settled, monkeypatch):
    """The hub's own thread would not see what the test has not committed."""

    async def in_thread(self: hub.Hub, read: Any) -> Any:
        return await sync_to_async(read)()

    monkeypatch.setattr(hub.Hub, "_in_thread", in_thread)
    monkeypatch.setattr("channels.db.close_old_connections", lambda: None)


def socket_of(user: User | None, *, origin: str = "http://localhost") -> WebsocketCommunicator:
    headers = [(b"host", b"localhost"), (b"origin", origin.encode())]
    if user is not None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies["JSESSIONID"].value
        headers.append((b"cookie", f"JSESSIONID={cookie}".encode()))
    socket = WebsocketCommunicator(application, "/ws/me", headers)
    socket.is_open = False
    return socket


def play(scenario: Any, *sockets: WebsocketCommunicator) -> None:
    async def alone() -> None:
        try:
            await scenario(*sockets)
        finally:
            for socket in sockets:
                # One that was refused, or sent away, has ended by itself.
                with contextlib.suppress(asyncio.CancelledError, asyncio.TimeoutError):
                    await socket.disconnect(timeout=SECONDS if socket.is_open else 0.01)
        assert asyncio.get_running_loop() not in hub._hubs

    async_to_sync(alone)()


async def next_of(socket: WebsocketCommunicator) -> dict[str, Any]:
    frame: dict[str, Any] = await socket.receive_json_from(timeout=SECONDS)
    return frame


async def opened(socket: WebsocketCommunicator) -> dict[str, Any]:
    is_connected, _ = await socket.connect(timeout=SECONDS)
    assert is_connected
    socket.is_open = True
    return await next_of(socket)


@sync_to_async
def do(act: Any, *arguments: Any, **options: Any) -> Any:
    return act(*arguments, **options)


def test_a_snapshot_comes_first_as_the_api_has_it(world, api):
    start_session(user=world.bob)
    client = api.by(world.bob)
    expected = {
        "devices": client.get("/api/v2/me/devices?fields=*", HTTP_HOST="localhost"),
        "calls": client.get("/api/v2/me/calls?fields=*", HTTP_HOST="localhost"),
        "channels": client.get("/api/v2/me/channels?fields=*", HTTP_HOST="localhost"),
    }

    async def scenario(socket: WebsocketCommunicator) -> None:
        snapshot = await opened(socket)
        assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 1)
        assert snapshot["time"] > 1_700_000_000_000
        for name, answer in expected.items():
            assert snapshot[name] == answer.body[name]
        [device] = snapshot["devices"]
        assert device["uri"] == f"http://localhost/api/v2/devices/{world.bobs_phone.pk}"
        assert snapshot["channels"][0]["userState"]["state"] == "NotReady"

    play(scenario, socket_of(world.bob))


def test_deltas_follow_without_a_gap(world):
    queue = make_queue(world.red)
    start_session(user=world.bob)

    async def scenario(socket: WebsocketCommunicator) -> None:
        await opened(socket)
        await do(set_agent_state, user=world.bob, mode=READY)
        ready = await next_of(socket)
        assert (ready["type"], ready["seq"]) == ("delta", 2)
        assert [one["id"] for one in ready["devices"]] == [str(world.bobs_phone.pk)]
        assert ready["channels"][0]["channel"] == "voice"
        assert ready["channels"][0]["userState"]["state"] == "Ready"
        call_id = await do(call_in, queue)
        frames = [await next_of(socket)]
        while "calls" not in frames[-1]:
            frames.append(await next_of(socket))
        [call] = frames[-1]["calls"]
        assert (call["id"], call["state"]) == (call_id, "Ringing")
        assert call["uri"] == f"http://localhost/api/v2/me/calls/{call_id}"
        assert [one["seq"] for one in frames] == list(range(3, 3 + len(frames)))

    play(scenario, socket_of(world.bob))


def test_other_messages_come_as_they_are(world):
    async def scenario(socket: WebsocketCommunicator) -> None:
        await opened(socket)
        await do(tell, password_changed(world.red, world.bob.pk))
        frame = await next_of(socket)
        assert (frame["type"], frame["seq"], frame["topic"]) == ("message", 2, "/v2/me")
        assert frame["data"]["notificationType"] == "PasswordChangeSuccessful"

    play(scenario, socket_of(world.bob))


def test_what_is_anothers_does_not_come(world):
    start_session(user=world.bob)

    async def scenario(sues: WebsocketCommunicator, bobs: WebsocketCommunicator) -> None:
        await opened(sues)
        await opened(bobs)
        await do(set_agent_state, user=world.bob, mode=READY)
        assert (await next_of(bobs))["type"] == "delta"
        assert await sues.receive_nothing(0.2)

    play(scenario, socket_of(world.sue), socket_of(world.bob))


def test_a_client_may_ask_for_a_snapshot(world):
    start_session(user=world.bob)

    async def scenario(socket: WebsocketCommunicator) -> None:
        await opened(socket)
        await do(set_agent_state, user=world.bob, mode=READY)
        await next_of(socket)
        await socket.send_to(text_data='{"type":"snapshot"}')
        snapshot = await next_of(socket)
        assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 3)
        assert snapshot["channels"][0]["userState"]["state"] == "Ready"
        await do(set_agent_state, user=world.bob, mode=NOT_READY)
        delta = await next_of(socket)
        assert (delta["type"], delta["seq"]) == ("delta", 4)

    play(scenario, socket_of(world.bob))


def test_a_device_that_is_taken_away_makes_a_new_snapshot(world):
    async def scenario(socket: WebsocketCommunicator) -> None:
        assert len((await opened(socket))["devices"]) == 1
        await do(unassign_device, change=CHANGE, device=world.bobs_phone)
        snapshot = await next_of(socket)
        assert (snapshot["type"], snapshot["devices"]) == ("snapshot", [])

    play(scenario, socket_of(world.bob))


def test_garbage_is_answered_and_the_socket_stays_open(world):
    async def scenario(socket: WebsocketCommunicator) -> None:
        await opened(socket)
        await socket.send_to(text_data="{nonsense")
        assert (await next_of(socket))["type"] == "error"
        await socket.send_to(bytes_data=b"\x00\xff")
        assert (await next_of(socket))["type"] == "error"
        await socket.send_to(text_data='{"type":"snapshot"}')
        assert (await next_of(socket))["type"] == "snapshot"

    play(scenario, socket_of(world.bob))


@pytest.mark.parametrize("case", ["nobody", "another site", "no feature", "password"])
def test_who_may_not_is_refused_before_the_socket_is_accepted(world, case):
    user = None if case == "nobody" else world.bob
    if case == "no feature":
        AssignedFeature.objects.filter(feature_id=access.FEATURE).delete()
    if case == "password":
        User.objects.filter(pk=world.bob.pk).update(change_password_on_first_login=True)
    origin = "http://evil.example" if case == "another site" else "http://localhost"

    async def scenario(socket: WebsocketCommunicator) -> None:
        is_connected, _ = await socket.connect(timeout=SECONDS)
        assert not is_connected

    play(scenario, socket_of(user, origin=origin))


def sign_out(user: User) -> None:
    SessionStore.get_model_class().objects.all().delete()


def disable(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def take_feature(user: User) -> None:
    AssignedFeature.objects.filter(feature_id=access.FEATURE).delete()


@pytest.mark.parametrize(
    ("happen", "code"), [(sign_out, 4401), (disable, 4401), (take_feature, 4403)]
)
def test_access_that_ends_ends_the_socket(world, monkeypatch, happen, code):
    monkeypatch.setattr(OwnStateConsumer, "recheck_seconds", 0.05)

    async def scenario(socket: WebsocketCommunicator) -> None:
        await opened(socket)
        await do(happen, world.bob)
        closed = await socket.receive_output(timeout=SECONDS)
        assert closed == {"type": "websocket.close", "code": code}

    play(scenario, socket_of(world.bob))


def test_a_client_that_does_not_read_gets_a_snapshot_once_it_does(world, monkeypatch):
    """The door stands for a network that takes nothing more."""
    door, stuck_at_it = asyncio.Event(), asyncio.Event()
    sent: list[dict[str, Any]] = []
    send = OwnStateConsumer._send_text

    async def send_slowly(self: OwnStateConsumer, text: str) -> None:
        if sent:
            stuck_at_it.set()
            await door.wait()
        sent.append(orjson.loads(text))
        await send(self, text)

    monkeypatch.setattr(OwnStateConsumer, "_send_text", send_slowly)

    def much() -> None:
        for _ in range(2 * MAX_FRAMES + 2):
            with transaction.atomic():
                tell(password_changed(world.red, world.bob.pk))
        start_session(user=world.bob)

    async def scenario(socket: WebsocketCommunicator) -> None:
        await opened(socket)
        await do(tell, password_changed(world.red, world.bob.pk))
        await asyncio.wait_for(stuck_at_it.wait(), SECONDS)
        await do(much)
        waiting = hub._hubs[asyncio.get_running_loop()]
        deadline = asyncio.get_running_loop().time() + SECONDS
        newest = await do(hub.newest_event_id)
        while waiting._position < newest:
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.02)
        door.set()
        stuck, snapshot = await next_of(socket), await next_of(socket)
        assert (stuck["type"], stuck["seq"]) == ("message", 2)
        assert snapshot["type"] == "snapshot"
        assert snapshot["seq"] > 2 * MAX_FRAMES
        assert snapshot["channels"][0]["userState"]["state"] == "NotReady"
        await do(set_agent_state, user=world.bob, mode=READY)
        assert (await next_of(socket))["seq"] == snapshot["seq"] + 1

    play(scenario, socket_of(world.bob))


def test_a_log_that_cannot_be_read_ends_that_socket_and_no_later_one(world, monkeypatch):
    newest, unlucky = hub.newest_event_id, socket_of(world.bob)

    def fail() -> int:
        raise DatabaseError("away")

    async def scenario(lucky: WebsocketCommunicator) -> None:
        monkeypatch.setattr(hub, "newest_event_id", fail)
        await unlucky.connect(timeout=SECONDS)
        with pytest.raises(DatabaseError):
            await unlucky.wait(timeout=SECONDS)
        assert asyncio.get_running_loop() not in hub._hubs
        monkeypatch.setattr(hub, "newest_event_id", newest)
        assert (await opened(lucky))["type"] == "snapshot"

    play(scenario, socket_of(world.bob))
