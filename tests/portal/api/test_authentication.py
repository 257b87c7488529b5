"""Contract §1 "Authentication" and "CSRF", by clients that keep cookies and clients that do not."""

import base64

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from provisioning.models import Skill
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def basic(user_name: str, password: str = PASSWORD) -> dict[str, str]:
    credentials = base64.b64encode(f"{user_name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {credentials}"}


class TestCredentials:
    def test_nobody_is_refused_and_asked_for_credentials(self, api):
        answer = api.get("/api/v2/me")

        assert answer.status_code == 401
        assert answer.body == {"statusCode": 20, "statusMessage": "Access denied"}
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="portal", charset="UTF-8"'

    def test_a_script_is_not_made_to_show_a_dialogue(self, api):
        answer = api.get("/api/v2/me", headers={"X-Requested-With": "XMLHttpRequest"})

        assert answer.status_code == 401
        assert "WWW-Authenticate" not in answer.headers

    def test_the_later_profile_answers_403(self, api, settings):
        settings.API_PROFILE = "8.5.202"

        answer = api.get("/api/v2/me")

        assert answer.status_code == 403
        assert answer.body == {"statusCode": 20, "statusMessage": "Access denied"}

    @pytest.mark.parametrize(
        "header",
        [
            "Basic",
            "Basic !!!",
            "Basic " + base64.b64encode(b"no colon").decode(),
            "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
            "Basic " + base64.b64encode(b"bob\0@red.example:password").decode(),
            "Basic " + base64.b64encode(b"bob@red.example:wrong").decode(),
            "Basic " + base64.b64encode(b"nobody@red.example:password").decode(),
            "Bearer abc",
        ],
    )
    def test_credentials_that_are_none_are_refused(self, api, world, header):
        answer = api.get("/api/v2/me", headers={"Authorization": header})

        assert (answer.status_code, answer.body["statusCode"]) == (401, 20)

    def test_a_changed_password_and_a_disabled_user_are_refused_at_once(self, api, world):
        client = api.by(world.bob)
        assert client.get("/api/v2/me").status_code == 200
        world.bob.set_password("another one")
        world.bob.save()
        assert client.get("/api/v2/me").status_code == 401
        client = api.by(world.bob, "another one")
        assert client.get("/api/v2/me").status_code == 200
        world.bob.is_active = False
        world.bob.save()

        assert client.get("/api/v2/me").status_code == 401

    def test_wrong_passwords_lock_the_user_name_out_from_every_address(self, api, world, settings):
        settings.AXES_FAILURE_LIMIT = 3
        for number in range(3):
            answer = api.get(
                "/api/v2/me",
                headers=basic("bob@red.example", "wrong"),
                REMOTE_ADDR=f"192.0.2.{number}",
            )
            assert answer.status_code == 401

        locked = api.get("/api/v2/me", headers=basic("bob@red.example"), REMOTE_ADDR="192.0.2.99")
        other = api.by(world.ann).get("/api/v2/me", REMOTE_ADDR="192.0.2.1")

        assert (locked.status_code, locked.body["statusCode"]) == (401, 20)
        assert other.status_code == 200

    def test_a_demanded_password_change_comes_first(self, api, world):
        world.bob.change_password_on_first_login = True
        world.bob.save()
        client = api.by(world.bob)

        assert client.get("/api/v2/me").body["statusCode"] == 8
        assert client.get("/api/v2/me").status_code == 403
        assert client.get("/api/v2/diagnostics/version").status_code == 200


class TestSession:
    def test_basic_opens_a_session_that_needs_no_credentials(self, world):
        browser = Client()
        first = browser.get("/api/v2/me", headers=basic("bob@red.example"))

        second = browser.get("/api/v2/me")

        assert first.cookies["JSESSIONID"]["httponly"]
        assert second.status_code == 200
        assert second.json()["user"]["userName"] == "bob@red.example"
        assert Session.objects.count() == 1

    def test_a_client_that_keeps_its_cookie_keeps_its_session(self, world):
        browser = Client()
        for _ in range(3):
            browser.get("/api/v2/me", headers=basic("bob@red.example"))

        assert Session.objects.count() == 1

    def test_other_credentials_end_the_session_they_come_with(self, world):
        browser = Client()
        browser.get("/api/v2/me", headers=basic("bob@red.example"))
        browser.get("/api/v2/me", headers=basic("ann@red.example"))

        assert browser.get("/api/v2/me").json()["user"]["userName"] == "ann@red.example"
        assert Session.objects.count() == 1

    def test_disabling_a_user_ends_the_session_at_once(self, world):
        browser = Client()
        browser.get("/api/v2/me", headers=basic("bob@red.example"))
        world.bob.is_active = False
        world.bob.save()

        assert browser.get("/api/v2/me").status_code == 401

    def test_the_version_is_open_to_all_and_sets_the_cookie(self):
        answer = Client().get("/api/v2/diagnostics/version")

        assert answer.json() == {"statusCode": 0, "version": "8.5.200.23"}
        assert answer.cookies["JSESSIONID"].value
        assert "X-CSRF-TOKEN" not in answer.headers

    def test_the_version_is_open_to_wrong_credentials(self):
        answer = Client().get("/api/v2/diagnostics/version", headers=basic("nobody", "x"))

        assert answer.status_code == 200


class TestCsrf:
    def signed_in(self) -> tuple[Client, dict[str, str]]:
        browser = Client(enforce_csrf_checks=True)
        answer = browser.get("/api/v2/me", headers=basic("ann@red.example"))
        assert answer.headers["X-CSRF-HEADER"] == "X-CSRF-TOKEN"
        return browser, {"X-CSRF-TOKEN": answer.headers["X-CSRF-TOKEN"]}

    def post(self, browser: Client, headers: dict[str, str]):
        return browser.post(
            "/api/v2/skills", {"name": "Magic"}, content_type="application/json", headers=headers
        )

    def test_a_write_on_the_session_needs_the_token(self, world):
        browser, token = self.signed_in()

        refused = self.post(browser, {})
        assert refused.status_code == 403
        assert refused.json() == {
            "statusCode": 3,
            "statusMessage": "Missing or invalid Csrf token",
        }
        assert not Skill.objects.filter(name="Magic").exists()
        assert self.post(browser, {"X-CSRF-TOKEN": "wrong"}).status_code == 403
        assert self.post(browser, token).status_code == 200

    def test_the_token_lives_as_long_as_the_session(self, world):
        browser, token = self.signed_in()

        again = browser.get("/api/v2/me")

        assert again.headers["X-CSRF-TOKEN"] == token["X-CSRF-TOKEN"]

    def test_credentials_without_a_cookie_need_no_token(self, world):
        answer = self.post(Client(), basic("ann@red.example"))

        assert answer.status_code == 200

    def test_credentials_beside_a_session_cookie_need_it(self, world):
        browser, token = self.signed_in()

        assert self.post(browser, basic("ann@red.example")).status_code == 403
        assert self.post(browser, basic("ann@red.example") | token).status_code == 200

    def test_the_token_of_another_session_is_wrong(self, world):
        browser, _ = self.signed_in()
        _, other = self.signed_in()

        assert self.post(browser, other).status_code == 403

    def test_a_setting_turns_it_off(self, world, settings):
        settings.API_CSRF_PROTECTION = False
        browser = Client()
        answer = browser.get("/api/v2/me", headers=basic("ann@red.example"))

        assert "X-CSRF-TOKEN" not in answer.headers
        assert self.post(browser, {}).status_code == 200
