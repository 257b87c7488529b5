"""Who supervises whom: groups of users are in the charge of supervisors."""

import pytest

from portal.events.models import EventRecord
from provisioning.change import Change
from provisioning.models import ChangeLogEntry, Group, GroupSupervisor, User
from provisioning.services.reverting import revert
from provisioning.services.users import delete_user
from tests.factories import (
    GroupFactory,
    GroupMemberFactory,
    GroupSupervisorFactory,
    UserFactory,
)

PATH = "/api/v2/groups"
CHANGE = Change(actor=None, origin="tests")


@pytest.fixture
def admin(api, world):
    return api.by(world.ann)


@pytest.fixture
def crew(world) -> Group:
    return GroupFactory.create(contact_center=world.red, name="Crew", contains="users")


def refusal(answer):
    return answer.status_code, answer.body["statusCode"]


def member(group, **fields):
    user = UserFactory.create(contact_center=group.contact_center, **fields)
    GroupMemberFactory.create(group=group, user=user)
    return user


class TestResource:
    @pytest.mark.parametrize("form", ["uris", "paths", "ids", "supervisors"])
    def test_assigning_and_unassigning(self, admin, world, crew, form):
        path, bare = f"{PATH}/{crew.pk}/supervisors", world.sue.pk.hex
        sent = {
            "uris": {"uris": [f"http://testserver/api/v2/users/{bare}"]},
            "paths": {"paths": [f"/users/{bare}"]},
            "ids": {"ids": [bare]},
            "supervisors": {"supervisors": [{"uri": f"/users/{bare}"}]},
        }[form]

        assert admin.post(path, sent).body == {"statusCode": 0}
        assert admin.get(path).body["paths"] == [f"/users/{bare}"]
        [shown] = admin.get(f"{path}?fields=userName").body["supervisors"]
        assert shown == {"userName": "sue@red.example"}
        assert admin.delete(f"{path}/{bare}").body == {"statusCode": 0}
        assert admin.get(path).body["paths"] == []

    def test_the_events(self, admin, world, crew):
        path = f"{PATH}/{crew.pk}/supervisors"
        for _ in range(2):
            admin.post(path, {"ids": [world.sue.pk.hex]})
        admin.delete(f"{path}/{world.sue.pk.hex}")

        told = [
            (one.payload["resource"], one.payload["object_id"], one.payload["action"])
            for one in EventRecord.objects.order_by("-id")[:2]
        ]
        named = f"{crew.pk}/{world.sue.pk}"
        assert told == [
            ("group-supervisors", named, "deleted"),
            ("group-supervisors", named, "created"),
        ]

    def test_only_supervisors_supervise(self, admin, world, crew):
        answer = admin.post(f"{PATH}/{crew.pk}/supervisors", {"ids": [world.bob.pk.hex]})

        assert refusal(answer) == (400, 2)
        assert not GroupSupervisor.objects.exists()

    def test_only_groups_of_users_are_supervised(self, admin, world):
        group = GroupFactory.create(contact_center=world.red)
        answer = admin.post(f"{PATH}/{group.pk}/supervisors", {"ids": [world.sue.pk.hex]})

        assert refusal(answer) == (400, 2)
        assert not GroupSupervisor.objects.exists()

    def test_nobody_of_another_contact_center(self, admin, world, crew):
        answer = admin.post(f"{PATH}/{crew.pk}/supervisors", {"ids": [world.eve.pk.hex]})

        assert refusal(answer) == (404, 6)
        assert not GroupSupervisor.objects.exists()

    def test_they_stand_within_each_group(self, admin, world, crew):
        GroupSupervisorFactory.create(group=crew, user=world.sue)
        GroupMemberFactory.create(group=crew, user=world.bob)

        [group] = admin.get(f"{PATH}?contains=users&subresources=*").body["groups"]

        assert [one["firstName"] for one in group["supervisors"]] == ["Sue"]
        assert [one["firstName"] for one in group["users"]] == ["Bob"]

    def test_deleting_the_group_ends_its_supervision(self, admin, world, crew):
        below = GroupFactory.create(contact_center=world.red, contains="users", parent=crew)
        GroupSupervisorFactory.create(group=below, user=world.sue)

        admin.delete(f"{PATH}/{crew.pk}")

        deleted = ChangeLogEntry.objects.filter(action="deleted").values_list("resource", flat=True)
        assert list(deleted.order_by("id")) == ["group-supervisors", "groups", "groups"]

    def test_deleting_the_supervisor_is_told_and_undone(self, world, crew):
        GroupSupervisorFactory.create(group=crew, user=world.sue)
        delete_user(change=CHANGE, user=world.sue)
        assert not GroupSupervisor.objects.exists()

        entry = ChangeLogEntry.objects.get(resource="users", action="deleted")
        revert(change=Change(actor=None, origin="tests"), entry=entry, whole_request=True)

        assert GroupSupervisor.objects.get().group == crew

    def test_who_may(self, api, world, crew):
        GroupSupervisorFactory.create(group=crew, user=world.sue)
        path, body = f"{PATH}/{crew.pk}/supervisors", {"ids": [world.sue.pk.hex]}
        sue, bob, eve = api.by(world.sue), api.by(world.bob), api.by(world.eve)

        assert sue.get(path).status_code == 200
        assert refusal(bob.get(path)) == (403, 5)
        assert refusal(eve.get(path)) == (404, 6)
        for client, expected in ((sue, (403, 5)), (bob, (403, 5)), (eve, (404, 6))):
            assert refusal(client.post(path, body)) == expected
            assert refusal(client.delete(f"{path}/{world.sue.pk}")) == expected
        assert GroupSupervisor.objects.get().user == world.sue

    def test_the_number_of_queries_does_not_grow(self, admin, crew, assert_constant_queries):
        def add_rows() -> None:
            for _ in range(5):
                user = UserFactory.create(contact_center=crew.contact_center, is_supervisor=True)
                GroupSupervisorFactory.create(group=crew, user=user)

        add_rows()
        assert_constant_queries(
            lambda: admin.get(f"{PATH}/{crew.pk}/supervisors?fields=*"), add_rows=add_rows
        )


class TestSupervisedBy:
    def supervised(self, user):
        return set(User.objects.supervised_by(user))

    def test_without_a_group_a_supervisor_supervises_all(self, world, crew):
        outsider = member(crew)

        assert self.supervised(world.sue) == {world.ann, world.sue, world.bob, outsider}

    def test_with_a_group_its_users_and_those_of_groups_below(self, world, crew):
        below = GroupFactory.create(contact_center=world.red, contains="users", parent=crew)
        deeper = GroupFactory.create(contact_center=world.red, contains="users", parent=below)
        beside = GroupFactory.create(contact_center=world.red, contains="users")
        theirs = {member(crew), member(deeper)}
        member(beside)
        GroupSupervisorFactory.create(group=crew, user=world.sue)

        assert self.supervised(world.sue) == theirs

    def test_the_users_of_several_groups_once_each(self, world, crew):
        other = GroupFactory.create(contact_center=world.red, contains="users")
        user = member(crew)
        GroupMemberFactory.create(group=other, user=user)
        for group in (crew, other):
            GroupSupervisorFactory.create(group=group, user=world.sue)

        assert list(User.objects.supervised_by(world.sue)) == [user]

    def test_a_group_that_nobody_is_in(self, world, crew):
        GroupSupervisorFactory.create(group=crew, user=world.sue)

        assert self.supervised(world.sue) == set()

    def test_admins_act_on_all_and_agents_on_nobody(self, world, crew):
        world.ann.is_supervisor = True
        GroupSupervisorFactory.create(group=crew, user=world.ann)

        assert self.supervised(world.ann) == {world.ann, world.sue, world.bob}
        assert self.supervised(world.bob) == set()
        assert self.supervised(world.eve) == {world.eve}
