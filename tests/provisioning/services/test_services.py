"""What each provisioning write stores, tells and refuses."""

import pytest

from portal.api.status import ApiError, StatusCode
from portal.events.models import EventRecord
from provisioning.change import Change
from provisioning.demo import load_demo
from provisioning.models import (
    AgentState,
    ContactCenter,
    Device,
    PhoneNumber,
    Queue,
    Service,
    User,
)
from provisioning.services import contact_centers, devices, queues, skills, users
from tests.factories import DeviceFactory, SkillFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def change(world) -> Change:
    return Change(actor=world.ann, origin="tests", reason="because")


def told(after: int = 0) -> list[tuple[str, str]]:
    records = EventRecord.objects.filter(id__gt=after).order_by("id")
    return [(one.payload["resource"], one.payload["action"]) for one in records]


@pytest.fixture
def log_end(world) -> int:
    return EventRecord.objects.order_by("-id").values_list("id", flat=True).first() or 0


def refused(code: StatusCode):
    return pytest.raises(ApiError, check=lambda error: error.code is code)


class TestUsers:
    def test_a_user_comes_with_skills_and_device_in_one_go(self, world, change, log_end):
        user = users.create_user(
            change=change,
            contact_center=world.red,
            user_name="new@red.example",
            password="password",
            skills=[{"skill_id": str(world.sales.pk), "level": 7}],
            phone_number="7001",
        )

        assert user.roles == ["ROLE_AGENT"]
        assert user.email_address == "new@red.example"
        assert user.check_password("password")
        assert list(user.user_skills.values_list("skill__name", "level")) == [("Sales", 7)]
        assert user.devices.get().phone_number.number == "7001"
        assert told(log_end) == [
            ("users", "created"),
            ("user-skills", "created"),
            ("devices", "created"),
        ]

    def test_a_part_that_fails_leaves_nothing_of_the_user(self, world, change, log_end):
        taken = world.bobs_phone.phone_number.number
        with refused(StatusCode.ALREADY_EXISTS):
            users.create_user(
                change=change,
                contact_center=world.red,
                user_name="new@red.example",
                phone_number=taken,
            )

        assert not User.objects.filter(user_name="new@red.example").exists()
        assert told(log_end) == []

    def test_anothers_skill_is_not_found(self, world, change, log_end):
        foreign = SkillFactory.create(contact_center=world.blue)
        with refused(StatusCode.NOT_FOUND):
            users.create_user(
                change=change,
                contact_center=world.red,
                user_name="new@red.example",
                skills=[{"skill_id": str(foreign.pk), "level": 1}],
            )

        assert told(log_end) == [("skills", "created")] or told(log_end) == []
        assert not User.objects.filter(user_name="new@red.example").exists()

    def test_a_short_password_is_refused(self, world, change, log_end):
        with refused(StatusCode.OUT_OF_RANGE):
            users.update_user(change=change, user=world.bob, password="short")

        world.bob.refresh_from_db()
        assert world.bob.check_password("password")
        assert told(log_end) == []

    def test_the_event_says_who_changed_what_and_why_without_the_password(
        self, world, change, log_end
    ):
        users.update_user(change=change, user=world.bob, last_name="Roberts", password="new secret")

        event = EventRecord.objects.get(id__gt=log_end)
        assert event.contact_center_id == world.red.pk
        assert event.payload["actor_name"] == "ann@red.example"
        assert event.payload["reason"] == "because"
        before, after = event.payload["before"], event.payload["after"]
        assert {key for key in after if after[key] != before[key]} == {"last_name"}
        assert "password" not in after

    def test_a_deleted_users_devices_stay_without_owner(self, world, change, log_end):
        users.delete_user(change=change, user=world.bob)

        world.bobs_phone.refresh_from_db()
        assert world.bobs_phone.user_id is None
        assert told(log_end) == [
            ("devices", "unassigned"),
            ("user-skills", "deleted"),
            ("users", "deleted"),
        ]

    def test_nobody_deletes_himself(self, world, change, log_end):
        with refused(StatusCode.FORBIDDEN):
            users.delete_user(change=change, user=world.ann)

        assert User.objects.filter(pk=world.ann.pk).exists()
        assert told(log_end) == []


class TestSkills:
    def test_a_deleted_skill_is_taken_from_everyone(self, world, change, log_end):
        world.sales.queue_skills.all().delete()

        skills.delete_skill(change=change, skill=world.sales)

        assert not world.bob.user_skills.exists()
        assert told(log_end) == [("user-skills", "deleted"), ("skills", "deleted")]

    def test_a_skill_that_a_queue_requires_is_in_use(self, world, change, log_end):
        with refused(StatusCode.IN_USE):
            skills.delete_skill(change=change, skill=world.sales)

        assert world.bob.user_skills.count() == 1
        assert told(log_end) == []

    @pytest.mark.parametrize("level", [-1, 11])
    def test_levels_go_from_0_to_10(self, world, change, log_end, level):
        with refused(StatusCode.OUT_OF_RANGE):
            skills.assign_skill(change=change, user=world.bob, skill=world.sales, level=level)

        assert world.bob.user_skills.get().level == 5
        assert told(log_end) == []

    def test_assigning_again_sets_the_level(self, world, change, log_end):
        skills.assign_skill(change=change, user=world.bob, skill=world.sales, level=9)

        assert world.bob.user_skills.get().level == 9
        assert told(log_end) == [("user-skills", "updated")]


class TestDevices:
    @pytest.mark.parametrize(
        ("number", "e164", "country", "location"),
        [
            ("5019", "5019", "", ""),
            ("+1 650 987 0000", "+16509870000", "US", "California"),
            ("(650) 987-0000", "+16509870000", "US", "California"),
            ("+44 20 7946 0958", "+442079460958", "GB", "London"),
        ],
    )
    def test_a_number_is_read_by_the_countrys_plan(
        self, world, change, number, e164, country, location
    ):
        device = devices.create_device(change=change, contact_center=world.red, phone_number=number)

        found = device.phone_number
        assert (found.number, found.e164_number) == (number, e164)
        assert (found.country_code, found.location) == (country, location)

    @pytest.mark.parametrize("number", ["", "abc", "+", "5001; DROP", "1" * 21, "50\n01"])
    def test_what_is_no_number_is_refused(self, world, change, log_end, number):
        with refused(StatusCode.OUT_OF_RANGE):
            devices.create_device(change=change, contact_center=world.red, phone_number=number)

        assert PhoneNumber.objects.filter(contact_center=world.red).count() == 2
        assert told(log_end) == []

    def test_the_same_number_written_otherwise_is_taken(self, world, change):
        devices.create_device(
            change=change, contact_center=world.red, phone_number="(650) 987-0000"
        )
        with refused(StatusCode.ALREADY_EXISTS):
            devices.create_device(
                change=change, contact_center=world.red, phone_number="+16509870000"
            )

        assert Device.objects.filter(phone_number__digits__endswith="9870000").count() == 1

    def test_contact_centers_may_have_the_same_numbers(self, world, change):
        for contact_center in (world.red, world.blue):
            devices.create_device(change=change, contact_center=contact_center, phone_number="7000")

        assert PhoneNumber.objects.filter(number="7000").count() == 2

    def test_anothers_device_is_in_use(self, world, change, log_end):
        with refused(StatusCode.IN_USE):
            devices.assign_device(change=change, user=world.ann, device=world.bobs_phone)

        world.bobs_phone.refresh_from_db()
        assert world.bobs_phone.user_id == world.bob.pk
        assert told(log_end) == []

    def test_a_deleted_device_frees_its_number(self, world, change):
        device = DeviceFactory.create(contact_center=world.red)
        number = device.phone_number.number

        devices.delete_device(change=change, device=device)
        again = devices.create_device(change=change, contact_center=world.red, phone_number=number)

        assert again.phone_number.number == number


class TestQueues:
    def test_an_internal_queue_draws_a_number(self, world, change):
        queue = queues.create_queue(
            change=change, contact_center=world.red, name="Inside", internal=True
        )

        number = queue.phone_number.number
        assert len(number) == 5
        assert 4000 <= int(number) <= 9999

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"internal": True, "phone_number": "9001"}, StatusCode.OUT_OF_RANGE),
            ({}, StatusCode.PARAMETER_MISSING),
            ({"name": "Sales", "internal": True}, StatusCode.ALREADY_EXISTS),
        ],
    )
    def test_contradictions_are_refused(self, world, change, log_end, fields, code):
        with refused(code):
            queues.create_queue(
                change=change, contact_center=world.red, **({"name": "New"} | fields)
            )

        assert Queue.objects.filter(contact_center=world.red).count() == 1
        assert PhoneNumber.objects.filter(contact_center=world.red).count() == 2
        assert told(log_end) == []

    def test_required_skills_are_replaced_whole(self, world, change):
        magic = SkillFactory.create(contact_center=world.red, name="Magic")

        queues.update_queue(
            change=change,
            queue=world.sales_queue,
            skills=[{"skill_id": str(magic.pk), "level": 4}],
        )

        required = world.sales_queue.queue_skills.values_list("skill__name", "level")
        assert list(required) == [("Magic", 4)]


class TestContactCenters:
    def test_a_new_one_has_its_states_switch_and_services(self, change):
        center = contact_centers.create_contact_center(
            change=change, name="Green", domain="green.example", country="DE"
        )

        states = AgentState.objects.filter(contact_center=center, is_system=True)
        assert sorted(states.values_list("operation_name", flat=True)) == [
            "AfterCallWork",
            "AuxWork",
            "NotReady",
            "Offline",
            "Ready",
        ]
        # The mixed case is the original's.
        assert states.get(operation_name="Offline").guid == "0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB"
        services = Service.objects.filter(contact_center=center).values_list("type", flat=True)
        assert sorted(services) == ["Provisioning", "Reporting", "Voice"]
        assert center.feature_ids() == {
            "api-provisioning-read",
            "api-provisioning-write",
            "api-voice",
        }

    def test_a_domain_is_taken_whatever_its_case(self, world, change):
        with refused(StatusCode.ALREADY_EXISTS):
            contact_centers.create_contact_center(
                change=change, name="Red again", domain="RED.example"
            )

        assert ContactCenter.objects.count() == 2

    def test_the_demo_is_loaded_once(self, db):
        assert load_demo() is True
        assert load_demo() is False
        red_wings = ContactCenter.objects.get(domain="redwings.com")
        assert red_wings.users.count() == 19
        assert (
            Device.objects.get(user__user_name="paveld@redwings.com").phone_number.number == "5001"
        )
        assert not PhoneNumber.objects.filter(contact_center=red_wings, number="5019").exists()
