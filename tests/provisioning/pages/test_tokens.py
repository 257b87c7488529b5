import pytest
from django.test import Client

from provisioning.change import Change
from provisioning.models import ApiToken
from provisioning.services.tokens import create_token, holder_of
from tests.factories import World

PAGE = "/accounts/tokens/"


@pytest.fixture
def bob(world: World, client: Client) -> Client:
    client.force_login(world.bob)
    return client


def test_a_new_token_is_shown_once_and_works(bob: Client, world: World) -> None:
    answer = bob.post(PAGE, {"name": "reports", "roles": ["ROLE_AGENT"], "days": "30"})

    text = answer.context["new_token"].text
    assert text in answer.content.decode()
    holder = holder_of(text)
    assert holder is not None
    assert holder[0] == world.bob
    assert text not in bob.get(PAGE).content.decode()
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "values",
    [
        {"name": "", "roles": ["ROLE_AGENT"], "days": "30"},
        {"name": "x", "roles": ["ROLE_ADMIN"], "days": "30"},
        {"name": "x", "roles": [], "days": "30"},
        {"name": "x", "roles": ["ROLE_AGENT"], "days": "99999"},
    ],
)
def test_what_is_wrong_makes_no_token(bob: Client, values: dict[str, object]) -> None:
    answer = bob.post(PAGE, values)

    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not ApiToken.objects.exists()


def test_a_revoked_token_works_no_more(bob: Client, world: World) -> None:
    new = create_token(change=Change(actor=world.bob, origin="api"), user=world.bob, name="old")

    bob.post(f"{PAGE}{new.token.pk}/revoke/")

    assert holder_of(new.text) is None


def test_nobody_revokes_what_he_does_not_see(world: World, client: Client) -> None:
    new = create_token(change=Change(actor=world.bob, origin="api"), user=world.bob, name="old")
    for user in (world.sue, world.eve):
        client.force_login(user)
        assert "old" not in [one.name for one in client.get(PAGE).context["tokens"]]
        assert client.post(f"{PAGE}{new.token.pk}/revoke/").status_code == 404
    assert holder_of(new.text) is not None

    client.force_login(world.ann)
    client.post(f"{PAGE}{new.token.pk}/revoke/")
    assert holder_of(new.text) is None
