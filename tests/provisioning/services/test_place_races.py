"""Numbers, places and devices taken at the same instant: one wins, the other is told."""

import pytest

from provisioning.models import Device, PhoneNumber, Place, User
from provisioning.services import devices, passwords, phone_numbers, places, users
from tests.factories import PASSWORD, DeviceFactory, PhoneNumberFactory, PlaceFactory, build_world
from tests.provisioning.services.test_concurrency import CHANGE, race

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("attempt", range(3))
class TestRaces:
    def test_a_device_is_put_in_two_places(self, attempt):
        world = build_world()

        def create(name: str) -> None:
            places.create_place(
                change=CHANGE, contact_center=world.red, name=name, device_id=world.bobs_phone.pk
            )

        assert race(lambda: create("A"), lambda: create("B")) == [0, 19]
        assert Place.objects.count() == 1

    def test_a_free_number_is_taken_by_two_devices(self, attempt):
        world = build_world()
        free = PhoneNumberFactory.create(contact_center=world.red)

        outcomes = race(
            lambda: devices.create_device(
                change=CHANGE, contact_center=world.red, phone_number_id=free.pk
            ),
            lambda: devices.create_device(
                change=CHANGE, contact_center=world.red, phone_number=free.number
            ),
        )

        assert outcomes in ([0, 18], [0, 19])
        assert Device.objects.filter(phone_number=free).count() == 1

    def test_a_free_number_is_deleted_while_a_device_takes_it(self, attempt):
        world = build_world()
        free = PhoneNumberFactory.create(contact_center=world.red)

        outcomes = race(
            lambda: phone_numbers.delete_phone_number(change=CHANGE, phone_number=free),
            lambda: devices.create_device(
                change=CHANGE, contact_center=world.red, phone_number_id=free.pk
            ),
        )

        assert outcomes in ([0, 6], [0, 19])
        has_device = Device.objects.filter(phone_number_id=free.pk).exists()
        assert PhoneNumber.objects.filter(pk=free.pk).exists() is has_device

    def test_a_place_is_deleted_while_it_becomes_a_default(self, attempt):
        world = build_world()
        place = PlaceFactory.create(contact_center=world.red, device=world.bobs_phone)

        outcomes = race(
            lambda: places.delete_place(change=CHANGE, place=place),
            lambda: users.update_user(change=CHANGE, user=world.bob, default_place_id=place.pk),
            lambda: devices.delete_device(change=CHANGE, device=world.bobs_phone),
        )

        assert outcomes in ([0, 0, 0], [0, 0, 6])
        assert not Place.objects.exists()
        assert User.objects.get(pk=world.bob.pk).default_place_id is None

    def test_two_new_users_want_one_device(self, attempt):
        world = build_world()
        spare = DeviceFactory.create(contact_center=world.red)

        def create(name: str) -> None:
            users.create_user(
                change=CHANGE,
                contact_center=world.red,
                user_name=f"{name}@red.example",
                devices=[{"device_id": str(spare.pk)}],
            )

        assert race(lambda: create("a"), lambda: create("b")) == [0, 19]
        names = User.objects.filter(user_name__in=["a@red.example", "b@red.example"])
        assert Device.objects.get(pk=spare.pk).user_id == names.get().pk

    def test_one_old_password_opens_once(self, attempt):
        world = build_world()

        def change(new: str) -> None:
            passwords.change_password(
                change=CHANGE, user=world.bob, old_password=PASSWORD, new_password=new
            )

        assert race(lambda: change("first one"), lambda: change("second one")) == [0, 10]
