"""Bayeux over a websocket. C numbers are those of the Bayeux checklist."""

import asyncio
import json

import pytest

from tests.notifications.bayeux.driver import Client, House, Socket, house, on_loop, until

CALLS = "/v2/me/calls"


async def open_socket(portal: House, user: str = "bob", *patterns: str, **more) -> Socket:
    """A client that does all over its socket: handshake, first connect, subscriptions."""
    client = Client(portal.servers[0], user)
    socket = await Socket(client).opened()
    reply = await socket.ask(client.message("/meta/handshake", version="1.0", **more))
    client.id = reply["clientId"]
    if reply.get("ext", {}).get("ack"):
        client.ack = 0
    assert (await socket.ask(client.connect_message()))["successful"]
    if patterns:
        asked = client.message("/meta/subscribe", subscription=list(patterns))
        assert (await socket.ask(asked))["successful"]
    return socket


async def hold(socket: Socket, **more) -> str:
    """A connect that is held; gives its id."""
    message = socket.client.connect_message(**more)
    socket.send(message)
    await until(lambda: socket.client.id in socket.client.server.node._waiters)
    assert socket.is_silent()
    return message["id"]


async def next_events(socket: Socket, count: int) -> list:
    """The next events; replies in between are left out."""
    found: list = []
    while len(found) < count:
        found += [one["data"] for one in await socket.next_frame() if "data" in one]
    return found


@on_loop
async def test_frames_hold_arrays_of_messages():
    """C75"""
    async with house() as portal:
        socket = await open_socket(portal)
        client = socket.client
        subscribe = client.message("/meta/subscribe", subscription=CALLS)
        unknown = client.message("/meta/unknown")

        socket.send(subscribe, unknown)

        assert [one["id"] for one in await socket.next_frame()] == [subscribe["id"], unknown["id"]]


@on_loop
async def test_websockets_that_are_switched_off_are_refused_before_they_open():
    """C75"""
    async with house(types=("long-polling",)) as portal:
        assert await Socket(Client(portal.servers[0])).refused()


@on_loop
async def test_events_are_pushed_while_the_connect_stays_held():
    """C76"""
    async with house() as portal:
        socket = await open_socket(portal, "bob", CALLS)
        connect = await hold(socket)

        sent = [portal.tell(CALLS)]
        heard = await next_events(socket, 1)
        sent.append(portal.tell(CALLS))
        heard += await next_events(socket, 1)

        assert heard == sent
        assert all(one.get("id") != connect for one in socket.seen)


@on_loop
async def test_the_held_connect_is_answered_at_its_timeout():
    """C76"""
    async with house(timeout_ms=100) as portal:
        socket = await open_socket(portal, "bob", CALLS)
        connect = await hold(socket)
        data = portal.tell(CALLS)

        reply = await socket.reply(connect)

        assert reply == {"channel": "/meta/connect", "successful": True, "id": connect}
        assert [one["data"] for one in socket.seen if "data" in one] == [data]


@on_loop
async def test_a_first_connect_returns_at_once_and_brings_what_waits():
    """C76"""
    async with house() as portal:
        socket = await open_socket(portal, "bob", CALLS)
        data = portal.tell(CALLS)

        connect = socket.client.connect_message()
        socket.send(connect)
        event, reply = await socket.next_frame()

        assert event == {"channel": CALLS, "data": data}
        assert reply["id"] == connect["id"]


@on_loop
async def test_other_requests_are_answered_while_a_connect_is_held():
    """C77"""
    async with house() as portal:
        socket = await open_socket(portal)
        connect = await hold(socket)

        reply = await socket.ask(socket.client.message("/meta/subscribe", subscription=CALLS))
        data = portal.tell(CALLS)

        assert reply["successful"] is True
        assert await next_events(socket, 1) == [data]
        assert all(one.get("id") != connect for one in socket.seen)


@on_loop
async def test_a_burst_is_pushed_once_and_in_order():
    """C29 over a websocket"""
    async with house() as portal:
        socket = await open_socket(portal, "bob", CALLS)
        await hold(socket)

        sent = []
        for number in range(200):
            sent.append(portal.tell(CALLS))
            if number % 9 == 0:
                await asyncio.sleep(0)

        assert await next_events(socket, 200) == sent


@on_loop
async def test_a_session_made_over_http_goes_on_over_a_socket():
    """C78"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)
        socket = await Socket(client).opened()
        await hold(socket)

        data = portal.tell(CALLS)

        assert await next_events(socket, 1) == [data]


@on_loop
async def test_a_lost_sockets_session_goes_on_over_another():
    """C79"""
    async with house() as portal:
        socket = await open_socket(portal, "bob", CALLS)
        await hold(socket)
        await socket.drop()

        data = portal.tell(CALLS)
        again = await Socket(socket.client).opened()
        again.send(socket.client.connect_message(advice={"timeout": 0}))

        assert await next_events(again, 1) == [data]


@on_loop
async def test_disconnecting_answers_both_and_closes():
    """C80"""
    async with house() as portal:
        socket = await open_socket(portal, "bob", CALLS)
        connect = await hold(socket)
        disconnect = socket.client.message("/meta/disconnect")

        socket.send(disconnect)
        code = await socket.close_code()

        replies = {one["id"]: one for one in socket.seen if "id" in one}
        assert replies[disconnect["id"]]["successful"] is True
        assert replies[connect]["advice"]["reconnect"] == "none"
        assert code == 1000


@on_loop
async def test_disconnecting_elsewhere_ends_the_held_connect_here():
    """C61"""
    async with house() as portal:
        socket = await open_socket(portal, "bob", CALLS)
        connect = await hold(socket)

        await socket.client.disconnect()

        assert await socket.close_code() == 1000
        assert (await socket.reply(connect))["advice"]["reconnect"] == "none"


@pytest.mark.parametrize("text", ["[", "nonsense", "[1]", '"x"'])
@on_loop
async def test_what_is_no_bayeux_closes_the_socket_and_leaves_the_session(text):
    """C81"""
    async with house() as portal:
        socket = await open_socket(portal, "bob", CALLS)
        socket.send_text(text)
        assert await socket.close_code() == 1011
        await socket.drop()

        again = await Socket(socket.client).opened()
        reply = await again.ask(socket.client.connect_message(advice={"timeout": 0}))

        assert reply["successful"] is True


@on_loop
async def test_a_frame_over_the_limit_closes_the_socket():
    """C7 over a websocket"""
    async with house(max_message_bytes=40_000) as portal:
        socket = await open_socket(portal)

        socket.send_text(json.dumps([{"channel": "x" * 40_000}]))

        assert await socket.close_code() == 1009


@on_loop
async def test_with_acknowledging_the_connect_is_answered_with_the_events():
    """C82"""
    async with house() as portal:
        socket = await open_socket(portal, "bob", CALLS, ext={"ack": True})
        before = socket.client.ack
        connect = await hold(socket)

        data = portal.tell(CALLS)
        event, reply = await socket.next_frame()
        socket.client.ack = before
        again = socket.client.connect_message()
        socket.send(again)
        resent, second = await socket.next_frame()

        assert (event["data"], reply["id"]) == (data, connect)
        assert (resent["data"], second["id"]) == (data, again["id"])
        assert second["ext"]["ack"] == reply["ext"]["ack"] + 1


@on_loop
async def test_an_unknown_client_on_a_socket_is_told_to_shake_hands():
    """C83"""
    async with house() as portal:
        client = Client(portal.servers[0])
        client.id = "f" * 40
        socket = await Socket(client).opened()

        reply = await socket.ask(client.connect_message())

        assert reply["error"] == "402::Unknown client"
        assert reply["advice"] == {"reconnect": "handshake", "interval": 0}


@pytest.mark.parametrize(
    ("user", "origin", "is_refused"),
    [
        (None, None, True),
        ("nobody", None, True),
        ("bob", "http://evil.example.com", True),
        ("bob", "null", True),
        ("bob", "http://testserver", False),
        ("bob", None, False),
    ],
)
@on_loop
async def test_who_may_open_a_socket(user, origin, is_refused):
    """C84"""
    async with house() as portal:
        headers = {} if origin is None else {"origin": origin}
        socket = Socket(Client(portal.servers[0], user), **headers)

        if is_refused:
            assert await socket.refused()
        else:
            await socket.opened()


@pytest.mark.parametrize("text", ["[]", "", " [] "])
@on_loop
async def test_an_empty_frame_is_a_sign_of_life(text):
    """C85"""
    async with house() as portal:
        socket = await open_socket(portal, "bob", CALLS)

        socket.send_text(text)
        reply = await socket.ask(socket.client.message("/meta/subscribe", subscription=CALLS))

        assert reply["successful"] is True


@on_loop
async def test_a_session_moves_from_the_socket_to_long_polling():
    """C86"""
    async with house() as portal:
        socket = await open_socket(portal, "bob", CALLS)
        await hold(socket)

        request = await socket.client.hold()
        data = portal.tell(CALLS)

        assert (await request.answer()).events == [data]
        assert socket.is_silent()


@on_loop
async def test_the_newer_of_two_connects_wins_on_a_socket_too():
    """C30: the older gets no answer, and the event comes once."""
    async with house() as portal:
        socket = await open_socket(portal, "bob", CALLS)
        older = await hold(socket)
        newer = socket.client.connect_message()
        socket.send(newer)
        await until(lambda: socket.client.server.node._waiters[socket.client.id].session.cycle == 3)

        data = portal.tell(CALLS)

        assert await next_events(socket, 1) == [data]
        assert socket.is_silent()
        assert not {older, newer["id"]} & {one.get("id") for one in socket.seen}


@on_loop
async def test_sockets_do_not_count_for_the_browsers_limit():
    async with house(max_held_per_browser=1) as portal:
        page = await Client(portal.servers[0]).open()
        sockets = []
        for _ in range(3):
            client = await Client(portal.servers[0], jar=page.jar).open()
            sockets.append(await Socket(client).opened())
            await hold(sockets[-1])

        held = await page.hold()

        assert not held.is_answered


@on_loop
async def test_a_session_that_the_server_ends_is_told_and_the_socket_closed():
    """C65"""
    async with house() as portal:
        socket = await open_socket(portal, "bob", CALLS)
        connect = await hold(socket)

        await portal.servers[0].node.end_sessions_of("bob")
        await socket.close_code()

        assert [one["channel"] for one in socket.seen[-2:]] == ["/meta/disconnect", "/meta/connect"]
        assert (await socket.reply(connect))["advice"]["reconnect"] == "none"


@on_loop
async def test_a_socket_whose_user_may_not_stay_is_closed():
    async with house() as portal:
        server = portal.servers[0]
        socket = await open_socket(portal, "bob", CALLS)
        await hold(socket)

        async def refuse(_, scope):
            from notifications.bayeux.callers import RefusedError

            raise RefusedError(401, "Access denied")

        server.callers._ask = refuse
        server.callers.forget(["bob"])
        server.websocket.recheck(frozenset({"bob"}))

        assert await socket.close_code() == 1008


@on_loop
async def test_two_clients_may_share_a_socket():
    async with house() as portal:
        socket = await open_socket(portal, "bob", CALLS)
        await hold(socket)
        other = await Client(portal.servers[0]).open(CALLS)
        socket.send(other.connect_message())
        await until(lambda: len(portal.servers[0].node._waiters) == 2)

        data = portal.tell(CALLS)

        assert await next_events(socket, 2) == [data, data]
