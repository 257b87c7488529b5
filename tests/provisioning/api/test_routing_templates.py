"""`/system/routing-templates`, and the routing of queues: seed 001 "Object Filtering"."""

import pytest

from provisioning.models import ChangeLogEntry, Queue
from provisioning.routing_templates import ROUTING_TEMPLATES
from tests.factories import QueueFactory, SkillFactory

pytestmark = pytest.mark.django_db

BASE = "http://testserver/api/v2"
DEFAULT = "00_RouteToSpecDestination"
PRIORITY = "03_RouteByPriority"
LISTING = "/api/v2/system/routing-templates"


def template_path(template_id: str) -> str:
    return f"/system/routing-templates/{template_id}"


class TestCatalogue:
    def test_the_documented_example(self, api, world):
        answer = api.by(world.ann).get(f"{LISTING}?fields=*&channel=voice&version=1.0.0")

        templates = answer.body["routingTemplates"]
        first, last = dict(templates[0]), dict(templates[-1])
        assert isinstance(first.pop("schema"), list)
        assert first == {
            "id": DEFAULT,
            "name": "Route Call to Specified Destination",
            "description": "Routes calls to a skill or queue",
            "version": "1.0.0",
            "channel": "voice",
            "dependencies": ["media", "destination"],
            "enabled": True,
            "uri": BASE + template_path(DEFAULT),
            "path": template_path(DEFAULT),
        }
        assert last["id"] == "07_SegmentCallerRouteToSpecDestination"
        assert last["name"] == "Play Greeting, Segment Caller, and Route To Specified Destination"
        assert last["description"].startswith("Plays a user-configured greeting,")
        assert last["dependencies"] == ["media", "destination", "data_record_type"]
        assert last["enabled"] is False

    def test_a_template_is_read_alone(self, api, world):
        answer = api.by(world.sue).get(f"/api/v2{template_path(PRIORITY)}").body

        assert answer["routingTemplate"]["id"] == PRIORITY
        assert answer["routingTemplate"]["schema"][0] == {
            "name": "priority",
            "displayName": "Priority of the queue's calls",
            "type": "integer",
            "description": "Calls of a higher priority are distributed first.",
            "required": True,
            "minimum": 0,
            "maximum": 100,
        }
        assert api.by(world.sue).get(f"{LISTING}/08_None").status_code == 404

    def test_without_fields_there_are_uris(self, api, world):
        answer = api.by(world.ann).get(LISTING)

        paths = [template_path(one) for one in ROUTING_TEMPLATES]
        assert answer.body == {
            "statusCode": 0,
            "uris": [BASE + path for path in paths],
            "paths": paths,
        }

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("channel=VOICE", 8),
            ("version=2.0.0", 0),
            ("version=1.0.0,2.0.0", 8),
            ("enabled=false", 1),
            ("dependencies=data_record_type", 2),
            (f"id={DEFAULT}&channel=voice", 1),
            ("colour=red", 8),
        ],
    )
    def test_filters(self, api, world, query, count):
        assert len(api.by(world.ann).get(f"{LISTING}?{query}").body["uris"]) == count

    def test_sorting_and_paging(self, api, world):
        answer = api.by(world.ann).get(
            f"{LISTING}?fields=id&limit=2&offset=1&sortBy=enabled,id&order=Descending"
        )

        assert [one["id"][:2] for one in answer.body["routingTemplates"]] == ["05", "04"]
        assert answer.body["totalCount"] == 8

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("channel=smoke", 10),
            ("enabled=maybe", 10),
            ("chanel=voice", 10),
            ("sortBy=id", 1),
            ("sortBy=schema&limit=5", 10),
            ("sortBy=id&limit=5&order=Up", 10),
            ("schema=x", 10),
            ("limit=501", 10),
        ],
    )
    def test_what_is_out_of_range_is_refused(self, api, world, query, code):
        assert api.by(world.ann).get(f"{LISTING}?{query}").body["statusCode"] == code

    def test_agents_do_not_read_it_and_nobody_writes_it(self, api, world):
        assert api.by(world.bob).get(LISTING).body["statusCode"] == 5
        assert api.by(world.ann).post(LISTING, {}).status_code == 405


class TestQueues:
    def put(self, api, world, **body):
        return api.by(world.ann).put(f"/api/v2/queues/{world.sales_queue.pk}", body)

    def test_a_queue_has_the_default_template_and_resolves_it(self, api, world):
        client, path = api.by(world.ann), f"/api/v2/queues/{world.sales_queue.pk}"

        queue = client.get(f"{path}?resolveUris=*").body["queue"]
        assert queue["routingTemplateUri"] == BASE + template_path(DEFAULT)
        assert queue["routingTemplate"]["id"] == DEFAULT
        assert queue["phoneNumberDetails"]["id"] == str(world.sales_queue.phone_number_id)
        for query in ("resolveUris=routingTemplateUri", "subresources=routingTemplate"):
            queue = client.get(f"{path}?{query}").body["queue"]
            assert queue["routingTemplate"]["schema"]
            assert "id" not in queue["phoneNumberDetails"]
        assert "routingTemplate" not in client.get(path).body["queue"]

    @pytest.mark.parametrize("form", [BASE + template_path(PRIORITY), PRIORITY])
    def test_a_queue_is_created_with_template_and_values(self, api, world, form):
        skill = f"{BASE}/skills/{world.sales.pk}"

        created = api.by(world.ann).post(
            "/api/v2/queues",
            {
                "name": "Urgent",
                "channel": "voice",
                "phoneNumber": "9100",
                "routingTemplateUri": form,
                "routing": {"priority": 90, "priorityStep": 5, "destination": skill},
            },
        )

        queue = api.by(world.ann).get(f"/api/v2{created.body['path']}").body["queue"]
        assert queue["routingTemplateUri"] == BASE + template_path(PRIORITY)
        assert queue["routing"] == {
            "priority": 90,
            "priorityStep": 5,
            "destination": f"/skills/{world.sales.pk}",
        }

    def test_segments_are_a_list_of_objects(self, api, world):
        other = QueueFactory.create(contact_center=world.red)
        segment = {
            "dataRecordType": "Tier",
            "value": "Gold",
            "destination": f"/queues/{other.pk}",
            "priority": 10,
        }

        answer = self.put(
            api,
            world,
            routingTemplateUri="06_SegmentCallerRouteToSpecDestination",
            routing={"segments": [segment]},
        )

        assert answer.body == {"statusCode": 0}
        world.sales_queue.refresh_from_db()
        assert world.sales_queue.routing == {"segments": [segment]}

    def test_another_template_starts_without_the_old_values(self, api, world):
        self.put(api, world, routing={"holdMusic": "Vivaldi"})
        self.put(api, world, description="Sells")
        world.sales_queue.refresh_from_db()
        assert world.sales_queue.routing == {"holdMusic": "Vivaldi"}

        assert self.put(api, world, routingTemplateUri="01_RouteToLongestIdle").body == {
            "statusCode": 0
        }

        world.sales_queue.refresh_from_db()
        assert world.sales_queue.routing == {}
        entry = ChangeLogEntry.objects.filter(resource="queues").latest("pk")
        assert entry.before["routing"] == {"holdMusic": "Vivaldi"}
        assert entry.after["routing_template_id"] == "01_RouteToLongestIdle"

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"routing": []}, 10),
            ({"routing": {"colour": "red"}}, 10),
            ({"routing": {"holdMusic": 7}}, 10),
            ({"routing": {"holdMusic": ""}}, 10),
            ({"routing": {"holdMusic": "x\0"}}, 10),
            ({"routing": {"destination": "Sales"}}, 10),
            ({"routing": {"destination": "/devices/1"}}, 10),
            ({"routing": {"destination": "/skills/none"}}, 6),
            ({"routingTemplateUri": PRIORITY}, 10),
            ({"routingTemplateUri": PRIORITY, "routing": {"priority": 101}}, 10),
            ({"routingTemplateUri": PRIORITY, "routing": {"priority": "9"}}, 10),
            ({"routingTemplateUri": PRIORITY, "routing": {"priority": True}}, 10),
            ({"routingTemplateUri": "06_SegmentCallerRouteToSpecDestination"}, 10),
            (
                {
                    "routingTemplateUri": "06_SegmentCallerRouteToSpecDestination",
                    "routing": {"segments": [{"value": "x"}]},
                },
                10,
            ),
            ({"routingTemplateUri": "07_SegmentCallerRouteToSpecDestination"}, 10),
            ({"routingTemplateUri": "08_None"}, 6),
            ({"routingTemplateUri": "/skills/1"}, 10),
            ({"routingTemplateUri": None}, 10),
        ],
    )
    def test_what_the_schema_does_not_allow_is_refused(self, api, world, body, code):
        answer = self.put(api, world, description="Changed", **body)

        assert answer.body["statusCode"] == code
        world.sales_queue.refresh_from_db()
        queue = world.sales_queue
        assert (queue.description, queue.routing, queue.routing_template_id) == ("", {}, DEFAULT)

    def test_a_destination_beyond_the_wall_is_not_found(self, api, world):
        foreign = SkillFactory.create(contact_center=world.blue)

        answer = self.put(api, world, routing={"destination": f"/skills/{foreign.pk}"})

        assert (answer.status_code, answer.body["statusCode"]) == (404, 6)

    def test_queues_are_found_by_template_and_cost_constant_queries(
        self, api, world, assert_constant_queries
    ):
        client = api.by(world.ann)
        QueueFactory.create(contact_center=world.red, routing_template_id=PRIORITY, name="Urgent")

        assert_constant_queries(
            lambda: client.get("/api/v2/queues?subresources=*&resolveUris=*"),
            add_rows=lambda: QueueFactory.create_batch(5, contact_center=world.red),
        )
        found = client.get(f"/api/v2/queues?fields=name&routingTemplateUri={PRIORITY}").body
        assert found["queues"] == [{"name": "Urgent"}]
        assert Queue.objects.filter(contact_center=world.red).count() == 7
