"""What agents did, interval by interval, kept apart from the log."""

import uuid

import pytest
from django.db import transaction

from portal.events.log import publish
from portal.events.models import EventRecord, ReaderPosition
from supervision.activity import READER, Timeline, catch_up, forget_activity
from supervision.feed import fact_of
from supervision.models import AgentInterval
from telephony import events as line
from tests.supervision.story import ANN, BOB, LUNCH, READY, START_MS, WRAP_UP, Story

# What happened when: kind, state, seconds after the beginning until seconds after it.
Seen = tuple[str, str, float, float | None]


def seconds(at_ms: int | None) -> float | None:
    return None if at_ms is None else (at_ms - START_MS) / 1000


def seen(intervals: list[AgentInterval]) -> list[Seen]:
    return [
        (one.kind, one.state, seconds(one.began_ms), seconds(one.ended_ms)) for one in intervals
    ]


def told(story: Story) -> list[Seen]:
    timeline = Timeline([])
    for recorded in story.events:
        timeline.apply(fact_of(recorded.event))
    return seen(timeline.begun)


def test_states_follow_one_another_without_a_gap():
    story = Story().login(state=LUNCH).later(60).mode(line.AgentReady, READY).later(30)
    story.mode(line.AgentReady, READY).later(30).logout()

    assert told(story) == [
        ("state", "NotReady", 0, 60),
        ("state", "Ready", 60, 120),
        ("state", "LoggedOut", 120, None),
    ]


def test_another_reason_is_another_interval():
    story = Story().login(state=LUNCH).later(5).mode(line.AgentAfterCallWork, WRAP_UP)
    timeline = Timeline([])
    for recorded in story.events:
        timeline.apply(fact_of(recorded.event))

    lunch, wrap_up = timeline.begun
    assert (lunch.display_name, lunch.reason, lunch.work_mode) == ("Lunch", "lunch", "")
    assert (wrap_up.display_name, wrap_up.work_mode) == ("AfterCallWork", "AfterCallWork")
    assert lunch.ended_ms == wrap_up.began_ms


def test_a_call_goes_through_its_phases_beside_the_state():
    story = Story().login().answered_call()

    assert told(story) == [
        ("state", "Ready", 0, None),
        ("call", "Ringing", 5, 7),
        ("call", "Established", 7, 37),
    ]


def test_who_is_deleted_does_nothing_any_more():
    story = Story().login().login(BOB).later(9).provision("users", ANN, None)

    assert told(story) == [("state", "Ready", 0, 9), ("state", "Ready", 0, None)]


def test_an_event_older_than_the_one_before_is_taken_at_its_time():
    story = Story().login(state=LUNCH).later(10).mode(line.AgentReady, READY)
    story.later(-5).mode(line.AgentNotReady, LUNCH)

    assert told(story) == [
        ("state", "NotReady", 0, 10),
        ("state", "Ready", 10, 10),
        ("state", "NotReady", 10, None),
    ]


def tell(story: Story) -> Story:
    with transaction.atomic():
        publish(*(recorded.event for recorded in story.events))
    story.events.clear()
    return story


def stored() -> list[Seen]:
    return seen(list(AgentInterval.objects.order_by("began_ms", "pk")))


@pytest.mark.django_db
def test_reading_on_goes_on_with_what_was_open():
    story = tell(Story().login(state=LUNCH).later(60))
    catch_up()
    assert stored() == [("state", "NotReady", 0, None)]

    tell(story.mode(line.AgentReady, READY).answered_call())
    catch_up()

    assert stored() == [
        ("state", "NotReady", 0, 60),
        ("state", "Ready", 60, None),
        ("call", "Ringing", 65, 67),
        ("call", "Established", 67, 97),
    ]
    catch_up()
    assert AgentInterval.objects.count() == 4
    assert READER.position() == EventRecord.objects.order_by("-pk")[0].pk


@pytest.mark.django_db
def test_what_was_read_and_what_was_made_of_it_stand_together(monkeypatch):
    tell(Story().login())

    def fail(self, to):
        raise RuntimeError

    monkeypatch.setattr(type(READER), "advance", fail)
    with pytest.raises(RuntimeError):
        catch_up()

    assert not AgentInterval.objects.exists()
    assert not ReaderPosition.objects.filter(name="activity").exists()


@pytest.mark.django_db
def test_a_state_of_no_length_never_was():
    tell(Story().login(state=LUNCH).mode(line.AgentReady, READY).later(9).logout())

    catch_up()

    assert stored() == [("state", "Ready", 0, 9), ("state", "LoggedOut", 9, None)]


@pytest.mark.django_db
def test_intervals_outlive_the_log_and_go_by_their_own_age():
    tell(Story().login().later(60).logout())
    catch_up()
    EventRecord.objects.all().delete()

    assert [one[1] for one in stored()] == ["Ready", "LoggedOut"]
    forget_activity(older_than_ms=START_MS + 60_001)
    assert [one[1] for one in stored()] == ["LoggedOut"]
    assert AgentInterval.objects.get().user_id == uuid.UUID(ANN)
