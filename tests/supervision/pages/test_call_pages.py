"""Calls that are on and those that are over: who sees them, filters, order, a call's story."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.events.log import now_ms
from provisioning.models import Queue, User
from supervision.activity import catch_up
from telephony.models import Call, CallPartRecord, CallRecord
from telephony.modes import READY
from telephony.services import calls
from telephony.services.agents import set_agent_state, start_session
from telephony.services.call_data import set_disposition
from tests.factories import DeviceFactory, DispositionFactory, QueueFactory, World
from tests.telephony.factories import call_in

_HOUR_MS = 3_600_000


@pytest.fixture
def sue(world: World, client: Client) -> Client:
    client.force_login(world.sue)
    return client


@pytest.fixture
def bob_works(world: World) -> User:
    start_session(user=world.bob)
    set_agent_state(user=world.bob, mode=READY)
    return world.bob


@pytest.fixture
def support(world: World) -> Queue:
    return QueueFactory.create(contact_center=world.red, name="Support")


def talk_of(world: World, **data: Any) -> str:
    call_id = call_in(world.sales_queue, **data)
    assert calls.answer(user=world.bob, call_id=call_id)
    return call_id


def past_call(world: World, **data: Any) -> CallRecord:
    call_id = talk_of(world, **data)
    calls.hangup(user=world.bob, call_id=call_id)
    return CallRecord.objects.get(call_id=call_id)


def kept_call(world: World, number: int, **fields: Any) -> CallRecord:
    """A record as the switch would have written it, an hour ago and nobody answered."""
    ended_ms = fields.pop("ended_ms", now_ms() - _HOUR_MS)
    return CallRecord.objects.create(
        contact_center=fields.pop("contact_center", world.red),
        call_uuid=f"UUID{number}",
        call_id=f"id{number}",
        type=fields.pop("type", "Inbound"),
        ani=fields.pop("ani", f"+1650555{number:04}"),
        dnis="9000",
        began_ms=ended_ms - 10_000,
        ended_ms=ended_ms,
        **fields,
    )


def found(client: Client, name: str = "past-calls", **query: Any) -> list[str]:
    """The uuids of the calls in the list, in its order."""
    answer = client.get(reverse(name), query)
    assert answer.status_code == 200
    rows = answer.context["rows"].object_list
    return [row.call.uuid if name == "calls" else row.record.call_uuid for row in rows]


# --- who sees them ---


@pytest.mark.parametrize("name", ["calls", "past-calls"])
def test_agents_do_not_see_the_lists(name: str, client: Client, world: World) -> None:
    client.force_login(world.bob)

    assert client.get(reverse(name)).status_code == 403


def test_another_contact_centers_calls_are_not_there(
    client: Client, world: World, bob_works: User
) -> None:
    record = past_call(world)
    talk_of(world)
    live = Call.objects.get().uuid
    client.force_login(world.eve)

    assert found(client) == found(client, "calls") == []
    for uuid in (record.call_uuid, live, "nothing"):
        assert client.get(reverse("call", args=[uuid])).status_code == 404
    assert found(client, q=record.ani, agent="Bob") == []
    client.force_login(world.bob)
    assert client.get(reverse("call", args=[record.call_uuid])).status_code == 403


def test_the_navigation_leads_there(sue: Client, world: World) -> None:
    assert f'href="{reverse("calls")}"' in sue.get("/").content.decode()
    assert f'href="{reverse("past-calls")}"' in sue.get(reverse("calls")).content.decode()


# --- live ---


def test_a_waiting_call_and_a_talk_are_told_apart(
    sue: Client, world: World, bob_works: User
) -> None:
    talk_of(world)
    call_in(world.sales_queue)

    rows = sue.get(reverse("calls")).context["rows"].object_list

    assert [row.state for row in rows] == ["Established", "Waiting"]
    assert [[one.full_name for one in row.agents] for row in rows] == [["Bob Agent"], []]
    assert sue.get(reverse("calls")).content.decode().count("Sales") >= 2


def test_live_calls_are_narrowed(
    sue: Client, world: World, bob_works: User, support: Queue
) -> None:
    talk_of(world)
    [talk] = found(sue, "calls")
    call_in(support)
    [waiting] = set(found(sue, "calls")) - {talk}

    assert found(sue, "calls", queue=str(support.pk)) == [waiting]
    assert found(sue, "calls", agent="bob") == [talk]
    assert found(sue, "calls", agent="nobody") == []
    assert found(sue, "calls", q="555-0123") == [talk, waiting]
    assert found(sue, "calls", q="555-9999") == []
    assert found(sue, "calls", type="Outbound") == []


def test_the_list_is_fetched_again_as_it_is_seen(
    sue: Client, world: World, bob_works: User, support: Queue
) -> None:
    talk_of(world)
    call_in(support)
    headers = {
        "HX-Request": "true",
        "HX-Target": "div#list",
        "HX-Current-URL": f"http://testserver{reverse('calls')}?queue={support.pk}&sort=-began",
    }

    answer = sue.get(reverse("calls") + "?refresh", headers=headers)

    [row] = answer.context["rows"].object_list
    assert row.call.queue == support
    assert answer.context["sort"] == "-began"
    # Else each refresh were a step back in the browser's history.
    assert "HX-Push-Url" not in answer.headers


# --- past ---


def test_calls_are_newest_first_and_sorted_by_column(sue: Client, world: World) -> None:
    at_ms = now_ms()
    kept_call(world, 1, ended_ms=at_ms - 3000, answered_ms=at_ms - 9000)
    kept_call(world, 2, ended_ms=at_ms - 2000, answered_ms=at_ms - 3000)
    kept_call(world, 3, ended_ms=at_ms - 4000, answered_ms=at_ms - 9000)

    assert found(sue) == ["UUID2", "UUID1", "UUID3"]
    assert found(sue, sort="ended") == ["UUID3", "UUID1", "UUID2"]
    assert found(sue, sort="talk") == ["UUID2", "UUID3", "UUID1"]
    assert found(sue, sort="-number") == ["UUID3", "UUID2", "UUID1"]


def test_past_calls_are_narrowed_by_number_queue_kind_and_outcome(
    sue: Client, world: World, support: Queue
) -> None:
    kept_call(world, 1, queue_id=support.pk)
    kept_call(world, 2, type="Outbound", answered_ms=now_ms() - _HOUR_MS - 5000)

    assert found(sue, q="(650) 555-0001") == found(sue, q="6505550001") == ["UUID1"]
    assert found(sue, q="uuid2") == found(sue, q="UUID2") == ["UUID2"]
    assert found(sue, queue=str(support.pk)) == ["UUID1"]
    assert found(sue, type="Outbound") == ["UUID2"]
    assert found(sue, outcome="answered") == ["UUID2"]
    assert found(sue, outcome="missed") == ["UUID1"]


def test_past_calls_are_narrowed_by_agent(sue: Client, world: World, bob_works: User) -> None:
    record = past_call(world)
    kept_call(world, 1)

    assert found(sue, agent="agent bob") == [record.call_uuid]
    assert found(sue, agent=world.bob.user_name) == [record.call_uuid]
    assert found(sue, agent="sue") == []


def test_past_calls_are_narrowed_by_disposition_whenever_it_was_set(
    sue: Client, world: World, bob_works: User
) -> None:
    DispositionFactory.create(
        contact_center=world.red,
        group__contact_center=world.red,
        name="OrderPlaced",
        display_name="Order placed",
    )
    kept_call(world, 1, user_data={"DispositionCode": "OrderPlaced"})
    kept_call(
        world,
        2,
        user_data={"DispositionCode": "OrderPlaced"},
        dispositions={"DispositionCode": "Wrong"},
    )
    record = past_call(world)
    set_disposition(
        user=world.bob, call_id=None, call_uuid=record.call_uuid, disposition="OrderPlaced"
    )

    assert found(sue, disposition="OrderPlaced") == [record.call_uuid, "UUID1"]
    page = sue.get(reverse("past-calls"), {"disposition": "OrderPlaced"})
    shown = [list(row.dispositions) for row in page.context["rows"].object_list]
    assert shown == [["Order placed"], ["Order placed"]]


def test_times_are_of_the_contact_centers_zone(sue: Client, world: World) -> None:
    type(world.red).objects.filter(pk=world.red.pk).update(time_zone="America/New_York")
    noon_ms = 1_795_000_000_000 // 86_400_000 * 86_400_000 + 17 * _HOUR_MS  # 12:00 EST
    kept_call(world, 1, ended_ms=noon_ms + 60_000)
    day = "2026-11-18"

    assert found(sue, since=f"{day}T12:00") == ["UUID1"]
    assert found(sue, since=f"{day}T12:02") == []
    assert found(sue, until=f"{day}T12:00") == []
    assert found(sue, until=f"{day}T12:02", since=f"{day}T12:00") == ["UUID1"]
    assert "12:01:00" in sue.get(reverse("past-calls")).content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"since": "yesterday"},
        {"since": "9999-12-31T23:59"},
        {"until": "0001-01-01T00:00"},
        {"queue": "nothing"},
        {"type": "Strange"},
        {"disposition": "Strange"},
        {"agent": "a\0b"},
        {"q": "%_'\""},
        {"sort": "password"},
        {"page": "x"},
    ],
)
@pytest.mark.parametrize("name", ["calls", "past-calls"])
def test_strange_filters_break_nothing(
    name: str, query: dict[str, str], sue: Client, world: World
) -> None:
    kept_call(world, 1)

    assert sue.get(reverse(name), query).status_code == 200


def test_pages_never_overlap(sue: Client, world: World) -> None:
    at_ms = now_ms()
    for number in range(30):
        kept_call(world, number, ended_ms=at_ms - 5000)

    first, second = found(sue), found(sue, page=2)

    assert (len(first), len(second), len({*first, *second})) == (25, 5, 30)


@pytest.mark.parametrize("name", ["calls", "past-calls"])
def test_more_calls_cost_no_more_queries(
    name: str,
    sue: Client,
    world: World,
    bob_works: User,
    assert_constant_queries: Callable[..., None],
) -> None:
    _add_more(world)
    assert_constant_queries(lambda: sue.get(reverse(name)), add_rows=lambda: _add_more(world))


def _add_more(world: World) -> None:
    for live in Call.objects.all():
        if live.is_waiting:
            calls.abandon(call_id=live.id)
        else:
            calls.hangup(user=world.bob, call_id=live.id)
    for _ in range(3):
        past_call(world)
    talk_of(world)
    for _ in range(3):
        call_in(world.sales_queue)


# --- one call ---


def test_a_past_call_tells_its_story(sue: Client, world: World, bob_works: User) -> None:
    record = past_call(world, user_data={"Customer": "Jane Doe"})
    catch_up()

    answer = sue.get(reverse("call", args=[record.call_uuid]))

    page = answer.content.decode()
    assert "Jane Doe" in page
    assert "not recorded" in page
    parts = answer.context["parts"]
    assert [(part.who, part.queue_name) for part in parts] == [
        ("+16505550123", ""),
        ("Bob Agent", "Sales"),
    ]
    bobs = CallPartRecord.objects.get(user_id=world.bob.pk)
    assert (parts[1].began_ms, parts[1].answered_ms, parts[1].ended_ms) == (
        bobs.began_ms,
        bobs.answered_ms,
        bobs.ended_ms,
    )


def test_a_live_call_tells_who_is_in_it_and_who_was(
    sue: Client, world: World, bob_works: User
) -> None:
    talk_of(world)
    live = Call.objects.get()
    Call.objects.update(recording="Paused")
    CallPartRecord.objects.create(
        contact_center=world.red,
        call_uuid=live.uuid,
        number="5009",
        user_id=world.sue.pk,
        device_id=DeviceFactory.create(contact_center=world.red).pk,
        began_ms=live.began_ms - 2,
        ended_ms=live.began_ms - 1,
    )

    answer = sue.get(reverse("call", args=[live.uuid]))

    parts = answer.context["parts"]
    assert [(part.who, part.ended_ms is None) for part in parts] == [
        ("Sue Supervisor", False),
        ("+16505550123", True),
        ("Bob Agent", True),
    ]
    assert "paused" in answer.content.decode()


def test_calls_that_went_into_each_other_are_linked(sue: Client, world: World) -> None:
    at_ms = now_ms()
    kept_call(world, 1, ended_ms=at_ms - 4000, continued_in="UUID2")
    kept_call(world, 2, ended_ms=at_ms)

    assert (
        reverse("call", args=["UUID2"]) in sue.get(reverse("call", args=["UUID1"])).content.decode()
    )
    assert sue.get(reverse("call", args=["UUID2"])).context["came_from"] == ["UUID1"]


def test_who_has_gone_stays_in_the_story_by_number(
    sue: Client, world: World, bob_works: User
) -> None:
    record = past_call(world)
    CallPartRecord.objects.filter(user_id=world.bob.pk).update(
        user_id="00000000-0000-4000-8000-000000000000"
    )

    parts = sue.get(reverse("call", args=[record.call_uuid])).context["parts"]

    assert parts[1].who == world.bobs_phone.phone_number.number
    assert parts[1].user is None
