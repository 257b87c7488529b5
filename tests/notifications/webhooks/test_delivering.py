"""From an event to a receiver, a real HTTP server, and all that may go wrong on the way."""

import asyncio
import base64
import socket
import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from notifications.models import Webhook, WebhookDelivery
from notifications.services.webhook_deliveries import (
    forget_old_deliveries,
    give_turn,
    redeliver,
    redeliver_dead,
    store_outcomes,
    take_turn,
    webhooks_to_serve,
)
from notifications.services.webhooks import rotate_secret, send_ping, update_webhook
from notifications.webhooks import targets
from notifications.webhooks.payload import MAX_BODY_BYTES
from notifications.webhooks.sending import Outcome
from notifications.webhooks.working import work
from portal.api.status import ApiError, StatusCode
from provisioning.models import ChangeLogEntry
from tests.notifications.webhooks.scenes import (
    CHANGE,
    attempts,
    call_queued,
    collect,
    deliveries,
    make_webhook,
    password_changed,
    serve,
    states,
    tell,
)
from tests.notifications.webhooks.test_signing import documented_verify

pytestmark = pytest.mark.django_db
PENDING, DELIVERED, DEAD = "Pending", "Delivered", "Dead"


def later(webhook, **by):
    """Let time pass for what waits."""
    past = timezone.now() - timedelta(**(by or {"seconds": 1}))
    webhook.deliveries.filter(state=PENDING).update(next_attempt_at=past)
    Webhook.objects.filter(pk=webhook.pk).update(quiet_until=None)


def test_an_event_arrives_signed_with_its_facts(world, receiver):
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(call_queued(world.red, ani="+16505550123"))

    assert collect() == 1
    assert serve() == 1

    [got] = receiver.got
    [delivery] = deliveries(webhook)
    assert (got.method, got.path) == ("POST", "/hook")
    assert got.headers["content-type"] == "application/json"
    assert got.headers["user-agent"] == "contact-center-portal-webhooks/1"
    assert got.headers["webhook-id"] == str(delivery.pk)
    assert got.headers["webhook-attempt"] == "1"
    assert documented_verify()(webhook.secret, got.headers, got.body)
    assert not documented_verify()(
        "whsec_" + base64.b64encode(b"x" * 32).decode(), got.headers, b""
    )
    content = got.json
    assert content.pop("timestamp").endswith("Z")
    assert content == {
        "id": str(delivery.pk),
        "type": "call.queued",
        "sequence": 1,
        "eventId": str(delivery.event_id),
        "contactCenterId": str(world.red.pk),
        "data": {
            "callId": "call1",
            "callUuid": "uuid1",
            "callType": "Inbound",
            "queueId": "queue1",
            "views": [],
            "ani": "+16505550123",
            "dnis": "",
            "userData": {},
        },
    }
    assert (delivery.state, delivery.attempts, delivery.last_status) == (DELIVERED, 1, 204)
    assert delivery.delivered_at is not None
    assert delivery.next_attempt_at is None


def test_only_what_was_asked_for_and_only_of_the_own_contact_center(world, receiver):
    red = make_webhook(world.red, receiver.url, "call.queued")
    blue = make_webhook(world.blue, receiver.url, "user.*")
    tell(
        call_queued(world.red),
        password_changed(world.red, world.bob.pk),
        call_queued(world.blue),
        password_changed(world.blue, world.eve.pk),
    )

    assert collect() == 2

    assert [one.event_kind for one in deliveries(red)] == ["call.queued"]
    [of_blue] = deliveries(blue)
    assert of_blue.event_kind == "user.password_changed"
    assert world.eve.pk.hex in of_blue.body
    assert str(world.red.pk) not in of_blue.body


def test_users_are_named_as_the_api_names_them_and_secrets_are_left_out(world, receiver):
    make_webhook(world.red, receiver.url, "user.*", "call.*")
    tell(
        password_changed(world.red, world.bob.pk),
        call_queued(world.red, user_data={"Password": "abc", "token": "abc", "Name": "Bob"}),
    )
    collect()
    serve()

    changed, queued = (got.json["data"] for got in receiver.got)
    assert changed["userId"] == world.bob.pk.hex
    assert queued["userData"] == {"Name": "Bob"}


def test_events_arrive_in_order_and_are_counted_without_a_gap(world, receiver):
    webhook = make_webhook(world.red, receiver.url)
    tell(*(call_queued(world.red, number) for number in range(60)))

    assert collect() == 61  # That the webhook was made is an event too.
    assert serve() == 61

    assert [got.json["sequence"] for got in receiver.got] == list(range(1, 62))
    calls = [got.json["data"].get("callId") for got in receiver.got]
    assert calls[1:] == [f"call{number}" for number in range(60)]
    assert set(states(webhook)) == {DELIVERED}


def test_what_was_before_the_webhook_is_not_its(world, receiver):
    tell(call_queued(world.red, 1))
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(call_queued(world.red, 2))

    assert collect() == 1
    assert "call2" in deliveries(webhook)[0].body


def test_nothing_is_doubled_by_a_reader_that_begins_again(world, receiver):
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(call_queued(world.red, 1))
    assert collect() == 1
    tell(call_queued(world.red, 2))

    assert collect() == 1
    assert collect() == 0
    assert [one.sequence for one in deliveries(webhook)] == [1, 2]


def test_a_failure_is_tried_again_later_and_holds_nobody_up(world, receiver):
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(*(call_queued(world.red, number) for number in (1, 2)))
    collect()
    receiver.answers.extend([500])

    before = timezone.now()
    assert serve() == 2

    assert states(webhook) == [PENDING, DELIVERED]
    failed = deliveries(webhook)[0]
    assert (failed.attempts, failed.last_status, failed.last_error) == (1, 500, "HTTP 500")
    assert timedelta(seconds=7.9) < failed.next_attempt_at - before < timedelta(seconds=30)
    later(webhook)
    assert serve() == 1
    assert states(webhook) == [DELIVERED, DELIVERED]
    first, _, again = receiver.got
    assert again.body == first.body
    assert again.headers["webhook-id"] == first.headers["webhook-id"]
    assert again.headers["webhook-attempt"] == "2"


def test_pauses_double_up_to_an_hour(world, receiver, settings):
    settings.WEBHOOK_MAX_ATTEMPTS = 100
    receiver.status = 500
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(call_queued(world.red))
    collect()
    pauses = []
    for _ in range(11):
        before = timezone.now()
        serve()
        [one] = deliveries(webhook)
        pauses.append((one.next_attempt_at - before).total_seconds())
        later(webhook)

    expected = [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]
    for pause, seconds in zip(pauses, expected, strict=True):
        assert seconds * 0.8 <= pause <= seconds * 1.2 + 20


def test_given_up_after_so_many_attempts_and_sent_again_on_demand(world, receiver, settings):
    settings.WEBHOOK_MAX_ATTEMPTS = 3
    receiver.status = 404
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(call_queued(world.red))
    collect()
    for _ in range(3):
        assert serve() == 1
        later(webhook)

    assert states(webhook) == [DEAD]
    assert serve() == 0
    receiver.status = 200
    [dead] = deliveries(webhook)
    redeliver(delivery=dead)
    assert serve() == 1

    [delivery] = deliveries(webhook)
    assert (delivery.state, delivery.attempts, delivery.pk) == (DELIVERED, 1, dead.pk)
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 429, 500, 503])
def test_no_other_answer_than_success_will_do(world, receiver, status):
    receiver.status = status
    receiver.headers["Location"] = f"{receiver.base_url}/elsewhere"
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(call_queued(world.red))
    collect()

    assert serve() == 1

    assert states(webhook) == [PENDING]
    assert [got.path for got in receiver.got] == ["/hook"]


def test_retry_after_is_respected(world, receiver):
    receiver.answers.append(429)
    receiver.headers["Retry-After"] = "1200"
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(call_queued(world.red))
    collect()
    serve()

    [delivery] = deliveries(webhook)
    webhook.refresh_from_db()
    least = timezone.now() + timedelta(seconds=1100)
    assert delivery.next_attempt_at > least
    assert webhook.quiet_until > least


def test_a_receiver_that_is_away_is_left_alone_altogether(world):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    webhook = make_webhook(world.red, f"http://127.0.0.1:{port}/", "call.*")
    tell(*(call_queued(world.red, number) for number in range(3)))
    collect()

    assert serve() == 1

    assert list(attempts(webhook)) == [1, 0, 0]
    assert deliveries(webhook)[0].last_status is None
    assert "ConnectError" in deliveries(webhook)[0].last_error
    assert webhooks_to_serve(10) == []


def test_a_receiver_that_takes_too_long_has_failed(world, receiver, settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = 0.3
    receiver.hold = threading.Event()
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(call_queued(world.red))
    collect()
    serve()

    [delivery] = deliveries(webhook)
    assert (delivery.state, delivery.last_status) == (PENDING, None)


def test_an_endless_answer_is_cut_short(world, receiver):
    receiver.content = b"x" * 5_000_000
    receiver.status = 200
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(*(call_queued(world.red, number) for number in range(2)))
    collect()
    serve()

    assert states(webhook) == [DELIVERED, DELIVERED]


def test_a_name_that_is_rebound_to_the_inside_gets_nothing(world, receiver, settings, monkeypatch):
    """The name was public when the webhook was made; by now it leads to this machine."""
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    port = int(receiver.base_url.rpartition(":")[2])
    webhook = make_webhook(world.red, f"http://hooks.example.com:{port}/hook", "call.*")

    def getaddrinfo(host, port, *args, **options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    tell(call_queued(world.red))
    collect()
    serve()

    [delivery] = deliveries(webhook)
    assert receiver.got == []
    assert (delivery.state, delivery.last_status) == (PENDING, None)
    assert delivery.last_error == "The target's address is not allowed"


def test_what_is_connected_to_is_the_address_that_was_checked(world, receiver, monkeypatch):
    """A second look-up, which an attacker would answer otherwise, is never made."""
    asked = []
    port = int(receiver.base_url.rpartition(":")[2])

    async def resolved(url):
        asked.append(url.host)
        await asyncio.sleep(0)
        return ["127.0.0.1"]

    monkeypatch.setattr("notifications.webhooks.sending.resolved", resolved)
    webhook = make_webhook(world.red, f"http://hooks.example.com:{port}/hook", "call.*")
    tell(call_queued(world.red))
    collect()
    serve()

    assert states(webhook) == [DELIVERED]
    assert asked == ["hooks.example.com"]
    assert receiver.got[0].headers["host"] == f"hooks.example.com:{port}"
    assert targets.resolved is not resolved


def test_too_many_failures_disable_the_webhook_and_say_so(world, receiver, settings):
    settings.WEBHOOK_FAILURE_LIMIT = 4
    receiver.status = 500
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(*(call_queued(world.red, number) for number in range(3)))
    collect()
    serve()
    later(webhook)
    serve()

    webhook.refresh_from_db()
    assert webhook.state == "Disabled"
    assert webhook.disabled_reason == "4 attempts in a row failed. The last: HTTP 500"
    assert states(webhook) == [DEAD] * 3
    entry = ChangeLogEntry.objects.filter(resource="webhooks", action="updated").get()
    assert (entry.origin, entry.before["state"], entry.after["state"]) == (
        "system",
        "Active",
        "Disabled",
    )
    tell(call_queued(world.red, 9))
    assert collect() == 0
    with pytest.raises(ApiError) as refusal:
        redeliver_dead(webhook=webhook)
    assert refusal.value.code is StatusCode.INVALID_STATE
    assert states(webhook) == [DEAD] * 3

    receiver.status = 200
    update_webhook(change=CHANGE, webhook=webhook, state="Active")
    assert redeliver_dead(webhook=webhook) == 3
    assert serve() == 3
    webhook.refresh_from_db()
    assert (webhook.state, webhook.disabled_reason, webhook.failure_count) == ("Active", "", 0)


def test_a_success_in_between_forgives(world, receiver, settings):
    settings.WEBHOOK_FAILURE_LIMIT = 2
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(*(call_queued(world.red, number) for number in range(4)))
    collect()
    receiver.answers.extend([500, 200, 500, 200])
    serve()

    webhook.refresh_from_db()
    assert (webhook.state, webhook.failure_count) == ("Active", 0)


def test_a_receiver_that_is_gone_is_asked_no_more(world, receiver):
    receiver.status = 410
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(call_queued(world.red, 1), call_queued(world.red, 2))
    collect()

    assert serve() == 1

    webhook.refresh_from_db()
    assert webhook.state == "Disabled"
    assert states(webhook) == [DEAD, DEAD]


def test_a_rotated_secret_stays_valid_for_a_while(world, receiver, settings):
    webhook = make_webhook(world.red, receiver.url, "call.*")
    old = webhook.secret
    new = rotate_secret(change=CHANGE, webhook=webhook).secret
    tell(call_queued(world.red, 1))
    collect()
    serve()
    Webhook.objects.update(previous_secret_valid_until=timezone.now() - timedelta(seconds=1))
    tell(call_queued(world.red, 2))
    collect()
    serve()

    verify = documented_verify()
    within, after = receiver.got
    assert old != new
    assert [verify(one, within.headers, within.body) for one in (old, new)] == [True, True]
    assert [verify(one, after.headers, after.body) for one in (old, new)] == [False, True]


def test_a_ping_arrives(world, receiver):
    webhook = make_webhook(world.red, receiver.url, "call.*")
    send_ping(webhook=webhook)
    serve()

    [got] = receiver.got
    assert (got.json["type"], got.json["sequence"], got.json["data"]) == ("webhook.ping", 1, {})


def test_a_message_that_is_too_large_comes_without_its_facts(world, receiver):
    make_webhook(world.red, receiver.url, "call.*")
    tell(call_queued(world.red, user_data={"essay": "x" * MAX_BODY_BYTES}))
    collect()
    serve()

    [got] = receiver.got
    assert (got.json["data"], got.json["isTruncated"]) == ({}, True)
    assert len(got.body) < 1000


def test_a_webhook_is_one_workers_at_a_time(world, receiver):
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(call_queued(world.red))
    collect()

    token = give_turn(webhook.pk)

    assert token is not None
    assert give_turn(webhook.pk) is None
    assert webhooks_to_serve(10) == []
    taken = take_turn(webhook.pk, token)
    assert taken is not None
    # The broker gives the job out a second time: that worker finds nothing to do.
    assert work(webhook.pk, token) == 0
    assert receiver.got == []
    assert states(webhook) == [PENDING]


def test_a_worker_that_died_holds_nothing_up_and_comes_too_late(world, receiver):
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(call_queued(world.red))
    collect()
    [delivery] = deliveries(webhook)
    lost, _ = take_turn(webhook.pk, give_turn(webhook.pk))
    Webhook.objects.update(busy_until=timezone.now() - timedelta(seconds=1))

    assert serve() == 1
    store_outcomes(webhook.pk, lost, [Outcome(delivery.pk, error="late")])

    assert [one.last_error for one in deliveries(webhook)] == [""]
    assert states(webhook) == [DELIVERED]


def test_an_inactive_webhook_is_told_nothing_and_begins_anew(world, receiver):
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(call_queued(world.red, 1))
    update_webhook(change=CHANGE, webhook=webhook, state="Inactive")
    tell(call_queued(world.red, 2))
    update_webhook(change=CHANGE, webhook=webhook, state="Active")
    tell(call_queued(world.red, 3))

    assert collect() == 1
    serve()
    assert [got.json["data"]["callId"] for got in receiver.got] == ["call3"]


def test_old_deliveries_are_forgotten_and_those_on_their_way_are_not(world, receiver, settings):
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(*(call_queued(world.red, number) for number in range(4)))
    collect()
    old = timezone.now() - timedelta(days=settings.WEBHOOK_RETENTION_DAYS, seconds=1)
    for number, state in enumerate([PENDING, DELIVERED, DEAD], start=1):
        webhook.deliveries.filter(sequence=number).update(state=state, created_at=old)
    webhook.deliveries.filter(sequence=4).update(state=DELIVERED)

    assert forget_old_deliveries() == 2
    assert [one.sequence for one in deliveries(webhook)] == [1, 4]

    Webhook.objects.update(state="Inactive")
    assert forget_old_deliveries() == 1
    assert WebhookDelivery.objects.count() == 1
