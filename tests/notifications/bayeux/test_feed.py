"""The one reader of the log: what it makes of events, and that no hint is missed."""

import asyncio
import contextlib

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.test import TransactionTestCase

from notifications.bayeux import feed
from notifications.bayeux.channels import is_channel, is_pattern, patterns_of
from notifications.bayeux.feed import Feed, HistoryTooLongError, read_batch, read_history
from notifications.bayeux.session import Session
from notifications.bayeux.window import Entry, Window, entries_of
from notifications.events import NotificationTriggered
from notifications.messages import Message
from portal.events import wakeup
from portal.events.log import publish
from portal.events.reader import RecordedEvent, newest_event_id
from provisioning.events import ProvisioningChanged

CALLS = "/v2/me/calls"


def triggered(number, user_id="u1"):
    return NotificationTriggered(
        contact_center_id=None, user_id=user_id, channel=CALLS, data={"n": number}
    )


@transaction.atomic
def publish_all(*events):
    publish(*events)


def user_changed(user_id, resource="users"):
    return ProvisioningChanged(
        contact_center_id=None,
        resource=resource,
        object_id=user_id,
        action="updated",
        before={},
        after={},
        actor_id=None,
        actor_name="",
        origin="api",
        request_id="r",
        reason="",
    )


class Reading(TransactionTestCase):
    """Committed for good: on PostgreSQL an event is shown only then."""

    def test_a_batch_holds_messages_changed_users_and_the_position(self):
        start = newest_event_id()
        publish_all(triggered(1), user_changed("u9"), user_changed("q1", "queues"))

        batch = read_batch(start)

        assert [entry.message.data for entry in batch.entries] == [{"n": 1}]
        assert batch.changed_user_ids == {"u9"}
        assert batch.position == newest_event_id()
        assert read_batch(batch.position) is None

    def test_history_is_what_lies_between_two_positions(self):
        start = newest_event_id()
        publish_all(*(triggered(number) for number in range(5)))
        last = newest_event_id()

        entries = read_history(start + (last - start) - 4, last - 1)

        assert [entry.message.data["n"] for entry in entries] == [1, 2, 3]
        assert read_history(last, last) == []

    def test_a_history_without_end_is_refused(self):
        start = newest_event_id()
        publish_all(*(triggered(number) for number in range(5)))
        most, feed._MOST_HISTORY = feed._MOST_HISTORY, 3
        self.addCleanup(setattr, feed, "_MOST_HISTORY", most)

        with pytest.raises(HistoryTooLongError):
            read_history(start, newest_event_id())


class OnOneThread(Feed):
    """Its queries see what the test's transaction has written."""

    reads = 0

    async def _in_thread(self, read):
        found = await sync_to_async(read)()
        self.reads += 1
        return found


class Following(TransactionTestCase):
    async def follow(self, reader, taken):
        position = await reader.newest()
        return asyncio.create_task(reader.follow(position, taken.append))

    async def until(self, condition):
        for _ in range(6000):
            if condition():
                return
            await asyncio.sleep(0.005)
        raise AssertionError("It does not become true.")

    async def stop(self, task, reader):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        reader.close()

    async def test_a_hint_wakes_the_reader(self):
        reader, taken = OnOneThread(), []
        poll, feed._POLL_SECONDS_ALONE, feed._POLL_SECONDS = feed._POLL_SECONDS, 3600, 3600
        task = await self.follow(reader, taken)
        try:
            await self.until(lambda: reader.reads == 2)
            await sync_to_async(publish_all)(triggered(1))
            wakeup.wake()
            await self.until(lambda: bool(taken))
        finally:
            feed._POLL_SECONDS_ALONE = feed._POLL_SECONDS = poll
            await self.stop(task, reader)

        assert [entry.message.data for entry in taken[0].entries] == [{"n": 1}]

    async def test_a_hint_during_a_look_is_not_missed(self):
        """The event is committed after the query has looked and before the reader sleeps."""
        reader, taken = OnOneThread(), []
        read = reader._in_thread

        async def read_then_publish(look):
            found = await read(look)
            if reader.reads == 2:
                await sync_to_async(publish_all)(triggered(1))
                wakeup.wake()
                await asyncio.sleep(0.01)
            return found

        reader._in_thread = read_then_publish
        poll, feed._POLL_SECONDS_ALONE, feed._POLL_SECONDS = feed._POLL_SECONDS, 3600, 3600
        task = await self.follow(reader, taken)
        try:
            await self.until(lambda: bool(taken))
        finally:
            feed._POLL_SECONDS_ALONE = feed._POLL_SECONDS = poll
            await self.stop(task, reader)

        assert [entry.message.data for entry in taken[0].entries] == [{"n": 1}]

    async def test_without_hints_the_log_is_looked_at_all_the_same(self):
        reader, taken = OnOneThread(), []
        task = await self.follow(reader, taken)
        try:
            await sync_to_async(publish_all)(triggered(1), triggered(2))
            await self.until(lambda: bool(taken))
        finally:
            await self.stop(task, reader)

        assert [entry.message.data["n"] for entry in taken[0].entries] == [1, 2]


def entry(event_id, user_id="u1", topic=CALLS):
    return Entry(event_id, Message(topic=topic, data={"n": event_id}, user_id=user_id))


def ids(entries):
    return [one.event_id for one in entries]


def test_a_window_gives_what_came_after_a_cursor():
    window = Window(position=10, keep_ms=1_000)
    window.take([entry(11), entry(12, "u2"), entry(13)], position=14, now_ms=0)

    assert ids(window.after(10, ["user:u1"])) == [11, 13]
    assert ids(window.after(11, ["user:u1", "user:u2"])) == [12, 13]
    assert ids(window.after(14, ["user:u1"])) == []
    assert (window.start, window.position) == (10, 14)


def test_a_window_forgets_whole_events_by_age():
    window = Window(position=10, keep_ms=1_000)
    window.take([entry(11), entry(12), entry(12, "u2")], position=12, now_ms=0)
    window.take([entry(13)], position=13, now_ms=600)

    window.take([entry(14)], position=14, now_ms=1_001)

    assert window.start == 12
    assert ids(window.after(0, ["user:u1"])) == [13, 14]
    assert ids(window.after(0, ["user:u2"])) == []


def test_an_events_text_is_made_once_for_each_host():
    one = entry(1)

    first = one.text("http://a/api/v2")

    assert one.text("http://a/api/v2") is first
    assert one.text("http://b/api/v2") == first


def test_a_host_more_than_are_remembered_is_served_too():
    one = entry(1)

    texts = {one.text(f"http://{number}/api/v2") for number in range(20)}

    assert texts == {b'{"channel":"/v2/me/calls","data":{"n":1}}'}


def test_an_event_that_cannot_be_told_is_left_out():
    class Broken:
        kind = "test.broken"
        occurred_at_ms = 0
        views = [{"call": {}}]

    broken = Broken()
    good = triggered(2)

    entries = entries_of([RecordedEvent(1, broken), RecordedEvent(2, good)])

    assert ids(entries) == [2]


def test_a_subscription_is_younger_than_what_came_before_it():
    session = Session(
        id="s", user_id="u1", contact_center_id=None, browser="", cursor=0, expires_at_ms=0
    ).subscribed(["/v2/me/*"], at=5)
    patterns = patterns_of(CALLS)

    assert not session.wants(5, patterns)
    assert session.wants(6, patterns)


def test_the_patterns_of_a_channel_are_itself_and_the_wildcards_above():
    assert patterns_of("/v2/me/calls") == (
        "/v2/me/calls",
        "/v2/me/*",
        "/**",
        "/v2/**",
        "/v2/me/**",
    )


def test_names_of_channels_are_bounded():
    assert is_channel("/" + "a" * 254)
    assert not is_channel("/" + "a" * 255)
    assert not is_pattern("/" + "a" * 300 + "/*")
    assert not is_channel("/v2/me/*")
