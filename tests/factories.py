"""Objects for tests: each factory makes the least that is valid; `build_world` the named world."""

import uuid
from dataclasses import dataclass
from typing import Any

import factory
from django.contrib.auth.hashers import make_password
from factory.django import DjangoModelFactory

from portal.api.features import FEATURES
from provisioning.change import Change
from provisioning.models import (
    AgentState,
    Contact,
    ContactCenter,
    Device,
    Disposition,
    Group,
    GroupMember,
    GroupSupervisor,
    PhoneNumber,
    Place,
    Queue,
    QueueSkill,
    Setting,
    SettingsGroup,
    Skill,
    User,
    UserSetting,
    UserSkill,
    VoiceEnvironment,
)
from provisioning.models.group import new_group_id
from provisioning.services.contact_centers import create_contact_center

PASSWORD = "password"


class ContactCenterFactory(DjangoModelFactory[ContactCenter]):
    """A contact center that can work: all features, system agent states, a switch, services."""

    class Meta:
        model = ContactCenter

    name = factory.Sequence(lambda number: f"Center {number}")
    domain = factory.Sequence(lambda number: f"center{number}.example")

    @classmethod
    def _create(cls, model_class: type[ContactCenter], **fields: Any) -> ContactCenter:
        change = Change(actor=None, origin="tests")
        return create_contact_center(change=change, features=FEATURES, **fields)


class UserFactory(DjangoModelFactory[User]):
    """An agent unless told otherwise."""

    class Meta:
        model = User

    contact_center = factory.SubFactory(ContactCenterFactory)
    user_name = factory.Sequence(lambda number: f"user{number}@center.example")
    email_address = factory.SelfAttribute("user_name")
    first_name = "First"
    last_name = factory.Sequence(lambda number: f"Last {number}")
    is_agent = True
    password = factory.LazyFunction(lambda: make_password(PASSWORD))


class SkillFactory(DjangoModelFactory[Skill]):
    class Meta:
        model = Skill

    contact_center = factory.SubFactory(ContactCenterFactory)
    name = factory.Sequence(lambda number: f"Skill {number}")


class UserSkillFactory(DjangoModelFactory[UserSkill]):
    class Meta:
        model = UserSkill

    user = factory.SubFactory(UserFactory)
    skill = factory.SubFactory(
        SkillFactory, contact_center=factory.SelfAttribute("..user.contact_center")
    )
    level = 5


class PhoneNumberFactory(DjangoModelFactory[PhoneNumber]):
    """An internal number."""

    class Meta:
        model = PhoneNumber

    contact_center = factory.SubFactory(ContactCenterFactory)
    number = factory.Sequence(lambda number: str(50_000 + number))
    digits = factory.SelfAttribute("number")
    e164_number = factory.SelfAttribute("number")


class VoiceEnvironmentFactory(DjangoModelFactory[VoiceEnvironment]):
    """A further switch, without a voice service of its own."""

    class Meta:
        model = VoiceEnvironment

    contact_center = factory.SubFactory(ContactCenterFactory)
    name = factory.Sequence(lambda number: f"Switch {number}")


class DeviceFactory(DjangoModelFactory[Device]):
    """A phone at its contact center's switch, nobody's unless told otherwise."""

    class Meta:
        model = Device

    contact_center = factory.SubFactory(ContactCenterFactory)
    phone_number = factory.SubFactory(
        PhoneNumberFactory, contact_center=factory.SelfAttribute("..contact_center")
    )
    voice_environment = factory.LazyAttribute(
        lambda device: (
            VoiceEnvironment.objects.filter(contact_center=device.contact_center)
            .order_by("created_at", "pk")
            .first()
        )
    )


class PlaceFactory(DjangoModelFactory[Place]):
    """A place without a device."""

    class Meta:
        model = Place

    contact_center = factory.SubFactory(ContactCenterFactory)
    name = factory.Sequence(lambda number: f"Place {number}")


class ContactFactory(DjangoModelFactory[Contact]):
    """A custom contact."""

    class Meta:
        model = Contact

    contact_center = factory.SubFactory(ContactCenterFactory)
    name = factory.Sequence(lambda number: f"Contact {number}")
    phone_number = factory.Sequence(lambda number: str(60_000 + number))
    digits = factory.SelfAttribute("phone_number")


class QueueFactory(DjangoModelFactory[Queue]):
    class Meta:
        model = Queue

    contact_center = factory.SubFactory(ContactCenterFactory)
    name = factory.Sequence(lambda number: f"Queue {number}")
    phone_number = factory.SubFactory(
        PhoneNumberFactory, contact_center=factory.SelfAttribute("..contact_center")
    )


class QueueSkillFactory(DjangoModelFactory[QueueSkill]):
    class Meta:
        model = QueueSkill

    queue = factory.SubFactory(QueueFactory)
    skill = factory.SubFactory(
        SkillFactory, contact_center=factory.SelfAttribute("..queue.contact_center")
    )


class GroupFactory(DjangoModelFactory[Group]):
    """A group of dispositions at the top, not the default one."""

    class Meta:
        model = Group

    contact_center = factory.SubFactory(ContactCenterFactory)
    name = factory.Sequence(lambda number: f"Group {number}")
    contains = "dispositions"
    id = factory.LazyAttribute(lambda group: new_group_id(group.contains))


class GroupMemberFactory(DjangoModelFactory[GroupMember]):
    class Meta:
        model = GroupMember

    user = factory.SubFactory(UserFactory)
    group = factory.SubFactory(
        GroupFactory,
        contact_center=factory.SelfAttribute("..user.contact_center"),
        contains="users",
    )


class GroupSupervisorFactory(DjangoModelFactory[GroupSupervisor]):
    class Meta:
        model = GroupSupervisor

    user = factory.SubFactory(UserFactory, is_agent=False, is_supervisor=True)
    group = factory.SubFactory(
        GroupFactory,
        contact_center=factory.SelfAttribute("..user.contact_center"),
        contains="users",
    )


class DispositionFactory(DjangoModelFactory[Disposition]):
    class Meta:
        model = Disposition

    group = factory.SubFactory(GroupFactory)
    contact_center = factory.SelfAttribute("group.contact_center")
    name = factory.Sequence(lambda number: f"Disposition{number}")
    display_name = factory.SelfAttribute("name")


class SettingsGroupFactory(DjangoModelFactory[SettingsGroup]):
    """A group of a contact center's own."""

    class Meta:
        model = SettingsGroup

    contact_center = factory.SubFactory(ContactCenterFactory)
    name = factory.Sequence(lambda number: f"group-{number}")
    display_name = factory.SelfAttribute("name")


class SettingFactory(DjangoModelFactory[Setting]):
    class Meta:
        model = Setting

    contact_center = factory.SubFactory(ContactCenterFactory)
    group = "voice"
    key = factory.Sequence(lambda number: f"setting-{number}")
    value = factory.LazyFunction(lambda: {"value": "as it is"})


class UserSettingFactory(DjangoModelFactory[UserSetting]):
    class Meta:
        model = UserSetting

    user = factory.SubFactory(UserFactory)
    contact_center = factory.SelfAttribute("user.contact_center")
    group = "voice"
    key = factory.Sequence(lambda number: f"setting-{number}")
    value = factory.LazyFunction(lambda: {"value": "his own"})


class AgentStateFactory(DjangoModelFactory[AgentState]):
    """An agent state of a contact center's own, not ready for calls."""

    class Meta:
        model = AgentState

    contact_center = factory.SubFactory(ContactCenterFactory)
    guid = factory.LazyFunction(lambda: str(uuid.uuid4()))
    operation_name = factory.Sequence(lambda number: f"Break{number}")
    display_name = factory.SelfAttribute("operation_name")
    state = "NotReady"


@dataclass(frozen=True)
class World:
    """Red with its admin Ann, supervisor Sue and agent Bob; Blue's Eve must see nothing of Red."""

    red: ContactCenter
    ann: User
    sue: User
    bob: User
    bobs_phone: Device
    sales: Skill
    sales_queue: Queue
    blue: ContactCenter
    eve: User


def build_world() -> World:
    """The named world; for `setUpTestData` as well as for the fixture `world`."""
    red = ContactCenterFactory.create(name="Red", domain="red.example")
    blue = ContactCenterFactory.create(name="Blue", domain="blue.example")
    bob = _person(red, "Bob", "Agent", is_agent=True)
    sales = SkillFactory.create(contact_center=red, name="Sales")
    sales_queue = QueueFactory.create(contact_center=red, name="Sales")
    UserSkillFactory.create(user=bob, skill=sales)
    QueueSkillFactory.create(queue=sales_queue, skill=sales)
    return World(
        red=red,
        ann=_person(red, "Ann", "Admin", is_admin=True),
        sue=_person(red, "Sue", "Supervisor", is_supervisor=True),
        bob=bob,
        bobs_phone=DeviceFactory.create(contact_center=red, user=bob),
        sales=sales,
        sales_queue=sales_queue,
        blue=blue,
        # Every role: what she is refused, the wall refuses.
        eve=_person(blue, "Eve", "Elsewhere", is_admin=True, is_supervisor=True, is_agent=True),
    )


def _person(
    contact_center: ContactCenter,
    first_name: str,
    last_name: str,
    *,
    is_admin: bool = False,
    is_supervisor: bool = False,
    is_agent: bool = False,
) -> User:
    return UserFactory.create(
        contact_center=contact_center,
        user_name=f"{first_name.lower()}@{contact_center.domain}",
        first_name=first_name,
        last_name=last_name,
        is_admin=is_admin,
        is_supervisor=is_supervisor,
        is_agent=is_agent,
    )
