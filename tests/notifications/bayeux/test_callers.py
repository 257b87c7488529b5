"""Who may come in: the API's own rules, asked seldom. C numbers are those of the checklist."""

import base64

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.test import TestCase

from notifications.bayeux.callers import (
    Callers,
    Identity,
    RefusedError,
    base_of,
    cookies_of,
    header_texts,
    look_up,
    require_csrf_token,
)
from portal.api.authentication import csrf_token
from portal.api.roles import Role
from provisioning.models import Setting
from tests.conftest import ApiClient
from tests.factories import PASSWORD
from tests.notifications.bayeux.driver import on_loop


def scope(**headers):
    given = {"host": "testserver", **{name.replace("_", "-"): v for name, v in headers.items()}}
    return {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": "/api/v2/notifications",
        "query_string": b"",
        "client": ["127.0.0.1", 5],
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }


def basic(user, password=PASSWORD):
    text = f"{user.user_name}:{password}".encode()
    return "Basic " + base64.b64encode(text).decode()


def refused(**headers):
    with pytest.raises(RefusedError) as caught:
        look_up(scope(**headers))
    return caught.value


def test_basic_credentials_show_the_user(world):
    identity = look_up(scope(authorization=basic(world.bob)))

    assert identity == Identity(
        str(world.bob.pk), str(world.red.pk), frozenset({Role.AGENT}), None, ()
    )


def test_basic_credentials_open_no_session(world, django_assert_num_queries):
    from django.contrib.sessions.models import Session

    look_up(scope(authorization=basic(world.bob)))

    assert Session.objects.count() == 0


def test_a_session_shows_the_user_and_asks_for_its_token(world, client):
    client.force_login(world.ann)
    cookie = f"JSESSIONID={client.cookies['JSESSIONID'].value}"

    identity = look_up(scope(cookie=cookie))

    answer = client.get("/api/v2/me")
    assert identity.user_id == str(world.ann.pk)
    assert identity.csrf_token == answer.headers["X-CSRF-TOKEN"]
    assert identity.csrf_token == csrf_token(answer.wsgi_request)


def test_the_token_of_the_session_is_the_only_one(settings):
    identity = Identity("u", None, frozenset(), "right")

    require_csrf_token(identity, {"x-csrf-token": "right"})
    with pytest.raises(RefusedError) as caught:
        require_csrf_token(identity, {"x-csrf-token": "wrong"})
    assert caught.value.status == 403
    settings.API_CSRF_PROTECTION = False
    require_csrf_token(identity, {})


def test_credentials_of_nobody_are_401_with_a_challenge(world):
    """C19"""
    wrong = refused(authorization=basic(world.bob, "wrong"))
    missing = refused()
    ended = refused(cookie="JSESSIONID=0123456789abcdef0123456789abcdef")
    garbled = refused(authorization="Basic !!!")

    for refusal in (wrong, missing, ended, garbled):
        assert refusal.status == 401
        assert dict(refusal.headers)[b"WWW-Authenticate"].startswith(b"Basic ")


def test_a_script_gets_no_challenge(world):
    assert refused(x_requested_with="XMLHttpRequest").headers == ()


def test_the_later_profile_answers_403(world, settings):
    settings.API_PROFILE = "8.5.202"

    assert refused().status == 403


def test_a_disabled_user_does_not_come_in(world, client):
    client.force_login(world.bob)
    cookie = f"JSESSIONID={client.cookies['JSESSIONID'].value}"
    type(world.bob).objects.filter(pk=world.bob.pk).update(is_active=False)

    assert refused(cookie=cookie).status == 401
    assert refused(authorization=basic(world.bob)).status == 401


def test_who_must_change_his_password_does_that_first(world):
    """Contract §1: statusCode 8 leaves ChangePassword and the version only."""
    users = type(world.bob).objects
    users.filter(pk=world.bob.pk).update(change_password_on_first_login=True)

    assert refused(authorization=basic(world.bob)).status == 403


def test_wrong_passwords_are_counted_as_the_apis_are(world, settings):
    settings.AXES_FAILURE_LIMIT = 3
    for _ in range(3):
        refused(authorization=basic(world.bob, "wrong"))

    locked = refused(authorization=basic(world.bob))

    assert locked.status == 401
    assert int(dict(locked.headers)[b"Retry-After"]) > 0
    cache.clear()
    assert ApiClient(world.bob).get("/api/v2/me").status_code == 401


def test_another_hosts_page_is_let_read_what_its_contact_center_allows(world):
    Setting.objects.create(
        contact_center=world.red,
        group="access-control",
        key="allowedOrigins",
        value={"value": ["https://desk.example.com"]},
    )

    allowed = look_up(scope(authorization=basic(world.bob), origin="https://desk.example.com")).cors
    foreign = look_up(scope(authorization=basic(world.bob), origin="https://x.example.com")).cors
    of_blue = look_up(scope(authorization=basic(world.eve), origin="https://desk.example.com")).cors

    names = {name.lower(): value for name, value in allowed}
    assert names[b"access-control-allow-origin"] == b"https://desk.example.com"
    assert names[b"access-control-allow-credentials"] == b"true"
    for other in (foreign, of_blue):
        assert b"access-control-allow-origin" not in {name.lower() for name, _ in other}


class Counting:
    """Counts look-ups; the clock is told the time."""

    def __init__(self, **more):
        self.count = 0
        self.seconds = 0.0
        self.answer = Identity("u1", None, frozenset())
        self.callers = Callers(ask=self.ask, clock=lambda: self.seconds, **more)

    async def ask(self, _, given):
        self.count += 1
        if self.answer is None:
            raise RefusedError(401, "Access denied")
        return self.answer


@on_loop
async def test_credentials_are_looked_up_once_a_minute():
    counting = Counting()

    for _ in range(20):
        await counting.callers.identify(scope(authorization="Basic x"))

    assert counting.count == 1


@on_loop
async def test_whatever_differs_in_credentials_is_looked_up_by_itself():
    counting = Counting()
    variants = [
        {"authorization": "Basic x"},
        {"authorization": "Basic y"},
        {"cookie": "JSESSIONID=x"},
        {"cookie": "JSESSIONID=y"},
        {"authorization": "Basic x", "cookie": "JSESSIONID=x"},
        {"authorization": "Basic x", "origin": "https://a.example"},
    ]

    for headers in variants + variants:
        await counting.callers.identify(scope(**headers))

    assert counting.count == len(variants)


@on_loop
async def test_a_poll_does_not_wait_for_the_renewal():
    import asyncio

    counting = Counting()
    asked = scope(authorization="Basic x")
    await counting.callers.identify(asked)

    counting.seconds = 61.0
    counting.answer = None
    stale = await counting.callers.identify(asked)
    assert (stale.user_id, counting.count) == ("u1", 1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    with pytest.raises(RefusedError):
        await counting.callers.identify(asked)


@on_loop
async def test_what_is_older_than_that_is_waited_for():
    counting = Counting()
    asked = scope(authorization="Basic x")
    await counting.callers.identify(asked)

    counting.seconds = 181.0
    counting.answer = None

    with pytest.raises(RefusedError):
        await counting.callers.identify(asked)


@on_loop
async def test_a_changed_user_is_forgotten_at_once():
    counting = Counting()
    asked = scope(authorization="Basic x")
    await counting.callers.identify(asked)

    counting.callers.forget(["u2"])
    await counting.callers.identify(asked)
    assert counting.count == 1
    counting.callers.forget(["u1"])
    await counting.callers.identify(asked)

    assert counting.count == 2


@on_loop
async def test_wrong_credentials_are_not_remembered():
    counting = Counting()
    counting.answer = None
    for _ in range(2):
        with pytest.raises(RefusedError):
            await counting.callers.identify(scope(authorization="Basic x"))

    assert counting.count == 2


class InThreads(TestCase):
    async def test_a_look_up_may_use_the_database(self):
        from tests.factories import build_world

        world = await sync_to_async(build_world)()

        async def ask(look, given):
            return await sync_to_async(look)(given)

        identity = await Callers(ask=ask).identify(scope(authorization=basic(world.bob)))

        assert identity.user_id == str(world.bob.pk)


def test_cookies_are_told_apart_whatever_is_in_them():
    """C73"""
    cookies = cookies_of({"cookie": 'a={"b": 1}; JSESSIONID=x=y; BAYEUX_BROWSER="q"; lone'})

    assert (cookies["a"], cookies["JSESSIONID"]) == ('{"b": 1}', "x=y")
    assert cookies["BAYEUX_BROWSER"] == "q"


@pytest.mark.parametrize(
    ("scheme", "is_behind_tls", "forwarded", "base"),
    [
        ("http", False, "https", "http://testserver:8080/api/v2"),
        ("http", True, "https", "https://testserver:8080/api/v2"),
        ("ws", False, "", "http://testserver:8080/api/v2"),
        ("wss", False, "", "https://testserver:8080/api/v2"),
    ],
)
def test_the_base_is_the_clients_own(settings, scheme, is_behind_tls, forwarded, base):
    settings.IS_BEHIND_TLS = is_behind_tls
    given = scope(host="testserver:8080", x_forwarded_proto=forwarded) | {"scheme": scheme}

    assert base_of(given, header_texts(given)) == base
