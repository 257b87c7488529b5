"""The acknowledge extension. C numbers are those of the Bayeux checklist."""

import asyncio
import random

import pytest

from tests.notifications.bayeux.driver import Client, house, on_loop

CALLS = "/v2/me/calls"
ACK = {"ext": {"ack": True}}


@on_loop
async def test_acknowledging_is_agreed_on_when_asked_for():
    """C66"""
    async with house() as portal:
        asked = await Client(portal.servers[0]).handshake(**ACK)
        asked_anew = await Client(portal.servers[0]).handshake(ext={"ack": {"enabled": True}})
        not_asked = await Client(portal.servers[0]).handshake(ext={"ack": False})

        assert asked["ext"] == {"ack": True}
        assert asked_anew["ext"] == {"ack": True}
        assert "ext" not in not_asked


@on_loop
async def test_every_connect_reply_has_a_growing_number():
    """C67"""
    async with house() as portal:
        client = Client(portal.servers[0])
        await client.handshake(**ACK)
        numbers = []
        for _ in range(4):
            reply = (await client.poll()).reply
            numbers.append(reply["ext"]["ack"])
            portal.tell(CALLS)

        assert numbers == [1, 2, 3, 4]


@on_loop
async def test_an_older_number_brings_everything_since_at_once():
    """C68"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS, **ACK)
        first = portal.tell(CALLS)
        before = client.ack

        lost = await client.connect()
        second = portal.tell(CALLS)
        client.ack = before
        again = await client.connect()

        assert lost.events == [first]
        assert again.events == [first, second]
        held = await client.hold()
        await held.drop()


@on_loop
async def test_a_number_between_brings_only_what_came_after_it():
    """C68: what was acknowledged never comes again."""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS, **ACK)
        sent = [portal.tell(CALLS)]
        await client.connect()
        acknowledged = client.ack
        sent.append(portal.tell(CALLS))
        await client.connect()
        sent.append(portal.tell(CALLS))

        client.ack = acknowledged
        again = await client.connect()
        client.ack = 0
        from_the_start = await client.poll()

        assert again.events == sent[1:]
        assert from_the_start.events == sent[1:]


@on_loop
async def test_what_is_unacknowledged_is_not_waited_for():
    """C68: the connect is answered at once although nothing new has come."""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS, **ACK)
        data = portal.tell(CALLS)
        before = client.ack
        await client.connect()

        client.ack = before

        assert (await client.connect()).events == [data]


@on_loop
async def test_events_come_with_connect_replies_only():
    """C69"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS, **ACK)

        data = portal.tell(CALLS)
        other = await client.send(client.message("/meta/subscribe", subscription="/v2/me/x"))

        assert other.events == []
        assert (await client.connect()).events == [data]


@on_loop
async def test_an_answer_that_was_lost_on_the_way_is_sent_again():
    """C70"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS, **ACK)
        held = await client.hold()

        data = portal.tell(CALLS)
        await held.answer()  # The client does not hear it, and knows no new number.

        assert (await client.connect()).events == [data]
        assert (await client.poll()).events == []


@on_loop
async def test_a_number_that_the_server_never_gave_acknowledges_what_it_did():
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS, **ACK)
        portal.tell(CALLS)
        await client.connect()

        client.ack = 1_000_000
        second = portal.tell(CALLS)

        assert (await client.connect()).events == [second]


@on_loop
async def test_an_event_after_the_drop_comes_with_the_next_connect():
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS, **ACK)
        held = await client.hold()
        data = portal.tell(CALLS)

        await held.drop()

        assert (await client.connect()).events == [data]


@pytest.mark.parametrize("seed", range(5))
@on_loop
async def test_under_random_losses_every_event_arrives_once_and_in_order(seed):
    """C70: answers are lost, connects dropped, and requests reach either of two processes."""
    draw = random.Random(seed)
    async with house(nodes=2) as portal:
        client = await Client(portal.servers[0]).open(CALLS, **ACK)
        sent, seen = [], []
        for _ in range(120):
            client.at(draw.choice(portal.servers))
            if draw.random() < 0.6:
                sent.append(portal.tell(CALLS, takes=False))
                for server in draw.sample(portal.servers, 2):
                    if draw.random() < 0.8:
                        server.take()
            request = client.begin_connect(
                advice={"timeout": 0} if draw.random() < 0.7 else {"timeout": 5}
            )
            fate = draw.random()
            if fate < 0.2:
                await asyncio.sleep(0)
                await request.drop()
            elif fate < 0.4:
                await request.answer()
            else:
                seen += client.hear(await request.answer()).events
        for server in portal.servers:
            server.take()
        seen += (await client.poll()).events

        assert seen == sent
