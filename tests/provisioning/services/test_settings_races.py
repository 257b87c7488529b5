"""Settings, groups and agent states written at the same instant."""

import pytest

from provisioning.change import Change
from provisioning.models import AgentState, Group, Setting, SettingsGroup, User
from provisioning.models.settings_group import SYSTEM_GROUPS
from provisioning.services import agent_states, dispositions, groups, settings, users
from tests.factories import GroupFactory, SettingsGroupFactory, build_world
from tests.provisioning.services.test_concurrency import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.parametrize("attempt", range(4))]

CHANGE = Change(actor=None, origin="tests")


def test_one_setting_of_two_survives(attempt):
    world = build_world()
    group = SettingsGroupFactory.create(contact_center=world.red)

    def create(value: str) -> None:
        settings.create_setting(
            change=CHANGE,
            contact_center=world.red,
            group=group,
            content={"name": "x", "value": value},
        )

    assert race(lambda: create("a"), lambda: create("b")) == [0, 18]
    assert Setting.objects.count() == 1


def test_a_default_is_first_updated_by_two(attempt):
    world = build_world()

    def update(name: str) -> None:
        settings.update_setting(
            change=CHANGE,
            contact_center=world.red,
            group=SYSTEM_GROUPS["reporting"],
            content={"name": "defaultServiceLevelInterval", name: "5"},
        )

    assert race(lambda: update("value"), lambda: update("note")) == [0, 0]
    assert Setting.objects.get().value == {"value": "5", "note": "5"}


def test_a_setting_is_not_left_behind_by_its_group(attempt):
    world = build_world()
    group = SettingsGroupFactory.create(contact_center=world.red)

    outcomes = race(
        lambda: settings.delete_settings_group(
            change=CHANGE, group=SettingsGroup.objects.get(pk=group.pk)
        ),
        lambda: settings.create_setting(
            change=CHANGE, contact_center=world.red, group=group, content={"name": "x"}
        ),
    )

    assert outcomes in ([0, 0], [0, 6])
    assert not Setting.objects.exists()


def test_one_group_of_two_becomes_the_default_last(attempt):
    world = build_world()
    pair = GroupFactory.create_batch(2, contact_center=world.red)

    outcomes = race(
        *(
            lambda one=one: groups.update_group(change=CHANGE, group=one, default_group=True)
            for one in pair
        )
    )

    assert outcomes == [0, 0]
    default = Group.objects.get(contact_center=world.red, is_default=True)
    assert default in pair


def test_nothing_is_left_below_a_deleted_group(attempt):
    world = build_world()
    parent = GroupFactory.create(contact_center=world.red)
    child = GroupFactory.create(contact_center=world.red, parent=parent)

    outcomes = race(
        lambda: groups.delete_group(change=CHANGE, group=parent),
        lambda: groups.create_subgroup(change=CHANGE, group=child, name="x"),
        lambda: dispositions.create_disposition(
            change=CHANGE, group=child, name="x", display_name="x"
        ),
    )

    assert set(outcomes) <= {0, 6}
    assert Group.objects.filter(contact_center=world.red).count() == 1


def test_a_user_is_deleted_while_assigned_to_a_group(attempt):
    world = build_world()
    crew = GroupFactory.create(contact_center=world.red, contains="users")

    outcomes = race(
        lambda: users.delete_user(change=CHANGE, user=User.objects.get(pk=world.bob.pk)),
        lambda: groups.add_user(change=CHANGE, group=crew, user=world.bob),
    )

    assert outcomes in ([0, 0], [0, 6])
    assert not crew.members.exists()


def test_one_reason_code_of_two_survives(attempt):
    world = build_world()

    def create(name: str) -> None:
        agent_states.create_agent_state(
            change=CHANGE,
            contact_center=world.red,
            operation_name=name,
            display_name=name,
            state="NotReady",
            reason="Lunch",
        )

    assert race(lambda: create("A"), lambda: create("B")) == [0, 18]
    assert AgentState.objects.filter(reason="Lunch").count() == 1
