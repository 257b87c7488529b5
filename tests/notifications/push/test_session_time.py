"""How long a session outlives its last client, with a mobile application and without."""

import pytest

from notifications import connections
from notifications.models import MobileSession
from portal.events.log import now_ms
from provisioning.models import AssignedFeature
from telephony.models import ContactCenterSession, Timer
from telephony.services.agents import session_expired, start_session
from telephony.switch.effects import TimerKind
from tests.notifications.push.scenes import MOBILE, follow, start_mobile

pytestmark = pytest.mark.django_db


def seconds_left(user):
    """Until the session ends; None while nothing ends it."""
    timer = Timer.objects.filter(kind=TimerKind.SESSION_EXPIRY.value, target=str(user.pk)).first()
    return None if timer is None else round((timer.due_at_ms - now_ms()) / 1000)


@pytest.mark.parametrize(("timeout", "seconds"), [("ThirtyMinutes", 1800), ("OneHour", 3600)])
def test_a_mobile_session_outlives_its_last_client_for_as_long_as_it_asked(world, timeout, seconds):
    start_mobile(world.bob, timeout=timeout)
    connections.tell(str(world.bob.pk), is_connected=False)
    follow()

    assert seconds - 60 <= seconds_left(world.bob) <= seconds
    assert MobileSession.objects.get().is_active


def test_an_ordinary_session_outlives_it_for_a_minute(world):
    start_session(user=world.bob)
    connections.tell(str(world.bob.pk), is_connected=False)

    assert 0 <= seconds_left(world.bob) <= 60


def test_a_client_that_returns_stops_the_clock_and_the_pushing(world):
    start_mobile(world.bob)
    connections.tell(str(world.bob.pk), is_connected=False)
    connections.tell(str(world.bob.pk), is_connected=True)
    follow()

    assert seconds_left(world.bob) is None
    assert not MobileSession.objects.get().is_active


def test_when_the_time_is_up_the_session_and_its_parameters_are_gone(world, gateway):
    start_mobile(world.bob)
    connections.tell(str(world.bob.pk), is_connected=False)
    Timer.objects.update(due_at_ms=now_ms() - 1)
    assert session_expired(user_id=str(world.bob.pk))
    follow()

    assert not ContactCenterSession.objects.exists()
    assert MobileSession.objects.get().is_over


# --- by the API -----------------------------------------------------------------------------------
def started(client, mobile_session):
    body = {"operationName": "StartContactCenterSession", "channels": ["voice"]}
    return client.post("/api/v2/me", {**body, "mobileSession": mobile_session}).body


def test_the_least_that_a_mobile_application_sends(world, api):
    sent = {"mobileDeviceId": MOBILE["mobileDeviceId"], "mobilePushType": "IOS"}

    assert started(api.by(world.bob), sent) == {"statusCode": 0}
    follow()

    session = MobileSession.objects.get()
    assert (session.mobile_device_id, session.push_type) == (sent["mobileDeviceId"], "IOS")
    assert (session.is_debug, session.is_active) == (False, False)
    held = ContactCenterSession.objects.get().mobile_session
    assert held["timeout"] == "ThirtyMinutes"


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"mobileDeviceId": None}, {1, 10}),
        ({"mobileDeviceId": ""}, {1, 10}),
        ({"mobileDeviceId": 5}, {10}),
        ({"mobilePushType": "ios"}, {10}),
        ({"mobilePushType": "Windows"}, {10}),
        ({"timeout": "TwoHours"}, {10}),
        ({"debug": "yes"}, {10}),
        ({"filter": 5}, {10}),
        ({"color": "red"}, {10}),
    ],
)
def test_what_may_not_be_is_refused_and_starts_nothing(world, api, change, codes):
    sent = {"mobileDeviceId": "device", "mobilePushType": "IOS", **change}

    assert started(api.by(world.bob), sent)["statusCode"] in codes
    assert follow() == 0
    assert not MobileSession.objects.exists()
    assert not ContactCenterSession.objects.exists()


def test_without_the_feature_it_may_not_be_asked_for(world, api):
    AssignedFeature.objects.filter(feature_id="api-mobile-push-notifications").delete()
    sent = {"mobileDeviceId": "device", "mobilePushType": "IOS"}

    assert started(api.by(world.bob), sent)["statusCode"] != 0
    assert not ContactCenterSession.objects.exists()
