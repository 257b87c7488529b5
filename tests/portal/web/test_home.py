from django.test import Client
from django.urls import reverse

from provisioning.models import User
from tests.factories import World

PARTS = {
    "contact-center-heading": "is_admin",
    "live-heading": "is_supervisor",
    "agent-heading": "is_agent",
}


def parts_of(client: Client, user: User) -> set[str]:
    client.force_login(user)
    page = client.get(reverse("home")).content.decode()
    return {part for part in PARTS if f'id="{part}"' in page}


def test_each_role_has_its_part_and_several_roles_have_them_together(
    world: World, client: Client
) -> None:
    assert parts_of(client, world.ann) == {"contact-center-heading", "live-heading"}
    assert parts_of(client, world.sue) == {"live-heading"}
    assert parts_of(client, world.bob) == {"agent-heading"}
    assert parts_of(client, world.eve) == set(PARTS)


def test_counts_are_of_ones_own_contact_center(world: World, client: Client) -> None:
    client.force_login(world.eve)

    parts = client.get(reverse("home")).context["parts"]

    counts = {str(one["label"]): one["count"] for part in parts for one in part.get("counts", ())}
    assert counts == {"Users": 1, "Skills": 0, "Devices": 0, "Queues": 0}


def test_a_cloud_admin_is_led_to_django_admin(client: Client, db: None) -> None:
    client.force_login(User.objects.create_superuser("ops@portal.example", "a long password"))

    assert reverse("admin:index") in client.get(reverse("home")).content.decode()
    assert client.get(reverse("users"))["Location"] == reverse("home")


def test_a_user_without_roles_is_told_so(world: World, client: Client) -> None:
    world.bob.is_agent = False
    world.bob.save()
    client.force_login(world.bob)

    answer = client.get(reverse("home"))

    assert "You have no role yet" in answer.content.decode()
