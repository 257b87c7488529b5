from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.events.models import EventRecord
from provisioning.models import User
from tests.factories import SkillFactory, World

NEW = "/provisioning/users/new/"
LIST = "/provisioning/users/"


@pytest.fixture
def ann(world: World, client: Client) -> Client:
    client.force_login(world.ann)
    return client


def filled_in(**changes: Any) -> dict[str, Any]:
    return {
        "first_name": "Zoe",
        "last_name": "Ward",
        "user_name": "zoe@red.example",
        "roles": ["ROLE_AGENT"],
        "password": "a long password",
        "skills-TOTAL_FORMS": "0",
        "skills-INITIAL_FORMS": "0",
        **changes,
    }


def with_skill(skill: Any, level: int, *, row: int = 0) -> dict[str, Any]:
    return {
        "skills-TOTAL_FORMS": str(row + 1),
        f"skills-{row}-skill": str(skill.pk),
        f"skills-{row}-level": str(level),
    }


def snapshot() -> tuple[Any, ...]:
    return (sorted(User.objects.values_list()), EventRecord.objects.count())


def test_a_user_is_created_with_skills_and_a_number(ann: Client, world: World) -> None:
    answer = ann.post(NEW, filled_in(phone_number="5077", **with_skill(world.sales, 7)))

    assert answer["Location"] == LIST
    zoe = User.objects.get(user_name="zoe@red.example")
    assert zoe.contact_center == world.red
    assert zoe.roles == ["ROLE_AGENT"]
    assert zoe.check_password("a long password")
    assert [(one.skill, one.level) for one in zoe.user_skills.all()] == [(world.sales, 7)]
    assert [str(device) for device in zoe.devices.all()] == ["5077"]
    assert "Zoe Ward has been created." in ann.get(LIST).content.decode()
    record = EventRecord.objects.get(payload__object_id=str(zoe.pk))
    assert (record.payload["action"], record.payload["origin"]) == ("created", "page")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first_name": ""}, "first_name"),
        ({"user_name": "no address"}, "user_name"),
        ({"user_name": "BOB@red.example"}, "user_name"),
        ({"user_name": "eve@blue.example"}, "user_name"),
        ({"password": "short"}, "password"),
        ({"roles": []}, "roles"),
        ({"phone_number": "abc"}, "phone_number"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(
    ann: Client, changes: dict[str, Any], field: str
) -> None:
    before = snapshot()

    answer = ann.post(NEW, filled_in(employee_id="E-17", **changes))

    form = answer.context["form"]
    page = answer.content.decode()
    assert list(form.errors) == [field]
    assert f'id="id_{field}_error"' in page
    assert "autofocus" in page
    assert 'value="E-17"' in page
    assert snapshot() == before


def test_a_taken_number_is_refused_beside_the_number(ann: Client, world: World) -> None:
    number = world.bobs_phone.phone_number.number

    answer = ann.post(NEW, filled_in(phone_number=number))

    assert list(answer.context["form"].errors) == ["phone_number"]
    assert not User.objects.filter(user_name="zoe@red.example").exists()


def test_a_skill_twice_is_refused_in_its_row(ann: Client, world: World) -> None:
    rows = {**with_skill(world.sales, 1), **with_skill(world.sales, 2, row=1)}

    answer = ann.post(NEW, filled_in(**rows))

    assert answer.context["form"].skills.forms[1].errors == {
        "skill": ["This skill is listed twice."]
    }


def edited(user: User, **changes: Any) -> dict[str, Any]:
    return {
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email_address": user.email_address,
        "roles": user.roles,
        "skills-TOTAL_FORMS": "0",
        "skills-INITIAL_FORMS": "0",
        **changes,
    }


def test_editing_saves_all_as_one_request(ann: Client, world: World) -> None:
    support = SkillFactory.create(contact_center=world.red, name="Support")
    url = reverse("user", kwargs={"pk": world.bob.pk})

    answer = ann.post(
        url,
        edited(
            world.bob,
            first_name="Robert",
            release_devices=[str(world.bobs_phone.pk)],
            phone_number="5088",
            **with_skill(support, 3),
        ),
    )

    assert answer["Location"] == LIST
    bob = User.objects.get(pk=world.bob.pk)
    assert bob.first_name == "Robert"
    assert bob.check_password("password")
    assert [one.skill.name for one in bob.user_skills.all()] == ["Support"]
    assert [str(device) for device in bob.devices.all()] == ["5088"]
    written = EventRecord.objects.filter(payload__origin="page")
    assert len({record.payload["request_id"] for record in written}) == 1


def test_a_refused_edit_saves_nothing_of_it(ann: Client, world: World) -> None:
    before = snapshot()

    answer = ann.post(
        reverse("user", kwargs={"pk": world.bob.pk}),
        edited(world.bob, first_name="Robert", phone_number="not a number"),
    )

    assert list(answer.context["form"].errors) == ["phone_number"]
    assert 'value="Robert"' in answer.content.decode()
    assert snapshot() == before
    assert world.bob.user_skills.count() == 1


def test_a_user_is_disabled_and_enabled(ann: Client, world: World) -> None:
    url = reverse("user-enabled", kwargs={"pk": world.bob.pk})

    ann.post(url, {"enabled": "false"})
    assert not User.objects.get(pk=world.bob.pk).is_active

    ann.post(url, {"enabled": "true"})
    assert User.objects.get(pk=world.bob.pk).is_active


def test_nobody_disables_or_deletes_himself(ann: Client, world: World) -> None:
    before = snapshot()

    ann.post(reverse("user-enabled", kwargs={"pk": world.ann.pk}), {"enabled": "false"})
    ann.post(reverse("user-delete", kwargs={"pk": world.ann.pk}))

    assert snapshot() == before


def test_deleting_asks_first_and_tells_the_consequences(ann: Client, world: World) -> None:
    url = reverse("user-delete", kwargs={"pk": world.bob.pk})

    assert "1 device stays" in ann.get(url).content.decode()
    assert User.objects.filter(pk=world.bob.pk).exists()

    ann.post(url)
    assert not User.objects.filter(pk=world.bob.pk).exists()
    world.bobs_phone.refresh_from_db()
    assert world.bobs_phone.user is None


WRITES = ["user", "user-enabled", "user-delete"]


@pytest.mark.parametrize("name", WRITES)
def test_another_contact_centers_user_is_not_found_and_unchanged(
    name: str, world: World, client: Client
) -> None:
    client.force_login(world.eve)
    before = snapshot()

    answer = client.post(
        reverse(name, kwargs={"pk": world.bob.pk}), edited(world.bob, first_name="Stolen")
    )

    assert answer.status_code == 404
    assert snapshot() == before


@pytest.mark.parametrize("name", WRITES)
def test_only_admins_write(name: str, world: World, client: Client) -> None:
    for user in (world.sue, world.bob):
        client.force_login(user)
        before = snapshot()
        url = reverse(name, kwargs={"pk": world.bob.pk})
        assert client.post(url, edited(world.bob, first_name="X")).status_code == 403
        assert client.post(NEW, filled_in()).status_code == 403
        assert snapshot() == before


def test_supervisors_read_a_user_without_a_form(world: World, client: Client) -> None:
    client.force_login(world.sue)

    page = client.get(reverse("user", kwargs={"pk": world.bob.pk})).content.decode()

    assert "Sales" in page
    assert "id_first_name" not in page
    assert reverse("user-new") not in client.get(LIST).content.decode()
