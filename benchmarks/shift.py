"""A contact center at its phones: queues with a skill each, agents of whom some are ready."""

import itertools
from dataclasses import dataclass, field

from portal.api.features import FEATURES
from portal.events.log import now_ms
from portal.events.statements import Prepared
from provisioning.change import Change
from provisioning.models import (
    ContactCenter,
    Device,
    PhoneNumber,
    Queue,
    QueueSkill,
    Skill,
    User,
    UserSkill,
    VoiceEnvironment,
)
from provisioning.services.contact_centers import create_contact_center
from telephony.models import AgentSession, Leg
from telephony.modes import NOT_READY, READY

_BATCH = 500
# The looking costs the switch's side next to nothing: a real agent is told.
_RINGS_AT = Prepared(
    lambda call: Leg.objects.filter(call=call, user__isnull=False).values_list("user", flat=True),
    str,
)
SKILLS_OF_AN_AGENT = 5


@dataclass(slots=True)
class Center:
    row: ContactCenter
    queues: list[Queue]
    users: dict[str, User]
    _turns: "itertools.cycle[Queue]" = field(init=False)

    def __post_init__(self) -> None:
        self._turns = itertools.cycle(self.queues)

    def next_queue(self) -> Queue:
        return next(self._turns)

    def serve_only(self, queues: list[Queue]) -> None:
        """From now on calls come to these queues."""
        self._turns = itertools.cycle(queues)

    def user_at(self, call_id: str) -> User:
        """The agent at whom the call rings."""
        [user_id] = _RINGS_AT(call_id)
        return self.users[str(user_id)]


def open_center(name: str, *, agents: int, ready: int, queues: int) -> Center:
    """Of the agents the first `ready` are, and every queue has one of them at least.

    Everybody else has a session too, and is not ready.
    """
    center = create_contact_center(
        change=Change(actor=None, origin="benchmarks"),
        name=name,
        domain=f"{name.lower()}.shift.example",
        features=FEATURES,
    )
    skills = Skill.objects.bulk_create(
        [Skill(contact_center=center, name=f"Skill {number}") for number in range(queues)],
        batch_size=_BATCH,
    )
    numbers = _numbers(center, [f"9{number:05}" for number in range(queues)])
    made = Queue.objects.bulk_create(
        [
            Queue(contact_center=center, name=f"Queue {number}", phone_number=numbers[number])
            for number in range(queues)
        ],
        batch_size=_BATCH,
    )
    QueueSkill.objects.bulk_create(
        [
            QueueSkill(queue=queue, skill=skill, level=1)
            for queue, skill in zip(made, skills, strict=True)
        ],
        batch_size=_BATCH,
    )
    users = _users(center, agents, ready, skills)
    return Center(center, made, {str(user.pk): user for user in users})


def _users(center: ContactCenter, agents: int, ready: int, skills: list[Skill]) -> list[User]:
    users: list[User] = User.objects.bulk_create(
        [
            User(
                contact_center=center,
                user_name=f"agent{number}@{center.domain}",
                email_address=f"agent{number}@{center.domain}",
                password="!",
                employee_id=f"E{number}",
                login_code=f"L{number}",
                is_agent=True,
            )
            for number in range(agents)
        ],
        batch_size=_BATCH,
    )
    step = max(1, len(skills) // SKILLS_OF_AN_AGENT)
    UserSkill.objects.bulk_create(
        [
            UserSkill(user=user, skill=skill, level=1 + number % 10)
            for number, user in enumerate(users)
            for skill in {
                skills[(number + turn * step) % len(skills)] for turn in range(SKILLS_OF_AN_AGENT)
            }
        ],
        batch_size=_BATCH,
    )
    switch = VoiceEnvironment.objects.get(contact_center=center)
    numbers = _numbers(center, [f"5{number:06}" for number in range(agents)])
    devices = Device.objects.bulk_create(
        [
            Device(contact_center=center, phone_number=number, voice_environment=switch, user=user)
            for user, number in zip(users, numbers, strict=True)
        ],
        batch_size=_BATCH,
    )
    _seat(center, users, devices, ready)
    return users


def _seat(center: ContactCenter, users: list[User], devices: list[Device], ready: int) -> None:
    at_ms = now_ms()
    sessions = []
    for number, (user, device) in enumerate(zip(users, devices, strict=True)):
        mode = READY if number < ready else NOT_READY
        sessions.append(
            AgentSession(
                user=user,
                contact_center=center,
                device=device,
                presence=str(mode.presence),
                guid=mode.guid,
                display_name=mode.display_name,
                since_ms=at_ms,
                idle_since_ms=at_ms + number,
                is_available=number < ready,
            )
        )
    AgentSession.objects.bulk_create(sessions, batch_size=_BATCH)


def _numbers(center: ContactCenter, digits: list[str]) -> list[PhoneNumber]:
    return PhoneNumber.objects.bulk_create(
        [
            PhoneNumber(contact_center=center, number=text, digits=text, e164_number=text)
            for text in digits
        ],
        batch_size=_BATCH,
    )
