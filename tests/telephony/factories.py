"""A contact center at work: agents at their phones, queues with skills."""

from typing import Any

from provisioning.models import ContactCenter, Device, Queue, Setting, Skill, User
from telephony.modes import READY
from telephony.services.agents import set_agent_state, start_session
from telephony.services.calls import enter_queue
from tests.factories import (
    DeviceFactory,
    QueueFactory,
    QueueSkillFactory,
    UserFactory,
    UserSkillFactory,
)

CALLER = "+16505550123"


def make_agent(
    contact_center: ContactCenter, skills: dict[Skill, int] | None = None, **device: Any
) -> User:
    """An agent with a phone who has not started."""
    user = UserFactory.create(contact_center=contact_center)
    DeviceFactory.create(contact_center=contact_center, user=user, **device)
    for skill, level in (skills or {}).items():
        UserSkillFactory.create(user=user, skill=skill, level=level)
    return user


def ready_agent(
    contact_center: ContactCenter, skills: dict[Skill, int] | None = None, **device: Any
) -> User:
    user = make_agent(contact_center, skills, **device)
    go_ready(user)
    return user


def go_ready(user: User) -> None:
    start_session(user=user)
    set_agent_state(user=user, mode=READY)


def phone_of(user: User) -> Device:
    return user.devices.get()


def make_queue(contact_center: ContactCenter, skills: dict[Skill, int] | None = None) -> Queue:
    queue = QueueFactory.create(contact_center=contact_center)
    for skill, level in (skills or {}).items():
        QueueSkillFactory.create(queue=queue, skill=skill, level=level)
    return queue


def call_in(queue: Queue, **more: Any) -> str:
    return enter_queue(contact_center=queue.contact_center, queue=queue, ani=CALLER, **more)


def set_wrap_up(contact_center: ContactCenter, seconds: object) -> None:
    Setting.objects.update_or_create(
        contact_center=contact_center,
        group="voice",
        key="defaultWrapupTime",
        defaults={"value": {"name": "defaultWrapupTime", "value": seconds}},
    )
