"""ChangePassword and ResetPassword: seed 003 "Change Password", "Reset Password"; seed 004."""

import base64

import pytest
from django.test import Client

from portal.events.models import EventRecord
from provisioning.models import ChangeLogEntry, User
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

NEW = "a new password"


def encoded(password: str) -> str:
    return base64.b64encode(password.encode()).decode()


def change(old: str = PASSWORD, new: str = NEW) -> dict[str, str]:
    return {
        "operationName": "ChangePassword",
        "oldPassword": encoded(old),
        "newPassword": encoded(new),
    }


def reset(new: str = NEW, **more: object) -> dict[str, object]:
    return {"operationName": "ResetPassword", "newPassword": encoded(new), **more}


def outcomes() -> list[tuple[str, str, int | None]]:
    found = EventRecord.objects.filter(kind="user.password_changed").order_by("id")
    return [
        (one.payload["user_id"], one.payload["outcome"], one.payload["error_code"]) for one in found
    ]


def successful(user: User) -> list[tuple[str, str, None]]:
    return [(str(user.pk), "PasswordChangeSuccessful", None)]


def failed(user: User, code: int) -> list[tuple[str, str, int]]:
    return [(str(user.pk), "PasswordChangeError", code)]


def password_of(user: User) -> str:
    user.refresh_from_db()
    return next(one for one in (PASSWORD, NEW, "1", "2") if user.check_password(one))


@pytest.fixture
def short_passwords(settings) -> None:
    settings.AUTH_PASSWORD_VALIDATORS = []


@pytest.mark.usefixtures("short_passwords")
class TestDocumentedExamples:
    @pytest.mark.parametrize("query", ["", "?firstLogin=true"])
    def test_a_user_changes_his_password(self, api, world, query):
        world.bob.set_password("1")
        world.bob.save()

        answer = api.by(world.bob, "1").post(
            f"/api/v2/me{query}",
            {"operationName": "ChangePassword", "oldPassword": "MQ==", "newPassword": "Mg=="},
        )

        assert answer.body == {"statusCode": 0}
        assert password_of(world.bob) == "2"
        assert outcomes() == successful(world.bob)

    def test_an_admin_resets_a_password(self, api, world):
        answer = api.by(world.ann).post(
            f"/api/v2/users/{world.bob.pk.hex}",
            {"operationName": "ResetPassword", "newPassword": "MQ=="},
        )

        assert answer.body == {"statusCode": 0}
        assert password_of(world.bob) == "1"


class TestChangePassword:
    def test_only_the_new_password_opens_the_door(self, api, world):
        client = api.by(world.bob)
        client.post("/api/v2/me", change())

        assert client.get("/api/v2/me").status_code == 401
        assert api.by(world.bob, NEW).get("/api/v2/me").status_code == 200

    def test_the_users_sessions_stay(self, api, world):
        browser = Client()
        browser.force_login(world.bob)

        api.by(world.bob).post("/api/v2/me", change())

        assert browser.get("/api/v2/me").status_code == 200

    def test_the_demand_ends_with_the_change(self, api, world):
        world.bob.change_password_on_first_login = True
        world.bob.save()
        client = api.by(world.bob)
        assert client.get("/api/v2/me").body["statusCode"] == 8

        answer = client.post("/api/v2/me?firstLogin=true", change())

        assert answer.body == {"statusCode": 0}
        shown = api.by(world.bob, NEW).get("/api/v2/me").body["user"]
        assert shown["changePasswordOnFirstLogin"] is False

    def test_a_refused_change_leaves_the_demand(self, api, world):
        world.bob.change_password_on_first_login = True
        world.bob.save()

        api.by(world.bob).post("/api/v2/me?firstLogin=true", change(old="wrong"))

        assert api.by(world.bob).get("/api/v2/me").body["statusCode"] == 8

    @pytest.mark.parametrize(("body", "code"), [(change(old="wrong"), 2), (change(new="short"), 1)])
    def test_a_refusal_is_10_and_is_announced(self, api, world, body, code):
        answer = api.by(world.bob).post("/api/v2/me", body)

        assert (answer.status_code, answer.body["statusCode"]) == (400, 10)
        assert set(answer.body) == {"statusCode", "statusMessage"}
        assert password_of(world.bob) == PASSWORD
        assert outcomes() == failed(world.bob, code)
        event = EventRecord.objects.get(kind="user.password_changed")
        assert event.contact_center_id == world.red.pk
        assert event.payload["error_message"] == answer.body["statusMessage"]
        assert not ChangeLogEntry.objects.filter(origin="api").exists()

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"operationName": "ChangePassword"}, 1),
            ({"operationName": "ChangePassword", "oldPassword": encoded(PASSWORD)}, 1),
            ({**change(), "newPassword": "not base64!"}, 10),
            ({**change(), "newPassword": 7}, 10),
            ({**change(), "newPassword": ["x"]}, 10),
            ({**change(), "newPassword": ""}, 10),
            ({**change(), "newPassword": encoded("x" * 129)}, 10),
            ({**change(), "newPassword": base64.b64encode(b"\xff\xfe").decode()}, 10),
            ({**change(), "colour": "red"}, 10),
        ],
    )
    def test_a_malformed_request_is_refused_and_not_announced(self, api, world, body, code):
        answer = api.by(world.bob).post("/api/v2/me", body)

        assert answer.body["statusCode"] == code
        assert password_of(world.bob) == PASSWORD
        assert outcomes() == []

    def test_first_login_is_true_or_false(self, api, world):
        answer = api.by(world.bob).post("/api/v2/me?firstLogin=maybe", change())

        assert answer.body["statusCode"] == 10
        assert password_of(world.bob) == PASSWORD

    @pytest.mark.parametrize("role", ["ann", "sue"])
    def test_supervisors_and_admins_change_others_with_the_old_password(self, api, world, role):
        path = f"/api/v2/users/{world.bob.pk.hex}"
        client = api.by(getattr(world, role))

        refused = client.post(path, change(old="wrong"))
        assert (refused.body["statusCode"], password_of(world.bob)) == (10, PASSWORD)
        assert client.post(path, change()).body == {"statusCode": 0}

        assert password_of(world.bob) == NEW
        assert outcomes() == [*failed(world.bob, 2), *successful(world.bob)]

    def test_agents_change_nobody_at_users(self, api, world):
        answer = api.by(world.bob).post(f"/api/v2/users/{world.ann.pk.hex}", change())

        assert (answer.status_code, answer.body["statusCode"]) == (403, 5)
        assert (password_of(world.ann), outcomes()) == (PASSWORD, [])

    def test_another_contact_centers_user_is_not_there(self, api, world):
        for body in (change(), reset()):
            answer = api.by(world.eve).post(f"/api/v2/users/{world.bob.pk.hex}", body)
            assert (answer.status_code, answer.body["statusCode"]) == (404, 6)
        assert (password_of(world.bob), outcomes()) == (PASSWORD, [])

    def test_whoever_must_change_his_own_password_changes_no_others(self, api, world):
        world.ann.change_password_on_first_login = True
        world.ann.save()
        client = api.by(world.ann)

        for answer in (
            client.post(f"/api/v2/users/{world.bob.pk.hex}", change()),
            client.post(f"/api/v2/users/{world.bob.pk.hex}", reset()),
        ):
            assert (answer.status_code, answer.body["statusCode"]) == (403, 8)
        assert password_of(world.bob) == PASSWORD

    def test_nobody_guesses_old_passwords(self, api, world, settings):
        settings.AXES_FAILURE_LIMIT = 3
        client, path = api.by(world.sue), f"/api/v2/users/{world.ann.pk.hex}"
        for _ in range(3):
            assert client.post(path, change(old="guess")).body["statusCode"] == 10

        answer = client.post(path, change())

        assert (answer.status_code, answer.body["statusCode"]) == (400, 10)
        assert password_of(world.ann) == PASSWORD

    def test_a_dry_run_changes_and_announces_nothing(self, api, world):
        answer = api.by(world.bob).post("/api/v2/me?dryRun=true", change())

        assert answer.body["statusCode"] == 0
        assert (password_of(world.bob), outcomes()) == (PASSWORD, [])

    def test_an_internal_error_is_announced_too(self, api, world, monkeypatch):
        def fail(*args: object) -> None:
            raise RuntimeError

        monkeypatch.setattr("provisioning.services.passwords.set_password", fail)

        answer = api.by(world.bob).post("/api/v2/me", change())

        assert (answer.status_code, answer.body["statusCode"]) == (500, 4)
        assert outcomes() == failed(world.bob, 3)


class TestResetPassword:
    def test_the_flag_is_left_as_it_is_unless_asked(self, api, world):
        client, path = api.by(world.ann), f"/api/v2/users/{world.bob.pk.hex}"

        client.post(path, reset())
        world.bob.refresh_from_db()
        assert not world.bob.change_password_on_first_login
        client.post(path, reset(changePasswordOnFirstLogin=True))

        world.bob.refresh_from_db()
        assert world.bob.change_password_on_first_login
        assert outcomes() == successful(world.bob) * 2

    def test_a_password_against_the_rules_is_10_and_announced(self, api, world):
        answer = api.by(world.ann).post(f"/api/v2/users/{world.bob.pk.hex}", reset("short"))

        assert answer.body["statusCode"] == 10
        assert password_of(world.bob) == PASSWORD
        assert outcomes() == failed(world.bob, 1)

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"operationName": "ResetPassword"}, 1),
            (reset(oldPassword="MQ=="), 10),
            (reset(changePasswordOnFirstLogin="yes"), 10),
        ],
    )
    def test_a_malformed_request_is_refused(self, api, world, body, code):
        answer = api.by(world.ann).post(f"/api/v2/users/{world.bob.pk.hex}", body)

        assert answer.body["statusCode"] == code
        assert (password_of(world.bob), outcomes()) == (PASSWORD, [])

    @pytest.mark.parametrize("role", ["bob", "sue"])
    def test_it_is_for_admins(self, api, world, role):
        answer = api.by(getattr(world, role)).post(f"/api/v2/users/{world.bob.pk.hex}", reset())

        assert (answer.status_code, answer.body["statusCode"]) == (403, 5)
        assert password_of(world.bob) == PASSWORD

    def test_it_is_no_operation_of_me(self, api, world):
        answer = api.by(world.ann).post("/api/v2/me", reset())

        assert answer.body["statusCode"] == 2
        assert password_of(world.ann) == PASSWORD

    @pytest.mark.parametrize("flag", ["is_superuser", "is_staff"])
    def test_an_admin_cannot_become_a_cloud_admin(self, api, world, flag):
        root = UserFactory.create(contact_center=world.red, **{flag: True})
        client, path = api.by(world.ann), f"/api/v2/users/{root.pk.hex}"

        for answer in (
            client.post(path, reset()),
            client.put(path, {"password": NEW}),
            client.delete(path),
        ):
            assert (answer.status_code, answer.body["statusCode"]) == (403, 3)
        assert password_of(root) == PASSWORD
