import pytest

from portal.events.models import EventRecord
from provisioning.change import Change
from provisioning.models import ChangeLogEntry, Device, KeptPassword, Skill, User, UserSkill
from provisioning.services.users import delete_user
from tests.factories import SkillFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(api, world):
    ChangeLogEntry.objects.all().delete()
    return api.by(world.ann)


def newest() -> ChangeLogEntry:
    return ChangeLogEntry.objects.order_by("-pk").first()


def revert(client, entry: ChangeLogEntry, **body):
    return client.post(f"/api/v2/change-log/{entry.pk}", {"operationName": "Revert", **body})


class TestReading:
    def test_an_entry_says_who_changed_what_and_why(self, ann, world):
        ann.put(
            f"/api/v2/users/{world.bob.pk}",
            {"firstName": "Rob", "roles": ["ROLE_AGENT", "ROLE_SUPERVISOR"]},
            headers={"X-Change-Reason": "promoted"},
        )

        answer = ann.get("/api/v2/change-log?fields=*")

        [entry] = answer.body["changes"]
        assert (entry["actorName"], entry["origin"]) == ("ann@red.example", "api")
        assert (entry["resource"], entry["objectId"]) == ("users", world.bob.pk.hex)
        assert (entry["action"], entry["reason"]) == ("updated", "promoted")
        assert entry["before"] == {"firstName": "Bob", "roles": ["ROLE_AGENT"]}
        assert entry["after"] == {
            "firstName": "Rob",
            "roles": ["ROLE_SUPERVISOR", "ROLE_AGENT"],
        }

    def test_a_bulk_is_one_request(self, ann):
        ann.post("/api/v2/skills", {"skills": [{"name": "A"}, {"name": "B"}]})

        assert ChangeLogEntry.objects.count() == 2
        assert len(set(ChangeLogEntry.objects.values_list("request_id", flat=True))) == 1

    def test_entries_outlive_their_object_and_author(self, ann, api, world):
        root = UserFactory.create(contact_center=world.red, is_admin=True, is_agent=False)
        ann.post("/api/v2/skills", {"name": "A"})
        ann.delete(f"/api/v2/skills/{Skill.objects.get(name='A').pk}")
        api.by(root).delete(f"/api/v2/users/{world.ann.pk}")

        answer = api.by(root).get("/api/v2/change-log?fields=actorName,action&resource=skills")

        assert answer.body["changes"] == [
            {"actorName": "ann@red.example", "action": "deleted"},
            {"actorName": "ann@red.example", "action": "created"},
        ]

    def test_a_refused_write_leaves_no_entry(self, ann):
        ann.post("/api/v2/skills", {"name": "Sales"})

        assert ChangeLogEntry.objects.count() == 0

    def test_it_is_for_admins_and_within_walls(self, ann, api, world):
        ann.post("/api/v2/skills", {"name": "A"})

        assert api.by(world.sue).get("/api/v2/change-log").body["statusCode"] == 5
        assert api.by(world.eve).get("/api/v2/change-log").body["uris"] == []
        assert api.by(world.eve).get(f"/api/v2/change-log/{newest().pk}").status_code == 404
        assert revert(api.by(world.eve), newest()).status_code == 404
        assert Skill.objects.filter(name="A").exists()

    @pytest.mark.parametrize(("query", "count"), [("from=0", 1), ("to=1000", 0)])
    def test_entries_are_found_by_time(self, ann, query, count):
        ann.post("/api/v2/skills", {"name": "A"})

        assert len(ann.get(f"/api/v2/change-log?{query}").body["uris"]) == count

    @pytest.mark.parametrize("bad", ["x", "1e99", "99999999999999999999"])
    def test_an_id_that_is_none_is_not_found(self, ann, bad):
        assert ann.get(f"/api/v2/change-log/{bad}").status_code == 404


class TestRevert:
    def test_an_update_is_undone(self, ann, world):
        ann.put(f"/api/v2/users/{world.bob.pk}", {"firstName": "Rob", "enabled": False})

        answer = revert(ann, newest())

        assert answer.body["statusCode"] == 0
        world.bob.refresh_from_db()
        assert (world.bob.first_name, world.bob.is_active) == ("Bob", True)

    def test_a_creation_is_undone(self, ann):
        ann.post("/api/v2/skills", {"name": "A"})

        revert(ann, newest())

        assert not Skill.objects.filter(name="A").exists()

    def test_a_deletion_is_undone_with_the_whole_request(self, ann, world):
        ann.delete(f"/api/v2/users/{world.bob.pk}")

        answer = revert(ann, newest(), scope="Request")

        assert len(answer.body["reverted"]) == 3
        bob = User.objects.get(pk=world.bob.pk)
        assert (bob.user_name, bob.password) == ("bob@red.example", world.bob.password)
        assert UserSkill.objects.get(user=bob).level == 5
        assert Device.objects.get(pk=world.bobs_phone.pk).user_id == bob.pk

    def test_a_deleted_device_comes_back_with_its_number(self, ann, world):
        number = world.bobs_phone.phone_number.number
        ann.delete(f"/api/v2/devices/{world.bobs_phone.pk}")

        revert(ann, newest())

        device = Device.objects.get(pk=world.bobs_phone.pk)
        assert (device.phone_number.number, device.user_id) == (number, world.bob.pk)

    def test_later_changes_are_listed_as_conflicts_and_nothing_is_undone(self, ann, world):
        ann.put(f"/api/v2/users/{world.bob.pk}", {"firstName": "Rob"})
        first = newest()
        ann.put(f"/api/v2/users/{world.bob.pk}", {"firstName": "Robert"})

        answer = revert(ann, first)

        assert (answer.status_code, answer.body["statusCode"]) == (409, 2)
        assert [one["id"] for one in answer.body["conflicts"]] == [str(newest().pk)]
        world.bob.refresh_from_db()
        assert world.bob.first_name == "Robert"

    def test_nothing_is_undone_twice_but_the_undoing_can_be(self, ann, world):
        ann.put(f"/api/v2/users/{world.bob.pk}", {"firstName": "Rob"})
        first = newest()
        revert(ann, first)
        undoing = newest()

        assert revert(ann, first).status_code == 409
        assert revert(ann, undoing).body["statusCode"] == 0
        world.bob.refresh_from_db()
        assert world.bob.first_name == "Rob"

    def test_what_has_been_taken_meanwhile_is_not_taken_back(self, ann, world):
        magic = SkillFactory.create(contact_center=world.red, name="Magic")
        ann.delete(f"/api/v2/skills/{magic.pk}")
        entry = newest()
        ann.post("/api/v2/skills", {"name": "Magic"})

        answer = revert(ann, entry)

        assert (answer.status_code, answer.body["statusCode"]) == (409, 18)
        assert Skill.objects.filter(name="Magic").count() == 1

    def test_a_deleted_user_comes_back_and_signs_in(self, ann, api, world):
        """With the password he had, which no answer, entry or event has shown meanwhile."""
        secret = world.bob.password
        ann.delete(f"/api/v2/users/{world.bob.pk}")
        assert api.by(world.bob).get("/api/v2/me").status_code == 401
        told = str(list(EventRecord.objects.values_list("payload", flat=True)))
        told += str(list(ChangeLogEntry.objects.values()))
        told += str(ann.get("/api/v2/change-log?fields=*").body)

        answer = revert(ann, newest(), scope="Request")

        assert not any("needsPassword" in one for one in answer.body["reverted"])
        assert api.by(world.bob).get("/api/v2/me").body["user"]["userName"] == "bob@red.example"
        assert secret not in told
        assert not KeptPassword.objects.exists()

    def test_undoing_the_return_and_that_again_keeps_the_password(self, ann, api, world):
        ann.delete(f"/api/v2/users/{world.bob.pk}")
        for _ in range(3):
            entry = ChangeLogEntry.objects.filter(resource="users").latest("pk")
            assert revert(ann, entry, scope="Request").body["statusCode"] == 0

        assert api.by(world.bob).get("/api/v2/me").status_code == 200

    def test_one_who_never_had_a_password_needs_one(self, ann, world):
        new = ann.post("/api/v2/users", {"userName": "new@red.example"}).body["id"]
        ann.delete(f"/api/v2/users/{new}")

        [user] = revert(ann, newest()).body["reverted"]

        assert user["needsPassword"] is True
        assert not User.objects.get(pk=new).has_usable_password()

    def test_nobody_becomes_a_cloud_admin_by_undoing(self, ann, world):
        root = UserFactory.create(contact_center=world.red, is_superuser=True, is_staff=True)
        change = Change(actor=None, origin="tests")
        delete_user(change=change, user=root)

        assert revert(ann, newest()).body["statusCode"] == 5
        assert not User.objects.filter(is_superuser=True).exists()

    def test_nobody_undoes_himself(self, ann, api, world):
        new = ann.post(
            "/api/v2/users",
            {"userName": "new@red.example", "password": "password", "roles": ["ROLE_ADMIN"]},
        ).body["id"]

        answer = revert(api.by(User.objects.get(pk=new)), newest())

        assert answer.body["statusCode"] == 3
        assert User.objects.filter(pk=new).exists()

    def test_a_dry_run_of_it_changes_nothing(self, ann, world):
        ann.put(f"/api/v2/users/{world.bob.pk}", {"firstName": "Rob"})

        answer = ann.post(
            f"/api/v2/change-log/{newest().pk}?dryRun=true", {"operationName": "Revert"}
        )

        [change] = answer.body["changes"]
        assert (change["before"], change["after"]) == ({"firstName": "Rob"}, {"firstName": "Bob"})
        world.bob.refresh_from_db()
        assert world.bob.first_name == "Rob"


WRITES = [
    ("POST", "/places", {"name": "Desk 1"}),
    ("POST", "/contacts", {"name": "Ann", "type": "Custom", "phoneNumber": "5550100"}),
    ("POST", "/phone-numbers", {"phoneNumber": "7007"}),
    ("POST", "/queues", {"name": "Inside", "channel": "voice", "internal": True}),
    ("POST", "/groups", {"name": "Team", "contains": "users"}),
    ("POST", "/settings", {"name": "client", "displayName": "Client", "key": "name"}),
    ("POST", "/settings/voice", {"name": "outboundCallerId", "value": "18883695555"}),
    ("PUT", "/settings/reporting", {"name": "defaultServiceLevelInterval", "value": "30"}),
    ("POST", "/settings/agent-states", {"operationName": "Lunch", "state": "NotReady"}),
    ("POST", "/settings/dispositions", {"name": "Done", "displayName": "Done"}),
    ("PUT", "/contact-center", {"name": "Redder"}),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_whatever_is_provisioned_can_be_undone_and_done_again(ann, method, path, body):
    if path == "/settings/agent-states":
        body = {**body, "displayName": "Lunch", "workMode": "AuxWork", "reason": "Lunch"}
    answer = ann._send(method, f"/api/v2{path}", body, {})
    assert answer.body["statusCode"] == 0, answer.body
    entry = newest()

    assert revert(ann, entry, scope="Request").body.get("statusMessage") is None
    undoing = newest()
    assert undoing.after == entry.before
    assert revert(ann, undoing).body.get("statusMessage") is None

    assert newest().after["id"] == entry.after["id"]
