"""Which users are simulated: nobody whom a person may be using."""

from provisioning.change import Change
from provisioning.demo import SIMULATED_EMPLOYEE
from provisioning.models import AgentState, ContactCenter, PhoneNumber, Skill, User
from provisioning.services.users import create_user
from telephony.modes import mode_of
from telephony.switch.state import Mode

_FIRST_NUMBER = 7001
_SKILL_LEVEL = 5


def find_contact_center(name: str | None) -> ContactCenter | None:
    """The one with this name; without a name the first that has simulated agents."""
    if name is not None:
        return ContactCenter.objects.filter(name=name).order_by("created_at").first()
    employed = User.objects.filter(employee_id__startswith=SIMULATED_EMPLOYEE)
    return (
        ContactCenter.objects.filter(pk__in=employed.values("contact_center"))
        .order_by("created_at")
        .first()
    )


def simulated_agents(contact_center: ContactCenter, count: int | None) -> list[User]:
    """At most `count` of them, all without it; where more are asked for, new ones are hired."""
    found = list(
        User.objects.filter(
            contact_center=contact_center,
            employee_id__startswith=SIMULATED_EMPLOYEE,
            is_agent=True,
            is_active=True,
            devices__isnull=False,
        )
        .distinct()
        .order_by("employee_id")
    )
    if count is None:
        return found
    missing = count - len(found)
    return found[:count] + (_hire(contact_center, missing) if missing > 0 else [])


def break_modes(contact_center: ContactCenter) -> list[Mode]:
    """The states of somebody who takes a break: AuxWork and what the contact center added."""
    states = AgentState.objects.filter(contact_center=contact_center, state="NotReady").exclude(
        operation_name__in=("NotReady", "AfterCallWork")
    )
    return [mode_of(state) for state in states.order_by("operation_name")]


def _hire(contact_center: ContactCenter, count: int) -> list[User]:
    change = Change(actor=None, origin="simulator")
    skills = Skill.objects.filter(contact_center=contact_center).order_by("name")
    taken = set(
        PhoneNumber.objects.filter(contact_center=contact_center).values_list("digits", flat=True)
    )
    numbers = (str(number) for number in range(_FIRST_NUMBER, 10**6) if str(number) not in taken)
    return [
        create_user(
            change=change,
            contact_center=contact_center,
            user_name=f"simulated{number}@{contact_center.domain}",
            first_name="Simulated",
            last_name=number,
            employee_id=f"{SIMULATED_EMPLOYEE}{number}",
            phone_number=number,
            skills=[{"skill_id": str(skill.pk), "level": _SKILL_LEVEL} for skill in skills],
        )
        for number, _ in zip(numbers, range(count), strict=False)
    ]
