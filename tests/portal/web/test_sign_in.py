import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.factories import PASSWORD, World

SIGN_IN = "/accounts/login/"


def sign_in(
    client: Client, user_name: str, password: str, *, address: str = "127.0.0.1", **more: str
) -> object:
    fields = {"username": user_name, "password": password, **more}
    return client.post(SIGN_IN, fields, REMOTE_ADDR=address)


def test_a_wrong_password_keeps_the_typed_name(world: World, client: Client) -> None:
    answer = sign_in(client, "ann@red.example", "wrong")

    assert answer.status_code == 200
    page = answer.content.decode()
    assert 'value="ann@red.example"' in page
    assert "wrong" not in page
    assert 'role="alert"' in page


@pytest.mark.parametrize(
    ("asked", "goes_to"),
    [("/wallboard", "/wallboard"), ("https://evil.example/", "/"), ("//evil.example", "/")],
)
def test_next_is_honoured_within_the_portal(
    world: World, client: Client, asked: str, goes_to: str
) -> None:
    answer = sign_in(client, "ann@red.example", PASSWORD, next=asked)

    assert answer.status_code == 302
    assert answer["Location"] == goes_to


def test_after_too_many_wrong_passwords_the_page_says_so(world: World, client: Client) -> None:
    for number in range(settings.AXES_FAILURE_LIMIT):
        answer = sign_in(client, "ann@red.example", "wrong", address=f"192.0.2.{number}")
    right = sign_in(client, "ann@red.example", PASSWORD)

    for locked in (answer, right):
        assert locked.status_code == 429
        page = locked.content.decode()
        assert "Too many wrong passwords" in page
        assert "Wait 5 minutes" in page
        assert 295 < int(locked["Retry-After"]) <= 300
        assert 'value="ann@red.example"' in page
    assert client.get(reverse("home")).status_code == 302


def test_an_address_that_guesses_waits_longer_and_longer(world: World, client: Client) -> None:
    for _ in range(3):
        assert sign_in(client, "ann@red.example", "wrong").status_code == 200

    answer = sign_in(client, "ann@red.example", PASSWORD)

    assert (answer.status_code, answer["Retry-After"]) == (429, "1")
    assert "Wait 1 second," in answer.content.decode()
    assert sign_in(client, "ann@red.example", PASSWORD, address="192.0.2.1").status_code == 302


def test_a_disabled_user_cannot_sign_in(world: World, client: Client) -> None:
    world.ann.is_active = False
    world.ann.save()

    assert sign_in(client, "ann@red.example", PASSWORD).status_code == 200


def test_signing_out_takes_a_post(world: World, client: Client) -> None:
    client.force_login(world.ann)

    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout"))["Location"] == SIGN_IN
    assert client.get(reverse("home")).status_code == 302


def test_a_partial_request_without_session_takes_the_window_to_sign_in(
    client: Client, db: None
) -> None:
    answer = client.get(
        reverse("users"),
        HTTP_HX_REQUEST="true",
        HTTP_HX_CURRENT_URL="http://testserver/provisioning/users/?q=x",
    )

    assert answer["HX-Redirect"] == f"{SIGN_IN}?next=/provisioning/users/%3Fq%3Dx"
