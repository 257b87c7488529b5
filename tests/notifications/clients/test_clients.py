"""Clients of other makers against a running portal, as programs use them.

cometd in its current and its 3.x version, aiocometd and faye, each over websocket and
long-polling. Checks C90 to C92 of the protocol's checklist.
"""

import time

import pytest

from notifications.messages import TOPICS
from tests.notifications.clients.conftest import MAX_INTERVAL_MS
from tests.notifications.clients.pilot import ALL, CURRENT, OTHERS, TRANSPORTS, Client, Kind
from tests.notifications.clients.portal import AGENT, SUPERVISOR

# The database of the tests is migrated for those that use it; the portal begins with a copy.
pytestmark = [pytest.mark.timeout(240), pytest.mark.django_db]
CALLS, OWN = "/v2/me/calls", "/v2/me/*"


@pytest.mark.parametrize(
    "kind", [*CURRENT, *(pytest.param(one, marks=pytest.mark.slow) for one in OTHERS)], ids=str
)
def test_every_topic_arrives_at_its_subscription_and_at_the_wildcards(portal, desk, kind):
    open_client = desk.browser(SUPERVISOR)
    by_name = open_client(kind, *TOPICS)
    by_wildcard = open_client(kind, OWN)
    for client in (by_name, by_wildcard):
        first = client.events("handshake")[0]
        assert first["successful"]
        assert first["id"]

    published = [(topic, {"n": n, "text": f"Grüße {n}"}) for n, topic in enumerate(TOPICS)]
    for topic, content in published:
        portal.publish(SUPERVISOR, topic, content)

    by_name.wait_for_messages(len(TOPICS))
    assert by_name.messages() == published
    own = [one for one in published if one[0].startswith("/v2/me/")]
    by_wildcard.wait_for_messages(len(own))
    assert by_wildcard.messages() == own
    if kind.library != "aiocometd":
        for topic, content in published:
            assert by_name.messages(topic) == [(topic, content)]
        assert {one["transport"] for one in by_name.events("connect")} == {kind.transport}
    for client in (by_name, by_wildcard):
        client.close()


@pytest.mark.slow
def test_after_a_kill_every_client_comes_back_by_itself(portal, desk):
    open_client = desk.browser(AGENT)
    clients = [open_client(kind, CALLS, ack=True) for kind in ALL]
    portal.publish(AGENT, CALLS, {"n": 0})
    for client in clients:
        client.wait_for_messages(1)

    portal.kill()
    portal.start()

    for client in clients:
        # Sessions of the embedded portal end with it, so each shakes hands anew; then it
        # subscribes again, the application or, in aiocometd and faye, the library.
        client.wait_until_subscribed(times=2)
    portal.publish(AGENT, CALLS, {"n": 1})
    for client in clients:
        client.wait_for_messages(2)
        assert client.numbers() == [0, 1], client.name


@pytest.mark.slow
def test_what_was_lost_on_its_way_is_sent_again_to_who_acknowledges(portal, desk, wire):
    open_client = desk.browser(AGENT)
    careful = [open_client(kind, CALLS, ack=True, url=wire.url) for kind in ALL]
    careless = [
        open_client(Kind("cometd", transport), CALLS, url=wire.url) for transport in TRANSPORTS
    ]
    clients = careful + careless
    portal.publish(AGENT, CALLS, {"n": 0})
    for client in clients:
        client.wait_for_messages(1)

    _lose(portal, wire, clients, b'{"n":1}')
    portal.publish(AGENT, CALLS, {"n": 2}, {"n": 3})

    for client in careful:
        client.wait_for_messages(4)
        assert client.numbers() == [0, 1, 2, 3], client.name
        assert client.handshakes == 1, client.name
    for client in careless:
        client.wait_for_messages(3)
        assert client.numbers() == [0, 2, 3], client.name


def _lose(portal, wire, clients: list[Client], content: bytes) -> None:
    """The portal says `{"n":1}` to all, and nobody hears it."""
    # Until each has its next connect there: what answers it gets lost.
    connects = {one.name: len(one.events("connect")) for one in clients}
    time.sleep(1)
    wire.deafen()
    portal.publish(AGENT, CALLS, {"n": 1})
    clients[0].pilot.wait(lambda: wire.swallowed(content) >= len(clients), "said to all")
    assert {one.name: len(one.events("connect")) for one in clients} == connects
    wire.cut()
    wire.mend()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ALL, ids=str)
def test_two_browsers_of_one_user_hear_the_same_and_end_on_their_own(portal, desk, kind):
    here, there = (desk.browser(AGENT)(kind, OWN) for _ in range(2))
    stranger = desk.browser(SUPERVISOR)(kind, OWN)

    portal.publish(AGENT, CALLS, {"n": 0})
    for client in (here, there):
        client.wait_for_messages(1)
    here.close()
    portal.publish(AGENT, CALLS, {"n": 1})
    portal.publish(SUPERVISOR, CALLS, {"n": 2})

    there.wait_for_messages(2)
    stranger.wait_for_messages(1)
    assert there.numbers() == [0, 1]
    assert here.numbers() == [0]
    assert stranger.numbers() == [2]


@pytest.mark.slow
def test_a_session_that_has_expired_is_made_anew(portal, desk, wire):
    open_client = desk.browser(AGENT)
    clients = [open_client(kind, CALLS, ack=True, url=wire.url) for kind in ALL]
    portal.publish(AGENT, CALLS, {"n": 0})
    for client in clients:
        client.wait_for_messages(1)

    wire.cut()
    # What is published now is nobody's: the sessions end before their clients are back.
    portal.publish(AGENT, CALLS, {"n": 1})
    time.sleep(MAX_INTERVAL_MS / 1000 + 3)
    wire.mend()

    for client in clients:
        client.wait_until_subscribed(times=2)
    portal.publish(AGENT, CALLS, {"n": 2})
    for client in clients:
        client.wait_for_messages(2)
        assert client.numbers() == [0, 2], client.name
