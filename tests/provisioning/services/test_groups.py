"""What groups of a contact center are there from the start."""

import pytest

from provisioning.change import Change
from provisioning.demo import load_demo
from provisioning.models import ChangeLogEntry, Disposition, Group
from provisioning.services.groups import ensure_default_group
from tests.factories import GroupFactory

pytestmark = pytest.mark.django_db

CHANGE = Change(actor=None, origin="tests")


def test_a_new_contact_center_has_one_default_group_and_its_making_is_recorded(world):
    [group] = Group.objects.filter(contact_center=world.red)

    assert (group.name, group.contains, group.is_default) == (
        "DispositionCode",
        "dispositions",
        True,
    )
    entry = ChangeLogEntry.objects.get(resource="groups", object_id=group.pk)
    assert (entry.action, entry.contact_center) == ("created", world.red)


def test_the_default_group_is_made_where_there_is_none(world):
    default = Group.objects.get(contact_center=world.red)
    GroupFactory.create(contact_center=world.red)

    assert ensure_default_group(change=CHANGE, contact_center=world.red) == default
    default.delete()
    made = ensure_default_group(change=CHANGE, contact_center=world.red)
    assert Group.objects.get(contact_center=world.red, is_default=True) == made


def test_the_demo_has_a_small_tree_that_leaves_room_for_the_seeds_sample(db):
    load_demo()

    top = Group.objects.get(contact_center__name="Red Wings", is_default=True)
    assert {group.name for group in top.groups.all()} == {"Sales", "Billing"}
    assert top.dispositions.count() == 3
    assert not Disposition.objects.filter(name="IssueResolved").exists()
