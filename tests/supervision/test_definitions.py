"""Which definitions are in force, and how a changed file comes into force without a restart."""

import threading
import uuid
from pathlib import Path

import pytest
from django.core import checks
from django.core.management import CommandError, call_command
from django.db import transaction

from portal.api.status import ApiError
from portal.events.log import now_ms, publish
from portal.events.models import EventRecord
from supervision.checks import check_definitions
from supervision.definitions import (
    current_definitions,
    file_definitions,
    first_definitions,
    names_for,
)
from supervision.models import DefinitionSet, StatisticHistory, StatisticName
from supervision.runtime import StatisticsTask
from supervision.services.definitions import adopt_file, reload_definitions, save_name
from telephony import events as line
from tests.supervision.story import CENTER, QUEUE, Story

NEVER = threading.Event()
# The seed's "List of statistics to be monitored" with the repairs of the specification.
SEEDS_LIST = {
    "QUEUE": {
        "Total_Answered": "TotalNumber DNAction",
        "Total_Abandoned": "TotalNumber DNAction",
        "Current_In_Queue": "CurrentNumber DNAction",
        "CurrMaxCallWaitingTime": "CurrentMaxTime DNAction",
        "AverageWaitingTime": "AverageTime DNAction",
        "ServiceLevel": "ServiceFactor1 DNAction",
    },
    "SKILL_Q": {"ServiceLevel": "ServiceFactor1 DNAction"},
    "SKILL_AG": {
        "CurrentNotReadyAgents": "CurrentNumber AgentStatus",
        "CurrentReadyAgents": "CurrentNumber AgentStatus",
        "CurrNumberInCall": "CurrentNumber AgentStatus",
        "CurrentNumberLoggedInAgents": "CurrentNumber AgentStatus",
        "LongestIdleTime": "CurrentMaxTime AgentStatus",
        "AverageHandlingTime": "AverageTime DNStatus",
    },
    "AGENT": {
        "CurrentTargetState": "CurrentTargetState DNStatus",
        "CurrentAgentState": "CurrentState DNAction",
        "AverageHandlingTime": "AverageTime DNStatus",
        "Productivity": "AverageNumberPerRelativeHour AgentStatus",
        "InboundCalls": "TotalNumber DNAction",
        "InternalCalls": "TotalNumber DNAction",
        "OutboundCalls": "TotalNumber DNAction",
        "ConsultCalls": "TotalNumber DNAction",
        "ReadyDuration": "TotalAdjustedTime AgentStatus",
        "WrapDuration": "TotalAdjustedTime AgentStatus",
        "TalkDuration": "TotalAdjustedTime DNAction",
        "HoldDuration": "TotalAdjustedTime DNAction",
    },
}
ANSWERED = """
name: Total_Answered
objectType: QUEUE
statisticDefinitionEx: {category: TotalNumber, subject: DNAction, mainMask: CallAnswered}
"""
ENTERED = """
name: Entered
objectType: QUEUE
statisticDefinitionEx: {category: TotalNumber, subject: DNAction, mainMask: CallEntered}
"""


@pytest.fixture
def file(tmp_path: Path, settings) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(ANSWERED, encoding="utf-8")
    settings.STATISTICS_FILE = str(path)
    return path


def test_what_is_shipped_is_exactly_the_seeds_list():
    shipped: dict[str, dict[str, str]] = {}
    for one in file_definitions():
        shipped.setdefault(one.object_type, {})[one.name] = f"{one.category} {one.subject}"

    assert shipped == SEEDS_LIST


@pytest.mark.django_db
def test_before_a_leader_has_started_the_files_are_in_force(file: Path):
    assert list(names_for(["QUEUE"])) == ["Total_Answered"]
    assert not DefinitionSet.objects.exists()


@pytest.mark.django_db
def test_a_reload_takes_what_the_file_says_now(file: Path):
    adopt_file()
    file.write_text(f"{ENTERED}---{ANSWERED.replace('CallAnswered', 'CallAbandoned')}")

    done = reload_definitions(loaded_by="ann@red.example")

    assert done.added == [("QUEUE", "Entered")]
    assert (done.removed, done.changed) == ([], [("QUEUE", "Total_Answered")])
    assert list(names_for(["QUEUE"])) == ["Entered", "Total_Answered"]
    assert [one.name for one in first_definitions()] == ["Total_Answered"]
    [event] = EventRecord.objects.filter(kind="statistics.defined")
    assert event.contact_center_id is None
    assert [one["name"] for one in event.payload["entries"]] == ["Entered", "Total_Answered"]


@pytest.mark.django_db
def test_a_reload_without_a_change_does_nothing(file: Path):
    adopt_file()

    done = reload_definitions()

    assert (done.added, done.removed, done.changed) == ([], [], [])
    assert DefinitionSet.objects.count() == 1
    assert not EventRecord.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ANSWERED.replace("TotalNumber", "Totals"), "own.yaml: entry 1: category: unknown"),
        (f"{ANSWERED}---{ANSWERED}", "own.yaml: entry 2: name: 'Total_Answered' is defined twice"),
        ("name: 'x", "own.yaml: entry 1: document: "),
        (None, "own.yaml: entry 1: document: "),
    ],
)
def test_a_bad_file_is_refused_with_the_reason_and_the_old_stays(
    file: Path, text: str | None, told: str
):
    adopt_file()
    if text is None:
        file.unlink()
    else:
        file.write_text(text)

    with pytest.raises(ApiError, match=told) as caught:
        reload_definitions()

    assert caught.value.code == 10
    assert list(names_for(["QUEUE"])) == ["Total_Answered"]
    assert not EventRecord.objects.exists()
    [error] = check_definitions()
    assert (error.level, error.id) == (checks.ERROR, "supervision.E001")
    assert told in error.msg


@pytest.mark.django_db
def test_names_in_the_database_are_for_entries_in_simple_mode(file: Path):
    content = {"category": "TotalNumber", "subject": "DNAction", "mainMask": "CallEntered"}
    save_name(section="statisticDefinitions", name="Counted", content=content)
    save_name(section="timeProfiles", name="Ever", content="never")
    file.write_text(
        "name: Entered\nobjectType: QUEUE\nstatisticDefinitionName: Counted\ntimeProfile: Ever\n"
    )

    reload_definitions()

    [taken] = current_definitions()
    assert (taken.name, taken.category, taken.interval.starts) == ("Entered", "TotalNumber", ())


@pytest.mark.django_db
def test_a_name_that_stands_for_nothing_is_refused():
    with pytest.raises(ApiError, match=r"timeRanges\.Short: must be a mapping"):
        save_name(section="timeRanges", name="Short", content="soon")

    assert not StatisticName.objects.exists()


def tell(story: Story) -> Story:
    with transaction.atomic():
        publish(*(recorded.event for recorded in story.events))
    story.events.clear()
    return story


@pytest.mark.django_db(transaction=True)
def test_the_leader_takes_it_up_what_stays_goes_on_and_history_is_kept(file: Path):
    adopt_file()
    story = tell(Story(now_ms=now_ms() - 60_000).furnish().login().answered_call("c1"))
    task = StatisticsTask(first_definitions())
    task.catch_up(NEVER)
    kept = StatisticHistory.objects.filter(name="Total_Answered").count()
    file.write_text(f"{ANSWERED}---{ENTERED}")

    reload_definitions()
    story.now_ms = now_ms()
    tell(story.call(line.CallQueued, "c2"))
    task.catch_up(NEVER)

    engine = task.live.state.engine
    assert engine.value("QUEUE", QUEUE, "Total_Answered", story.now_ms) == 1
    assert engine.value("QUEUE", QUEUE, "Entered", story.now_ms) == 1
    snapshot = task.live._frames.snapshot(CENTER, seq=1, at_ms=story.now_ms)
    assert set(snapshot["queues"][0]["statistics"]) == {"Total_Answered", "Entered"}
    assert StatisticHistory.objects.filter(name="Total_Answered").count() >= kept > 0

    # A restart, from a checkpoint and from nothing, comes to the same.
    task.checkpoint()
    again = StatisticsTask(first_definitions())
    again.catch_up(NEVER)
    assert again.live.state.engine.names("QUEUE") == ("Total_Answered", "Entered")
    call_command("statistics", "verify", "--contact-center", "Red")


@pytest.mark.django_db(transaction=True)
def test_a_statistic_that_was_taken_out_is_shown_no_more(file: Path):
    file.write_text(f"{ANSWERED}---{ENTERED}")
    adopt_file()
    tell(Story(now_ms=now_ms() - 60_000).furnish().login().answered_call("c1"))
    task = StatisticsTask(first_definitions())
    task.catch_up(NEVER)
    file.write_text(ANSWERED)
    reload_definitions()

    task.catch_up(NEVER)

    snapshot = task.live._frames.snapshot(CENTER, seq=1, at_ms=now_ms())
    assert set(snapshot["queues"][0]["statistics"]) == {"Total_Answered"}
    assert list(names_for(["QUEUE"])) == ["Total_Answered"]
    assert StatisticHistory.objects.filter(object_id=uuid.UUID(QUEUE), name="Entered").exists()


@pytest.mark.django_db
def test_the_command_reloads_and_refuses_too(file: Path, capsys):
    adopt_file()
    file.write_text(ENTERED)
    call_command("statistics", "reload")
    assert "added QUEUE Entered" in capsys.readouterr().out

    file.write_text(ENTERED.replace("QUEUE", "ROUTE"))
    with pytest.raises(CommandError, match=r"own\.yaml: entry 1: objectType: unknown: 'ROUTE'"):
        call_command("statistics", "reload")
