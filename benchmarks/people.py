"""A contact center with many users, each with skills and a phone; made once in a run."""

from functools import cache

from portal.api.features import FEATURES
from provisioning.change import Change
from provisioning.models import (
    ContactCenter,
    Device,
    PhoneNumber,
    Skill,
    User,
    UserSkill,
    VoiceEnvironment,
)
from provisioning.services.contact_centers import create_contact_center

SKILLS = 20
SKILLS_OF_A_USER = 3
_BATCH = 1_000


@cache
def employ(count: int) -> User:
    """So many agents, and the admin who will ask for them."""
    center = create_contact_center(
        change=Change(actor=None, origin="benchmarks"),
        name="Large",
        domain="large.example",
        features=FEATURES,
    )
    users = User.objects.bulk_create(_users(center, count), batch_size=_BATCH)
    _teach(center, users)
    _equip(center, users)
    admin: User = User.objects.create(
        contact_center=center, user_name="admin@large.example", password="!", is_admin=True
    )
    return admin


def _users(center: ContactCenter, count: int) -> list[User]:
    return [
        User(
            contact_center=center,
            user_name=f"user{number:06}@large.example",
            email_address=f"user{number:06}@large.example",
            password="!",
            first_name=f"First {number}",
            last_name=f"Last {number}",
            employee_id=f"E{number}",
            login_code=f"L{number}",
            is_agent=True,
            is_supervisor=number % 20 == 0,
        )
        for number in range(count)
    ]


def _teach(center: ContactCenter, users: list[User]) -> None:
    skills = Skill.objects.bulk_create(
        Skill(contact_center=center, name=f"Skill {number:02}", description=f"Number {number}")
        for number in range(SKILLS)
    )
    UserSkill.objects.bulk_create(
        [
            UserSkill(user=user, skill=skills[(number + step * 7) % SKILLS], level=number % 11)
            for number, user in enumerate(users)
            for step in range(SKILLS_OF_A_USER)
        ],
        batch_size=_BATCH,
    )


def _equip(center: ContactCenter, users: list[User]) -> None:
    numbers = PhoneNumber.objects.bulk_create(
        [
            PhoneNumber(
                contact_center=center,
                number=f"+1 (650) 2{number:06}",
                digits=f"16502{number:06}",
                e164_number=f"+16502{number:06}",
                local_number=f"(650) 2{number:06}",
                country_code="US",
                country_name="United States",
                calling_code="1",
                location="California",
            )
            for number, _ in enumerate(users)
        ],
        batch_size=_BATCH,
    )
    switch = VoiceEnvironment.objects.get(contact_center=center)
    Device.objects.bulk_create(
        [
            Device(
                contact_center=center,
                phone_number=number,
                voice_environment=switch,
                user=user,
                type="Phone",
                model="T46",
                vendor="Yealink",
                description="Desk",
            )
            for user, number in zip(users, numbers, strict=True)
        ],
        batch_size=_BATCH,
    )
