"""`/users/ID/activity` and `/me/activity`."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.events.log import now_ms
from provisioning.models import AssignedFeature
from supervision.models import AgentInterval
from tests.conftest import ApiClient
from tests.factories import World

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


def ms(text: str) -> int:
    """A local time in Berlin."""
    return round(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp() * 1000)


@pytest.fixture
def night(world: World) -> World:
    """Bob's night from the 20th to the 21st of November, in Berlin."""
    world.red.time_zone = "Europe/Berlin"
    world.red.save()
    for state, began, ended in (
        ("NotReady", "2026-11-20T21:50", "2026-11-20T22:00"),
        ("Ready", "2026-11-20T22:00", "2026-11-21T06:00"),
        ("LoggedOut", "2026-11-21T06:00", None),
    ):
        _interval(world, "state", state, began, ended, display_name=state)
    _interval(world, "call", "Ringing", "2026-11-20T23:58", "2026-11-20T23:59", call_id="c1")
    _interval(world, "call", "Established", "2026-11-20T23:59", "2026-11-21T00:10", call_id="c1")
    return world


def _interval(
    world: World, kind: str, state: str, began: str, ended: str | None, **more: Any
) -> None:
    AgentInterval.objects.create(
        contact_center_id=world.red.pk,
        user_id=world.bob.pk,
        kind=kind,
        state=state,
        began_ms=ms(began),
        ended_ms=ended and ms(ended),
        **more,
    )


def activity(api: ApiClient, world: World, query: str) -> Any:
    answer = api.by(world.sue).get(f"/api/v2/users/{world.bob.pk.hex}/activity{query}")
    assert answer.status_code == 200, answer.body
    return answer.body


def test_a_day_is_the_contact_centers_day_and_cuts_intervals(api: ApiClient, night: World):
    told = activity(api, night, "?from=2026-11-20&to=2026-11-20")

    assert told["timeZone"] == "Europe/Berlin"
    assert (told["from"], told["to"]) == (ms("2026-11-20T00:00"), ms("2026-11-21T00:00"))
    assert told["activity"] == [
        {
            "state": "NotReady",
            "from": ms("2026-11-20T21:50"),
            "to": ms("2026-11-20T22:00"),
            "seconds": 600,
            "isOpen": False,
            "displayName": "NotReady",
        },
        {
            "state": "Ready",
            "from": ms("2026-11-20T22:00"),
            "to": ms("2026-11-21T00:00"),
            "seconds": 7200,
            "isOpen": False,
            "displayName": "Ready",
        },
    ]
    assert [(one["state"], one["seconds"]) for one in told["calls"]] == [
        ("Ringing", 60),
        ("Established", 60),
    ]


def test_intervals_go_on_across_midnight_and_days_share_them(api: ApiClient, night: World):
    told = activity(api, night, "?from=2026-11-20T12:00&to=2026-11-21T12:00")

    ready = told["activity"][1]
    assert (ready["state"], ready["seconds"]) == ("Ready", 8 * 3600)
    assert [(day["date"], day["stateSeconds"], day["callSeconds"]) for day in told["days"]] == [
        ("2026-11-20", {"NotReady": 600, "Ready": 7200}, {"Ringing": 60, "Established": 60}),
        ("2026-11-21", {"Ready": 6 * 3600, "LoggedOut": 6 * 3600}, {"Established": 600}),
    ]


def test_what_began_earlier_says_when(api: ApiClient, night: World):
    told = activity(api, night, f"?from={ms('2026-11-21T05:00')}&to={ms('2026-11-21T05:30')}")

    [ready] = told["activity"]
    assert ready["began"] == ms("2026-11-20T22:00")
    assert (ready["from"], ready["seconds"]) == (ms("2026-11-21T05:00"), 1800)
    assert told["calls"] == []


def test_what_goes_on_lasts_until_now_and_today_is_asked_without_parameters(
    api: ApiClient, night: World
):
    told = activity(api, night, "")

    zone = BERLIN
    today = datetime.fromtimestamp(now_ms() / 1000, zone).date()
    assert [day["date"] for day in told["days"]] == [today.isoformat()]
    [out] = told["activity"]
    assert (out["state"], out["isOpen"]) == ("LoggedOut", True)
    assert told["from"] <= out["to"] <= now_ms()


def test_a_day_of_a_clock_change_has_25_hours(api: ApiClient, night: World):
    told = activity(api, night, "?from=2026-10-25&to=2026-10-25")

    assert told["to"] - told["from"] == 25 * 3_600_000
    assert len(told["days"]) == 1


def test_agents_see_their_own_activity_only(api: ApiClient, night: World):
    bob = api.by(night.bob)
    query = "?from=2026-11-20&to=2026-11-20"

    assert len(bob.get(f"/api/v2/me/activity{query}").body["activity"]) == 2
    assert len(bob.get(f"/api/v2/users/{night.bob.pk.hex}/activity{query}").body["activity"]) == 2
    assert bob.get(f"/api/v2/users/{night.sue.pk.hex}/activity").body["statusCode"] == 5


def test_another_contact_center_sees_nothing(api: ApiClient, night: World):
    answer = api.by(night.eve).get(f"/api/v2/users/{night.bob.pk.hex}/activity")
    assert (answer.status_code, answer.body["statusCode"]) == (404, 6)

    # What he did elsewhere stays there when he moves.
    AgentInterval.objects.update(contact_center_id=night.blue.pk)
    assert activity(api, night, "?from=2026-11-20&to=2026-11-21")["activity"] == []


@pytest.mark.parametrize(
    "query",
    [
        "?from=yesterday",
        "?from=2026-11-31",
        "?from=2026-11-21&to=2026-11-20",
        "?from=2026-01-01&to=2026-11-20",
        "?to=99999999999999",
        "?from=",
        "?from=0001-01-01T00:00&to=2026-01-01",
        "?from=-5",
    ],
)
def test_what_is_no_time_is_refused(api: ApiClient, night: World, query: str):
    answer = api.by(night.sue).get(f"/api/v2/users/{night.bob.pk.hex}/activity{query}")

    assert (answer.status_code, answer.body["statusCode"]) == (400, 10)


def test_without_the_feature_there_is_no_activity(api: ApiClient, night: World):
    AssignedFeature.objects.filter(contact_center=night.red, feature_id="api-statistics").delete()

    assert api.by(night.sue).get("/api/v2/me/activity").body["statusCode"] == 6


def test_many_intervals_cost_as_many_queries(
    api: ApiClient, night: World, assert_constant_queries: Any
):
    def add_rows() -> None:
        for minute in range(10, 20):
            _interval(
                night, "call", "Held", f"2026-11-20T22:{minute}", f"2026-11-20T22:{minute}:30"
            )

    assert_constant_queries(
        lambda: activity(api, night, "?from=2026-11-20&to=2026-11-20"), add_rows=add_rows
    )
