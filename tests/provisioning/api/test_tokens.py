import hashlib
import logging
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from portal.events.models import EventRecord
from provisioning.models import ApiToken, ChangeLogEntry, Skill, User
from provisioning.services.tokens import PREFIX
from tests.conftest import ApiClient
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

OWN = "/api/v2/me/tokens"


def ms(moment) -> int:
    return round(moment.timestamp() * 1000)


def in_days(days: float) -> int:
    return ms(timezone.now() + timedelta(days=days))


class Program(ApiClient):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.defaults["HTTP_AUTHORIZATION"] = f"Bearer {text}"


@pytest.fixture
def make(api):
    """`make(user, name="…", roles=[…])`: the text of a new token of the user's."""

    def make_token(user, **fields) -> str:
        answer = api.by(user).post(OWN, {"name": "Reports", **fields})
        assert answer.body["statusCode"] == 0, answer.body
        return answer.body["token"]

    return make_token


class TestMaking:
    def test_the_text_is_answered_once(self, api, world):
        answer = api.by(world.bob).post(OWN, {"name": "Reports"})

        token = ApiToken.objects.get()
        assert list(answer.body) == ["statusCode", "id", "uri", "path", "token"]
        assert answer.body["path"] == f"/tokens/{token.pk}"
        text = answer.body["token"]
        assert text.startswith(PREFIX)
        assert len(text) == len(PREFIX) + 43
        assert token.token_hash == hashlib.sha256(text.encode()).hexdigest()
        again = api.by(world.bob).get(answer.body["uri"])
        assert set(again.body["token"]) == {
            "id", "name", "roles", "userUri", "createdAt", "validUntil", "uri", "path",
        }  # fmt: skip

    def test_it_has_all_the_owners_roles_and_the_default_time(self, api, world, make, settings):
        settings.API_TOKEN_DAYS = 5
        make(world.eve)

        [token] = api.by(world.eve).get(f"{OWN}?fields=*").body["tokens"]
        assert token["roles"] == ["ROLE_ADMIN", "ROLE_SUPERVISOR", "ROLE_AGENT"]
        assert token["validUntil"] == pytest.approx(in_days(5), abs=60_000)
        assert token["userUri"].endswith(f"/users/{world.eve.pk.hex}")

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, 1),
            ({"name": ""}, 10),
            ({"name": "x", "roles": ["ROLE_ADMIN"]}, 10),
            ({"name": "x", "roles": []}, 10),
            ({"name": "x", "roles": "ROLE_AGENT"}, 10),
            ({"name": "x", "validUntil": 1}, 10),
            ({"name": "x", "validUntil": "soon"}, 10),
            ({"name": "x", "validUntil": 99_999_999_999_999}, 10),
            ({"name": "x", "token": PREFIX}, 10),
            ({"name": "x", "lastUsedAt": 1}, 11),
        ],
    )
    def test_nonsense_is_refused_and_makes_none(self, api, world, body, code):
        answer = api.by(world.bob).post(OWN, body)

        assert (answer.body["statusCode"], "token" in answer.body) == (code, False)
        assert not ApiToken.objects.exists()

    def test_no_token_lives_longer_than_the_setting(self, api, world, settings):
        settings.API_TOKEN_DAYS, settings.API_TOKEN_MAX_DAYS = 90, 10
        client = api.by(world.bob)

        assert client.post(OWN, {"name": "x", "validUntil": in_days(11)}).body["statusCode"] == 10
        assert client.post(OWN, {"name": "x", "validUntil": in_days(9)}).body["statusCode"] == 0
        assert client.post(OWN, {"name": "y"}).body["statusCode"] == 0
        latest = ApiToken.objects.get(name="y").valid_until
        assert ms(latest) == pytest.approx(in_days(10), abs=60_000)

    def test_a_dry_run_makes_none_and_tells_no_text(self, api, world):
        answer = api.by(world.bob).post(f"{OWN}?dryRun=true", {"name": "x"})

        assert (answer.body["statusCode"], "token" in answer.body) == (0, False)
        assert [one["resource"] for one in answer.body["changes"]] == ["tokens"]
        assert not ApiToken.objects.exists()

    def test_cloud_admins_have_none(self, api, db):
        root = User.objects.create_superuser("root@cloud.example", PASSWORD)

        assert api.by(root).post(OWN, {"name": "x"}).body["statusCode"] == 3


class TestUsing:
    def test_it_acts_as_its_owner(self, world, make):
        program = Program(make(world.bob))

        answer = program.get("/api/v2/me")

        assert answer.body["user"]["userName"] == "bob@red.example"
        assert "X-CSRF-TOKEN" not in answer.headers
        assert "JSESSIONID" not in answer.cookies

    def test_it_opens_no_session_and_needs_no_csrf_token(self, world, make):
        text = make(world.ann)
        browser = Client(enforce_csrf_checks=True)
        Session.objects.all().delete()

        answer = browser.post(
            "/api/v2/skills",
            {"name": "Magic"},
            content_type="application/json",
            headers={"Authorization": f"bearer {text}"},
        )

        assert answer.status_code == 200
        assert not Session.objects.exists()
        assert "JSESSIONID" not in answer.cookies

    def test_beside_somebody_elses_session_it_is_the_token_that_counts(self, world, make):
        browser = Client()
        browser.force_login(world.eve)

        answer = browser.get("/api/v2/me", headers={"Authorization": f"Bearer {make(world.bob)}"})

        assert answer.json()["user"]["userName"] == "bob@red.example"

    def test_pages_know_no_tokens(self, world, make):
        header = {"Authorization": f"Bearer {make(world.ann)}"}

        assert Client().get("/provisioning/users/", headers=header).status_code == 302

    def test_the_change_log_names_the_owner(self, world, make):
        Program(make(world.ann)).post("/api/v2/skills", {"name": "Magic"})

        entry = ChangeLogEntry.objects.order_by("-pk").first()
        assert (entry.actor_name, entry.origin) == ("ann@red.example", "api")

    @pytest.mark.parametrize("text", ["", PREFIX, PREFIX + "x" * 43, "x", "ä", "\0"])
    def test_what_is_no_token_is_refused(self, world, make, text):
        make(world.bob)

        answer = Program(text.encode().decode("latin-1")).get("/api/v2/me")

        assert (answer.status_code, answer.body["statusCode"]) == (401, 20)

    def test_an_expired_one_is_refused(self, world, make):
        program = Program(make(world.bob))
        ApiToken.objects.update(valid_until=timezone.now())

        assert program.get("/api/v2/me").body["statusCode"] == 20

    def test_that_of_a_disabled_user_is_refused(self, world, make):
        program = Program(make(world.bob))
        User.objects.filter(pk=world.bob.pk).update(is_active=False)

        assert program.get("/api/v2/me").body["statusCode"] == 20

    def test_that_of_one_who_became_a_cloud_admin_is_refused(self, world, make):
        program = Program(make(world.ann))
        User.objects.filter(pk=world.ann.pk).update(is_superuser=True)

        assert program.get("/api/v2/me").body["statusCode"] == 20

    def test_who_must_change_his_password_comes_first(self, world, make):
        program = Program(make(world.bob))
        User.objects.filter(pk=world.bob.pk).update(change_password_on_first_login=True)

        assert program.get("/api/v2/me").body["statusCode"] == 8
        change = {"operationName": "ChangePassword", "oldPassword": "eA==", "newPassword": "eA=="}
        assert program.post("/api/v2/me", change).body["statusCode"] == 8

    def test_its_use_is_noted_once_a_minute(self, world, make):
        program = Program(make(world.bob))
        assert ApiToken.objects.get().last_used_at is None

        program.get("/api/v2/me")
        first = ApiToken.objects.get().last_used_at
        program.get("/api/v2/me")
        assert ApiToken.objects.get().last_used_at == first

        ApiToken.objects.update(last_used_at=first - timedelta(seconds=61))
        program.get("/api/v2/me")
        assert ApiToken.objects.get().last_used_at >= first


class TestRoles:
    @pytest.fixture
    def boss(self, world):
        return UserFactory.create(
            contact_center=world.red, is_admin=True, is_supervisor=True, is_agent=True
        )

    def test_only_the_tokens_roles_count(self, world, make, boss):
        as_agent = Program(make(boss, roles=["ROLE_AGENT"]))
        as_supervisor = Program(make(boss, roles=["ROLE_SUPERVISOR"]))

        assert as_agent.post("/api/v2/skills", {"name": "x"}).body["statusCode"] == 5
        assert as_agent.get("/api/v2/devices").body["statusCode"] == 5
        assert as_supervisor.post("/api/v2/skills", {"name": "x"}).body["statusCode"] == 5
        assert as_supervisor.get("/api/v2/devices").body["statusCode"] == 0
        assert not Skill.objects.filter(name="x").exists()
        # Objects that not every role sees.
        path = f"/api/v2/devices/{world.bobs_phone.pk}"
        assert (as_agent.get(path).status_code, as_supervisor.get(path).status_code) == (404, 200)

    def test_a_role_that_the_owner_lost_is_lost(self, world, make, boss):
        program = Program(make(boss, roles=["ROLE_ADMIN"]))
        User.objects.filter(pk=boss.pk).update(is_admin=False)

        assert program.post("/api/v2/skills", {"name": "x"}).body["statusCode"] == 5
        assert program.get("/api/v2/devices").body["statusCode"] == 5

    def test_a_role_that_the_owner_got_is_not_got(self, world, make):
        program = Program(make(world.bob))
        User.objects.filter(pk=world.bob.pk).update(is_admin=True)

        assert program.post("/api/v2/skills", {"name": "x"}).body["statusCode"] == 5

    def test_the_limit_is_never_saved(self, world, make, boss):
        program = Program(make(boss, roles=["ROLE_AGENT"]))

        assert program.put("/api/v2/me", {"firstName": "New"}).body["statusCode"] == 0
        boss.refresh_from_db()
        assert (boss.first_name, len(boss.roles)) == ("New", 3)

    def test_it_makes_no_tokens(self, world, make, boss):
        program = Program(make(boss, roles=["ROLE_AGENT"]))

        assert program.post(OWN, {"name": "more"}).body["statusCode"] == 3
        assert ApiToken.objects.count() == 1

    def test_it_does_not_set_its_owners_password(self, world, make, boss):
        program = Program(make(boss, roles=["ROLE_AGENT"]))

        assert program.put("/api/v2/me", {"password": "taken over"}).body["statusCode"] == 5
        boss.refresh_from_db()
        assert boss.check_password(PASSWORD)

    def test_an_agents_token_of_an_admin_sees_only_his_own_tokens(self, world, make, boss):
        make(world.bob)
        text = make(boss, roles=["ROLE_AGENT"])

        assert len(Program(text).get("/api/v2/tokens").body["uris"]) == 1


class TestSeeingAndRevoking:
    def test_admins_see_their_contact_centers_and_others_their_own(self, api, world, make):
        for user in (world.ann, world.bob, world.eve):
            make(user)

        def owners(user) -> set[str]:
            tokens = api.by(user).get("/api/v2/tokens?fields=userUri").body["tokens"]
            return {one["userUri"].rsplit("/", 1)[1] for one in tokens}

        assert owners(world.ann) == {world.ann.pk.hex, world.bob.pk.hex}
        assert owners(world.bob) == {world.bob.pk.hex}
        assert owners(world.eve) == {world.eve.pk.hex}
        assert owners(world.sue) == set()
        assert len(api.by(world.ann).get(OWN).body["uris"]) == 1

    def test_an_admin_revokes_it(self, api, world, make):
        program = Program(make(world.bob))
        token = ApiToken.objects.get()

        assert api.by(world.ann).delete(f"/api/v2/tokens/{token.pk}").body["statusCode"] == 0

        assert program.get("/api/v2/me").body["statusCode"] == 20

    def test_the_owner_revokes_it(self, api, world, make):
        for _ in range(3):
            make(world.bob)
        ids = [str(one) for one in ApiToken.objects.values_list("pk", flat=True)]
        client = api.by(world.bob)

        assert client.delete(f"{OWN}/{ids[0]}").body["statusCode"] == 0
        assert client.delete(OWN, {"uris": ids[1:]}).body["statusCode"] == 0
        assert not ApiToken.objects.exists()

    def test_nobody_else_does(self, api, world, make):
        make(world.bob)
        path = f"/api/v2/tokens/{ApiToken.objects.get().pk}"

        for stranger in (world.eve, world.sue):
            assert api.by(stranger).get(path).status_code == 404
            assert api.by(stranger).delete(path).body["statusCode"] == 6
        assert api.by(world.ann).delete(path.replace("/tokens", "/me/tokens")).status_code == 404
        assert ApiToken.objects.exists()

    def test_it_is_made_by_its_owner_only_and_never_changed(self, api, world, make):
        make(world.bob)
        path = f"/api/v2/tokens/{ApiToken.objects.get().pk}"
        ann = api.by(world.ann)

        assert ann.post("/api/v2/tokens", {"name": "x"}).status_code == 405
        assert ann.put(path, {"name": "x"}).status_code == 405

    def test_it_goes_with_its_owner(self, api, world, make):
        make(world.bob)

        assert api.by(world.ann).delete(f"/api/v2/users/{world.bob.pk}").body["statusCode"] == 0
        assert not ApiToken.objects.exists()

    def test_a_list_costs_the_same_whatever_its_length(
        self, api, world, make, assert_constant_queries
    ):
        make(world.bob)
        client = api.by(world.ann)

        assert_constant_queries(
            lambda: client.get("/api/v2/tokens?fields=*&resolveUris=*"),
            add_rows=lambda: [make(world.sue) for _ in range(3)],
        )


class TestSecrecy:
    def test_neither_text_nor_hash_is_in_log_events_or_answers(self, api, world, make, caplog):
        caplog.set_level(logging.DEBUG)
        text = make(world.bob)
        program = Program(text)
        program.get("/api/v2/me")
        program.get("/api/v2/nothing")
        token = ApiToken.objects.get()
        api.by(world.ann).delete(f"/api/v2/tokens/{token.pk}")

        entries = ChangeLogEntry.objects.filter(resource="tokens").order_by("pk")
        told = [
            *(str(entry.before) + str(entry.after) for entry in entries),
            *(str(payload) for payload in EventRecord.objects.values_list("payload", flat=True)),
            *(str(api.by(world.ann).get("/api/v2/change-log?fields=*").body)),
            caplog.text,
        ]
        assert [entry.action for entry in entries] == ["created", "deleted"]
        assert entries[0].after["name"] == "Reports"
        for secret in (text, text.removeprefix(PREFIX), token.token_hash):
            assert not [one for one in told if secret in one]
