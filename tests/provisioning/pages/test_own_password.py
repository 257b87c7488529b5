import pytest
from django.test import Client

from portal.events.models import EventRecord
from provisioning.models import User
from tests.factories import PASSWORD, World

PAGE = "/accounts/password/"


@pytest.fixture
def bob(world: World, client: Client) -> Client:
    client.force_login(world.bob)
    return client


def filled_in(old: str = PASSWORD, new: str = "a longer one", repeated: str = "") -> dict[str, str]:
    return {"old_password": old, "new_password": new, "repeated": repeated or new}


def test_everybody_changes_his_own_password_and_stays_signed_in(bob: Client, world: World) -> None:
    answer = bob.post(PAGE, filled_in())

    assert answer["Location"] == "/"
    assert User.objects.get(pk=world.bob.pk).check_password("a longer one")
    assert "Your password has been changed." in bob.get("/").content.decode()
    outcome = EventRecord.objects.get(kind="user.password_changed").payload
    assert outcome["outcome"] == "PasswordChangeSuccessful"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (filled_in(old="wrong"), "The old password is not correct"),
        (filled_in(new="short"), "at least 8"),
        (filled_in(repeated="another one"), "This is not the same password."),
        (filled_in(new=PASSWORD), "This is the present password."),
        ({}, "This field is required."),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_changes_nothing(
    bob: Client, world: World, values: dict[str, str], says: str
) -> None:
    answer = bob.post(PAGE, values)

    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert User.objects.get(pk=world.bob.pk).password == world.bob.password


def test_whoever_must_change_it_sees_no_other_page_before(bob: Client, world: World) -> None:
    User.objects.filter(pk=world.bob.pk).update(change_password_on_first_login=True)

    assert bob.get("/")["Location"] == PAGE
    page = bob.get(PAGE).content.decode()
    assert "Your admin asks you to choose a password of your own" in page
    assert "Cancel" not in page
    bob.post(PAGE, filled_in())

    assert bob.get("/").status_code == 200


def test_it_asks_strangers_to_sign_in(client: Client, db: None) -> None:
    assert client.get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"
