"""The server of a process: its beginning, its sweeps, whom it sends away, what it is handed."""

import asyncio
import os

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import TestCase, TransactionTestCase, override_settings

from notifications import connections
from notifications.bayeux.callers import Callers
from notifications.bayeux.endpoint import is_served_here
from notifications.bayeux.server import Server, browser_cookie, connection_types
from notifications.bayeux.session import Limits
from notifications.events import NotificationTriggered
from notifications.management.commands import bayeux_trigger
from portal.events import wakeup
from portal.events.log import capture, publish
from provisioning.change import Change
from provisioning.models import User
from provisioning.services.users import update_user
from tests.factories import build_world
from tests.notifications.bayeux.driver import Client, House
from tests.notifications.bayeux.test_callers import basic


async def in_test_thread(act):
    return await sync_to_async(act)()


@transaction.atomic
def publish_all(*events):
    publish(*events)


class WholeServer(TransactionTestCase):
    """With the real log, look-ups and callbacks, on the test's own connection.

    What it writes is committed: on PostgreSQL an event is shown only then.
    """

    def setUp(self):
        self.world = build_world()
        self.told = []
        for kept in (connections._first_connected, connections._last_gone):
            before = list(kept)
            kept.clear()
            self.addCleanup(kept.extend, before)
            self.addCleanup(kept.clear)
        connections.on_first_connected(lambda *, user_id: self.told.append((user_id, True)))
        connections.on_last_gone(lambda *, user_id: self.told.append((user_id, False)))

    async def start(self, **limits):
        async def ask(look, scope):
            return await sync_to_async(look)(scope)

        self.house = House()
        self.server = Server(
            store=self.house.new_store(),
            limits=Limits(**limits),
            callers=Callers(ask=ask),
            in_thread=in_test_thread,
        )
        self.server._feed._in_thread = in_test_thread
        await self.server.start()
        self.server.house = self.house

    async def enter(self, user):
        client = Client(self.server)
        client.user = basic(user)
        await client.open("/v2/**")
        return client

    async def until(self, condition):
        for _ in range(6000):
            if condition():
                return
            await asyncio.sleep(0.005)
        raise AssertionError("It does not become true.")

    async def finish(self):
        for task in self.house.tasks:
            task.cancel()
        await asyncio.gather(*self.house.tasks, return_exceptions=True)
        await self.server.close()

    async def test_an_event_of_the_log_reaches_the_held_connect(self):
        await self.start()
        try:
            client = await self.enter(self.world.bob)
            held = await client.hold()
            event = NotificationTriggered(
                contact_center_id=str(self.world.red.pk),
                user_id=str(self.world.bob.pk),
                channel="/v2/me/calls",
                data={"n": 1},
            )
            await sync_to_async(publish_all)(event)
            wakeup.wake()
            answer = await held.answer()
        finally:
            await self.finish()

        assert answer.events == [{"n": 1}]

    async def test_the_first_connection_and_the_end_of_the_last_are_told(self):
        await self.start()
        bob = str(self.world.bob.pk)
        try:
            first = await self.enter(self.world.bob)
            second = await self.enter(self.world.bob)
            await self.until(lambda: self.told == [(bob, True)])
            await first.disconnect()
            await second.disconnect()
            await self.until(lambda: len(self.told) == 2)
        finally:
            await self.finish()

        assert self.told == [(bob, True), (bob, False)]

    async def test_a_callback_that_fails_keeps_no_other_from_being_told(self):
        def fail(*, user_id):
            raise ValueError(user_id)

        connections._first_connected.insert(0, fail)
        with self.assertLogs("notifications.connections", "ERROR"):
            connections.tell("u1", is_connected=True)

        assert self.told == [("u1", True)]

    async def test_a_disabled_users_session_ends_at_once(self):
        await self.start()
        try:
            client = await self.enter(self.world.bob)
            other = await self.enter(self.world.ann)
            held, kept = await client.hold(), await other.hold()

            def disable():
                bob = User.objects.get(pk=self.world.bob.pk)
                change = Change(actor=self.world.ann, origin="api")
                update_user(change=change, user=bob, enabled=False)

            await sync_to_async(disable)()
            wakeup.wake()
            ended = await held.answer()
            refused = await client.connect()
            is_kept = not kept.is_answered
            left = await self.server.node.store.sessions_of(str(self.world.bob.pk))
        finally:
            await self.finish()

        assert [one["channel"] for one in ended.messages] == ["/meta/disconnect", "/meta/connect"]
        assert ended.reply["advice"]["reconnect"] == "none"
        assert refused.status == 401
        assert is_kept
        assert left == []

    async def test_a_change_that_disables_nobody_ends_nothing(self):
        await self.start()
        try:
            client = await self.enter(self.world.bob)
            held = await client.hold()

            def rename():
                bob = User.objects.get(pk=self.world.bob.pk)
                change = Change(actor=self.world.ann, origin="api")
                update_user(change=change, user=bob, first_name="Robert")

            before = self.server.node.window.position
            await sync_to_async(rename)()
            wakeup.wake()
            await self.until(lambda: self.server.node.window.position > before)
            await asyncio.sleep(0.02)
            is_held = not held.is_answered
        finally:
            await self.finish()

        assert is_held


def test_what_is_handed_over_before_django():
    def http(path, method="POST", headers=()):
        return {"type": "http", "path": path, "method": method, "headers": list(headers)}

    preflight = [(b"access-control-request-method", b"POST")]
    base = "/api/v2/notifications"

    for path in (base, base + "/", base + "/handshake", base + "/connect"):
        assert is_served_here(http(path))
        assert is_served_here({"type": "websocket", "path": path, "headers": []})
    assert is_served_here(http(base, "OPTIONS"))
    assert not is_served_here(http(base, "OPTIONS", preflight))
    assert not is_served_here(http("/api/v2/notificationsx"))
    assert not is_served_here(http("/api/v2/me"))
    assert not is_served_here({"type": "lifespan"})


def test_transports_are_offered_as_the_settings_say(settings):
    assert connection_types() == ("websocket", "long-polling", "callback-polling")
    settings.BAYEUX_WEBSOCKET = False
    settings.BAYEUX_CALLBACK_POLLING = False
    assert connection_types() == ("long-polling",)


def test_the_browsers_cookie_is_secure_where_the_portal_is(settings):
    assert browser_cookie("x") == "BAYEUX_BROWSER=x; Path=/; HttpOnly; SameSite=Lax"
    settings.SESSION_COOKIE_SECURE = True
    assert browser_cookie("x").endswith("; Secure")


class Triggering(TestCase):
    def setUp(self):
        self.world = build_world()

    def trigger(self, text, user=None):
        reading, writing = os.pipe()
        os.write(writing, text.encode())
        os.close(writing)
        with os.fdopen(reading) as stdin:
            standard, bayeux_trigger.sys.stdin = bayeux_trigger.sys.stdin, stdin
            try:
                call_command("bayeux_trigger", user=user or self.world.bob.user_name)
            finally:
                bayeux_trigger.sys.stdin = standard

    def line(self, **more):
        wanted = {"op": "publish", "channel": "/v2/me/calls", "data": {"n": 1}, **more}
        return orjson.dumps(wanted).decode()

    def test_it_is_refused_unless_a_setting_allows_it(self):
        with capture() as events, pytest.raises(CommandError, match="PORTAL_BAYEUX_TRIGGER"):
            self.trigger(self.line())

        assert events == []

    @override_settings(BAYEUX_TRIGGER=True)
    def test_each_line_is_one_event_for_the_user_in_order(self):
        with capture() as events:
            self.trigger("\n".join([self.line(), "", self.line(channel="/v2/me", data=[2])]))

        assert [(one.user_id, one.channel, one.data) for one in events] == [
            (str(self.world.bob.pk), "/v2/me/calls", {"n": 1}),
            (str(self.world.bob.pk), "/v2/me", [2]),
        ]
        assert {one.contact_center_id for one in events} == {str(self.world.red.pk)}

    @override_settings(BAYEUX_TRIGGER=True)
    def test_nonsense_ends_it_with_a_sentence(self):
        for text, sentence in [
            ("nonsense", "Line 1 is not JSON"),
            (self.line(op="delete"), "publish"),
            (self.line(channel="/meta/connect"), "no channel"),
            (self.line(channel="x"), "no channel"),
            (self.line(channel=None), "no channel"),
        ]:
            with capture() as events, pytest.raises(CommandError, match=sentence):
                self.trigger(text)
            assert events == []

    @override_settings(BAYEUX_TRIGGER=True)
    def test_an_unknown_user_is_named(self):
        with pytest.raises(CommandError, match="no user x@y"):
            self.trigger("", user="x@y")


def test_a_burst_of_lines_is_read_at_once_and_a_line_in_pieces_is_one():
    reading, writing = os.pipe()
    os.write(writing, b"one\ntwo\nthr")
    lines = bayeux_trigger._lines_at_once(reading)

    first = next(lines)
    os.write(writing, b"ee\n")
    second = next(lines)
    os.write(writing, b"last")
    os.close(writing)

    assert first == [b"one", b"two"]
    assert second == [b"three"]
    assert list(lines) == [[b"last"]]
    os.close(reading)
