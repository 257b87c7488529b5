"""The demo contact centers of contract §9: what the seeds' samples run against."""

from dataclasses import dataclass

from django.db import transaction

from portal.api.features import FEATURES
from portal.api.roles import Role
from provisioning.change import Change
from provisioning.models import ContactCenter, Skill
from provisioning.models.settings_group import SYSTEM_GROUPS
from provisioning.services.agent_states import create_agent_state
from provisioning.services.contact_centers import create_contact_center
from provisioning.services.contacts import create_contact
from provisioning.services.devices import create_device
from provisioning.services.dispositions import create_disposition
from provisioning.services.groups import create_subgroup, ensure_default_group
from provisioning.services.places import create_place
from provisioning.services.queues import create_queue
from provisioning.services.settings import create_setting
from provisioning.services.skills import create_skill
from provisioning.services.users import create_user, update_user

DEMO_PASSWORD = "password"  # noqa: S105 - published in the README, for the demo only
# The simulator acts for users whose employee id begins so, and for nobody else.
SIMULATED_EMPLOYEE = "SIM-"


@dataclass(frozen=True, slots=True)
class DemoUser:
    user_name: str
    first_name: str
    last_name: str
    roles: tuple[Role, ...]
    phone_number: str | None = None
    skills: tuple[tuple[str, int], ...] = ()
    employee_id: str = ""


@dataclass(frozen=True, slots=True)
class DemoQueue:
    name: str
    phone_number: str
    description: str
    skills: tuple[tuple[str, int], ...]


RED_WINGS_SKILLS = {
    "Billing": "Invoices, payments and refunds",
    "Sales": "New contracts and upgrades",
    "Support": "Technical questions",
    "Spanish": "Speaks Spanish",
}
RED_WINGS_QUEUES = (
    DemoQueue("Billing", "9000", "Invoices, payments and refunds", (("Billing", 1),)),
    DemoQueue("Sales", "9001", "New contracts and upgrades", (("Sales", 1),)),
    DemoQueue("Support", "9002", "Technical questions", (("Support", 1),)),
    DemoQueue(
        "Support in Spanish",
        "9003",
        "Technical questions, in Spanish",
        (("Support", 1), ("Spanish", 3)),
    ),
)
RED_WINGS_USERS = (
    DemoUser("mikeb@redwings.com", "Mike", "Brown", (Role.ADMIN,)),
    DemoUser("scottyb@redwings.com", "Scotty", "Bell", (Role.SUPERVISOR,), "5002"),
    DemoUser("paveld@redwings.com", "Pavel", "Dvorak", (Role.AGENT,), "5001", (("Sales", 5),)),
)
# Without IssueResolved: the seeds' sample creates it.
RED_WINGS_DISPOSITIONS = {
    "": {
        "EscalationCreated": "Issue Escalated",
        "UpdateProvided": "Update Provided",
        "InfoRequested": "Information Requested",
    },
    "Sales": {"OrderPlaced": "Order Placed", "CallBackLater": "Call Back Later"},
    "Billing": {"PaymentTaken": "Payment Taken", "RefundPromised": "Refund Promised"},
}
_AGENT_NAMES = (
    ("Amara", "Okafor"),
    ("Ben", "Lindqvist"),
    ("Chiara", "Romano"),
    ("Dmitri", "Volkov"),
    ("Elena", "García"),
    ("Farid", "Haddad"),
    ("Grace", "Kim"),
    ("Hannah", "Weber"),
    ("Ivan", "Petrov"),
    ("Julia", "Nowak"),
    ("Kenji", "Tanaka"),
    ("Lucía", "Fernández"),
    ("Marcus", "Johnson"),
    ("Nadia", "Rahman"),
    ("Oscar", "Silva"),
    ("Priya", "Sharma"),
)
_AGENT_SKILLS = (
    (("Billing", 7), ("Sales", 3)),
    (("Sales", 8),),
    (("Support", 6), ("Spanish", 9)),
    (("Support", 8), ("Billing", 2)),
)


def _simulated_agents() -> list[DemoUser]:
    return [
        DemoUser(
            f"agent{number:02}@redwings.com",
            first_name,
            last_name,
            (Role.AGENT,),
            # 5019 stays free: the seeds' sample creates a device on it.
            str(5002 + number),
            _AGENT_SKILLS[number % len(_AGENT_SKILLS)],
            f"{SIMULATED_EMPLOYEE}{number:02}",
        )
        for number, (first_name, last_name) in enumerate(_AGENT_NAMES, start=1)
    ]


@transaction.atomic
def load_demo() -> bool:
    """Create Red Wings and Upper Cape; False, and nothing done, where they exist already."""
    if ContactCenter.objects.filter(domain__iexact="redwings.com").exists():
        return False
    change = Change(actor=None, origin="system", reason="Demo contact centers")
    red_wings = create_contact_center(
        change=change,
        name="Red Wings",
        domain="redwings.com",
        country="US",
        time_zone="America/Detroit",
        features=FEATURES,
    )
    skills = {
        name: create_skill(
            change=change, contact_center=red_wings, name=name, description=description
        )
        for name, description in RED_WINGS_SKILLS.items()
    }
    for queue in RED_WINGS_QUEUES:
        _create_queue(change, red_wings, queue, skills)
    for user in (*RED_WINGS_USERS, *_simulated_agents()):
        _create_user(change, red_wings, user, skills)
    _create_dispositions(change, red_wings)
    _set_working_habits(change, red_wings)
    _furnish(change, red_wings)
    _load_upper_cape(change)
    return True


def _set_working_habits(change: Change, red_wings: ContactCenter) -> None:
    """What agents do between calls: a short wrap-up, and breaks that have names."""
    create_setting(
        change=change,
        contact_center=red_wings,
        group=SYSTEM_GROUPS["voice"],
        content={"name": "defaultWrapupTime", "value": "15"},
    )
    for name in ("Lunch", "Coaching"):
        create_agent_state(
            change=change,
            contact_center=red_wings,
            operation_name=name,
            display_name=name,
            state="NotReady",
            work_mode="AuxWork",
            reason=name,
        )


def _furnish(change: Change, red_wings: ContactCenter) -> None:
    """Pavel's place, a place for whoever comes, and a contact outside."""
    pavel = red_wings.users.get(user_name="paveld@redwings.com")
    place = create_place(
        change=change,
        contact_center=red_wings,
        name="Place 5001",
        device_id=pavel.devices.get().pk,
    )
    update_user(change=change, user=pavel, default_place_id=place.pk)
    # The seeds' sample of StartContactCenterSession takes this place; its device is nobody's.
    device = create_device(change=change, contact_center=red_wings, phone_number="5000")
    create_place(change=change, contact_center=red_wings, name="SIP_5000", device_id=device.pk)
    create_contact(
        change=change,
        contact_center=red_wings,
        name="Box office",
        phone_number="+1 313 555 0100",
    )


def _load_upper_cape(change: Change) -> None:
    upper_cape = create_contact_center(
        change=change,
        name="Upper Cape",
        domain="uppercape.ca",
        country="CA",
        time_zone="America/Toronto",
        features=FEATURES,
    )
    skills = {
        "Reservations": create_skill(change=change, contact_center=upper_cape, name="Reservations")
    }
    queue = DemoQueue("Reservations", "9000", "Bookings", (("Reservations", 1),))
    _create_queue(change, upper_cape, queue, skills)
    users = (
        DemoUser("admin@uppercape.ca", "Alex", "Dubois", (Role.ADMIN,)),
        DemoUser(
            "jsmith@uppercape.ca", "John", "Smith", (Role.AGENT,), "5001", (("Reservations", 5),)
        ),
    )
    for user in users:
        _create_user(change, upper_cape, user, skills)


def _create_dispositions(change: Change, contact_center: ContactCenter) -> None:
    """In the default group itself, and in groups below it."""
    top = ensure_default_group(change=change, contact_center=contact_center)
    for group_name, display_names in RED_WINGS_DISPOSITIONS.items():
        group = create_subgroup(change=change, group=top, name=group_name) if group_name else top
        for name, display_name in display_names.items():
            create_disposition(change=change, group=group, name=name, display_name=display_name)


def _create_queue(
    change: Change, contact_center: ContactCenter, queue: DemoQueue, skills: dict[str, Skill]
) -> None:
    create_queue(
        change=change,
        contact_center=contact_center,
        name=queue.name,
        description=queue.description,
        phone_number=queue.phone_number,
        skills=[{"skill_id": str(skills[name].pk), "level": level} for name, level in queue.skills],
    )


def _create_user(
    change: Change, contact_center: ContactCenter, user: DemoUser, skills: dict[str, Skill]
) -> None:
    create_user(
        change=change,
        contact_center=contact_center,
        user_name=user.user_name,
        password=DEMO_PASSWORD,
        first_name=user.first_name,
        last_name=user.last_name,
        roles=[role.value for role in user.roles],
        employee_id=user.employee_id,
        phone_number=user.phone_number,
        skills=[{"skill_id": str(skills[name].pk), "level": level} for name, level in user.skills],
    )
