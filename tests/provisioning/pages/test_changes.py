import pytest
from django.test import Client
from django.urls import reverse

from provisioning.change import Change
from provisioning.models import ChangeLogEntry, Skill
from provisioning.services.skills import assign_skill, create_skill, update_skill
from tests.factories import World


@pytest.fixture
def ann(world: World, client: Client) -> Client:
    client.force_login(world.ann)
    return client


def changed_skill(world: World) -> ChangeLogEntry:
    change = Change(actor=world.ann, origin="api", reason="rebranding")
    update_skill(change=change, skill=world.sales, name="Sales EU")
    return ChangeLogEntry.objects.latest("pk")


def test_the_log_says_who_changed_what_and_why(ann: Client, world: World) -> None:
    changed_skill(world)

    page = ann.get(reverse("changes")).content.decode()

    assert "Skill Sales EU" in page
    assert world.ann.user_name in page
    assert "rebranding" in page


def test_it_is_filtered_by_object_and_way(ann: Client, world: World) -> None:
    entry = changed_skill(world)

    found = ann.get(reverse("changes"), {"resource": "skills", "origin": "api"}).context["rows"]
    assert [one.pk for one in found] == [entry.pk]
    assert not ann.get(reverse("changes"), {"resource": "queues"}).context["rows"].object_list


def test_a_change_shows_before_and_after_and_is_reverted_after_a_look(
    ann: Client, world: World
) -> None:
    entry = changed_skill(world)
    address = reverse("change", args=[entry.pk])
    differences = ann.get(address).context["shown"].differences
    assert [(one.name, one.before, one.after) for one in differences] == [
        ("name", "Sales", "Sales EU")
    ]

    asked = ann.get(address, {"revert": "entry"})
    assert asked.context["trial"].changes[0]["after"] == {"name": "Sales"}
    assert Skill.objects.get(pk=world.sales.pk).name == "Sales EU"
    ann.post(address, {"scope": "entry"})

    assert Skill.objects.get(pk=world.sales.pk).name == "Sales"
    assert "Reverted" in ann.get(address).content.decode()


def test_a_whole_request_is_reverted_at_once(ann: Client, world: World) -> None:
    change = Change(actor=world.ann, origin="api")
    welsh = create_skill(change=change, contact_center=world.red, name="Welsh")
    assign_skill(change=change, user=world.bob, skill=welsh, level=3)
    entry = ChangeLogEntry.objects.get(resource="skills", object_id=str(welsh.pk))

    ann.post(reverse("change", args=[entry.pk]), {"scope": "request"})

    assert not Skill.objects.filter(pk=welsh.pk).exists()


def test_what_later_changes_stand_on_says_so_and_stays(ann: Client, world: World) -> None:
    entry = changed_skill(world)
    update_skill(change=Change(actor=None, origin="api"), skill=world.sales, name="Sales US")
    address = reverse("change", args=[entry.pk])

    page = ann.get(address, {"revert": "entry"}).content.decode()
    assert "Later changes stand on this one" in page
    ann.post(address, {"scope": "entry"})

    assert Skill.objects.get(pk=world.sales.pk).name == "Sales US"


def test_only_admins_of_the_contact_center_read_it(world: World, client: Client) -> None:
    entry = changed_skill(world)
    for user, status in ((world.sue, 403), (world.bob, 403), (world.eve, 404)):
        client.force_login(user)
        assert client.get(reverse("change", args=[entry.pk])).status_code == status
        assert client.post(reverse("change", args=[entry.pk])).status_code == status
    assert Skill.objects.get(pk=world.sales.pk).name == "Sales EU"
