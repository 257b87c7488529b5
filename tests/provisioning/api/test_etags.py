"""Optimistic locking: what is read alone has an ETag, and a write names the one it has read.

Whoever changed it meanwhile wins: 412 with statusCode 2, and nothing changed (issue, "Ours").
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from provisioning.models import AgentState, ChangeLogEntry, PlannedSkill
from tests.factories import (
    ContactFactory,
    DispositionFactory,
    GroupFactory,
    GroupMemberFactory,
    PhoneNumberFactory,
    PlaceFactory,
    SettingFactory,
    SettingsGroupFactory,
)

pytestmark = pytest.mark.django_db

API = "/api/v2"


@dataclass(frozen=True)
class Written:
    """An address, and the writes that it takes; the first of them changes what is read."""

    address: Callable[[Any], str]
    writes: tuple[tuple[str, dict[str, Any] | None], ...]
    make: Callable[[Any], Any] = lambda world: None


def user(world) -> str:
    return f"{API}/users/{world.bob.pk.hex}"


def only(model_factory: Any, collection: str, **more: Any) -> Callable[[Any], str]:
    """The address of an object that is made for the test."""

    def address(world) -> str:
        found = model_factory.create(contact_center=world.red, **more)
        key = found.pk.hex if collection == "contacts" else found.pk
        return f"{API}/{collection}/{key}"

    return address


def disposition(world) -> str:
    group = GroupFactory.create(contact_center=world.red)
    one = DispositionFactory.create(group=group)
    return f"{API}/groups/{group.pk}/dispositions/{one.pk}"


def member(world) -> str:
    group = GroupFactory.create(contact_center=world.red, contains="users")
    GroupMemberFactory.create(group=group, user=world.bob)
    return f"{API}/groups/{group.pk}/users/{world.bob.pk.hex}"


def plan(world) -> str:
    later = timezone.now() + timedelta(hours=1)
    found = PlannedSkill.objects.create(
        user=world.bob, skill=world.sales, level=3, valid_from=later, due_at=later
    )
    return f"{API}/planned-skills/{found.pk}"


def voice(world) -> str:
    SettingFactory.create(contact_center=world.red, key="dispositionKey", value={"value": "a"})
    return f"{API}/settings/voice"


def custom(world) -> str:
    group = SettingsGroupFactory.create(contact_center=world.red)
    SettingFactory.create(contact_center=world.red, group=group.name, key="a")
    return f"{API}/settings/{group.name}"


def states(world) -> str:
    AgentState.objects.create(
        contact_center=world.red, guid="g", operation_name="a", display_name="a", state="NotReady"
    )
    return f"{API}/settings/agent-states"


VALUE = {"name": "dispositionKey", "value": "b"}
NAMED = {"name": "a", "value": "b"}
RESOURCES = {
    "users": Written(
        user, (("PUT", {"lastName": "x"}), ("POST", {"lastName": "y"}), ("DELETE", None))
    ),
    "skills": Written(
        lambda world: f"{API}/skills/{world.sales.pk}", (("PUT", {"name": "x"}), ("DELETE", None))
    ),
    "devices": Written(
        lambda world: f"{API}/devices/{world.bobs_phone.pk}",
        (("PUT", {"model": "x"}), ("DELETE", None)),
    ),
    "queues": Written(
        lambda world: f"{API}/queues/{world.sales_queue.pk}",
        (("PUT", {"description": "x"}), ("DELETE", None)),
    ),
    "places": Written(only(PlaceFactory, "places"), (("PUT", {"name": "x"}), ("DELETE", None))),
    "phone numbers": Written(only(PhoneNumberFactory, "phone-numbers"), (("DELETE", None),)),
    "planned skills": Written(plan, (("DELETE", None),)),
    "a user's planned skills": Written(
        lambda world: plan(world).replace("/planned", f"/users/{world.bob.pk.hex}/planned"),
        (("DELETE", None),),
    ),
    "oneself": Written(lambda world: f"{API}/me", (("PUT", {"lastName": "x"}),)),
    "groups": Written(only(GroupFactory, "groups"), (("PUT", {"name": "x"}), ("DELETE", None))),
    "contacts": Written(
        only(ContactFactory, "contacts"), (("PUT", {"name": "x"}), ("DELETE", None))
    ),
    "contact center": Written(lambda world: f"{API}/contact-center", (("PUT", {"name": "x"}),)),
    "a user's skills": Written(
        lambda world: f"{user(world)}/skills/{world.sales.pk}",
        (("PUT", {"level": 9}), ("DELETE", None)),
    ),
    "a user's devices": Written(
        lambda world: f"{user(world)}/devices/{world.bobs_phone.pk}", (("DELETE", None),)
    ),
    "dispositions": Written(disposition, (("PUT", {"displayName": "x"}), ("DELETE", None))),
    "a group's users": Written(member, (("DELETE", None),)),
    "voice settings": Written(
        voice,
        (
            ("PUT", VALUE),
            ("POST", {"name": "outboundCallerId", "value": "18883695555"}),
            ("DELETE", {"name": "dispositionKey"}),
        ),
    ),
    "custom settings": Written(
        custom,
        (
            ("PUT", NAMED),
            ("POST", {"name": "c"}),
            ("DELETE", {"name": "a"}),
            ("DELETE", None),
        ),
    ),
    "agent states": Written(states, (("PUT", {"operationName": "a", "displayName": "x"}),)),
    "a user's settings": Written(
        lambda world: voice(world).replace("/settings", f"/users/{world.bob.pk.hex}/settings"),
        (("PUT", VALUE), ("DELETE", {"name": "dispositionKey"})),
    ),
    "reporting": Written(
        lambda world: f"{API}/settings/reporting",
        (("PUT", {"name": "defaultServiceLevelInterval", "value": "30"}),),
    ),
    "call recording": Written(
        lambda world: f"{API}/queues/{world.sales_queue.pk}/settings/call-recording",
        (("PUT", {"percentage": 75}),),
    ),
}


@pytest.fixture
def ann(api, world):
    return api.by(world.ann)


def send(client, address, write, etag: str):
    method, body = write
    return getattr(client, method.lower())(address, body, headers={"If-Match": etag})


@pytest.mark.parametrize("name", RESOURCES)
class TestEverySingleResource:
    def test_a_stale_writer_is_refused_and_changes_nothing(self, ann, world, name):
        written = RESOURCES[name]
        address = written.address(world)
        stale = ann.get(address)
        assert stale.headers["ETag"], address
        first, *_ = written.writes
        count = ChangeLogEntry.objects.count()

        for write in written.writes:
            answer = send(ann, address, write, '"0"')

            assert (answer.status_code, answer.body["statusCode"]) == (412, 2), write
        assert ann.get(address).body == stale.body
        assert ann.get(address).headers["ETag"] == stale.headers["ETag"]
        assert ChangeLogEntry.objects.count() == count
        assert send(ann, address, first, stale.headers["ETag"]).body["statusCode"] == 0

    def test_each_change_makes_another_etag(self, ann, world, name):
        written = RESOURCES[name]
        address = written.address(world)
        first = written.writes[0]
        before = ann.get(address).headers["ETag"]

        assert send(ann, address, first, f'"0", {before}').body["statusCode"] == 0

        after = ann.get(address)
        if first[0] == "DELETE":
            assert after.status_code == 404
            return
        assert after.headers["ETag"] != before
        assert send(ann, address, first, before).status_code == 412
        assert send(ann, address, first, "*").body["statusCode"] == 0


def test_an_operation_is_refused_too(ann, world):
    body = {"operationName": "ResetPassword", "newPassword": "bmV3LXBhc3N3b3Jk"}
    before = world.bob.password

    answer = send(ann, user(world), ("POST", body), '"0"')

    assert (answer.status_code, answer.body["statusCode"]) == (412, 2)
    world.bob.refresh_from_db()
    assert world.bob.password == before


def test_what_changes_by_itself_changes_no_etag(api, world):
    made = api.by(world.bob).post("/api/v2/me/tokens", {"name": "wallboard"}).body
    address = f"{API}/tokens/{made['id']}"
    before = api.by(world.bob).get(address).headers["ETag"]

    bearer = {"Authorization": f"Bearer {made['token']}"}
    read = api.get(address, headers=bearer)

    assert "lastUsedAt" in read.body["token"]
    assert read.headers["ETag"] == before
