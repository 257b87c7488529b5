import pytest
from django.test import Client
from django.urls import reverse

from provisioning.models import ChangeLogEntry, Group
from tests.factories import GroupFactory, World


@pytest.fixture
def night(world: World) -> Group:
    return GroupFactory.create(contact_center=world.red, name="Night shift", contains="users")


@pytest.fixture
def ann(world: World, client: Client) -> Client:
    client.force_login(world.ann)
    return client


def people(group: Group) -> tuple[list[str], list[str]]:
    members = [one.user.user_name for one in group.members.select_related("user")]
    return members, [one.user.user_name for one in group.supervisors.select_related("user")]


def test_users_and_supervisors_come_and_go(ann: Client, world: World, night: Group) -> None:
    address = reverse("groups-people", args=[night.pk])

    ann.post(address, {"as": "user", "user_name": world.bob.user_name.upper()})
    ann.post(address, {"as": "supervisor", "user_name": world.sue.user_name})

    assert people(night) == ([world.bob.user_name], [world.sue.user_name])
    page = ann.get(reverse("groups-detail", args=[night.pk])).content.decode()
    assert world.bob.full_name in page
    assert world.sue.full_name in page
    entry = ChangeLogEntry.objects.filter(resource="group-users").latest("pk")
    assert (entry.origin, entry.actor_name) == ("page", world.ann.user_name)

    ann.post(address, {"as": "user", "user_name": world.bob.user_name, "remove": ""})
    ann.post(address, {"as": "supervisor", "user_name": world.sue.user_name, "remove": ""})
    assert people(night) == ([], [])


@pytest.mark.parametrize("name", ["nobody@red.example", "", "eve@blue.example"])
def test_who_is_not_there_is_not_let_in(name: str, ann: Client, world: World, night: Group) -> None:
    answer = ann.post(
        reverse("groups-people", args=[night.pk]), {"as": "user", "user_name": name}, follow=True
    )

    assert "There is no user" in answer.content.decode()
    assert people(night) == ([], [])


def test_only_a_supervisor_can_be_one(ann: Client, world: World, night: Group) -> None:
    address = reverse("groups-people", args=[night.pk])

    answer = ann.post(address, {"as": "supervisor", "user_name": world.bob.user_name}, follow=True)

    assert "supervisor" in answer.content.decode()
    assert people(night) == ([], [])


def test_suggestions_are_ones_own_contact_centers(ann: Client, world: World) -> None:
    address = reverse("suggestions")

    assert world.bob.user_name in ann.get(address, {"user_name": "bob"}).content.decode()
    assert "eve" not in ann.get(address, {"user_name": ""}).content.decode()
    supervisors = ann.get(address, {"as": "supervisor", "user_name": ""}).content.decode()
    assert world.sue.user_name in supervisors
    assert world.bob.user_name not in supervisors


def test_nobody_else_changes_a_group(world: World, night: Group, client: Client) -> None:
    address = reverse("groups-people", args=[night.pk])
    for user, status in ((world.sue, 403), (world.bob, 403), (world.eve, 404)):
        client.force_login(user)
        answer = client.post(address, {"as": "user", "user_name": world.bob.user_name})
        assert answer.status_code == status
    assert people(night) == ([], [])
