"""Contract §7, seed 003 "Statistics API"."""

import uuid
from typing import Any

import pytest

from provisioning.models import AssignedFeature, User
from supervision.values import Recorded, record
from tests.conftest import ApiClient
from tests.factories import World

pytestmark = pytest.mark.django_db
NAMES_OF_QUEUES = [
    "Total_Answered",
    "Total_Abandoned",
    "Current_In_Queue",
    "CurrMaxCallWaitingTime",
    "AverageWaitingTime",
    "ServiceLevel",
]


def path(obj: Any, name: str = "", query: str = "") -> str:
    return f"/api/v1/stats/{obj.pk}" + (f"/{name}" if name else "") + query


@pytest.fixture
def queue_values(world: World) -> None:
    queue_id = str(world.sales_queue.pk)
    rows = [Recorded("QUEUE", queue_id, "Current_In_Queue", n, 1000 * n) for n in range(1, 6)]
    record([*rows, Recorded("QUEUE", queue_id, "ServiceLevel", 57.14, 7000)])


def test_all_statistics_of_a_queue_are_listed(api: ApiClient, world: World, queue_values: None):
    answer = api.by(world.sue).get(path(world.sales_queue))

    assert answer.status_code == 200
    assert list(answer.body) == ["statusCode", "objectId", "statistics"]
    assert answer.body["objectId"] == str(world.sales_queue.pk)
    listed = {one["statistic"]: one for one in answer.body["statistics"]}
    assert list(listed) == NAMES_OF_QUEUES
    assert listed["Current_In_Queue"] == {
        "statistic": "Current_In_Queue",
        "value": 5,
        "time": 5000,
    }
    assert listed["ServiceLevel"]["value"] == 57.14
    created_ms = int(world.sales_queue.created_at.timestamp() * 1000)
    assert listed["Total_Answered"] == {
        "statistic": "Total_Answered",
        "value": 0,
        "time": created_ms,
    }


def test_a_skill_has_the_statistics_of_its_queues_and_of_its_agents(api: ApiClient, world: World):
    answer = api.by(world.ann).get(path(world.sales))

    names = {one["statistic"] for one in answer.body["statistics"]}
    assert {"ServiceLevel", "CurrentReadyAgents"} <= names


def test_a_user_is_named_by_the_id_that_clients_know(api: ApiClient, world: World):
    answer = api.by(world.sue).get(f"/api/v1/stats/{world.bob.pk.hex}")

    assert answer.body["objectId"] == world.bob.pk.hex
    assert "Productivity" in {one["statistic"] for one in answer.body["statistics"]}


def values(api: ApiClient, world: World, query: str) -> list[int]:
    answer = api.by(world.sue).get(path(world.sales_queue, "Current_In_Queue", query))
    assert answer.status_code == 200, answer.body
    [statistic] = answer.body["statistics"]
    assert statistic["statistic"] == "Current_In_Queue"
    assert all(set(one) == {"value", "time"} for one in statistic["values"])
    return [one["value"] for one in statistic["values"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [5]),
        ("?numValues=3", [5, 4, 3]),
        ("?numValues=100", [5, 4, 3, 2, 1]),
        ("?from=2000&to=4000", [4, 3, 2]),
        ("?from=2000&to=4000&numValues=2", [4, 3]),
        ("?to=2000", [2, 1]),
        ("?from=9000", []),
        ("?from=4000&to=2000", []),
    ],
)
def test_values_come_newest_first(
    api: ApiClient, world: World, queue_values: None, query: str, expected: list[int]
):
    assert values(api, world, query) == expected


def test_a_statistic_that_nothing_happened_to_is_0(api: ApiClient, world: World):
    assert values(api, world, "") == [0]


@pytest.mark.parametrize(
    "query",
    [
        "numValues=0",
        "numValues=-1",
        "numValues=many",
        "numValues=",
        "numValues=1.5",
        "from=yesterday",
        "to=-5",
        "to=9999999999999999999999",
        "from=²",
    ],
)
def test_what_is_no_number_is_refused(api: ApiClient, world: World, query: str):
    answer = api.by(world.sue).get(path(world.sales_queue, "Current_In_Queue", f"?{query}"))

    assert (answer.status_code, answer.body["statusCode"]) == (400, 10)


def test_an_unknown_statistic_is_not_found(api: ApiClient, world: World):
    # One of agents, asked of a queue.
    answer = api.by(world.sue).get(path(world.sales_queue, "Productivity"))

    assert (answer.status_code, answer.body["statusCode"]) == (404, 6)


@pytest.mark.parametrize("object_id", [str(uuid.UUID(int=5)), "nonsense", "%00", "1"])
def test_an_unknown_object_is_not_found(api: ApiClient, world: World, object_id: str):
    answer = api.by(world.sue).get(f"/api/v1/stats/{object_id}")

    assert (answer.status_code, answer.body["statusCode"]) == (404, 6)


@pytest.mark.parametrize("kind", ["sales_queue", "sales", "bob"])
def test_another_contact_centers_objects_do_not_exist(api: ApiClient, world: World, kind: str):
    for name in ("", "ServiceLevel"):
        answer = api.by(world.eve).get(path(getattr(world, kind), name))
        assert (answer.status_code, answer.body["statusCode"]) == (404, 6)


def test_an_agent_reads_the_own_statistics_only(api: ApiClient, world: World):
    assert api.by(world.bob).get(path(world.bob)).status_code == 200

    for other in (world.sales_queue, world.sales, world.sue):
        answer = api.by(world.bob).get(path(other))
        assert (answer.status_code, answer.body["statusCode"]) == (403, 5)


def test_without_a_user_nothing_is_told(api: ApiClient, world: World):
    answer = api.get(path(world.sales_queue))

    assert (answer.status_code, answer.body["statusCode"]) == (401, 20)


def test_without_the_feature_there_is_no_statistics_api(api: ApiClient, world: World):
    AssignedFeature.objects.filter(contact_center=world.red, feature_id="api-statistics").delete()

    answer = api.by(User.objects.get(pk=world.sue.pk)).get(path(world.sales_queue))

    assert (answer.status_code, answer.body["statusCode"]) == (404, 6)
