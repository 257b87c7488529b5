"""Dispositions: the flat view in `/settings/dispositions`, and below their groups.

Source: seed 001 "Disposition codes", "Hierarchical Dispositions API"; seed 003 "User-Defined
Setting Groups".
"""

import pytest

from provisioning.models import ChangeLogEntry, Disposition, Group
from tests.factories import DispositionFactory, GroupFactory

pytestmark = pytest.mark.django_db

PATH = "/api/v2/settings/dispositions"
BASE = "http://testserver/api/v2"
DONE = {"statusCode": 0}
DEPARTMENT = {
    "name": "department",
    "displayName": "Department",
    "possibleValues": [
        {
            "name": "tech_support",
            "displayName": "Tech Support",
            "possibleValues": [
                {"displayName": "Computers", "name": "computers"},
                {"displayName": "Network", "name": "network"},
            ],
        },
        {"displayName": "Sales", "name": "sales"},
    ],
}


def refusal(answer) -> tuple[int, int]:
    return answer.status_code, answer.body["statusCode"]


@pytest.fixture
def admin(api, world):
    return api.by(world.ann)


@pytest.fixture
def top(world) -> Group:
    return Group.objects.get(contact_center=world.red, is_default=True)


class TestFlatView:
    def test_the_life_of_a_disposition_code(self, admin):
        """Seed 001 "Disposition codes", example by example."""
        code = {"name": "IssueResolved", "displayName": "Issue Resolved"}
        assert admin.post(PATH, code).body == DONE
        assert admin.put(PATH, {**code, "displayName": "Resolved"}).body == DONE
        assert admin.get(PATH).body == {
            "key": "name",
            "settings": [{**code, "displayName": "Resolved"}],
            "statusCode": 0,
        }
        assert admin.delete(PATH, {"name": "IssueResolved"}).body == DONE
        assert admin.get(PATH).body["settings"] == []
        entries = ChangeLogEntry.objects.filter(resource="dispositions").order_by("id")
        assert [entry.action for entry in entries] == ["created", "updated", "deleted"]

    def test_they_are_read_in_the_order_they_were_made(self, admin):
        codes = [
            {"displayName": "Issue Escalated", "name": "EscalationCreated"},
            {"displayName": "Issue Resolved", "name": "IssueResolved"},
            {"displayName": "Update Provided", "name": "UpdateProvided"},
            {"displayName": "Information Requested", "name": "InfoRequested"},
        ]
        for code in codes:
            admin.post(PATH, code)

        assert admin.get(PATH).body["settings"] == codes

    def test_complex_values_are_kept(self, admin):
        """Seed 003 "User-Defined Setting Groups", examples 1 to 4."""
        values = [{**DEPARTMENT["possibleValues"][0], "displayName": "Tech!"}]
        assert admin.post(PATH, DEPARTMENT).body == DONE
        assert admin.put(PATH, {"name": "department", "possibleValues": values}).body == DONE
        assert admin.put(PATH, {"name": "department", "displayName": "Department!"}).body == DONE
        help_level = {
            "name": "helplevel",
            "displayName": "Help Level",
            "possibleValues": [
                {"displayName": "Fixed!", "name": "fixed"},
                {"displayName": "Not Fixed", "name": "not_fixed"},
            ],
        }
        assert admin.post(PATH, help_level).body == DONE
        assert admin.get(PATH).body == {
            "statusCode": 0,
            "key": "name",
            "settings": [
                {"name": "department", "displayName": "Department!", "possibleValues": values},
                help_level,
            ],
        }

    def test_it_shows_the_rows_of_the_default_groups_root(self, admin, top):
        admin.post(PATH, DEPARTMENT)
        admin.post(f"/api/v2/groups/{top.pk}/dispositions", {"name": "b", "displayName": "B"})
        below = GroupFactory.create(contact_center=top.contact_center, parent=top)
        beside = GroupFactory.create(contact_center=top.contact_center)
        for group in (below, beside):
            DispositionFactory.create(group=group)

        assert admin.get(PATH).body["settings"] == [DEPARTMENT, {"name": "b", "displayName": "B"}]
        grouped = admin.get(f"/api/v2/groups/{top.pk}/dispositions?fields=*").body["dispositions"]
        assert grouped[0]["possibleValues"] == DEPARTMENT["possibleValues"]
        assert [one["name"] for one in grouped] == ["department", "b"]

    def test_it_follows_the_default(self, admin, world):
        other = GroupFactory.create(contact_center=world.red)
        DispositionFactory.create(group=other, name="x", display_name="X")

        admin.put(f"/api/v2/groups/{other.pk}", {"defaultGroup": True})

        assert admin.get(PATH).body["settings"] == [{"name": "x", "displayName": "X"}]

    def test_without_a_default_group_the_first_code_makes_one(self, admin, top):
        top.delete()
        assert admin.get(PATH).body["settings"] == []
        assert refusal(admin.delete(PATH, {"name": "x"})) == (404, 6)

        assert admin.post(PATH, {"name": "x", "displayName": "X"}).body == DONE

        assert Disposition.objects.get().group.is_default

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"displayName": "X"}, 1),
            ({"name": "x"}, 1),
            ({"name": "x", "displayName": ""}, 10),
            ({"name": "x", "displayName": 5}, 10),
            ({"name": 5, "displayName": "X"}, 10),
            ({"name": "x", "displayName": "X", "possibleValues": ["\0"]}, 10),
            ({"name": "taken", "displayName": "X"}, 18),
        ],
    )
    def test_a_code_that_cannot_be(self, admin, top, body, code):
        taken = DispositionFactory.create(group=top, name="taken")

        assert admin.post(PATH, body).body["statusCode"] == code
        assert list(Disposition.objects.all()) == [taken]

    def test_agents_read_and_do_not_write(self, api, world, top):
        DispositionFactory.create(group=top, name="x", display_name="X")

        for user in (world.bob, world.sue):
            client = api.by(user)
            for path in (PATH, "/api/v2/me/settings/dispositions"):
                assert client.get(path).body["settings"] == [{"name": "x", "displayName": "X"}]
            for method in (client.post, client.put, client.delete):
                assert refusal(method(PATH, {"name": "x", "displayName": "Y"})) == (403, 5)
        assert Disposition.objects.get().display_name == "X"

    def test_another_contact_centers_codes_are_not_there(self, api, world, top):
        DispositionFactory.create(group=top, name="x", display_name="X")
        client = api.by(world.eve)

        assert client.get(PATH).body["settings"] == []
        for method in (client.put, client.delete):
            assert refusal(method(PATH, {"name": "x", "displayName": "Y"})) == (404, 6)
        assert Disposition.objects.get().display_name == "X"

    def test_the_number_of_queries_does_not_grow(self, admin, top, assert_constant_queries):
        assert_constant_queries(
            lambda: admin.get(PATH), add_rows=lambda: DispositionFactory.create_batch(5, group=top)
        )


class TestBelowGroups:
    @pytest.fixture
    def group(self, world) -> Group:
        return GroupFactory.create(contact_center=world.red, name="DispGroup")

    def path(self, group: Group, *more: str) -> str:
        return "/".join([f"/api/v2/groups/{group.pk}/dispositions", *more])

    def test_the_seeds_example_of_reading(self, admin, group):
        for number, name in ((1, "One"), (2, "Two"), (3, "Three")):
            DispositionFactory.create(
                group=group, name=f"Disp{number}", display_name=f"Dispo {name}"
            )

        answer = admin.get(f"{self.path(group)}?fields=name,displayName")

        assert answer.body == {
            "statusCode": 0,
            "dispositions": [
                {"name": "Disp1", "displayName": "Dispo One"},
                {"name": "Disp2", "displayName": "Dispo Two"},
                {"name": "Disp3", "displayName": "Dispo Three"},
            ],
        }

    def test_without_fields_the_list_is_of_addresses_that_answer(self, admin, group):
        disposition = DispositionFactory.create(group=group, name="Disp1", display_name="One")

        answer = admin.get(self.path(group))

        path = f"/groups/{group.pk}/dispositions/{disposition.pk}"
        assert answer.body == {"statusCode": 0, "uris": [BASE + path], "paths": [path]}
        shown = {
            "id": str(disposition.pk),
            "name": "Disp1",
            "displayName": "One",
            "uri": BASE + path,
            "path": path,
        }
        for address in (path, f"/groups/{group.pk}/dispositions/Disp1"):
            found = admin.get(f"/api/v2{address}").body
            assert found == {"statusCode": 0, "disposition": shown}

    def test_the_seeds_example_of_creating(self, admin, group):
        answer = admin.post(
            self.path(group), {"name": "MyDisposition", "displayName": "Display Name"}
        )

        made = Disposition.objects.get()
        path = f"/groups/{group.pk}/dispositions/{made.pk}"
        assert answer.body == {
            "statusCode": 0,
            "id": str(made.pk),
            "uri": BASE + path,
            "path": path,
        }
        assert (made.group, made.name, made.display_name) == (
            group,
            "MyDisposition",
            "Display Name",
        )

    def test_many_at_once(self, admin, group):
        DispositionFactory.create(group=group, name="Taken")
        path = f"/api/v2/groups/{group.pk}/dispositions"
        names = ("Sold", "Taken", "Lost")
        body = {"dispositions": [{"name": name, "displayName": name} for name in names]}

        answer = admin.post(path, body)

        assert answer.status_code == 200
        assert answer.body["statusCode"] == 7
        assert [set(one) for one in answer.body["succeeded"]] == [{"id", "uri", "path"}] * 2
        [failed] = answer.body["failed"]
        assert (failed["statusCode"], failed["name"]) == (18, "Taken")
        held = Disposition.objects.filter(group=group).order_by("created_at")
        assert [one.name for one in held] == ["Taken", "Sold", "Lost"]

    @pytest.mark.parametrize(
        "body", [{"dispositions": {}}, {"dispositions": [], "name": "x"}, {"dispositions": [1]}]
    )
    def test_many_that_cannot_be(self, admin, group, body):
        answer = admin.post(f"/api/v2/groups/{group.pk}/dispositions", body)

        assert answer.body["statusCode"] == 10
        assert not Disposition.objects.filter(group=group).exists()

    def test_the_display_name_changes_and_the_name_does_not(self, admin, group):
        made = DispositionFactory.create(group=group, name="x", display_name="X")

        assert admin.put(self.path(group, "x"), {"displayName": "Y"}).body == DONE
        assert refusal(admin.put(self.path(group, "x"), {"name": "y"})) == (400, 11)

        made.refresh_from_db()
        assert (made.name, made.display_name) == ("x", "Y")

    def test_the_seeds_example_of_removing(self, admin, group):
        by_id, by_name, by_uri = DispositionFactory.create_batch(3, group=group)

        assert admin.delete(self.path(group, str(by_id.pk))).body == DONE
        assert admin.delete(self.path(group, by_name.name)).body == DONE
        uri = f"{BASE}/groups/{group.pk}/dispositions/{by_uri.pk}"
        assert admin.delete(self.path(group), {"uris": [uri]}).body == DONE
        assert refusal(admin.delete(self.path(group, by_name.name))) == (404, 6)

        assert not Disposition.objects.exists()

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"name": "x"}, 1),
            ({"displayName": "X"}, 1),
            ({"name": "taken", "displayName": "X"}, 18),
            ({"name": "x", "displayName": "X", "colour": "red"}, 10),
            ({"name": "x", "displayName": None}, 10),
        ],
    )
    def test_a_disposition_that_cannot_be(self, admin, group, body, code):
        taken = DispositionFactory.create(group=group, name="taken")

        assert admin.post(self.path(group), body).body["statusCode"] == code
        assert list(Disposition.objects.all()) == [taken]

    def test_groups_may_have_dispositions_of_the_same_name(self, admin, group, top):
        DispositionFactory.create(group=top, name="x")

        assert admin.post(self.path(group), {"name": "x", "displayName": "X"}).status_code == 200
        assert refusal(admin.get(self.path(group, str(top.dispositions.get().pk)))) == (404, 6)

    def test_a_group_of_users_holds_none(self, admin, world):
        crew = GroupFactory.create(contact_center=world.red, contains="users")

        answer = admin.post(self.path(crew), {"name": "x", "displayName": "X"})

        assert refusal(answer) == (400, 2)
        assert not Disposition.objects.exists()

    def test_who_may(self, api, world, group):
        made = DispositionFactory.create(group=group, name="x", display_name="X")
        sue, bob, eve = api.by(world.sue), api.by(world.bob), api.by(world.eve)

        assert sue.get(self.path(group, "x")).status_code == 200
        assert bob.get(self.path(group)).status_code == 200
        for client, expected in ((sue, (403, 5)), (bob, (403, 5)), (eve, (404, 6))):
            for answer in (
                client.post(self.path(group), {"name": "y", "displayName": "Y"}),
                client.put(self.path(group, "x"), {"displayName": "Y"}),
                client.delete(self.path(group, "x")),
            ):
                assert refusal(answer) == expected
        assert refusal(eve.get(self.path(group, "x"))) == (404, 6)
        assert list(Disposition.objects.all()) == [made]

    def test_the_number_of_queries_does_not_grow(self, admin, group, assert_constant_queries):
        for query in ("", "?fields=*"):
            assert_constant_queries(
                lambda query=query: admin.get(self.path(group) + query),
                add_rows=lambda: DispositionFactory.create_batch(5, group=group),
            )
