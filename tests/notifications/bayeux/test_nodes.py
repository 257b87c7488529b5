"""Several web processes over one store: clients go wherever the load balancer sends them."""

import asyncio
import random

import pytest

from notifications.bayeux.feed import HistoryTooLongError
from notifications.bayeux.waiting import End
from tests.notifications.bayeux.driver import Client, Socket, house, on_loop, until

CALLS = "/v2/me/calls"


@on_loop
async def test_a_client_goes_on_at_another_process_where_it_stopped():
    async with house(nodes=2) as portal:
        one, two = portal.servers
        client = await Client(one).open(CALLS)
        first = portal.tell(CALLS)
        assert (await client.connect()).events == [first]

        second = portal.tell(CALLS)
        client.at(two)

        assert (await client.connect()).events == [second]
        held = await client.hold()
        third = portal.tell(CALLS)
        assert (await held.answer()).events == [third]
        assert (await client.at(one).poll()).events == []


@on_loop
async def test_a_connect_elsewhere_ends_the_one_that_is_held_here():
    """C30 over two processes"""
    async with house(nodes=2) as portal:
        one, two = portal.servers
        client = await Client(one).open(CALLS)
        older = await client.hold()

        newer = await client.at(two).hold()
        refused = await older.answer()
        data = portal.tell(CALLS)

        assert refused.status == 408
        assert (await newer.answer()).events == [data]
        assert (await client.poll()).events == []


@on_loop
async def test_a_subscription_made_elsewhere_reaches_the_held_connect():
    async with house(nodes=2) as portal:
        one, two = portal.servers
        client = await Client(one).open()
        held = await client.hold()
        waiter = one.node._waiters[client.id]

        await client.at(two).subscribe(CALLS)
        await until(lambda: CALLS in waiter.session.subscriptions)
        data = portal.tell(CALLS)

        assert (await held.answer()).events == [data]


@on_loop
async def test_an_event_that_overtakes_the_word_of_a_new_subscription_is_not_lost():
    """The holder reads the event before it hears of the subscription."""
    async with house(nodes=2) as portal:
        one, two = portal.servers
        client = await Client(one).open()
        held = await client.hold()
        one.is_deaf = True

        await client.at(two).subscribe(CALLS)
        data = portal.tell(CALLS)
        await until(lambda: bool(one.unheard))
        await one.node._refresh(client.id)

        assert (await held.answer()).events == [data]


@on_loop
async def test_at_the_timeout_nothing_is_skipped_that_a_new_subscription_wants():
    """The word of the subscription is lost altogether: the store's version tells all the same."""
    async with house(nodes=2) as portal:
        one, two = portal.servers
        client = await Client(one).open()
        one.is_deaf = True
        held = await client.hold()

        await client.at(two).subscribe(CALLS)
        data = portal.tell(CALLS)
        one.node._waiters[client.id].heard()  # What the timer does.

        assert (await held.answer()).events == [data]


@on_loop
async def test_disconnecting_elsewhere_ends_the_held_connect():
    """C61 over two processes"""
    async with house(nodes=2) as portal:
        one, two = portal.servers
        client = await Client(one).open(CALLS)
        held = await client.hold()

        assert (await client.at(two).disconnect()).reply["successful"] is True

        assert (await held.answer()).reply["advice"]["reconnect"] == "none"
        assert (await client.at(one).connect()).reply["error"].startswith("402::")


@on_loop
async def test_a_process_that_lags_behind_neither_repeats_nor_skips():
    async with house(nodes=2) as portal:
        ahead, behind = portal.servers
        client = await Client(ahead).open(CALLS)
        first = portal.tell(CALLS, takes=False)
        ahead.take()
        assert (await client.connect()).events == [first]

        held = await client.at(behind).hold()
        behind.take()
        assert not held.is_answered
        second = portal.tell(CALLS)

        assert (await held.answer()).events == [second]


@on_loop
async def test_a_process_that_died_while_it_held_a_connect_loses_nothing():
    async with house(nodes=2) as portal:
        dying, other = portal.servers
        client = await Client(dying).open(CALLS)
        await client.hold()
        portal.servers.remove(dying)

        data = portal.tell(CALLS)

        assert (await client.at(other).connect()).events == [data]
        await dying.node.store.close()


@on_loop
async def test_the_sessions_of_a_process_that_died_expire():
    async with house(nodes=2, timeout_ms=20_000, max_interval_ms=5_000) as portal:
        dying, other = portal.servers
        client = await Client(dying).open(CALLS)
        await client.hold()
        portal.servers.remove(dying)

        portal.now_ms += 24_999
        await other.node.sweep()
        assert await other.node.store.sessions_of("bob") == [client.id]
        portal.now_ms += 1
        await other.node.sweep()

        assert await other.node.store.sessions_of("bob") == []
        await dying.node.store.close()


@on_loop
async def test_a_process_that_started_later_reads_back_what_the_client_has_missed():
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)
        sent = [portal.tell(CALLS) for _ in range(3)]

        late = await portal.start()
        first = await client.at(late).connect()
        sent.append(portal.tell(CALLS))
        second = await client.connect()

        assert first.events + second.events == sent
        assert late.histories_read == 1


@on_loop
async def test_what_has_left_the_window_is_read_back():
    async with house() as portal:
        server = portal.servers[0]
        client = await Client(server).open(CALLS)
        sent = [portal.tell(CALLS)]
        server.node.window._keep_ms = 1_000
        portal.now_ms += 5_000
        sent.append(portal.tell(CALLS))
        assert server.node.window.start == 1

        events = (await client.connect()).events

        assert events == sent
        assert server.histories_read == 1


@on_loop
async def test_a_client_that_was_away_for_too_long_begins_anew():
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)
        portal.tell(CALLS)
        late = await portal.start()

        async def too_long(after, upto):
            raise HistoryTooLongError

        late.node._history = too_long
        reply = (await client.at(late).connect()).reply

        assert reply["error"].startswith("402::")
        assert reply["advice"]["reconnect"] == "handshake"


@on_loop
async def test_two_processes_never_deliver_the_same_event():
    """Two connects of one client at once, at both processes, again and again."""
    async with house(nodes=2) as portal:
        client = await Client(portal.servers[0]).open(CALLS)
        sent, seen = [], []
        for _ in range(40):
            sent.append(portal.tell(CALLS))
            requests = [
                client.at(server).begin_connect(advice={"timeout": 0}) for server in portal.servers
            ]
            for answer in [await one.answer() for one in requests]:
                seen += answer.events if answer.status == 200 else []

        assert seen == sent


@pytest.mark.parametrize("seed", range(3))
@on_loop
async def test_many_clients_that_wander_hear_everything_once_and_in_order(seed):
    draw = random.Random(seed)
    async with house(nodes=3, timeout_ms=20_000) as portal:
        clients = [
            await Client(draw.choice(portal.servers), user).open("/v2/me/**")
            for user in ("ann", "bob", "eve") * 3
        ]
        seen = {client.id: [] for client in clients}
        sent = {"ann": [], "bob": [], "eve": []}
        is_over = False

        async def live(client):
            while not is_over or len(seen[client.id]) < len(sent[client.user]):
                client.at(draw.choice(portal.servers))
                answer = await client.connect(advice={"timeout": 20})
                seen[client.id] += answer.events

        living = [asyncio.create_task(live(client)) for client in clients]
        for _ in range(150):
            user = draw.choice(list(sent))
            sent[user].append(portal.tell(CALLS, to=user, takes=False))
            for server in portal.servers:
                if draw.random() < 0.7:
                    server.take()
            await asyncio.sleep(0.001)
        is_over = True
        for server in portal.servers:
            server.take()
        await asyncio.gather(*living)

        for client in clients:
            assert seen[client.id] == sent[client.user]


@on_loop
async def test_first_connections_and_last_ones_are_told_once_over_all_processes():
    async with house(nodes=2, max_interval_ms=5_000) as portal:
        one, two = portal.servers

        async def changes():
            found = []
            for server in portal.servers:
                changes = server.node.store.presence_changes()
                found += [(one.user_id, one.is_connected) async for one in changes]
            return found

        first = Client(one)
        await first.handshake()
        assert await changes() == []
        await first.connect()
        second = await Client(two).open()
        await Client(two, "ann").open()
        assert await changes() == [("bob", True), ("ann", True)]
        await first.at(two).disconnect()
        assert await changes() == []
        portal.now_ms += 5_000
        await asyncio.gather(one.node.sweep(), two.node.sweep())
        found = await changes()
        assert sorted(found) == [("ann", False), ("bob", False)]
        assert second.id not in await one.node.store.sessions_of("bob")


@on_loop
async def test_coming_back_before_the_other_connection_expired_is_no_news():
    async with house() as portal:
        store = portal.servers[0].node.store
        first = await Client(portal.servers[0]).open()
        await Client(portal.servers[0]).open()

        await first.disconnect()

        found = [one.is_connected async for one in store.presence_changes()]
        assert found == [True]


@on_loop
async def test_a_held_connect_that_ends_twice_keeps_the_first_reason():
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)
        held = await client.hold()
        waiter = portal.servers[0].node._waiters[client.id]

        waiter.end(End.SUPERSEDED)
        waiter.end(End.GONE)

        assert (await held.answer()).status == 408


@on_loop
async def test_a_socket_and_a_poll_at_different_processes_do_not_both_deliver():
    async with house(nodes=2) as portal:
        one, two = portal.servers
        client = await Client(one).open(CALLS)
        socket = await Socket(client).opened()
        socket.send(client.connect_message())
        await until(lambda: client.id in one.node._waiters)

        held = await client.at(two).hold()
        data = portal.tell(CALLS)

        assert (await held.answer()).events == [data]
        assert socket.is_silent()
