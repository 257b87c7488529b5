"""`/groups`. Source: contract §2 "groups"; seed 001 "Hierarchical Dispositions API"."""

import re

import pytest

from portal.events.models import EventRecord
from provisioning.models import ChangeLogEntry, Disposition, Group, GroupMember
from tests.factories import (
    DispositionFactory,
    GroupFactory,
    GroupMemberFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

PATH = "/api/v2/groups"
BASE = "http://testserver/api/v2"
DONE = {"statusCode": 0}
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def refusal(answer) -> tuple[int, int]:
    return answer.status_code, answer.body["statusCode"]


def names(answer) -> list[str]:
    return [group["name"] for group in answer.body["groups"]]


@pytest.fixture
def admin(api, world):
    return api.by(world.ann)


@pytest.fixture
def top(world) -> Group:
    return Group.objects.get(contact_center=world.red, is_default=True)


@pytest.fixture
def tree(world) -> Group:
    """Dispositions: 1 to 3 there, 4 to 6 in Sub-group, 7 in Deep below that."""
    root = GroupFactory.create(contact_center=world.red, name="Dispositions")
    sub = GroupFactory.create(contact_center=world.red, name="Sub-group", parent=root)
    deep = GroupFactory.create(contact_center=world.red, name="Deep", parent=sub)
    for group, numbers in ((root, (1, 2, 3)), (sub, (4, 5, 6)), (deep, (7,))):
        for number in numbers:
            DispositionFactory.create(
                group=group, name=f"Disp{number}", display_name=f"Dispo {number}"
            )
    return root


def disposition_names(content) -> list[str]:
    return [one["name"] for one in content["dispositions"]]


class TestReading:
    def test_every_contact_center_has_one_default_group(self, admin, world, top):
        answer = admin.get(f"{PATH}?type=dispositions&fields=*")

        path = f"/groups/{top.pk}"
        assert answer.body == {
            "statusCode": 0,
            "groups": [
                {
                    "id": top.pk,
                    "name": "DispositionCode",
                    "contains": "dispositions",
                    "type": "dispositions",
                    "defaultGroup": True,
                    "uri": BASE + path,
                    "path": path,
                }
            ],
        }
        assert re.fullmatch(f"1-{UUID}", top.pk)

    def test_the_full_contents_of_a_category(self, admin, tree):
        """Seed 001 "Retrieve full contents of a specific disposition category": one level."""
        group = admin.get(f"{PATH}/{tree.pk}?subresources=*").body["group"]

        assert (group["id"], group["name"], group["contains"]) == (
            tree.pk,
            "Dispositions",
            "dispositions",
        )
        [sub] = group["groups"]
        path = f"/groups/{sub['id']}"
        assert sub == {
            "id": sub["id"],
            "name": "Sub-group",
            "contains": "dispositions",
            "type": "dispositions",
            "parentUri": f"{BASE}/groups/{tree.pk}",
            "uri": BASE + path,
            "path": path,
        }
        assert [(one["name"], one["displayName"]) for one in group["dispositions"]] == [
            ("Disp1", "Dispo 1"),
            ("Disp2", "Dispo 2"),
            ("Disp3", "Dispo 3"),
        ]
        assert "users" not in group

    def test_the_full_tree(self, admin, tree):
        """Seed 001 "Retrieve full disposition and category tree"."""
        group = admin.get(f"{PATH}/{tree.pk}?subresources=**").body["group"]

        [sub] = group["groups"]
        [deep] = sub["groups"]
        assert disposition_names(group) == ["Disp1", "Disp2", "Disp3"]
        assert disposition_names(sub) == ["Disp4", "Disp5", "Disp6"]
        assert disposition_names(deep) == ["Disp7"]
        assert sub["parentUri"] == f"{BASE}/groups/{tree.pk}"
        assert (deep["name"], deep["groups"]) == ("Deep", [])

    def test_the_tree_of_a_group_in_the_middle_begins_there(self, admin, tree):
        sub = Group.objects.get(name="Sub-group")

        group = admin.get(f"{PATH}/{sub.pk}?subresources=**").body["group"]

        assert group["name"] == "Sub-group"
        assert [one["name"] for one in group["groups"]] == ["Deep"]

    def test_a_list_of_trees(self, admin, tree):
        answer = admin.get(f"{PATH}?subresources=**")

        groups = {group["name"]: group for group in answer.body["groups"]}
        assert set(groups) == {"DispositionCode", "Dispositions", "Sub-group", "Deep"}
        assert groups["Dispositions"]["groups"] == [groups["Sub-group"]]
        assert groups["Sub-group"]["groups"] == [groups["Deep"]]

    def test_selected_fields_and_subresources(self, admin, tree):
        answer = admin.get(f"{PATH}/{tree.pk}?fields=name&subresources=groups")

        assert set(answer.body["group"]) == {"name", "groups"}

    def test_sub_groups_are_a_list_like_all_others(self, admin, tree):
        sub = Group.objects.get(name="Sub-group")

        assert admin.get(f"{PATH}/{tree.pk}/groups").body["paths"] == [f"/groups/{sub.pk}"]
        assert names(admin.get(f"{PATH}/{tree.pk}/groups?fields=name")) == ["Sub-group"]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("contains=users", ["Crew"]),
            ("type=BusinessUnit", ["Crew"]),
            ("type=businessunit", ["Crew"]),
            ("defaultGroup=true", ["DispositionCode"]),
            ("name=Deep,Crew", ["Crew", "Deep"]),
            ("dispositions.name=Disp5", ["Sub-group"]),
            ("groups.name=Deep", ["Sub-group"]),
            ("users.userName=bob@red.example", ["Crew"]),
            ("sortBy=name&order=Descending&limit=2", ["Sub-group", "DispositionCode"][:1]),
        ],
    )
    def test_filters(self, admin, world, tree, query, expected):
        crew = GroupFactory.create(contact_center=world.red, contains="users", name="Crew")
        GroupMemberFactory.create(group=crew, user=world.bob)

        assert names(admin.get(f"{PATH}?fields=name&{query}"))[: len(expected)] == expected

    def test_parents_may_be_resolved_and_filtered_by(self, admin, tree):
        answer = admin.get(f"{PATH}?resolveUris=*&parentUri=/groups/{tree.pk}")

        [sub] = answer.body["groups"]
        assert sub["parent"]["name"] == "Dispositions"

    @pytest.mark.parametrize("subresources", ["*", "**"])
    def test_the_number_of_queries_does_not_grow(
        self, admin, world, tree, assert_constant_queries, subresources
    ):
        crew = GroupFactory.create(contact_center=world.red, contains="users")
        GroupMemberFactory.create(group=crew, user=world.bob)

        def add_rows() -> None:
            for _ in range(4):
                below = GroupFactory.create(contact_center=world.red, parent=tree)
                DispositionFactory.create_batch(2, group=below)
                GroupMemberFactory.create(
                    group=crew, user=UserFactory.create(contact_center=world.red)
                )

        assert_constant_queries(
            lambda: admin.get(f"{PATH}?subresources={subresources}"), add_rows=add_rows
        )


class TestWriting:
    def test_the_seeds_examples_of_creating(self, admin, tree):
        """Seed 001 "Create sub-category of dispositions", "Create top-level disposition group"."""
        below = admin.post(
            f"{PATH}/{tree.pk}/groups", {"name": "MySubGroup", "contains": "dispositions"}
        )
        at_the_top = admin.post(PATH, {"name": "MyGroup", "contains": "dispositions"})

        sub, group = Group.objects.get(name="MySubGroup"), Group.objects.get(name="MyGroup")
        assert below.body == {
            "statusCode": 0,
            "id": sub.pk,
            "uri": f"{BASE}/groups/{sub.pk}",
            "path": f"/groups/{sub.pk}",
        }
        assert at_the_top.body["id"] == group.pk
        assert (sub.parent, group.parent) == (tree, None)
        assert re.fullmatch(f"1-{UUID}", sub.pk)

    def test_the_ways_to_say_where_and_what(self, admin, tree):
        for body in (
            {"name": "a", "parentUri": f"{BASE}/groups/{tree.pk}"},
            {"name": "b", "contains": ["dispositions"], "parentUri": f"/groups/{tree.pk}"},
        ):
            assert admin.post(PATH, body).body["statusCode"] == 0
        own = {"name": "c", "parentUri": tree.pk}
        assert admin.post(f"{PATH}/{tree.pk}/groups", own).body["statusCode"] == 0
        many = admin.post(PATH, {"groups": [{"name": "d", "contains": "users"}, {"name": "e"}]})

        assert (many.body["statusCode"], many.body["failed"][0]["name"]) == (7, "e")
        assert Group.objects.filter(parent=tree).count() == 4
        assert re.fullmatch(f"2-{UUID}", Group.objects.get(name="d").pk)

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"contains": "dispositions"}, 1),
            ({"name": "x"}, 1),
            ({"name": "x", "contains": "skills"}, 10),
            ({"name": "x", "contains": ["users", "dispositions"]}, 10),
            ({"name": "", "contains": "users"}, 10),
            ({"name": "Dispositions", "contains": "dispositions"}, 18),
            ({"name": "x", "contains": "users", "defaultGroup": True}, 10),
            ({"name": "x", "contains": "users", "type": "users"}, 11),
            ({"name": "x", "contains": "users", "parentUri": "/groups/nothing"}, 6),
            ({"name": "x", "contains": "users", "parentUri": "/users/x"}, 10),
        ],
    )
    def test_a_group_that_cannot_be(self, admin, tree, body, code):
        assert admin.post(PATH, body).body["statusCode"] == code
        assert Group.objects.filter(contact_center=tree.contact_center).count() == 4

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"name": "Sub-group"}, 18),
            ({"name": "x", "contains": "users"}, 10),
            ({"name": "x", "defaultGroup": True}, 10),
            ({"name": "x", "parentUri": "/groups/1-elsewhere"}, 10),
        ],
    )
    def test_a_sub_group_that_cannot_be(self, admin, tree, body, code):
        assert admin.post(f"{PATH}/{tree.pk}/groups", body).body["statusCode"] == code
        assert Group.objects.filter(parent=tree).count() == 1

    def test_names_are_unique_among_siblings_only(self, admin, tree):
        for path, name in ((PATH, "Deep"), (f"{PATH}/{tree.pk}/groups", "Deep")):
            body = {"name": name, "contains": "dispositions"}
            assert admin.post(path, body).body["statusCode"] == 0

    def test_trees_end_somewhere(self, admin, world):
        parent = None
        for number in range(20):
            parent = GroupFactory.create(contact_center=world.red, name=str(number), parent=parent)

        answer = admin.post(f"{PATH}/{parent.pk}/groups", {"name": "x"})

        assert refusal(answer) == (400, 10)
        assert not Group.objects.filter(parent=parent).exists()

    def test_renaming(self, admin, tree):
        assert admin.put(f"{PATH}/{tree.pk}", {"name": "Outcomes"}).body == DONE
        assert refusal(admin.put(f"{PATH}/{tree.pk}", {"name": "DispositionCode"})) == (409, 18)
        assert refusal(admin.put(f"{PATH}/{tree.pk}", {"contains": "users"})) == (400, 11)
        assert refusal(admin.put(f"{PATH}/{tree.pk}", {"parentUri": "/groups/x"})) == (400, 11)

        tree.refresh_from_db()
        assert (tree.name, tree.contains, tree.parent) == ("Outcomes", "dispositions", None)

    def test_the_default_is_handed_on_and_never_given_up(self, admin, tree, top):
        assert admin.put(f"{PATH}/{tree.pk}", {"defaultGroup": True}).body == DONE
        assert refusal(admin.put(f"{PATH}/{tree.pk}", {"defaultGroup": False})) == (400, 2)
        assert refusal(admin.delete(f"{PATH}/{tree.pk}")) == (403, 3)

        default = Group.objects.filter(contact_center=tree.contact_center, is_default=True)
        assert list(default) == [tree]
        entries = ChangeLogEntry.objects.filter(resource="groups").order_by("-id")[:2]
        assert {(one.object_id, one.after["is_default"]) for one in entries} == {
            (top.pk, False),
            (tree.pk, True),
        }

    def test_a_new_group_may_be_the_default(self, admin, top):
        body = {"name": "x", "contains": "dispositions", "defaultGroup": True}

        assert admin.post(PATH, body).body["statusCode"] == 0

        top.refresh_from_db()
        assert (top.is_default, Group.objects.get(name="x").is_default) == (False, True)

    def test_a_group_below_another_cannot_be_the_default(self, admin, tree, top):
        sub = Group.objects.get(name="Sub-group")

        assert refusal(admin.put(f"{PATH}/{sub.pk}", {"defaultGroup": True})) == (400, 10)
        top.refresh_from_db()
        assert top.is_default

    def test_deleting_takes_the_whole_subtree(self, admin, tree, top):
        DispositionFactory.create(group=top, name="kept")

        assert admin.delete(f"{PATH}/{tree.pk}").body == DONE

        assert list(Group.objects.filter(contact_center=tree.contact_center)) == [top]
        assert [one.name for one in Disposition.objects.all()] == ["kept"]
        deleted = ChangeLogEntry.objects.filter(action="deleted").order_by("id")
        assert [one.resource for one in deleted] == ["dispositions"] * 7 + ["groups"] * 3
        assert [one.before["name"] for one in deleted][-3:] == [
            "Deep",
            "Sub-group",
            "Dispositions",
        ]

    def test_deleting_a_sub_category_leaves_its_parent(self, admin, tree):
        sub = Group.objects.get(name="Sub-group")

        assert admin.delete(PATH, {"uris": [f"{BASE}/groups/{sub.pk}"]}).body == DONE

        assert not Group.objects.filter(name__in=["Sub-group", "Deep"]).exists()
        assert tree.dispositions.count() == 3

    def test_who_may(self, api, world, tree):
        sue, bob, eve = api.by(world.sue), api.by(world.bob), api.by(world.eve)
        count = Group.objects.count()

        for path in (PATH, f"{PATH}/{tree.pk}", f"{PATH}/{tree.pk}/groups"):
            assert sue.get(path).status_code == 200
            assert bob.get(path).status_code == 200
        for client, expected in ((sue, (403, 5)), (bob, (403, 5)), (eve, (404, 6))):
            for answer in (
                client.post(f"{PATH}/{tree.pk}/groups", {"name": "x"}),
                client.put(f"{PATH}/{tree.pk}", {"name": "x"}),
                client.delete(f"{PATH}/{tree.pk}"),
            ):
                assert refusal(answer) == expected
        assert refusal(sue.post(PATH, {"name": "x", "contains": "users"})) == (403, 5)
        assert len(eve.get(PATH).body["uris"]) == 1
        parent = {"name": "x", "parentUri": f"/groups/{tree.pk}"}
        assert refusal(eve.post(PATH, parent)) == (404, 6)
        assert Group.objects.count() == count
        tree.refresh_from_db()
        assert tree.name == "Dispositions"


class TestUsers:
    @pytest.fixture
    def crew(self, world) -> Group:
        return GroupFactory.create(contact_center=world.red, name="Crew", contains="users")

    @pytest.mark.parametrize("form", ["uris", "paths", "ids", "users"])
    def test_assigning_and_unassigning(self, admin, world, crew, form):
        path, bare = f"{PATH}/{crew.pk}/users", world.bob.pk.hex
        sent = {
            "uris": {"uris": [f"{BASE}/users/{bare}"]},
            "paths": {"paths": [f"/users/{bare}"]},
            "ids": {"ids": [bare]},
            "users": {"users": [{"uri": f"/users/{bare}"}]},
        }[form]

        assert admin.post(path, sent).body == DONE
        assert admin.get(path).body["paths"] == [f"/users/{bare}"]
        removal = sent if form != "users" else {"uris": [f"/users/{bare}"]}
        assert admin.delete(path, removal).body == DONE
        assert admin.get(path).body["paths"] == []

    def test_the_events_of_membership(self, admin, world, crew):
        path = f"{PATH}/{crew.pk}/users"
        for _ in range(2):
            admin.post(path, {"ids": [world.bob.pk.hex]})
        admin.delete(f"{path}/{world.bob.pk.hex}")

        told = [
            (one.payload["resource"], one.payload["object_id"], one.payload["action"])
            for one in EventRecord.objects.order_by("-id")[:2]
        ]
        member = f"{crew.pk}/{world.bob.pk}"
        assert told == [
            ("group-users", member, "deleted"),
            ("group-users", member, "created"),
        ]

    def test_a_users_place_is_his_in_this_group_alone(self, admin, world, crew):
        other = GroupFactory.create(contact_center=world.red, contains="users")
        for group in (crew, other):
            GroupMemberFactory.create(group=group, user=world.bob)

        admin.delete(f"{PATH}/{crew.pk}/users/{world.bob.pk}")

        assert [one.group for one in GroupMember.objects.all()] == [other]
        assert refusal(admin.delete(f"{PATH}/{crew.pk}/users/{world.bob.pk}")) == (404, 6)

    def test_users_are_paged_and_sorted(self, admin, world, crew):
        for user in (world.ann, world.bob, world.sue):
            GroupMemberFactory.create(group=crew, user=user)
        path = f"{PATH}/{crew.pk}/users"

        page = admin.get(f"{path}?fields=firstName&sortBy=lastName&order=Descending&limit=2").body
        assert page["users"] == [{"firstName": "Sue"}, {"firstName": "Bob"}]
        assert page["totalCount"] == 3
        page = admin.get(f"{path}?fields=firstName&sortBy=lastName&limit=2&offset=2").body
        assert page["users"] == [{"firstName": "Sue"}]
        assert refusal(admin.get(f"{path}?sortBy=lastName")) == (400, 1)
        found = admin.get(f"{path}?fields=firstName&skills.name=Sales").body
        assert found["users"] == [{"firstName": "Bob"}]
        one = admin.get(f"{path}/{world.bob.pk}?fields=userName").body
        assert one == {"statusCode": 0, "user": {"userName": "bob@red.example"}}

    def test_users_stand_within_each_of_their_groups(self, admin, world, crew):
        other = GroupFactory.create(contact_center=world.red, name="Other", contains="users")
        below = GroupFactory.create(
            contact_center=world.red, name="Below", contains="users", parent=crew
        )
        for group in (crew, other, below):
            GroupMemberFactory.create(group=group, user=world.bob)

        groups = admin.get(f"{PATH}?contains=users&subresources=users").body["groups"]
        tree = admin.get(f"{PATH}/{crew.pk}?subresources=**").body["group"]

        assert [(one["name"], one["users"][0]["firstName"]) for one in groups] == [
            ("Below", "Bob"),
            ("Crew", "Bob"),
            ("Other", "Bob"),
        ]
        assert "dispositions" not in tree
        assert tree["groups"][0]["users"][0]["id"] == world.bob.pk.hex

    def test_bulk_failures_name_their_user(self, admin, world, crew):
        body = {"uris": [f"/users/{world.eve.pk.hex}", f"/users/{world.bob.pk.hex}", "nobody"]}

        answer = admin.post(f"{PATH}/{crew.pk}/users", body)

        assert answer.body["statusCode"] == 7
        assert [one["statusCode"] for one in answer.body["failed"]] == [6, 6]
        assert [one.user for one in GroupMember.objects.all()] == [world.bob]

    def test_a_group_of_dispositions_holds_no_users(self, admin, world, top):
        answer = admin.post(f"{PATH}/{top.pk}/users", {"ids": [world.bob.pk.hex]})

        assert refusal(answer) == (400, 2)
        assert not GroupMember.objects.exists()

    def test_deleting_the_group_lets_its_users_go(self, admin, world, crew):
        GroupMemberFactory.create(group=crew, user=world.bob)

        assert admin.delete(f"{PATH}/{crew.pk}").body == DONE

        world.bob.refresh_from_db()
        resources = ChangeLogEntry.objects.filter(action="deleted").values_list(
            "resource", flat=True
        )
        assert list(resources.order_by("id")) == ["group-users", "groups"]

    def test_who_may(self, api, world, crew):
        GroupMemberFactory.create(group=crew, user=world.bob)
        path, body = f"{PATH}/{crew.pk}/users", {"ids": [world.sue.pk.hex]}
        sue, bob, eve = api.by(world.sue), api.by(world.bob), api.by(world.eve)

        assert sue.get(path).status_code == 200
        assert refusal(bob.get(path)) == (403, 5)
        assert refusal(eve.get(path)) == (404, 6)
        for client, expected in ((sue, (403, 5)), (bob, (403, 5)), (eve, (404, 6))):
            assert refusal(client.post(path, body)) == expected
            assert refusal(client.delete(f"{path}/{world.bob.pk}")) == expected
        assert [one.user for one in GroupMember.objects.all()] == [world.bob]

    def test_agents_see_groups_of_dispositions_and_their_own_of_users(self, api, world, crew):
        """Wishes S8: an agent's desktop asks `groups?type=dispositions` when it starts."""
        GroupMemberFactory.create(group=crew, user=world.bob)
        other = GroupFactory.create(contact_center=world.red, contains="users", name="Other")
        bob = api.by(world.bob)

        assert names(bob.get(f"{PATH}?type=BusinessUnit&fields=*")) == ["Crew"]
        kinds = {one["type"] for one in bob.get(f"{PATH}?fields=*").body["groups"]}
        assert kinds == {"dispositions", "BusinessUnit"}
        assert refusal(bob.get(f"{PATH}/{other.pk}")) == (404, 6)
        [top] = bob.get(f"{PATH}?type=dispositions&subresources=*").body["groups"]
        assert top["dispositions"] == []
        assert bob.get(f"{PATH}/{top['id']}/dispositions").status_code == 200

    def test_everyone_reads_the_groups_he_is_in(self, api, world, crew):
        """Wishes S8: what the original's own desktop asks first."""
        GroupMemberFactory.create(group=crew, user=world.bob)
        GroupFactory.create(contact_center=world.red, contains="users")

        answer = api.by(world.bob).get("/api/v2/me/groups?type=BusinessUnit&fields=*")

        assert names(answer) == ["Crew"]
        assert api.by(world.sue).get("/api/v2/me/groups").body["uris"] == []

    def test_the_number_of_queries_does_not_grow(self, admin, world, crew, assert_constant_queries):
        GroupMemberFactory.create(group=crew, user=world.bob)

        def add_rows() -> None:
            for _ in range(5):
                user = UserFactory.create(contact_center=world.red)
                GroupMemberFactory.create(group=crew, user=user)

        assert_constant_queries(
            lambda: admin.get(f"{PATH}/{crew.pk}/users?fields=*"), add_rows=add_rows
        )
