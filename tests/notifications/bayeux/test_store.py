"""The store's promises, in memory and (on PostgreSQL and Redis) in Redis."""

import asyncio
import dataclasses

from notifications.bayeux.session import Limits, Session, decode, encode
from notifications.bayeux.store import PresenceChange
from tests.notifications.bayeux.driver import house, on_loop, until


def session(name="s1", user="bob", **more):
    values = {"contact_center_id": "c1", "browser": "", "cursor": 7, "expires_at_ms": 1_000}
    return Session(id=name, user_id=user, **{**values, **more})


def test_a_session_comes_out_of_the_store_as_it_went_in():
    original = session(
        batch=3,
        sent=[[2, 7]],
        subscriptions={"/v2/me/*": 5},
        holder="node",
        is_connected=True,
        contact_center_id=None,
    )

    assert decode(encode(original)) == original


@on_loop
async def test_what_was_never_put_is_not_there():
    async with house() as portal:
        assert await portal.servers[0].node.store.load("s1") is None


@on_loop
async def test_of_two_changes_of_one_version_the_first_is_made():
    async with house() as portal:
        store = portal.servers[0].node.store
        created = await store.swap("s1", 0, session())
        first = await store.swap("s1", created.stored.version, session(cursor=8))
        second = await store.swap("s1", created.stored.version, session(cursor=9))

        assert first.is_done
        assert not second.is_done
        assert second.stored == first.stored
        assert (await store.load("s1")).session.cursor == 8


@on_loop
async def test_an_existing_session_is_not_made_again():
    async with house() as portal:
        store = portal.servers[0].node.store
        await store.swap("s1", 0, session())

        again = await store.swap("s1", 0, session(user="eve"))

        assert not again.is_done
        assert again.stored.session.user_id == "bob"


@on_loop
async def test_many_changes_at_once_are_all_made_one_after_another():
    async with house() as portal:
        store = portal.servers[0].node.store
        await store.swap("s1", 0, session(cursor=0))

        async def increase():
            stored = await store.load("s1")
            while True:
                more = dataclasses.replace(stored.session, cursor=stored.session.cursor + 1)
                outcome = await store.swap("s1", stored.version, more)
                if outcome.is_done:
                    return
                stored = outcome.stored

        await asyncio.gather(*(increase() for _ in range(30)))

        assert (await store.load("s1")).session.cursor == 30


@on_loop
async def test_what_has_expired_is_given_to_one_only():
    async with house(nodes=2) as portal:
        one, two = (server.node.store for server in portal.servers)
        await one.swap("s1", 0, session(expires_at_ms=1_000))
        await one.swap("s2", 0, session("s2", expires_at_ms=1_001))

        found = [*await one.expire(1_000), *await two.expire(1_000)]

        assert [gone.id for gone in found] == ["s1"]
        assert await two.sessions_of("bob") == ["s2"]


@on_loop
async def test_connects_held_by_one_browser_are_counted_once_each():
    async with house() as portal:
        store = portal.servers[0].node.store
        held = {"browser": "b", "holder": "node", "is_polling": True}

        first = await store.swap("s1", 0, session(**held))
        second = await store.swap("s2", 0, session("s2", **held))
        again = await store.swap("s1", first.stored.version, session(**held))
        await store.swap("s2", second.stored.version, session("s2", browser="b"))
        alone = await store.swap("s1", again.stored.version, session(**held))
        other = await store.swap("s3", 0, session("s3", **{**held, "browser": "another"}))

        counts = [one.held_by_others for one in (first, second, again, alone, other)]
        assert counts == [0, 1, 1, 0, 0]


@on_loop
async def test_a_removed_session_holds_nothing_any_more():
    async with house() as portal:
        store = portal.servers[0].node.store
        held = {"browser": "b", "holder": "node", "is_polling": True}
        first = await store.swap("s1", 0, session(**held))

        removed = await store.swap("s1", first.stored.version, None)
        second = await store.swap("s2", 0, session("s2", **held))

        assert removed.is_done
        assert removed.stored is None
        assert second.held_by_others == 0
        assert await store.sessions_of("bob") == ["s2"]


@on_loop
async def test_presence_changes_with_the_first_and_with_the_last():
    async with house() as portal:
        store = portal.servers[0].node.store
        first = await store.swap("s1", 0, session(is_connected=True))
        await store.swap("s1", first.stored.version, session(is_connected=True))
        await store.swap("s2", 0, session("s2", is_connected=True, expires_at_ms=5_000))
        await store.swap("s3", 0, session("s3", user="eve"))
        await store.expire(1_000)
        await store.expire(5_000)

        changes = [change async for change in store.presence_changes()]

        assert changes == [
            PresenceChange("bob", is_connected=True),
            PresenceChange("bob", is_connected=False),
        ]
        assert [change async for change in store.presence_changes()] == []


@on_loop
async def test_one_at_a_time_takes_presence_changes():
    async with house(nodes=2) as portal:
        one, two = (server.node.store for server in portal.servers)
        await one.swap("s1", 0, session(is_connected=True))

        taken = []
        async for change in one.presence_changes():
            taken.append(change)
            taken += [other async for other in two.presence_changes()]

        assert taken == [PresenceChange("bob", is_connected=True)]


@on_loop
async def test_a_node_is_told_and_no_other():
    async with house(nodes=2) as portal:
        one, two = portal.servers
        one.is_deaf = two.is_deaf = True

        await one.node.store.swap("s1", 0, session(), tell=two.node.name)
        await until(lambda: bool(two.unheard))

        assert two.unheard == ["s1"]
        assert one.unheard == []


def test_an_acknowledged_answer_moves_the_cursor_and_a_lost_one_does_not():
    limits = Limits()
    one = session(batch=1).answered(10, now_ms=0, limits=limits)
    two = one.acknowledged(1).answered(12, now_ms=0, limits=limits)

    assert (one.cursor, one.batch, one.sent) == (7, 2, [[1, 10]])
    assert (two.cursor, two.batch, two.sent) == (10, 3, [[2, 12]])
    assert two.acknowledged(1).cursor == 10
    assert two.acknowledged(2).cursor == 12


def test_the_position_never_goes_back():
    limits = Limits()

    assert session(cursor=7).answered(5, now_ms=0, limits=limits).cursor == 7
    assert session(cursor=7).moved(5).cursor == 7
