"""The statistics are a function of the log, and the command that says so notices when not."""

import threading
import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from portal.events.log import now_ms, publish
from portal.events.models import EventRecord
from supervision.checkpoints import move_baseline, newest_checkpoint
from supervision.definitions import file_definitions
from supervision.models import StatisticsCheckpoint
from supervision.runtime import StatisticsTask
from supervision.state import pack, unpack
from supervision.values import newest_values
from telephony import events as line
from tests.supervision.story import CENTER, QUEUE, Story, busy_story

pytestmark = pytest.mark.django_db(transaction=True)
NEVER = threading.Event()


def tell(story: Story) -> None:
    """Publish what the story has told since the last time."""
    with transaction.atomic():
        publish(*(recorded.event for recorded in story.events))
    story.events.clear()


def run_to_the_end() -> StatisticsTask:
    """A process that starts, catches up, and stores a checkpoint."""
    task = StatisticsTask(file_definitions())
    task.catch_up(NEVER)
    task.checkpoint()
    return task


def shortly_ago() -> Story:
    return Story(now_ms=now_ms() - 120_000)


def test_without_a_checkpoint_there_is_nothing_to_compare(capsys):
    call_command("statistics", "verify")

    assert "nothing to compare" in capsys.readouterr().out


def test_a_restarted_process_has_the_values_that_the_log_gives(capsys):
    story = busy_story(4, steps=50)
    story.center = CENTER
    tell(story)
    run_to_the_end()
    tell(story.login().answered_call("c9").later(3))
    run_to_the_end()
    tell(story.call(line.CallQueued, "c10"))

    call_command("statistics", "verify", "--contact-center", "Red")

    assert "all equal" in capsys.readouterr().out


def test_a_wrong_value_is_shown_and_fails(capsys):
    tell(shortly_ago().furnish().login().answered_call())
    run_to_the_end()
    [row] = StatisticsCheckpoint.objects.all()
    content = unpack(bytes(row.content))
    content["board"][CENTER]["queues"][QUEUE] = "Forged"
    row.content = pack(content)
    row.save()

    with pytest.raises(CommandError, match="1 differ"):
        call_command("statistics", "verify")

    assert "Forged" in capsys.readouterr().out


def test_an_unknown_contact_center_is_refused():
    tell(shortly_ago().furnish())
    run_to_the_end()

    with pytest.raises(CommandError, match="no such contact center"):
        call_command("statistics", "verify", "--contact-center", "Green")


def test_a_trimmed_log_is_recomputed_from_the_baseline(capsys):
    story = shortly_ago().furnish().login().answered_call()
    tell(story)
    run_to_the_end()
    move_baseline(older_than_ms=now_ms() + 1)
    EventRecord.objects.all().delete()
    tell(story.call(line.CallQueued, "c2"))
    run_to_the_end()

    call_command("statistics", "verify")

    assert "all equal" in capsys.readouterr().out


def test_starting_goes_on_after_the_checkpoint_and_records_values():
    story = shortly_ago().furnish().login().answered_call()
    tell(story)
    first = run_to_the_end()
    saved = newest_checkpoint()
    assert saved is not None
    assert saved.cursor == first.live.state.cursor

    tell(story.later(15).call(line.CallQueued, "c2"))
    second = run_to_the_end()

    assert second.live.state.cursor == saved.cursor + 1
    engine = second.live.state.engine
    assert engine.value("QUEUE", QUEUE, "Current_In_Queue", story.now_ms) == 1
    assert newest_values(uuid.UUID(QUEUE))["Total_Answered"].value == 1
