import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from portal.events.log import now_ms, publish
from portal.events.models import EventRecord, ReaderPosition
from portal.runtime.periodic import periodic
from portal.runtime.upkeep import DAY_MS, clear_sessions, trim_events
from provisioning.events import ServiceStateChanged


def publish_at(at_ms: int) -> None:
    with transaction.atomic():
        publish(
            ServiceStateChanged(
                contact_center_id=None,
                occurred_at_ms=at_ms,
                service_id="s",
                name="Statistics",
                type="Reporting",
                state="Active",
            )
        )


@pytest.mark.django_db(transaction=True)
def test_old_events_go_once_every_reader_has_passed_them():
    old_ms = now_ms() - (settings.EVENT_RETENTION_DAYS + 1) * DAY_MS
    for at_ms in (old_ms, old_ms, now_ms()):
        publish_at(at_ms)
    first, second, third = EventRecord.objects.order_by("id").values_list("id", flat=True)
    ReaderPosition.objects.create(name="ahead", last_event_id=third)
    ReaderPosition.objects.create(name="behind", last_event_id=first)

    trim_events()

    assert list(EventRecord.objects.order_by("id").values_list("id", flat=True)) == [second, third]


@pytest.mark.django_db
def test_ended_sessions_go():
    now = timezone.now()
    for key, left in (("ended", timedelta(days=-1)), ("running", timedelta(days=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=now + left)

    clear_sessions()

    assert [one.session_key for one in Session.objects.all()] == ["running"]


@pytest.mark.django_db
def test_a_periodic_task_acts_until_it_is_told_to_stop():
    stop, acts = threading.Event(), []

    def act() -> None:
        acts.append(1)
        if len(acts) == 3:
            stop.set()

    periodic("counting", act, seconds=0.001).run(stop)

    assert len(acts) == 3
