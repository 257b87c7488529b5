"""`/api/v1/stats/OBJECT/NAME/explain`: the number, its window, its events, and the number anew."""

import threading
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction

from portal.events.log import now_ms, publish
from portal.events.models import EventRecord
from supervision.checkpoints import move_baseline
from supervision.definitions import first_definitions
from supervision.models import StatisticHistory, StatisticValue
from supervision.runtime import StatisticsTask
from telephony import events as line
from tests.conftest import ApiClient
from tests.factories import World
from tests.supervision.story import READY, Story, user

pytestmark = pytest.mark.django_db
MINUTE_MS = 60_000


@dataclass
class Center:
    """Red's queue, skill and agent as the log tells of them, and a leader that follows it."""

    world: World
    story: Story

    def publish(self) -> None:
        with transaction.atomic():
            publish(*(recorded.event for recorded in self.story.events))
        self.story.events.clear()

    def follow(self) -> StatisticsTask:
        self.publish()
        task = StatisticsTask(first_definitions())
        task.catch_up(threading.Event())
        task.checkpoint()
        return task

    def call(self, number: int, *, wait: int = 5, ring: int = 2, talk: int = 30) -> None:
        facts = {"call_id": f"c{number}", "call_uuid": f"u{number}", "call_type": "Inbound"}
        queue = {"queue_id": str(self.world.sales_queue.pk)}
        party = {"user_id": str(self.world.bob.pk), "device_id": str(self.world.bobs_phone.pk)}
        self.story.tell(line.CallQueued, **facts, **queue).later(wait)
        self.story.tell(line.CallDistributed, **facts, **queue, **party)
        self.story.tell(line.CallRinging, **facts, **queue, **party).later(ring)
        self.story.tell(line.CallAnswered, **facts, **queue, **party).later(talk)
        self.story.tell(line.CallReleased, **facts, **queue, **party).later(1)


@pytest.fixture
def center(world: World) -> Center:
    """It began ten minutes ago, or at midnight where that is later."""
    EventRecord.objects.all().delete()  # The story is the log: it begins before this moment.
    now = now_ms()
    begin = max(now - 10 * MINUTE_MS, now - now % 86_400_000)
    red = str(world.red.pk)
    story = Story(center=red, now_ms=begin)
    story.provision("contact-centers", red, {"name": "Red", "time_zone": "UTC"})
    story.provision("queues", str(world.sales_queue.pk), {"name": "Sales"})
    story.provision("users", str(world.bob.pk), user("Bob"))
    facts = {"user_id": str(world.bob.pk), "device_ids": [str(world.bobs_phone.pk)], "device": {}}
    story.tell(line.AgentLogin, **facts, user_state=READY)
    world.red.time_zone = "UTC"
    world.red.save()
    return Center(world, story)


def explain(api: ApiClient, center: Center, obj: Any, name: str, query: str = "") -> Any:
    answer = api.by(center.world.sue).get(f"/api/v1/stats/{obj.pk}/{name}/explain{query}")
    assert answer.status_code == 200, answer.body
    return answer.body


def test_a_total_is_explained_by_the_events_counted(api: ApiClient, center: Center):
    for number in range(3):
        center.call(number)
    task = center.follow()

    told = explain(api, center, center.world.sales_queue, "Total_Answered")

    assert told["formula"] == "TotalNumber(CallAnswered) over DNAction"
    at_ms = told["recorded"]["time"]
    window = told["window"]
    assert window["from"] == at_ms - at_ms % 86_400_000
    assert window["nextReset"] == window["from"] + 86_400_000
    assert (window["to"], window["timeZone"]) == (at_ms, "UTC")
    assert (told["recorded"]["value"], told["recomputed"]["value"]) == (3, 3)
    assert told["agrees"] is True
    assert told["totalCount"] == 3
    assert {one["kind"] for one in told["events"]} == {"call.answered"}
    assert [one["callId"] for one in told["events"]] == ["c0", "c1", "c2"]
    assert told["events"][0]["counted"] == [
        {"what": "happens", "name": "CallAnswered", "seconds": 7}
    ]
    assert task.live.state.engine.ignored == 0


def test_events_come_page_by_page(api: ApiClient, center: Center):
    for number in range(5):
        center.call(number)
    center.follow()

    pages = [
        explain(api, center, center.world.sales_queue, "Total_Answered", f"?offset={first}&limit=2")
        for first in (0, 2, 4)
    ]

    calls = [[one["callId"] for one in page["events"]] for page in pages]
    assert calls == [["c0", "c1"], ["c2", "c3"], ["c4"]]
    assert {page["totalCount"] for page in pages} == {5}


@pytest.mark.parametrize(
    "name",
    ["AverageWaitingTime", "CurrMaxCallWaitingTime", "ServiceLevel", "Current_In_Queue"],
)
def test_every_statistic_of_a_queue_agrees_with_the_log(api: ApiClient, center: Center, name: str):
    for number in range(3):
        center.call(number, wait=number * 40)
    center.story.tell(
        line.CallQueued,
        call_id="c9",
        call_uuid="u9",
        call_type="Inbound",
        queue_id=str(center.world.sales_queue.pk),
    )
    center.story.later(15)
    center.follow()

    assert explain(api, center, center.world.sales_queue, name)["agrees"] is True


@pytest.mark.parametrize("name", ["ReadyDuration", "TalkDuration", "Productivity", "InboundCalls"])
def test_every_statistic_of_an_agent_agrees_with_the_log(api: ApiClient, center: Center, name: str):
    center.call(1)
    center.call(2)
    center.follow()

    told = explain(api, center, center.world.bob, name)

    assert told["agrees"] is True
    assert told["events"]


def test_what_still_runs_is_told_beside_the_events(api: ApiClient, center: Center):
    center.call(1)
    center.follow()

    told = explain(api, center, center.world.bob, "ReadyDuration")

    assert [one["name"] for one in told["running"]] == ["WaitForNextCall"]
    ends = [note for one in told["events"] for note in one["counted"] if note["what"] == "ends"]
    assert [note["seconds"] for note in ends] == [5]


def test_an_earlier_value_is_explained_at_its_own_time(api: ApiClient, center: Center):
    center.call(1)
    between_ms = center.story.now_ms
    center.story.later(30)
    center.call(2)
    center.follow()

    told = explain(
        api, center, center.world.sales_queue, "Total_Answered", f"?at={between_ms + 10_000}"
    )

    assert told["recorded"]["value"] == told["recomputed"]["value"] == 1
    assert [one["callId"] for one in told["events"]] == ["c1"]


def test_a_forged_value_does_not_agree(api: ApiClient, center: Center):
    center.call(1)
    center.follow()
    StatisticHistory.objects.filter(name="Total_Answered").update(value=7)

    told = explain(api, center, center.world.sales_queue, "Total_Answered")

    assert (told["recorded"]["value"], told["recomputed"]["value"]) == (7, 1)
    assert told["agrees"] is False


def test_where_the_log_has_been_trimmed_it_is_refused_in_words(api: ApiClient, center: Center):
    center.call(1)
    center.follow()
    move_baseline(older_than_ms=now_ms() + MINUTE_MS)
    EventRecord.objects.all().delete()

    answer = api.by(center.world.sue).get(
        f"/api/v1/stats/{center.world.sales_queue.pk}/Total_Answered/explain"
    )

    assert (answer.status_code, answer.body["statusCode"]) == (400, 2)
    assert "trimmed" in answer.body["statusMessage"]


def test_others_numbers_are_not_explained(api: ApiClient, center: Center):
    center.call(1)
    center.follow()
    path = f"/api/v1/stats/{center.world.sales_queue.pk}/Total_Answered/explain"

    assert api.by(center.world.eve).get(path).body["statusCode"] == 6
    assert api.by(center.world.bob).get(path).body["statusCode"] == 5
    own = f"/api/v1/stats/{center.world.bob.pk}/InboundCalls/explain"
    assert api.by(center.world.bob).get(own).status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [("?limit=0", 10), ("?limit=501", 10), ("?offset=-1", 10), ("?at=soon", 10)],
)
def test_pages_that_cannot_be_are_refused(api: ApiClient, center: Center, query: str, status: int):
    path = f"/api/v1/stats/{center.world.sales_queue.pk}/Total_Answered/explain{query}"

    assert api.by(center.world.sue).get(path).body["statusCode"] == status


def test_a_statistic_of_other_objects_is_not_found(api: ApiClient, center: Center):
    path = f"/api/v1/stats/{center.world.sales_queue.pk}/Productivity/explain"

    assert api.by(center.world.sue).get(path).body["statusCode"] == 6


# --- statistics as subresources ---


def test_queues_and_skills_show_their_statistics(
    api: ApiClient, center: Center, assert_constant_queries: Any
):
    center.call(1)
    center.follow()
    sue = api.by(center.world.sue)
    path = "/api/v2/queues?subresources=statistics"

    [queue] = [
        one for one in sue.get(path).body["queues"] if one["id"] == str(center.world.sales_queue.pk)
    ]
    assert queue["statistics"]["Total_Answered"]["value"] == 1
    assert set(queue["statistics"]["ServiceLevel"]) == {"value", "time"}
    assert "statistics" in sue.get("/api/v2/skills?subresources=statistics").body["skills"][0]

    def add_rows() -> None:
        row = StatisticValue.objects.filter(object_id=center.world.sales_queue.pk)[0]
        for _ in range(3):
            row.pk, row.name = None, row.name + "x"
            row.save()

    assert_constant_queries(lambda: sue.get(path), add_rows=add_rows)


def test_agents_see_queues_without_their_statistics(api: ApiClient, center: Center):
    center.call(1)
    center.follow()

    listed = api.by(center.world.bob).get("/api/v2/skills?subresources=statistics").body["skills"]

    assert all("statistics" not in one for one in listed)
