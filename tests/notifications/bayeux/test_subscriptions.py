"""Subscriptions and what they let through. C numbers are those of the Bayeux checklist."""

import pytest

from notifications.messages import TOPICS
from provisioning.events import PasswordChanged, ServiceStateChanged
from tests.notifications.bayeux.driver import CENTER, Client, house, on_loop

CALLS = "/v2/me/calls"


@on_loop
async def test_a_subscription_is_echoed_with_the_id():
    """C40"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open()

        assert await client.subscribe(CALLS) == {
            "channel": "/meta/subscribe",
            "successful": True,
            "subscription": CALLS,
            "id": "3",
        }


@on_loop
async def test_a_list_of_subscriptions_is_echoed_as_a_list_and_all_hold():
    """C41"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open()
        wanted = [CALLS, "/v2/me/devices"]

        subscribed = await client.subscribe(wanted)
        sent = [portal.tell(CALLS), portal.tell("/v2/me/devices")]
        heard = (await client.poll()).events
        unsubscribed = await client.unsubscribe(wanted)
        portal.tell(CALLS)
        portal.tell("/v2/me/devices")

        assert subscribed["subscription"] == unsubscribed["subscription"] == wanted
        assert heard == sent
        assert (await client.poll()).events == []


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("/v2/me/*", ["/v2/me/calls", "/v2/me/devices"]),
        ("/v2/me/**", ["/v2/me/calls", "/v2/me/devices", "/v2/me/calls/x", "/v2/me/calls/x/y"]),
        ("/v2/*", ["/v2/me"]),
        (
            "/v2/**",
            ["/v2/me", "/v2/me/calls", "/v2/me/devices", "/v2/me/calls/x", "/v2/me/calls/x/y"],
        ),
        ("/v2/me/calls/*", ["/v2/me/calls/x"]),
    ],
)
@on_loop
async def test_a_wildcard_matches_one_segment_or_all_below(pattern, matching):
    """C42, C43"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(pattern)

        channels = ("/v2/me", CALLS, "/v2/me/devices", "/v2/me/calls/x", "/v2/me/calls/x/y")
        for channel in channels:
            portal.tell(channel)

        heard = [one["channel"] for one in (await client.poll()).messages if "data" in one]
        assert heard == [one for one in channels if one in matching]


@pytest.mark.parametrize("pattern", ["/v2/*/calls", "/v2/**/calls", "/v2/me/*calls", "/v2/me/***"])
@on_loop
async def test_wildcards_stand_at_the_end_only(pattern):
    """C43"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open()

        assert (await client.subscribe(pattern))["error"] == "403::subscription_invalid"


@on_loop
async def test_overlapping_subscriptions_bring_one_copy():
    """C44, C45"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS, "/v2/me/*", "/v2/**")
        await client.subscribe(CALLS)

        data = portal.tell(CALLS)

        assert (await client.poll()).events == [data]


@on_loop
async def test_subscribing_again_loses_nothing_of_the_first_time():
    """C45: the second subscription makes the first no younger."""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)

        data = portal.tell(CALLS)
        await client.subscribe(CALLS)

        assert (await client.poll()).events == [data]


@on_loop
async def test_unsubscribing_stops_the_events():
    """C46"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)

        reply = await client.unsubscribe(CALLS)
        portal.tell(CALLS)

        assert reply == {
            "channel": "/meta/unsubscribe",
            "successful": True,
            "subscription": CALLS,
            "id": "4",
        }
        assert (await client.poll()).events == []


@on_loop
async def test_one_of_two_overlapping_subscriptions_may_go():
    """C47"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS, "/v2/me/*")

        await client.unsubscribe("/v2/me/*")
        portal.tell("/v2/me/devices")
        data = portal.tell(CALLS)

        assert (await client.poll()).events == [data]


@on_loop
async def test_unsubscribing_what_was_never_subscribed_is_answered_normally():
    """C48"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open()

        assert (await client.unsubscribe(CALLS))["successful"] is True


@pytest.mark.parametrize("channel", ["/meta/subscribe", "/meta/unsubscribe"])
@on_loop
async def test_a_missing_subscription_is_said_to_be_missing(channel):
    """C49"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open()

        reply = (await client.send(client.message(channel))).reply

        assert reply["error"] == "403::subscription_missing"


@pytest.mark.parametrize(
    "name", ["", "calls", "/", "//", "/a//b", "/a b", "/a\n", 5, {"a": 1}, "*"]
)
@on_loop
async def test_what_is_no_channel_cannot_be_subscribed(name):
    """C50"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open()

        answer = await client.send(client.message("/meta/subscribe", subscription=name))

        assert answer.status == 200
        assert answer.reply["error"] == "403::subscription_invalid"
        assert answer.reply["subscription"] == name


@pytest.mark.parametrize("name", ["/meta/connect", "/meta/*", "/meta/**"])
@on_loop
async def test_the_protocols_own_channels_cannot_be_subscribed(name):
    """C51"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open()

        assert (await client.subscribe(name))["error"].startswith("403::")


@pytest.mark.parametrize("name", ["/v2/users", "/foo/bar", "/foo/*", "/v2/you", ["/v2/me", "/foo"]])
@on_loop
async def test_a_topic_one_may_not_have_is_refused_whole(name):
    """C52"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open()

        reply = await client.subscribe(name)
        portal.tell("/v2/me")

        assert reply["successful"] is False
        assert reply["error"] == "403::subscribe_denied"
        assert reply["subscription"] == name
        assert (await client.poll()).events == []


@pytest.mark.parametrize("topic", TOPICS)
@on_loop
async def test_an_admin_may_have_every_topic(topic):
    async with house() as portal:
        client = await Client(portal.servers[0], "ann").open()

        assert (await client.subscribe(topic))["successful"] is True


@on_loop
async def test_the_number_of_subscriptions_is_bounded():
    async with house(max_subscriptions=3) as portal:
        client = await Client(portal.servers[0]).open("/v2/me/a", "/v2/me/b")

        refused = await client.subscribe(["/v2/me/c", "/v2/me/d"])
        allowed = await client.subscribe("/v2/me/c")

        assert refused["error"].startswith("403::")
        assert allowed["successful"] is True


@on_loop
async def test_an_event_has_a_channel_and_data_and_nothing_else():
    """C53"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open(CALLS)

        data = portal.tell(CALLS)

        assert (await client.poll()).messages[0] == {"channel": CALLS, "data": data}


@on_loop
async def test_nobody_hears_what_is_another_users():
    """C54"""
    async with house() as portal:
        bob = await Client(portal.servers[0], "bob").open("/v2/**")
        ann = await Client(portal.servers[0], "ann").open("/v2/**")
        held = await ann.hold()

        for_bob = portal.tell(CALLS, to="bob")
        assert not held.is_answered
        for_ann = portal.tell(CALLS, to="ann")

        assert (await bob.poll()).events == [for_bob]
        assert (await held.answer()).events == [for_ann]


@on_loop
async def test_a_service_channel_can_be_subscribed_and_brings_nothing():
    """C55"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open()

        subscribed = await client.subscribe("/service/x")
        published = (await client.send(client.message("/service/x", data={"a": 1}))).reply

        assert subscribed["successful"] is True
        assert published["successful"] is True
        assert "data" not in published
        assert (await client.poll()).events == []


@pytest.mark.parametrize("channel", [CALLS, "/v2/users", "/foo", "no channel"])
@on_loop
async def test_clients_do_not_publish(channel):
    """C57; C56 has no counterpart: no topic of the API takes what clients publish."""
    async with house() as portal:
        client = await Client(portal.servers[0]).open("/v2/me/*")

        reply = (await client.send(client.message(channel, data={"x": 1}))).reply

        assert reply["successful"] is False
        assert reply["error"].startswith("403::")
        assert "data" not in reply
        assert (await client.poll()).events == []


@on_loop
async def test_passwords_of_others_are_news_for_supervisors_of_the_same_contact_center():
    async with house() as portal:
        clients = {
            name: await Client(portal.servers[0], name).open("/v2/**")
            for name in ("ann", "bob", "eve")
        }

        portal.publish(
            PasswordChanged(
                contact_center_id=CENTER,
                user_id="bob",
                actor_id=None,
                outcome="PasswordChangeSuccessful",
                error_code=None,
                error_message="",
            )
        )

        heard = {
            name: [one["channel"] for one in (await client.poll()).messages if "data" in one]
            for name, client in clients.items()
        }
        assert heard == {"ann": ["/v2/users"], "bob": ["/v2/me"], "eve": []}


@on_loop
async def test_a_services_state_is_news_for_its_contact_center_only():
    async with house() as portal:
        topic = "/notifications/services"
        bob = await Client(portal.servers[0], "bob").open(topic)
        eve = await Client(portal.servers[0], "eve").open(topic)

        portal.publish(
            ServiceStateChanged(
                contact_center_id=CENTER, service_id="s", name="SIPS", type="Voice", state="Active"
            )
        )

        [event] = (await bob.poll()).events
        assert event["service"]["state"] == "Active"
        assert event["service"]["uri"] == "http://testserver/api/v2/services/s"
        assert (await eve.poll()).events == []


@on_loop
async def test_what_happened_before_the_subscription_is_not_told():
    async with house() as portal:
        client = await Client(portal.servers[0]).open("/v2/me/devices")

        portal.tell(CALLS)
        await client.subscribe(CALLS)
        data = portal.tell(CALLS)

        assert (await client.poll()).events == [data]


@on_loop
async def test_messages_of_the_own_and_of_the_contact_center_come_in_the_order_of_the_log():
    async with house() as portal:
        client = await Client(portal.servers[0]).open("/v2/me/*", "/notifications/*")
        service = ServiceStateChanged(
            contact_center_id=CENTER, service_id="s", name="SIPS", type="Voice", state="Active"
        )

        for _ in range(3):
            portal.tell(CALLS)
            portal.publish(service)

        channels = [one["channel"] for one in (await client.poll()).messages[:-1]]
        assert channels == [CALLS, "/notifications/services"] * 3
