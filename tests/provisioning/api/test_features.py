"""Seed 003 "Features" and "Services"."""

import pytest

from portal.api.features import FEATURES
from portal.events.models import EventRecord
from provisioning.models import AssignedFeature, ChangeLogEntry, Service
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

BASE = "http://testserver/api/v2"


@pytest.fixture
def root(world):
    return UserFactory.create(contact_center=world.red, is_superuser=True, is_agent=False)


def shown(feature_id: str, collection: str) -> dict[str, str]:
    feature = FEATURES[feature_id]
    path = f"/{collection}/{feature_id}"
    return {
        "id": feature_id,
        "displayName": feature.display_name,
        "description": feature.description,
        "uri": BASE + path,
        "path": path,
    }


class TestFeatures:
    def test_the_contact_centers_are_listed(self, api, world):
        AssignedFeature.objects.filter(contact_center=world.red).exclude(
            feature_id__in=["api-voice", "ui-wallboard"]
        ).delete()
        client = api.by(world.bob)

        assert client.get("/api/v2/features").body == {
            "statusCode": 0,
            "uris": [f"{BASE}/features/api-voice", f"{BASE}/features/ui-wallboard"],
            "paths": ["/features/api-voice", "/features/ui-wallboard"],
        }
        assert client.get("/api/v2/features?fields=*").body["features"] == [
            shown("api-voice", "features"),
            shown("ui-wallboard", "features"),
        ]
        assert client.get("/api/v2/features/api-voice").body == {
            "statusCode": 0,
            "feature": shown("api-voice", "features"),
        }
        assert client.get("/api/v2/features/api-multimedia").status_code == 404
        page = client.get("/api/v2/features?fields=id&limit=1&sortBy=id&order=Descending").body
        assert (page["features"], page["totalCount"]) == ([{"id": "ui-wallboard"}], 2)

    def test_the_systems_are_listed_for_admins(self, api, world):
        client = api.by(world.ann)

        listed = client.get("/api/v2/system/features?fields=*").body["features"]
        assert listed == [shown(one, "system/features") for one in sorted(FEATURES)]
        assert len(client.get("/api/v2/system/features").body["uris"]) == len(FEATURES)
        assert client.get("/api/v2/system/features/ui-wallboard").body["feature"] == shown(
            "ui-wallboard", "system/features"
        )
        for user in (world.sue, world.bob):
            assert api.by(user).get("/api/v2/system/features").body["statusCode"] == 5
            path = "/api/v2/system/features/ui-wallboard"
            assert api.by(user).get(path).body["statusCode"] == 5

    def test_me_and_users_show_them(self, api, world):
        AssignedFeature.objects.filter(contact_center=world.red).exclude(
            feature_id__in=["api-voice", "api-provisioning-read"]
        ).delete()
        expected = [shown("api-provisioning-read", "features"), shown("api-voice", "features")]

        me = api.by(world.bob).get("/api/v2/me?subresources=features,devices").body["user"]
        users = api.by(world.bob).get("/api/v2/users?subresources=features").body["users"]

        assert me["features"] == expected
        assert len(me["devices"]) == 1
        assert [user["features"] for user in users] == [expected] * 3


class TestFinding:
    def test_features_are_found_and_sorted_by_what_they_are_called(self, api, world):
        client = api.by(world.bob)

        found = client.get("/api/v2/features?fields=id&displayName=Voice API,Wallboard")
        assert [one["id"] for one in found.body["features"]] == ["api-voice", "ui-wallboard"]
        assert client.get("/api/v2/features?displayName=Nothing").body["uris"] == []
        names = [
            one["displayName"]
            for one in client.get(
                "/api/v2/features?fields=displayName&sortBy=displayName&order=Descending&limit=99"
            ).body["features"]
        ]
        assert names == sorted(names, reverse=True)
        assert len(names) == len(FEATURES)


class TestGivingBack:
    """Reverting what the change log says of features."""

    @pytest.fixture
    def entry(self, api, root):
        api.by(root).delete("/api/v2/features/ui-wallboard")
        return ChangeLogEntry.objects.get(resource="features")

    def test_the_cloud_admin_takes_it_back(self, api, world, root, entry):
        undone = api.by(root).post(
            f"/api/v2/change-log/{entry.pk}?contactCenterId={world.red.pk}",
            {"operationName": "Revert"},
        )

        assert undone.body == {
            "statusCode": 0,
            "reverted": [{"id": str(entry.pk), "path": f"/change-log/{entry.pk}"}],
        }
        assert api.by(world.bob).get("/api/v2/features/ui-wallboard").status_code == 200
        newest = ChangeLogEntry.objects.latest("pk")
        assert (newest.resource, newest.action) == ("features", "created")

    def test_nobody_else_gives_his_contact_center_features(self, api, world, entry):
        undone = api.by(world.ann).post(
            f"/api/v2/change-log/{entry.pk}", {"operationName": "Revert"}
        )

        assert undone.body["statusCode"] == 5
        assert api.by(world.bob).get("/api/v2/features/ui-wallboard").status_code == 404

    def test_only_the_cloud_admin_names_a_contact_center(self, api, world, root, entry):
        address = f"/api/v2/change-log/{entry.pk}?contactCenterId={world.red.pk}"

        assert api.by(root).get(address).status_code == 200
        assert api.by(world.eve).get(address).status_code == 404
        listed = f"/api/v2/change-log?resource=features&contactCenterId={world.red.pk}"
        eve = api.by(world.eve)
        assert eve.get(listed).body["uris"] == []
        assert len(api.by(root).get(listed).body["uris"]) == 1


class TestTakingAway:
    def test_the_cloud_admin_takes_a_feature_away(self, api, world, root):
        answer = api.by(root).delete("/api/v2/features/ui-wallboard")

        assert answer.body == {"statusCode": 0}
        red, blue = (
            AssignedFeature.objects.filter(contact_center=center, feature_id="ui-wallboard")
            for center in (world.red, world.blue)
        )
        assert not red.exists()
        assert blue.exists()
        event = EventRecord.objects.order_by("-id").first()
        assert (event.payload["resource"], event.payload["object_id"]) == (
            "features",
            "ui-wallboard",
        )
        assert event.payload["action"] == "unassigned"
        assert api.by(root).delete("/api/v2/features/ui-wallboard").status_code == 404

    def test_he_names_another_contact_center(self, api, world, root):
        query = f"?contactCenterId={world.blue.pk}"

        assert api.by(root).delete(f"/api/v2/features/ui-wallboard{query}").body == {
            "statusCode": 0
        }

        assert len(api.by(root).get(f"/api/v2/features{query}").body["uris"]) == 12
        assert len(api.by(root).get("/api/v2/features").body["uris"]) == 13

    @pytest.mark.parametrize("feature", [one.id for one in FEATURES.values() if one.by_default])
    def test_what_is_assigned_by_default_stays(self, api, world, root, feature):
        answer = api.by(root).delete(f"/api/v2/features/{feature}")

        assert (answer.status_code, answer.body["statusCode"]) == (403, 3)
        assert AssignedFeature.objects.filter(contact_center=world.red).count() == 13

    def test_one_at_a_time(self, api, world, root):
        answer = api.by(root).delete("/api/v2/features", {"ids": ["ui-wallboard"]})

        assert (answer.status_code, answer.body["statusCode"]) == (405, 2)
        assert AssignedFeature.objects.count() == 26

    @pytest.mark.parametrize("role", ["ann", "sue", "bob"])
    def test_nobody_else_does(self, api, world, role):
        client = api.by(getattr(world, role))
        query = f"?contactCenterId={world.blue.pk}"

        for answer in (
            client.delete("/api/v2/features/ui-wallboard"),
            client.delete(f"/api/v2/features/ui-wallboard{query}"),
        ):
            assert (answer.status_code, answer.body["statusCode"]) == (403, 5)
        assert AssignedFeature.objects.count() == 26

    def test_what_was_taken_away_is_not_there(self, api, world, root):
        assert api.by(world.ann).get("/api/v2/services?type=Reporting").body["uris"]

        api.by(root).delete("/api/v2/features/api-statistics")

        assert api.by(world.ann).get("/api/v2/services?type=Reporting").body["uris"] == []


class TestServices:
    def test_the_documented_examples(self, api, world):
        client = api.by(world.bob)

        listed = client.get("/api/v2/services?fields=*").body
        assert [(one["name"], one["type"], one["state"]) for one in listed["services"]] == [
            ("Provisioning", "Provisioning", "Active"),
            # No runtime leads while tests run, and the service says so.
            ("Statistics", "Reporting", "Inactive"),
            ("SIPS", "Voice", "Active"),
        ]
        service = Service.objects.get(contact_center=world.red, type="Voice")
        path = f"/services/{service.pk}"
        assert client.get(f"/api/v2{path}").body == {
            "statusCode": 0,
            "service": {
                "id": str(service.pk),
                "name": "SIPS",
                "type": "Voice",
                "state": "Active",
                "uri": BASE + path,
                "path": path,
            },
        }
        assert client.get("/api/v2/services?fields=name&type=voice&state=active").body[
            "services"
        ] == [{"name": "SIPS"}]
        assert api.by(world.eve).get(f"/api/v2{path}").status_code == 404
