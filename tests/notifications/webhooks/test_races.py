"""What is under way while the log is read; on PostgreSQL, where several write at once."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from notifications.webhooks.collecting import Collector
from portal.events.log import publish
from tests.factories import build_world
from tests.notifications.webhooks.scenes import call_queued, deliveries, make_webhook, tell

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
SECONDS = 30


@contextmanager
def published_and_not_committed(event) -> Iterator[threading.Event]:
    """Another process's transaction; it commits when the block ends."""
    is_published, commit = threading.Event(), threading.Event()

    def work() -> None:
        try:
            with transaction.atomic():
                publish(event)
                is_published.set()
                commit.wait(SECONDS)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert is_published.wait(SECONDS)
    try:
        yield commit
    finally:
        commit.set()
        thread.join()


def collect(collector: Collector, count: int) -> None:
    """Until it has made so many: whatever runs on the server holds new events back for a while."""
    deadline = time.monotonic() + SECONDS
    while count > 0:
        assert time.monotonic() < deadline
        count -= collector.collect()
        time.sleep(0.02)
    assert count == 0


def test_an_event_that_commits_late_is_delivered_in_its_place():
    world = build_world()
    webhook = make_webhook(world.red, "https://crm.example.com/", "call.*")
    collector = Collector()
    with published_and_not_committed(call_queued(world.red, 1)):
        tell(call_queued(world.red, 2))
        # The second one has a higher id, and must wait for the first.
        assert collector.collect() == 0

    collect(collector, 2)
    assert ["call1" in one.body for one in deliveries(webhook)] == [True, False]
    assert [one.sequence for one in deliveries(webhook)] == [1, 2]


def test_a_webhook_made_while_an_event_is_under_way_is_told_of_it():
    world = build_world()
    with published_and_not_committed(call_queued(world.red, 1)):
        webhook = make_webhook(world.red, "https://crm.example.com/", "call.*")
    collect(Collector(), 1)

    assert len(deliveries(webhook)) == 1


def test_two_leaders_for_a_moment_double_nothing():
    world = build_world()
    webhook = make_webhook(world.red, "https://crm.example.com/", "call.*")
    one, other = Collector(), Collector()
    tell(*(call_queued(world.red, number) for number in range(5)))

    collect(one, 5)
    with pytest.raises(Exception, match="webhook_delivery_event_once"):
        other.collect()

    assert [each.sequence for each in deliveries(webhook)] == [1, 2, 3, 4, 5]
