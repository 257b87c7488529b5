"""Mobile push from StartContactCenterSession to the gateway, a real HTTP server."""

import json
import logging
import socket
from datetime import timedelta

import pytest
from django.utils import timezone

from notifications.models import MobileSession, PushRequest
from notifications.push.following import renew_subscriptions
from notifications.push.working import work
from notifications.services.mobile import give_turn, sessions_to_serve
from portal.events.models import EventRecord
from provisioning.models import AssignedFeature
from telephony.modes import NOT_READY, READY
from telephony.services.agents import end_session, set_agent_state, start_session
from tests.factories import DeviceFactory
from tests.notifications.push.scenes import (
    PUBLISH,
    SUBSCRIPTIONS,
    client_comes,
    client_goes,
    follow,
    push,
    serve,
    start_mobile,
)
from tests.telephony.factories import call_in, make_queue

pytestmark = pytest.mark.django_db


def messages(gateway):
    """What was published, oldest first."""
    published = (got.json for got in gateway.got if got.path == PUBLISH)
    return [json.loads(one["message"]) for one in published]


def switch_state(user):
    set_agent_state(user=user, mode=READY)


def test_a_session_with_a_mobile_application_is_subscribed(world, gateway):
    start_mobile(world.bob)

    assert push() == 1

    [got] = gateway.got
    prefix = f"gws.api.v2.users.{world.bob.pk.hex}."
    assert (got.method, got.path) == ("POST", SUBSCRIPTIONS)
    assert got.headers["content-type"] == "application/json"
    assert got.json == {
        "subscriberId": world.bob.pk.hex,
        "notificationDetails": {
            "deviceId": "72ED12518F714800AA900370B697A777",
            "type": "ios",
            "properties": {"debug": "false"},
        },
        "expire": 3600,
        "filter": f"{prefix}*",
    }
    session = MobileSession.objects.get()
    assert (session.subscription_id, session.is_active) == ("subscription-1", False)
    assert not PushRequest.objects.exists()


def test_nothing_is_pushed_while_a_client_is_connected(world, gateway):
    start_mobile(world.bob)
    switch_state(world.bob)

    assert push() == 1
    assert messages(gateway) == []


def test_what_happens_after_the_last_client_has_gone_is_pushed(world, gateway):
    start_mobile(world.bob)
    push()
    client_goes(world.bob)
    switch_state(world.bob)

    assert push() == 1

    published = gateway.got[-1].json
    phone = str(world.bobs_phone.pk)
    assert published["tag"] == f"gws.api.v2.users.{world.bob.pk.hex}.devices.{phone}"
    assert messages(gateway) == [
        {"deviceId": phone, "messageType": "DeviceStateChangeMessage"},
    ]


def test_a_call_is_pushed_in_a_few_bytes(world, gateway):
    queue = make_queue(world.red)
    start_mobile(world.bob)
    switch_state(world.bob)
    client_goes(world.bob)
    call_id = call_in(queue)

    push()

    calls = [one for one in messages(gateway) if "callId" in one]
    assert calls[0] == {
        "callId": call_id,
        "messageType": "CallStateChangeMessage",
        "notificationType": "StatusChange",
    }
    published = [got.json for got in gateway.got if got.path == PUBLISH]
    assert all(len(one["message"].encode()) <= 256 for one in published)
    tags = {one["tag"] for one in published}
    assert f"gws.api.v2.users.{world.bob.pk.hex}.calls.{call_id}" in tags


def test_a_client_that_returns_ends_the_pushing(world, gateway):
    start_mobile(world.bob)
    client_goes(world.bob)
    client_comes(world.bob)
    switch_state(world.bob)

    push()

    assert messages(gateway) == []
    assert not MobileSession.objects.get().is_active


def test_what_was_not_sent_when_the_client_returned_is_not_sent_any_more(world, gateway):
    start_mobile(world.bob)
    push()
    client_goes(world.bob)
    switch_state(world.bob)
    assert follow() == 1
    client_comes(world.bob)
    follow()

    assert serve() == 0
    assert messages(gateway) == []
    assert not PushRequest.objects.exists()


def test_the_end_of_the_session_ends_the_subscription(world, gateway):
    start_mobile(world.bob)
    push()
    client_goes(world.bob)
    end_session(user=world.bob)
    push()

    last = gateway.got[-1]
    assert (last.method, last.path) == ("DELETE", f"{SUBSCRIPTIONS}/subscription-1")
    assert not MobileSession.objects.exists()
    assert not PushRequest.objects.exists()


def test_a_session_that_ends_before_it_was_subscribed_leaves_nothing(world, gateway):
    start_mobile(world.bob)
    end_session(user=world.bob)
    push()

    assert [got.method for got in gateway.got] == ["POST", "DELETE"]
    assert not MobileSession.objects.exists()


def test_another_device_takes_the_place_of_the_first_and_stays_active(world, gateway):
    start_mobile(world.bob)
    client_goes(world.bob)
    push()
    start_mobile(world.bob, mobileDeviceId="other", mobilePushType="Android", debug=True)
    switch_state(world.bob)
    push()

    subscribed = [got.json for got in gateway.got if got.path == SUBSCRIPTIONS]
    details = subscribed[-1]["notificationDetails"]
    assert details == {"deviceId": "other", "type": "android", "properties": {"debug": "true"}}
    assert [got.method for got in gateway.got].count("DELETE") == 1
    assert len(messages(gateway)) == 1
    assert MobileSession.objects.get().mobile_device_id == "other"


def test_the_filter_decides_what_is_pushed(world, gateway):
    prefix = f"gws.api.v2.users.{world.bob.pk.hex}."
    queue = make_queue(world.red)
    start_mobile(world.bob, filter=f"{prefix}calls.*")
    switch_state(world.bob)
    client_goes(world.bob)
    call_in(queue)
    set_agent_state(user=world.bob, mode=NOT_READY)
    push()

    assert gateway.got[0].json["filter"] == f"{prefix}calls.*"
    assert {one["messageType"] for one in messages(gateway)} == {"CallStateChangeMessage"}


@pytest.mark.parametrize("given", ["*", "gws.api.v2.users.*", "gws.api.v2.users.{sue}.*"])
def test_a_filter_for_what_is_anothers_subscribes_to_ones_own(world, gateway, given):
    start_mobile(world.bob, filter=given.format(sue=world.sue.pk.hex))
    push()

    assert gateway.got[0].json["filter"] == f"gws.api.v2.users.{world.bob.pk.hex}.*"


def test_only_the_device_of_the_session_is_pushed(world, gateway):
    other = DeviceFactory.create(contact_center=world.red, user=world.bob)
    start_mobile(world.bob)
    client_goes(world.bob)
    switch_state(world.bob)
    push()

    devices = {one["deviceId"] for one in messages(gateway)}
    assert devices == {str(world.bob.agent_session.device_id)}
    assert len(devices | {str(other.pk), str(world.bobs_phone.pk)}) == 2


def test_without_the_feature_nothing_is_pushed(world, gateway):
    start_mobile(world.bob)
    client_goes(world.bob)
    AssignedFeature.objects.filter(feature_id="api-mobile-push-notifications").delete()
    switch_state(world.bob)
    push()

    assert messages(gateway) == []


def test_without_a_gateway_sessions_are_known_and_nothing_is_asked(world, settings):
    settings.MOBILE_PUSH_URL = ""
    start_mobile(world.bob)
    client_goes(world.bob)
    switch_state(world.bob)

    assert follow() == 0
    assert MobileSession.objects.get().is_active
    end_session(user=world.bob)
    assert follow() == 0
    assert not MobileSession.objects.exists()


def test_an_ordinary_session_is_nobodys_business(world, gateway):
    start_session(user=world.bob)
    before = EventRecord.objects.count()
    client_goes(world.bob)
    client_comes(world.bob)

    assert EventRecord.objects.count() == before
    assert push() == 0
    assert gateway.got == []


def test_a_reader_that_begins_again_doubles_nothing(world, gateway):
    start_mobile(world.bob)
    client_goes(world.bob)
    switch_state(world.bob)

    assert follow() == 2
    assert follow() == 0
    assert serve() == 2


def test_a_gateway_in_trouble_is_asked_again_later_and_in_order(world, gateway, caplog):
    gateway.answers.extend([503])
    start_mobile(world.bob)
    client_goes(world.bob)
    switch_state(world.bob)
    with caplog.at_level(logging.WARNING):
        assert push() == 0

    session = MobileSession.objects.get()
    assert session.quiet_until > timezone.now()
    assert sessions_to_serve(10) == []
    assert [got.path for got in gateway.got] == [SUBSCRIPTIONS]
    MobileSession.objects.update(quiet_until=timezone.now())
    assert serve() == 2
    assert [got.path for got in gateway.got] == [SUBSCRIPTIONS, SUBSCRIPTIONS, PUBLISH]
    assert "push request failed" in caplog.text


def test_a_gateway_that_never_answers_costs_notifications_and_nothing_else(world, settings):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings.MOBILE_PUSH_URL = f"http://127.0.0.1:{port}/"
    settings.MOBILE_PUSH_MAX_ATTEMPTS = 2
    start_mobile(world.bob)
    follow()
    for _ in range(2):
        assert serve() == 0
        MobileSession.objects.update(quiet_until=None)

    assert not PushRequest.objects.exists()
    session = MobileSession.objects.get()
    assert session.subscribe_at > timezone.now()
    end_session(user=world.bob)
    follow()
    assert serve() == 1  # There is no subscription to end.
    assert not MobileSession.objects.exists()


@pytest.mark.parametrize("content", [b"", b"[]", b'{"id": 5}', b'{"id": ""}', b"<html>"])
def test_a_gateway_that_names_no_subscription_has_failed(world, gateway, content):
    gateway.content = content
    start_mobile(world.bob)

    assert push() == 0
    assert PushRequest.objects.get().attempts == 1
    assert MobileSession.objects.get().subscription_id == ""


def test_a_subscription_is_renewed_before_it_expires(world, gateway):
    start_mobile(world.bob)
    push()
    session = MobileSession.objects.get()
    assert session.subscribe_at > timezone.now() + timedelta(minutes=29)
    assert renew_subscriptions(timezone.now()) == 0

    gateway.content = json.dumps({"id": "subscription-2"}).encode()
    later = timezone.now() + timedelta(minutes=31)
    assert renew_subscriptions(later) == 1
    assert renew_subscriptions(later) == 0
    assert serve() == 1

    session.refresh_from_db()
    assert session.subscription_id == "subscription-2"
    assert gateway.got[-1].path == f"{SUBSCRIPTIONS}/subscription-1"


def test_notifications_that_come_too_late_are_dropped(world, gateway):
    start_mobile(world.bob)
    push()
    client_goes(world.bob)
    switch_state(world.bob)
    follow()
    PushRequest.objects.update(created_at=timezone.now() - timedelta(minutes=5))

    assert serve() == 0
    assert messages(gateway) == []


def test_a_job_that_comes_twice_does_nothing_the_second_time(world, gateway):
    start_mobile(world.bob)
    follow()
    session = MobileSession.objects.get()
    token = give_turn(session.pk)

    assert give_turn(session.pk) is None
    assert work(session.pk, token) == 1
    assert work(session.pk, token) == 0
    assert len(gateway.got) == 1
