"""What ChangePassword and ResetPassword come to on `/v2/me` and `/v2/users`.

Source: seed 004 "User"; seed 003 "Change Password", "Reset Password"; contract §2.
"""

import base64

import pytest

from notifications.messages import ME, USERS, messages_for
from portal.api.roles import Role
from portal.events.log import event_from_record
from portal.events.models import EventRecord
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
BASE = "http://portal.example/api/v2"


@pytest.fixture(autouse=True)
def _rules(settings):
    settings.AUTH_PASSWORD_VALIDATORS = [
        {
            "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
            "OPTIONS": {"min_length": 8},
        }
    ]


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def change(client, address, old, new):
    body = {"operationName": "ChangePassword"}
    return client.post(
        address, {**body, "oldPassword": encoded(old), "newPassword": encoded(new)}
    ).body["statusCode"]


def reset(client, user, new):
    body = {"operationName": "ResetPassword", "newPassword": encoded(new)}
    return client.post(f"/api/v2/users/{user.pk.hex}", body).body["statusCode"]


def told():
    """The two messages of the one announcement, without what both have in common."""
    [record] = EventRecord.objects.filter(kind="user.password_changed")
    own, others = messages_for(event_from_record(record))
    return own, others


def assert_told(user, **expected):
    own, others = told()
    content = {"messageType": "PasswordChangeMessage", **expected}
    assert (own.topic, own.user_id, own.content(BASE)) == (ME, str(user.pk), content)
    assert (others.topic, others.user_id) == (USERS, None)
    assert others.contact_center_id == str(user.contact_center_id)
    assert others.roles == {Role.SUPERVISOR, Role.ADMIN}
    seen = others.content(BASE)
    # The path stands beside the URI or not at all (contract §1).
    seen.pop("userPath", None)
    assert seen == {
        **content,
        "userId": user.pk.hex,
        "userUri": f"{BASE}/users/{user.pk.hex}",
    }


def test_a_changed_password_is_told_to_its_user_and_to_supervisors(world, api):
    assert change(api.by(world.bob), "/api/v2/me", PASSWORD, "another one") == 0

    assert_told(world.bob, notificationType="PasswordChangeSuccessful")


def test_one_that_breaks_the_rules_is_told_with_code_1(world, api):
    assert change(api.by(world.bob), "/api/v2/me", PASSWORD, "short") == 10

    own, _ = told()
    message = own.data["errorMessage"]
    assert "8 characters" in message
    assert_told(
        world.bob, notificationType="PasswordChangeError", errorCode=1, errorMessage=message
    )
    assert change(api.by(world.bob), "/api/v2/me", PASSWORD, "another one") == 0


def test_a_wrong_old_one_is_told_with_code_2(world, api):
    assert change(api.by(world.bob), "/api/v2/me", "not mine", "another one") == 10

    assert_told(
        world.bob,
        notificationType="PasswordChangeError",
        errorCode=2,
        errorMessage="The old password is not correct",
    )


def test_a_supervisors_change_is_told_to_the_user_it_is_about(world, api):
    address = f"/api/v2/users/{world.bob.pk.hex}"
    assert change(api.by(world.sue), address, PASSWORD, "another one") == 0

    assert_told(world.bob, notificationType="PasswordChangeSuccessful")


def test_a_reset_is_told_to_the_user_it_is_about(world, api):
    assert reset(api.by(world.ann), world.bob, "another one") == 0

    assert_told(world.bob, notificationType="PasswordChangeSuccessful")


def test_a_reset_that_breaks_the_rules_is_told_with_code_1(world, api):
    assert reset(api.by(world.ann), world.bob, "short") == 10

    own, _ = told()
    assert (own.user_id, own.data["errorCode"]) == (str(world.bob.pk), 1)


def test_an_error_within_is_told_with_code_3(world, api, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("provisioning.services.passwords.set_password", fail)
    client = api.by(world.bob)
    client.raise_request_exception = False
    assert change(client, "/api/v2/me", PASSWORD, "another one") == 4

    assert_told(
        world.bob,
        notificationType="PasswordChangeError",
        errorCode=3,
        errorMessage="Internal server error",
    )


def test_what_is_not_allowed_is_told_to_nobody(world, api):
    assert reset(api.by(world.bob), world.sue, "another one") == 5
    assert reset(api.by(world.eve), world.bob, "another one") in {5, 6}

    assert not EventRecord.objects.filter(kind="user.password_changed").exists()
