import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from portal.events.models import EventRecord
from provisioning.models import ContactCenter, Device, Queue, Skill, User
from tests.factories import World


@pytest.fixture
def ops(world: World, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ops@portal.example", "a long password"))
    return client


def page(model: type, name: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def test_every_list_and_form_opens(ops: Client, world: World) -> None:
    for model, model_admin in admin.site._registry.items():
        assert ops.get(page(model, "changelist")).status_code == 200, model
        for one in model._default_manager.all()[:1]:
            assert ops.get(page(model, "change", one.pk)).status_code == 200, model
        may_add = model_admin.has_add_permission(ops.get("/admin/").wsgi_request)
        assert ops.get(page(model, "add")).status_code == (200 if may_add else 403), model


def test_only_staff_come_in(world: World, client: Client) -> None:
    for user in (world.ann, world.sue, world.bob):
        client.force_login(user)
        assert client.get("/admin/").status_code == 302


def test_writes_go_through_the_services(ops: Client, world: World) -> None:
    ops.post(
        page(Skill, "add"), {"contact_center": str(world.red.pk), "name": "Chat", "description": ""}
    )
    chat = Skill.objects.get(name="Chat")
    ops.post(page(Skill, "change", chat.pk), {"name": "Chats", "description": ""})
    ops.post(page(Skill, "delete", chat.pk), {"post": "yes"})

    written = EventRecord.objects.filter(payload__origin="admin").order_by("id")
    assert [one.payload["action"] for one in written] == ["created", "updated", "deleted"]


def test_a_refusal_comes_back_in_the_form_with_what_was_typed(ops: Client, world: World) -> None:
    answer = ops.post(
        page(Skill, "add"),
        {"contact_center": str(world.red.pk), "name": "Sales", "description": "typed"},
    )

    assert answer.status_code == 200
    assert "already exists" in answer.content.decode()
    assert "typed" in answer.content.decode()
    assert Skill.objects.filter(name="Sales").count() == 1
    assert not EventRecord.objects.filter(payload__origin="admin").exists()


def test_a_refused_deletion_says_why(ops: Client, world: World) -> None:
    answer = ops.post(page(Skill, "delete", world.sales.pk), {"post": "yes"}, follow=True)

    assert "Cannot delete skill" in answer.content.decode()
    assert Skill.objects.filter(pk=world.sales.pk).exists()


def test_users_devices_queues_and_contact_centers_are_created(ops: Client, world: World) -> None:
    red = str(world.red.pk)
    inlines = {
        f"{prefix}-{name}_FORMS": "0"
        for prefix in ("user_skills", "devices", "queue_skills", "features")
        for name in ("TOTAL", "INITIAL")
    }

    ops.post(
        page(User, "add"),
        {
            **inlines,
            "contact_center": red,
            "user_name": "new@red.example",
            "new_password": "a long password",
            "is_agent": "on",
            "is_active": "on",
        },
    )
    new = User.objects.get(user_name="new@red.example")
    ops.post(
        page(Device, "add"),
        {
            "contact_center": red,
            "number": "5099",
            "user": str(new.pk),
            "telephony_network": "Private",
        },
    )
    ops.post(
        page(Queue, "add"), {**inlines, "contact_center": red, "name": "Night", "channel": "voice"}
    )
    ops.post(
        page(ContactCenter, "add"),
        {"name": "Green", "domain": "green.example", "country": "US", "time_zone": "UTC"},
    )

    assert new.roles == ["ROLE_AGENT"]
    assert new.check_password("a long password")
    assert new.devices.get().phone_number.number == "5099"
    assert Queue.objects.get(name="Night").is_internal
    assert ContactCenter.objects.filter(name="Green").exists()


def test_staff_who_are_no_cloud_admins_cannot_raise_themselves(
    world: World, client: Client
) -> None:
    world.ann.is_staff = True
    world.ann.save()
    world.ann.user_permissions.set(
        permission
        for permission in world.ann.user_permissions.model.objects.filter(
            content_type__app_label="provisioning"
        )
    )
    client.force_login(world.ann)
    url = page(User, "change", world.ann.pk)

    client.post(url, {"is_superuser": "on", "is_staff": "on", "is_admin": "on", "is_active": "on"})

    assert not User.objects.get(pk=world.ann.pk).is_superuser
