"""Two admins at the same instant: one wins, the other is told. On PostgreSQL they truly race."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from portal.api.status import ApiError
from provisioning.change import Change
from provisioning.models import Device, Skill, User, UserSkill
from provisioning.services import devices, skills, users
from tests.factories import DeviceFactory, SkillFactory, UserFactory, build_world

pytestmark = [pytest.mark.django_db(transaction=True)]

CHANGE = Change(actor=None, origin="tests")


def race(*acts: Callable[[], object]) -> list[int]:
    """Do all at once; gives the sorted outcomes: 0 for success, else the refusal's status code."""
    together = threading.Barrier(len(acts))
    outcomes: list[int] = []

    def run(act: Callable[[], object]) -> None:
        together.wait(10)
        try:
            act()
            outcomes.append(0)
        except ApiError as refusal:
            outcomes.append(int(refusal.code))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(outcomes)


@pytest.mark.parametrize("attempt", range(5))
class TestRaces:
    def test_the_same_user_name_is_created_once(self, attempt):
        world = build_world()

        def create(name: str) -> None:
            users.create_user(change=CHANGE, contact_center=world.red, user_name=name)

        outcomes = race(lambda: create("new@red.example"), lambda: create("NEW@red.example"))

        assert outcomes == [0, 18]
        assert User.objects.filter(user_name__iexact="new@red.example").count() == 1

    def test_the_same_device_is_assigned_to_one_user(self, attempt):
        world = build_world()
        device = DeviceFactory.create(contact_center=world.red)

        outcomes = race(
            *(
                lambda user=user: devices.assign_device(change=CHANGE, user=user, device=device)
                for user in (world.ann, world.sue)
            )
        )

        assert outcomes == [0, 19]
        assert Device.objects.get(pk=device.pk).user_id in {world.ann.pk, world.sue.pk}

    def test_the_same_number_is_taken_once(self, attempt):
        world = build_world()

        def create() -> None:
            devices.create_device(change=CHANGE, contact_center=world.red, phone_number="7000")

        assert race(create, create) == [0, 18]
        assert Device.objects.filter(phone_number__digits="7000").count() == 1

    def test_a_skill_is_deleted_while_it_is_assigned(self, attempt):
        world = build_world()
        skill = SkillFactory.create(contact_center=world.red)

        outcomes = race(
            lambda: skills.delete_skill(change=CHANGE, skill=skill),
            lambda: skills.assign_skill(change=CHANGE, user=world.bob, skill=skill, level=3),
        )

        assert outcomes in ([0, 0], [0, 6])
        assert not Skill.objects.filter(pk=skill.pk).exists()
        assert not UserSkill.objects.filter(skill_id=skill.pk).exists()

    def test_a_user_is_deleted_while_he_is_given_a_skill(self, attempt):
        world = build_world()
        user = UserFactory.create(contact_center=world.red)

        outcomes = race(
            lambda: users.delete_user(change=CHANGE, user=user),
            lambda: skills.assign_skill(change=CHANGE, user=user, skill=world.sales, level=3),
        )

        assert outcomes in ([0, 0], [0, 6])
        assert not User.objects.filter(pk=user.pk).exists()
