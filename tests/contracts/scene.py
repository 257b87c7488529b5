"""Two contact centers with something at every address of the API, for tests that walk them all."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from notifications.services.webhooks import create_webhook, send_ping
from provisioning.change import Change
from provisioning.models import ChangeLogEntry, ContactCenter, Service, User, VoiceEnvironment
from provisioning.services.planned_skills import assign_skill_for
from provisioning.services.tokens import create_token
from supervision.exports.working import make_export
from supervision.models import Export
from supervision.services.exports import start_export
from telephony.models import Leg, MonitoringSession
from tests.factories import (
    PASSWORD,
    ContactCenterFactory,
    ContactFactory,
    DispositionFactory,
    GroupFactory,
    GroupMemberFactory,
    GroupSupervisorFactory,
    PhoneNumberFactory,
    PlaceFactory,
    SkillFactory,
)
from tests.telephony.factories import call_in, go_ready, make_agent, make_queue

# What is not named by the segment before it: what stands above it, and the whole address.
_GROUP = "/api/v2/groups/{parent_id}"
SPECIAL = {
    ("groups", f"{_GROUP}/users"): "groups of users",
    ("groups", f"{_GROUP}/users/{{object_id}}"): "groups of users",
    ("groups", f"{_GROUP}/supervisors"): "groups of users",
    ("groups", f"{_GROUP}/supervisors/{{object_id}}"): "groups of users",
    ("groups/{parent_id}/groups", f"{_GROUP}/groups/{{object_id}}"): "groups below",
}


@dataclass(frozen=True)
class Things:
    """What one contact center has at every address: of its owner, and of a colleague."""

    owner: User
    common: dict[str, Any]
    owners: dict[str, Any]
    colleagues: dict[str, Any]

    def at(self, address: str) -> str:
        """The address with ids: below /me the owner's, below /users the colleague's."""
        own = self.colleagues if address.startswith("/api/v2/users/") else self.owners
        known = self.common | own if address.startswith("/api/v2/me/") else own | self.common
        segments = address.split("/")
        for number, segment in enumerate(segments):
            if segment.startswith("{"):
                above = "/".join(address.split("/")[3:number])
                segments[number] = str(known[SPECIAL.get((above, address), segments[number - 1])])
        return "/".join(segments)


def things_of(centre: ContactCenter) -> Things:
    skill = SkillFactory.create(contact_center=centre)
    queue = make_queue(centre, {skill: 1})
    owner, owners = _somebody(centre, skill)
    place = PlaceFactory.create(contact_center=centre)
    owner.default_place = place
    owner.save()
    go_ready(owner)
    call_in(queue)
    colleague, colleagues = _somebody(centre, skill)
    group = GroupFactory.create(contact_center=centre)
    users = GroupFactory.create(contact_center=centre, contains="users")
    for member in (owner, colleague):
        GroupMemberFactory.create(user=member, group=users)
    GroupSupervisorFactory.create(user=colleague, group=users)
    common = {
        "users": colleague.pk.hex,
        "supervisors": colleague.pk.hex,
        "skills": skill.pk,
        "phone-numbers": PhoneNumberFactory.create(contact_center=centre).pk,
        "voice-environments": VoiceEnvironment.objects.get(contact_center=centre).pk,
        "places": place.pk,
        "queues": queue.pk,
        "stats": queue.pk,
        "exports": _export(owner).pk,
        str(queue.pk): "Total_Answered",
        "contacts": ContactFactory.create(contact_center=centre).pk.hex,
        "features": "api-voice",
        "services": Service.objects.filter(contact_center=centre)[0].pk,
        "change-log": ChangeLogEntry.objects.filter(contact_center=centre)[0].pk,
        "groups": group.pk,
        "groups of users": users.pk,
        "groups below": GroupFactory.create(contact_center=centre, parent=group).pk,
        "dispositions": DispositionFactory.create(group=group).pk,
        "channels": "voice",
        "settings": "voice",
        "routing-templates": "01_RouteToLongestIdle",
    }
    webhook = create_webhook(
        change=Change(actor=None, origin="tests"),
        contact_center=centre,
        name="CRM",
        url="https://crm.example.com/hook",
        event_kinds=["call.*"],
    )
    common["webhooks"], common["deliveries"] = webhook.pk, send_ping(webhook=webhook).pk
    common["monitoring-sessions"] = _monitoring(colleague).pk
    owners["calls"] = Leg.objects.get(user=owner).call_id
    return Things(owner, common, owners, colleagues)


def _monitoring(agent: User) -> MonitoringSession:
    """An entry of the ledger, of somebody who is gone."""
    entry: MonitoringSession = MonitoringSession.objects.create(
        contact_center_id=agent.devices.get().contact_center_id,
        at=timezone.now(),
        supervisor_id="0" * 32,
        supervisor_name="gone@center.example",
        agent_id=agent.pk.hex,
        agent_name=agent.user_name,
        device_id=str(agent.devices.get().pk),
        phone_number="5001",
        kind="ListenIn",
        mode="AllCalls",
        scope="Call",
    )
    return entry


def _export(user: User) -> Export:
    asked = {"from": 0, "to": 1}
    export = start_export(user=user, kind=Export.CALLS, format="csv", parameters=asked)
    make_export(export.pk)
    return export


def _somebody(centre: ContactCenter, skill: Any) -> tuple[User, dict[str, Any]]:
    change = Change(actor=None, origin="tests")
    user = make_agent(centre, {skill: 5})
    for_a_time = SkillFactory.create(contact_center=centre)
    until = timezone.now() + timedelta(days=1)
    assign_skill_for(change=change, user=user, skill=for_a_time, valid_until=until)
    return user, {
        "devices": user.devices.get().pk,
        "planned-skills": user.planned_skills.get().pk,
        "tokens": create_token(change=change, user=user, name="Program").token.pk,
        "groups": GroupMemberFactory.create(user=user).group_id,
    }


@dataclass(frozen=True)
class Scene:
    red: Things
    blue: Things
    cloud_admin: User


def build_scene() -> Scene:
    return Scene(
        red=things_of(ContactCenterFactory.create()),
        blue=things_of(ContactCenterFactory.create()),
        cloud_admin=User.objects.create_superuser("cloud@portal.example", PASSWORD),
    )
