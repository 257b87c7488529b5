from django.test import Client
from django.urls import reverse

from portal.web.navigation import NAVIGATION
from provisioning.models import AssignedFeature, User
from tests.factories import World

ITEMS = [item for section in NAVIGATION for item in section.items]


def shown_urls(client: Client, user: User) -> set[str]:
    client.force_login(user)
    sections = client.get(reverse("home")).context["navigation_sections"]
    return {item["url"] for section in sections for item in section["items"]}


def test_the_side_bar_shows_what_opens_and_nothing_else(world: World, client: Client) -> None:
    for user in (world.ann, world.sue, world.bob):
        shown = shown_urls(client, user)
        for item in ITEMS:
            url = reverse(item.url_name)
            opens = client.get(url).status_code == 200
            assert opens == (url in shown), (user.user_name, url)


def test_pages_of_a_feature_that_is_taken_away_do_not_exist(world: World, client: Client) -> None:
    AssignedFeature.objects.filter(contact_center=world.red, feature_id__startswith="ui-").delete()

    always = {
        reverse(name) for name in ("home", "calls", "devices", "groups", "places", "contacts")
    }
    assert shown_urls(client, world.sue) == always
    assert client.get(reverse("users")).status_code == 404
    assert client.get(reverse("wallboard")).status_code == 404

    # Admins provision with or without the supervisors' pages.
    assert reverse("users") in shown_urls(client, world.ann)


def test_an_agent_is_refused_what_is_not_his(world: World, client: Client) -> None:
    assert shown_urls(client, world.bob) == {reverse("home")}

    answer = client.get(reverse("users"))

    assert answer.status_code == 403
    assert "not for your role" in answer.content.decode()


def test_the_current_page_is_marked(world: World, client: Client) -> None:
    client.force_login(world.ann)

    page = client.get(reverse("user-new")).content.decode()

    assert page.count('aria-current="page"') == 2  # In the side bar and in the breadcrumbs.
