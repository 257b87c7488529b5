from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from provisioning.pages.urls import DESKS
from tests.factories import DeviceFactory, UserFactory, UserSkillFactory, World

LIST = "/provisioning/users/"


@pytest.fixture
def ann(world: World, client: Client) -> Client:
    client.force_login(world.ann)
    return client


def names(client: Client, **query: str) -> list[str]:
    return [row.first_name for row in client.get(LIST, query).context["rows"]]


def test_it_shows_ones_own_contact_center(ann: Client) -> None:
    assert sorted(names(ann)) == ["Ann", "Bob", "Sue"]


def test_it_is_sorted_by_any_column_up_and_down(ann: Client) -> None:
    assert names(ann) == ["Ann", "Bob", "Sue"]
    assert names(ann, sort="-user_name") == ["Sue", "Bob", "Ann"]
    assert names(ann, sort="password") == ["Ann", "Bob", "Sue"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "bob"}, ["Bob"]),
        ({"q": "BOB agent"}, ["Bob"]),
        ({"q": "bob admin"}, []),
        ({"q": "sue@red"}, ["Sue"]),
        ({"role": "ROLE_SUPERVISOR"}, ["Sue"]),
        ({"enabled": "false"}, []),
        ({"enabled": "true", "q": "a"}, ["Ann", "Bob", "Sue"]),
        ({"role": "nonsense"}, ["Ann", "Bob", "Sue"]),
    ],
)
def test_search_and_filters_narrow_it(ann: Client, query: dict[str, str], found: list[str]) -> None:
    assert sorted(names(ann, **query)) == found


def test_it_finds_people_by_number_and_by_skill(ann: Client, world: World) -> None:
    assert names(ann, q=world.bobs_phone.phone_number.digits) == ["Bob"]
    assert names(ann, skill=str(world.sales.pk)) == ["Bob"]


def test_another_contact_centers_skill_is_no_filter(ann: Client, world: World) -> None:
    foreign = UserSkillFactory.create(user=world.eve).skill

    assert sorted(names(ann, skill=str(foreign.pk))) == ["Ann", "Bob", "Sue"]


def test_pages_keep_the_query_and_never_overlap(ann: Client, world: World) -> None:
    for _ in range(60):
        UserFactory.create(contact_center=world.red, first_name="Same", last_name="Name")

    chunks = [
        [row.pk for row in ann.get(LIST, {"q": "same", "page": page}).context["rows"]]
        for page in ("1", "2", "3", "99")
    ]
    page = ann.get(LIST, {"q": "same", "page": "2"}).content.decode()

    assert [len(chunk) for chunk in chunks] == [25, 25, 10, 10]
    assert len({pk for chunk in chunks for pk in chunk}) == 60
    assert "?q=same&amp;page=3" in page
    assert "60 entries" in page


def test_empty_and_nothing_matching_say_different_things(ann: Client) -> None:
    assert "Nothing matches" in ann.get(LIST, {"q": "nobody"}).content.decode()
    assert "No skills yet" not in ann.get(reverse("skills")).content.decode()


def test_a_partial_request_gets_the_results_and_a_short_address(ann: Client) -> None:
    answer = ann.get(
        LIST,
        {"q": "bob", "role": "", "sort": "name", "size": "25"},
        HTTP_HX_REQUEST="true",
        HTTP_HX_TARGET="div#list",
    )

    assert answer.content.decode().lstrip().startswith('<div id="list">')
    assert answer["HX-Push-Url"] == f"{LIST}?q=bob"
    assert "HX-Request" in answer["Vary"]


@pytest.mark.parametrize("name", ["users", "changes", *(desk.name for desk in DESKS)])
def test_more_rows_cost_no_more_queries(
    name: str, ann: Client, world: World, assert_constant_queries: Callable[..., Any]
) -> None:
    def add_rows() -> None:
        for _ in range(5):
            user = UserFactory.create(contact_center=world.red)
            UserSkillFactory.create(user=user)
            DeviceFactory.create(contact_center=world.red, user=user)

    assert_constant_queries(lambda: ann.get(reverse(name)), add_rows=add_rows)
