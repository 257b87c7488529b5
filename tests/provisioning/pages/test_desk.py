"""What holds for the pages of every kind of object: walls, roles, forms, conflicts, deletion."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.events.models import EventRecord
from provisioning.models import AgentState, ChangeLogEntry, Device, Queue, Skill
from provisioning.pages.urls import DESKS
from tests.factories import ContactFactory, DeviceFactory, GroupFactory, PlaceFactory, World

DESK_NAMES = [desk.name for desk in DESKS]
BY_NAME = {desk.name: desk for desk in DESKS}
NO_SKILLS = {"skills-TOTAL_FORMS": "0", "skills-INITIAL_FORMS": "0"}


@pytest.fixture
def ann(world: World, client: Client) -> Client:
    client.force_login(world.ann)
    return client


def first_object(name: str, world: World) -> Any:
    if name == "places":
        return PlaceFactory.create(contact_center=world.red)
    if name == "groups":
        return GroupFactory.create(contact_center=world.red, contains="users")
    if name == "contacts":
        return ContactFactory.create(contact_center=world.red)
    if name == "agent-states":
        return _lunch(world)
    return BY_NAME[name].objects(world.ann).order_by("pk").first()


def _lunch(world: World) -> AgentState:
    return AgentState.objects.create(
        contact_center=world.red,
        guid="11111111-1111-1111-1111-111111111111",
        operation_name="Lunch",
        display_name="Lunch",
        state="NotReady",
    )


def values_for(name: str, world: World) -> dict[str, str]:
    """A valid new object of the kind, as the form sends it."""
    environment = Device.objects.visible_to(world.ann).first().voice_environment_id
    return {
        "skills": {"name": "Welsh", "description": "Cymraeg"},
        "devices": {
            "phone_number": "5099",
            "voice_environment_id": str(environment),
            "telephony_network": "Private",
        },
        "queues": {
            "name": "Refunds",
            "routing_template_id": "00_RouteToSpecDestination",
            "routing": "{}",
            **NO_SKILLS,
        },
        "groups": {"name": "Night shift"},
        "places": {"name": "Desk 9"},
        "agent-states": {
            "display_name": "Training",
            "operation_name": "Training",
            "state": "NotReady",
            "work_mode": "AuxWork",
            "reason": "training",
        },
        "contacts": {"name": "Acme", "phone_number": "+1 508 555 0100"},
    }[name]


@pytest.mark.parametrize("name", DESK_NAMES)
def test_an_admin_creates_reads_and_deletes(name: str, ann: Client, world: World) -> None:
    known = set(BY_NAME[name].objects(world.ann).values_list("pk", flat=True))

    answer = ann.post(reverse(f"{name}-new"), values_for(name, world))

    assert answer["Location"] == reverse(name), answer.context and answer.context["form"].errors
    [pk] = set(BY_NAME[name].objects(world.ann).values_list("pk", flat=True)) - known
    page = ann.get(reverse(f"{name}-detail", args=[pk])).content.decode()
    assert world.ann.user_name in page
    assert "Edit" in page
    made = BY_NAME[name].objects(world.ann).get(pk=pk)
    entry = ChangeLogEntry.objects.get(
        resource=BY_NAME[name].resource,
        action="created",
        object_id=BY_NAME[name].object_id(made),
    )
    assert (entry.origin, entry.actor_name) == ("page", world.ann.user_name)

    asked = ann.get(reverse(f"{name}-delete", args=[pk]))
    assert asked.context["trial"].refusal == ""
    assert BY_NAME[name].objects(world.ann).filter(pk=pk).exists()
    ann.post(reverse(f"{name}-delete", args=[pk]))
    assert not BY_NAME[name].objects(world.ann).filter(pk=pk).exists()


@pytest.mark.parametrize("name", DESK_NAMES)
def test_an_edit_keeps_what_is_not_changed(name: str, ann: Client, world: World) -> None:
    obj = first_object(name, world)
    before = BY_NAME[name].initial(obj)
    page = ann.get(reverse(f"{name}-edit", args=[obj.pk]))
    form = page.context["form"]
    shown = {
        field.html_name: "" if field.value() is None else field.value()
        for field in form
        if field.field.widget.__class__.__name__ != "CheckboxInput"
    }
    for row in getattr(form, "skills", []):
        shown |= {one.html_name: one.value() or "" for one in row}
    if hasattr(form, "skills"):
        shown |= {"skills-TOTAL_FORMS": len(form.skills.forms), "skills-INITIAL_FORMS": 0}
    shown = {key: getattr(value, "pk", value) for key, value in shown.items()}

    answer = ann.post(reverse(f"{name}-edit", args=[obj.pk]), shown)

    assert answer.status_code == 302, answer.context["form"].errors
    assert BY_NAME[name].initial(BY_NAME[name].objects(world.ann).get(pk=obj.pk)) == before


@pytest.mark.parametrize("name", DESK_NAMES)
@pytest.mark.parametrize("action", ["detail", "edit", "delete"])
def test_another_contact_centers_object_is_not_there(
    name: str, action: str, world: World, client: Client
) -> None:
    obj = first_object(name, world)
    client.force_login(world.eve)
    count = EventRecord.objects.count()

    address = reverse(f"{name}-{action}", args=[obj.pk])
    assert client.get(address).status_code == 404
    assert client.post(address, values_for(name, world)).status_code in {404, 405}
    assert client.get(reverse(f"{name}-new"), {"from": str(obj.pk)}).status_code == 404

    assert EventRecord.objects.count() == count
    assert BY_NAME[name].objects(world.ann).filter(pk=obj.pk).exists()


@pytest.mark.parametrize("name", DESK_NAMES)
def test_only_admins_write(name: str, world: World, client: Client) -> None:
    obj = first_object(name, world)
    count = EventRecord.objects.count()
    for user in (world.sue, world.bob):
        client.force_login(user)
        for action, arguments in (("new", []), ("edit", [obj.pk]), ("delete", [obj.pk])):
            address = reverse(f"{name}-{action}", args=arguments)
            assert client.get(address).status_code == 403
            assert client.post(address, values_for(name, world)).status_code == 403
    assert EventRecord.objects.count() == count


@pytest.mark.parametrize("name", DESK_NAMES)
def test_an_empty_form_says_what_is_missing_and_makes_nothing(
    name: str, ann: Client, world: World
) -> None:
    count = EventRecord.objects.count()
    empty = {key: value for key, value in values_for(name, world).items() if key in NO_SKILLS}

    answer = ann.post(reverse(f"{name}-new"), empty)

    assert answer.status_code == 200
    assert "This field is required." in answer.content.decode()
    assert EventRecord.objects.count() == count


def test_a_clone_begins_with_the_originals_values(ann: Client, world: World) -> None:
    page = ann.get(reverse("skills-new"), {"from": str(world.sales.pk)})

    assert page.context["form"]["name"].value() == world.sales.name
    assert ann.get(reverse("skills-new"), {"from": "nonsense"}).status_code == 200


def test_who_saves_over_another_ones_change_is_told_and_decides(ann: Client, world: World) -> None:
    address = reverse("skills-edit", args=[world.sales.pk])
    opened = ann.get(address).context["form"]["version"].value()
    ann.post(address, {"name": "Sales EU", "description": "", "version": opened})

    refused = ann.post(address, {"name": "Sales US", "description": "", "version": opened})

    assert refused.status_code == 200
    page = refused.content.decode()
    assert "Somebody changed this while you did" in page
    assert "Saved by somebody else meanwhile: Sales EU" in page
    assert Skill.objects.get(pk=world.sales.pk).name == "Sales EU"
    again = refused.context["form"]["version"].value()
    ann.post(address, {"name": "Sales US", "description": "", "version": again})
    assert Skill.objects.get(pk=world.sales.pk).name == "Sales US"


def test_a_name_that_is_taken_stands_beside_its_field(ann: Client, world: World) -> None:
    answer = ann.post(reverse("skills-new"), {"name": world.sales.name})

    assert "already exists" in answer.context["form"].errors["name"][0]
    assert Skill.objects.filter(name=world.sales.name).count() == 1


def test_a_deletion_that_would_be_refused_says_why_before(ann: Client, world: World) -> None:
    assert Queue.objects.filter(queue_skills__skill=world.sales).exists()
    address = reverse("skills-delete", args=[world.sales.pk])

    assert "is required by" in ann.get(address).content.decode()
    answer = ann.post(address, follow=True)

    assert "is required by" in answer.content.decode()
    assert Skill.objects.filter(pk=world.sales.pk).exists()


def test_a_device_changes_hands_as_one_request(ann: Client, world: World) -> None:
    device = DeviceFactory.create(contact_center=world.red, user=world.bob)
    page = ann.get(reverse("devices-edit", args=[device.pk]))
    values = {
        "user": str(world.sue.pk),
        "voice_environment_id": str(device.voice_environment_id),
        "telephony_network": "Private",
        "description": "window seat",
        "version": page.context["form"]["version"].value(),
    }

    ann.post(reverse("devices-edit", args=[device.pk]), values)

    device.refresh_from_db()
    assert (device.user, device.description) == (world.sue, "window seat")
    requests = ChangeLogEntry.objects.filter(object_id=str(device.pk)).values_list("request_id")
    assert len(set(requests)) == 1


def test_a_system_agent_state_cannot_be_changed(ann: Client, world: World) -> None:
    ready = AgentState.objects.get(contact_center=world.red, operation_name="Ready")

    assert "Edit" not in ann.get(reverse("agent-states-detail", args=[ready.pk])).content.decode()
    ann.post(reverse("agent-states-delete", args=[ready.pk]))
    assert AgentState.objects.filter(pk=ready.pk).exists()
