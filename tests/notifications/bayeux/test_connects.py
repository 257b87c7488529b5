"""Held connects, sessions and their end. C numbers are those of the Bayeux checklist."""

import asyncio

import pytest

from notifications.bayeux.callers import BROWSER_COOKIE
from tests.notifications.bayeux.driver import Client, house, on_loop, until

CALLS = "/v2/me/calls"
NORMAL = {"reconnect": "retry", "interval": 0, "timeout": 20_000}


@on_loop
async def test_the_first_connect_returns_at_once():
    """C21, C22"""
    async with house() as portal:
        client = Client(portal.servers[0])
        await client.handshake()

        answer = await client.connect()

        assert answer.messages == [
            {"channel": "/meta/connect", "successful": True, "advice": NORMAL, "id": "2"}
        ]


@on_loop
async def test_a_later_connect_is_held_for_the_timeout():
    """C22, C23"""
    async with house(timeout_ms=150) as portal:
        client = await Client(portal.servers[0]).open(CALLS)

        began = asyncio.get_running_loop().time()
        answer = await client.connect()

        assert asyncio.get_running_loop().time() - began >= 0.15
        assert answer.messages == [{"channel": "/meta/connect", "successful": True, "id": "4"}]


@on_loop
async def test_an_event_ends_the_held_connect_and_precedes_the_reply():
    """C24, C53"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)
        held = await client.hold()

        data = portal.tell(CALLS)

        event, reply = (await held.answer()).messages
        assert event == {"channel": CALLS, "data": data}
        assert reply == {"channel": "/meta/connect", "successful": True, "id": "4"}


@on_loop
async def test_a_connect_that_asks_for_no_time_is_answered_with_advice():
    """C25"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open()

        assert (await client.poll()).reply["advice"] == NORMAL
        assert (await client.poll()).reply["advice"] == NORMAL


@on_loop
async def test_a_clients_own_timeout_is_honoured_for_that_connect():
    """C26"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open()

        answer = await client.connect(advice={"timeout": 30})

        assert answer.reply["successful"] is True
        held = await client.hold()
        await held.drop()


@on_loop
async def test_a_connect_in_a_batch_is_not_held():
    """C27"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open()

        answer = await client.send(
            client.connect_message(), client.message("/meta/subscribe", subscription=CALLS)
        )

        assert [one["channel"] for one in answer.messages] == ["/meta/connect", "/meta/subscribe"]
        assert all(one["successful"] for one in answer.messages)


@on_loop
async def test_events_between_two_connects_ride_on_the_next():
    """C28"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)

        sent = [portal.tell(CALLS), portal.tell(CALLS)]

        assert (await client.connect()).events == sent
        held = await client.hold()
        await held.drop()


@on_loop
async def test_a_burst_arrives_once_and_in_order():
    """C29"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)
        seen: list[object] = []

        async def poll_on() -> None:
            while len(seen) < 200:
                seen.extend((await client.connect()).events)

        polling = asyncio.create_task(poll_on())
        sent = []
        for number in range(200):
            sent.append(portal.tell(CALLS))
            if number % 7 == 0:
                await asyncio.sleep(0)
        await polling

        assert seen == sent


@on_loop
async def test_the_newer_of_two_connects_wins():
    """C30"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)
        older = await client.hold()

        newer = client.begin_connect()
        refused = await older.answer()
        await until(lambda: client.id in client.server.node._waiters)
        data = portal.tell(CALLS)

        assert refused.status == 408
        assert refused.headers["content-type"].startswith("text/plain")
        assert (await newer.answer()).events == [data]
        assert (await client.poll()).events == []


@on_loop
async def test_a_browser_with_too_many_tabs_is_told_to_poll():
    """C31"""
    async with house(max_held_per_browser=1) as portal:
        first = await Client(portal.servers[0]).open(CALLS)
        second = await Client(portal.servers[0], jar=first.jar).open(CALLS)
        held = await first.hold()

        answer = await second.connect()
        data = portal.tell(CALLS)

        assert answer.reply["advice"] == {**NORMAL, "interval": 2000, "multiple-clients": True}
        assert (await held.answer()).events == [data]
        assert (await second.connect()).events == [data]


@on_loop
async def test_tabs_within_the_limit_are_all_held():
    """C31"""
    async with house(max_held_per_browser=2) as portal:
        first = await Client(portal.servers[0]).open(CALLS)
        second = await Client(portal.servers[0], jar=first.jar).open(CALLS)

        requests = [await first.hold(), await second.hold()]
        data = portal.tell(CALLS)

        assert [(await one.answer()).events for one in requests] == [[data], [data]]


@on_loop
async def test_the_second_tab_is_held_again_when_the_first_leaves():
    """C32"""
    async with house(max_held_per_browser=1) as portal:
        first = await Client(portal.servers[0]).open(CALLS)
        second = await Client(portal.servers[0], jar=first.jar).open(CALLS)
        await first.hold()
        await second.connect()

        await first.disconnect()
        held = await second.hold()
        portal.tell(CALLS)

        assert (await held.answer()).reply["advice"] == NORMAL


@on_loop
async def test_clients_without_the_cookie_are_not_counted_together():
    """C31: cookie-less clients of the same user are not one browser."""
    async with house(max_held_per_browser=1) as portal:
        clients = [Client(portal.servers[0]) for _ in range(3)]
        for client in clients:
            await client.open()
            client.jar.clear()

        for client in clients:
            await client.hold()


@on_loop
async def test_after_a_dropped_connect_the_next_one_works():
    """C36"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)
        dropped = await client.hold()
        await dropped.drop()

        held = await client.hold()
        data = portal.tell(CALLS)

        assert (await held.answer()).events == [data]


@on_loop
async def test_an_event_after_the_drop_waits_for_the_next_connect():
    """C37"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)
        dropped = await client.hold()
        await dropped.drop()

        data = portal.tell(CALLS)

        assert (await client.connect()).events == [data]


@on_loop
async def test_an_event_at_the_moment_of_the_drop_waits_for_the_next_connect():
    """C37: the event was already on its way when the client was seen to be gone."""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)
        dropped = await client.hold()

        data = portal.tell(CALLS)
        await dropped.drop()

        assert not dropped.is_answered
        assert (await client.connect()).events == [data]
        assert (await client.poll()).events == []


@on_loop
async def test_pending_events_arrive_once_whatever_is_asked_between():
    """C38"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)

        data = portal.tell(CALLS)
        between = await client.send(client.message("/meta/subscribe", subscription="/v2/me/x"))
        after = await client.connect()

        assert between.events + after.events == [data]
        assert (await client.poll()).events == []


@on_loop
async def test_disconnecting_ends_the_held_connect_with_a_good_answer():
    """C61, C62"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)
        held = await client.hold()

        reply = (await client.disconnect()).reply
        ended = (await held.answer()).reply
        late = (await client.connect()).reply

        assert reply["successful"] is True
        assert ended["channel"] == "/meta/connect"
        assert ended["advice"]["reconnect"] == "none"
        assert late["error"] == "402::Unknown client"
        assert (await client.disconnect()).reply["error"] == "402::Unknown client"


@on_loop
async def test_a_session_ends_when_no_connect_comes():
    """C63"""
    async with house(max_interval_ms=5_000) as portal:
        client = await Client(portal.servers[0]).open(CALLS)

        portal.now_ms += 4_999
        assert (await client.poll()).reply["successful"] is True
        portal.now_ms += 5_000
        reply = (await client.poll()).reply

        assert reply["error"].startswith("402::")
        assert reply["advice"] == {"reconnect": "handshake", "interval": 0}


@on_loop
async def test_the_sweep_removes_what_has_expired_and_nothing_else():
    """C63"""
    async with house(max_interval_ms=5_000) as portal:
        node = portal.servers[0].node
        gone = await Client(portal.servers[0]).open()
        portal.now_ms += 3_000
        kept = await Client(portal.servers[0]).open()

        portal.now_ms += 2_000
        await node.sweep()

        assert await node.store.load(gone.id) is None
        assert await node.store.load(kept.id) is not None
        assert await node.store.sessions_of("bob") == [kept.id]


@on_loop
async def test_a_held_connect_does_not_expire_and_other_requests_give_time():
    """C64"""
    async with house(timeout_ms=20_000, max_interval_ms=5_000) as portal:
        client = await Client(portal.servers[0]).open(CALLS)
        held = await client.hold()
        portal.now_ms += 20_000
        await portal.servers[0].node.sweep()

        data = portal.tell(CALLS)
        assert (await held.answer()).events == [data]
        portal.now_ms += 4_000
        await client.subscribe("/v2/me/x")
        portal.now_ms += 4_000
        await portal.servers[0].node.sweep()

        assert (await client.poll()).reply["successful"] is True


@on_loop
async def test_a_session_that_was_never_connected_expires_too():
    """C63"""
    async with house(max_interval_ms=5_000) as portal:
        client = Client(portal.servers[0])
        await client.handshake()

        portal.now_ms += 5_000

        assert (await client.connect()).reply["error"].startswith("402::")


@on_loop
async def test_a_session_that_the_server_ends_is_told_to_stop():
    """C65"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)
        held = await client.hold()

        await portal.servers[0].node.end_sessions_of("bob")

        disconnect, connect = (await held.answer()).messages
        assert disconnect["channel"] == "/meta/disconnect"
        assert connect["channel"] == "/meta/connect"
        assert disconnect["advice"]["reconnect"] == connect["advice"]["reconnect"] == "none"
        assert await portal.servers[0].node.store.sessions_of("bob") == []


@on_loop
async def test_a_reloaded_page_goes_on_without_a_handshake():
    """C72"""
    async with house() as portal:
        page = await Client(portal.servers[0]).open(CALLS)
        await (await page.hold()).drop()
        reloaded = Client(portal.servers[0], jar=page.jar)
        reloaded.id = page.id

        first = await reloaded.poll()
        held = await reloaded.hold()
        data = portal.tell(CALLS)

        assert first.reply["advice"] == NORMAL
        assert (await held.answer()).events == [data]


@pytest.mark.parametrize("thief", ["another user", "another browser"])
@on_loop
async def test_a_stolen_client_id_is_of_no_use(thief):
    """C88"""
    async with house() as portal:
        victim = await Client(portal.servers[0]).open(CALLS)
        held = await victim.hold()
        if thief == "another user":
            other = Client(portal.servers[0], "ann", jar=dict(victim.jar))
        else:
            other = Client(portal.servers[0], jar={BROWSER_COOKIE: "1" * 32})
        other.id = victim.id

        answers = [
            (await other.connect()).reply,
            (await other.subscribe("/v2/me/x")),
            (await other.unsubscribe(CALLS)),
            (await other.disconnect()).reply,
        ]
        data = portal.tell(CALLS)

        assert {one["error"] for one in answers} == {"402::Unknown client"}
        assert (await held.answer()).events == [data]


@on_loop
async def test_a_client_that_keeps_no_cookies_is_served_all_the_same():
    """C89"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)
        client.jar.clear()
        held = await client.hold()

        data = portal.tell(CALLS)

        assert (await held.answer()).events == [data]


@on_loop
async def test_an_event_between_look_and_hold_is_not_missed():
    """The wake-up race: the log grows while the held connect is on its way into the store."""
    async with house() as portal:
        server = portal.servers[0]
        client = await Client(server).open(CALLS)
        swap = server.node.store.swap
        sent = []

        async def swap_while_an_event_comes(client_id, version, session, *, tell=""):
            outcome = await swap(client_id, version, session, tell=tell)
            if session is not None and session.holder and not sent:
                sent.append(portal.tell(CALLS))
            return outcome

        server.node.store.swap = swap_while_an_event_comes

        assert (await client.connect()).events == sent


@on_loop
async def test_a_held_poll_is_one_coroutine_and_no_thread():
    import threading

    async with house(timeout_ms=20_000) as portal:
        clients = [await Client(portal.servers[0]).open(CALLS) for _ in range(50)]
        before = threading.active_count()

        for client in clients:
            await client.hold()

        assert threading.active_count() == before
        assert len(portal.servers[0].node._waiters) == 50


@on_loop
async def test_a_message_is_serialised_once_for_all_its_receivers(monkeypatch):
    from notifications.messages import Message

    made = []
    content = Message.content
    monkeypatch.setattr(Message, "content", lambda *given: (made.append(1), content(*given))[1])
    async with house() as portal:
        clients = [await Client(portal.servers[0]).open(CALLS) for _ in range(10)]
        held = [await client.hold() for client in clients]

        data = portal.tell(CALLS)

        assert [(await one.answer()).events for one in held] == [[data]] * 10
        assert made == [1]
