"""Dry runs and optimistic locking, on real resources."""

import pytest

from portal.events.models import EventRecord
from provisioning.models import ChangeLogEntry, Skill, User, UserSkill
from tests.factories import SkillFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(api, world):
    return api.by(world.ann)


@pytest.fixture(autouse=True)
def nothing_is_written(request, world):
    """In a dry run no row, event or entry may stay."""
    if "DryRun" not in str(request.cls):
        yield
        return

    def rows():
        counts = [
            model.objects.count() for model in (Skill, User, UserSkill, ChangeLogEntry, EventRecord)
        ]
        return counts, list(User.objects.order_by("pk").values_list("first_name", "version"))

    before = rows()
    yield
    assert rows() == before


class TestDryRun:
    def test_a_creation_tells_what_would_be(self, ann):
        answer = ann.post("/api/v2/skills?dryRun=true", {"name": "Magic", "description": "Old"})

        assert answer.status_code == 200
        assert set(answer.body) == {"statusCode", "changes", "consequences"}
        [change] = answer.body["changes"]
        assert (change["resource"], change["action"]) == ("skills", "created")
        assert change["after"] == {"name": "Magic", "description": "Old"}
        assert "before" not in change

    def test_an_update_tells_only_what_differs(self, ann, world):
        answer = ann.put(f"/api/v2/users/{world.bob.pk}?dryRun=true", {"firstName": "Rob"})

        assert answer.body["changes"] == [
            {
                "resource": "users",
                "id": world.bob.pk.hex,
                "action": "updated",
                "before": {"firstName": "Bob"},
                "after": {"firstName": "Rob"},
            }
        ]
        assert answer.body["consequences"] == []

    def test_a_refusal_is_the_refusal_of_the_write(self, ann):
        answer = ann.post("/api/v2/skills?dryRun=true", {"name": "Sales"})

        assert (answer.status_code, answer.body["statusCode"]) == (409, 18)

    def test_a_bulk_tells_of_each_element(self, ann):
        answer = ann.post(
            "/api/v2/skills?dryRun=true", {"skills": [{"name": "A"}, {"name": "Sales"}]}
        )

        assert answer.body["statusCode"] == 7
        assert [one["name"] for one in answer.body["failed"]] == ["Sales"]
        assert [one["after"]["name"] for one in answer.body["changes"]] == ["A"]

    @pytest.mark.parametrize("way", ["unassign", "disable", "delete"])
    def test_a_queues_last_qualified_agent_is_missed(self, ann, world, way):
        user = f"/api/v2/users/{world.bob.pk}"
        answer = {
            "unassign": lambda: ann.delete(f"{user}/skills/{world.sales.pk}?dryRun=true"),
            "disable": lambda: ann.put(f"{user}?dryRun=true", {"enabled": False}),
            "delete": lambda: ann.delete(f"{user}?dryRun=true"),
        }[way]()

        assert answer.body["consequences"] == ["Queue Sales loses its last qualified agent"]

    def test_what_it_means_must_be_clear(self, ann):
        answer = ann.post("/api/v2/skills?dryRun=perhaps", {"name": "Magic"})

        assert (answer.status_code, answer.body["statusCode"]) == (400, 10)


class TestOptimisticLocking:
    def test_a_single_resource_has_an_etag_that_changes_with_it(self, ann, world):
        path = f"/api/v2/skills/{world.sales.pk}"
        before = ann.get(path).headers["ETag"]
        ann.put(path, {"description": "Sells"})

        assert ann.get(path).headers["ETag"] != before

    @pytest.mark.parametrize("method", ["put", "delete"])
    def test_a_write_that_no_longer_fits_changes_nothing(self, ann, world, method):
        skill = SkillFactory.create(contact_center=world.red, name="Magic")
        path = f"/api/v2/skills/{skill.pk}"
        read = ann.get(path).headers["ETag"]
        ann.put(path, {"description": "by another"})

        answer = getattr(ann, method)(path, {"name": "Mine"}, headers={"If-Match": read})

        assert (answer.status_code, answer.body["statusCode"]) == (412, 2)
        skill.refresh_from_db()
        assert (skill.name, skill.description) == ("Magic", "by another")

    @pytest.mark.parametrize("tag", ["{etag}", '"0", {etag}', "*"])
    def test_a_write_that_fits_goes_through(self, ann, world, tag):
        path = f"/api/v2/skills/{world.sales.pk}"
        etag = ann.get(path).headers["ETag"]

        answer = ann.put(path, {"name": "Selling"}, headers={"If-Match": tag.format(etag=etag)})

        assert answer.body == {"statusCode": 0}
