import threading
import time
from dataclasses import dataclass

import pytest
from django.db import connection, transaction

from portal.events.log import Event, event_kinds, publish
from portal.events.models import EventRecord, ReaderPosition
from portal.events.reader import DurableReader, newest_event_id, read_events, trim


@dataclass(frozen=True, kw_only=True, slots=True)
class Marked(Event, kind="tests.marked"):
    label: str


def mark(*labels: str, at_ms: int = 1_000) -> None:
    with transaction.atomic():
        publish(
            *(Marked(contact_center_id=None, occurred_at_ms=at_ms, label=one) for one in labels)
        )


def mark_in_vain(label: str) -> None:
    """Publish in a transaction that fails."""
    with pytest.raises(ZeroDivisionError):
        _mark_and_fail(label)


@transaction.atomic
def _mark_and_fail(label: str) -> None:
    publish(Marked(contact_center_id=None, label=label))
    raise ZeroDivisionError


def labels(after: int = 0) -> list[str]:
    return [one.event.label for one in read_events(after=after, kinds=["tests.marked"])]


def settle() -> None:
    """Wait until all that is committed may be read.

    On PostgreSQL every older transaction of the server holds readers back, also those of other
    databases, such as another test run's.
    """
    deadline = time.monotonic() + 20
    newest = EventRecord.objects.order_by("-id").values_list("id", flat=True).first() or 0
    while newest_event_id() < newest:
        assert time.monotonic() < deadline, "a transaction of the server does not end"
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
class TestPublish:
    def test_events_are_read_back_in_the_order_they_were_published(self):
        mark("a", "b")
        mark("c")
        settle()

        read = read_events(after=0, kinds=["tests.marked"])

        assert [one.event for one in read] == [
            Marked(contact_center_id=None, occurred_at_ms=1_000, label=label) for label in "abc"
        ]
        assert [one.id for one in read] == sorted(one.id for one in read)

    def test_a_transaction_that_fails_leaves_no_event(self):
        mark_in_vain("lost")

        assert EventRecord.objects.count() == 0

    def test_outside_a_transaction_nothing_is_published(self):
        with pytest.raises(transaction.TransactionManagementError):
            publish(Marked(contact_center_id=None, label="lost"))

        assert EventRecord.objects.count() == 0

    def test_publishing_costs_the_same_number_of_queries_for_many_events(
        self, django_assert_num_queries
    ):
        queries = 4 if connection.vendor == "postgresql" else 1
        many = [Marked(contact_center_id=None, label=str(number)) for number in range(50)]
        with transaction.atomic(), django_assert_num_queries(queries):
            publish(*many)

    def test_an_event_without_a_kind_cannot_be_declared(self):
        with pytest.raises(TypeError, match="Nameless needs a kind"):

            class Nameless(Event):
                pass

    def test_every_kind_leads_to_its_class(self):
        assert event_kinds()["tests.marked"] is Marked


@pytest.mark.django_db(transaction=True)
class TestReading:
    def test_a_cursor_goes_on_where_it_stopped(self):
        mark("a", "b")
        settle()
        cursor = newest_event_id()
        mark("c")
        settle()

        assert labels(after=cursor) == ["c"]

    def test_a_contact_centers_reader_sees_no_others_events(self):
        red, blue = "0" * 32, "1" * 32
        with transaction.atomic():
            publish(Marked(contact_center_id=red, label="red"))
            publish(Marked(contact_center_id=blue, label="blue"))
        settle()

        read = read_events(after=0, contact_center_id=red)

        assert [one.event.label for one in read] == ["red"]

    def test_batches_give_all_events_once(self, monkeypatch):
        mark(*(str(number) for number in range(1_203)))
        settle()

        batches = list(DurableReader("tests", kinds=["tests.marked"]).batches(after=0))

        assert [len(batch) for batch in batches] == [500, 500, 203]
        read = [one.event.label for batch in batches for one in batch]
        assert read == [str(number) for number in range(1_203)]

    def test_a_position_moves_only_with_what_the_reader_stores(self):
        reader = DurableReader("tests")
        with pytest.raises(transaction.TransactionManagementError):
            reader.advance(7)
        with transaction.atomic():
            reader.advance(7)
            transaction.set_rollback(True)
        assert reader.position() == 0

        with transaction.atomic():
            reader.advance(7)

        assert reader.position() == 7

    def test_trimming_spares_what_is_young_or_not_read_by_all(self):
        mark("old", at_ms=1_000)
        mark("old but unread", at_ms=1_000)
        mark("young", at_ms=9_000)
        first = EventRecord.objects.order_by("id").first()
        ReaderPosition.objects.create(name="slow", last_event_id=first.id)
        ReaderPosition.objects.create(name="fast", last_event_id=first.id + 2)

        settle()

        assert trim(older_than_ms=5_000) == 1
        assert labels() == ["old but unread", "young"]


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
class TestConcurrentWriters:
    """PostgreSQL: ids that commit late are never stepped over, and nothing comes twice."""

    def test_an_event_whose_transaction_is_open_holds_back_younger_ones(self):
        published, may_commit = threading.Event(), threading.Event()

        def write_slowly() -> None:
            with transaction.atomic():
                publish(Marked(contact_center_id=None, label="slow"))
                published.set()
                may_commit.wait(10)
            connection.close()

        writer = threading.Thread(target=write_slowly)
        writer.start()
        assert published.wait(10)
        mark("quick")
        while_open = labels()
        newest_while_open = newest_event_id()
        may_commit.set()
        writer.join(10)
        settle()

        assert while_open == []
        assert newest_while_open == 0
        assert labels() == ["slow", "quick"]

    def test_an_older_transaction_with_a_higher_event_id_waits_for_a_younger_one(self):
        has_id, published, may_commit = (threading.Event() for _ in range(3))
        read_between: list[list[str]] = []

        def write_younger() -> None:
            has_id.wait(10)
            with transaction.atomic():
                publish(Marked(contact_center_id=None, label="lower id"))
                published.set()
                may_commit.wait(10)
            connection.close()

        younger = threading.Thread(target=write_younger)
        younger.start()
        with transaction.atomic():
            ReaderPosition.objects.create(name="has a transaction id", last_event_id=0)
            has_id.set()
            assert published.wait(10)
            publish(Marked(contact_center_id=None, label="higher id"))
        read_between.append(labels())
        may_commit.set()
        younger.join(10)
        settle()

        assert read_between == [[]]
        assert labels() == ["lower id", "higher id"]

    def test_a_transaction_that_draws_no_event_id_but_stays_open_only_delays(self):
        with transaction.atomic():
            ReaderPosition.objects.create(name="open", last_event_id=0)
            done = threading.Thread(target=lambda: (mark("other"), connection.close()))
            done.start()
            done.join(10)
            during = labels()

        settle()

        assert during == []
        assert labels() == ["other"]

    def test_a_rolled_back_transaction_leaves_a_gap_that_stops_nobody(self):
        mark_in_vain("never")
        mark("after")
        settle()

        assert labels() == ["after"]

    def test_a_reader_following_many_writers_gets_each_event_once_in_order(self):
        writers, per_writer = 6, 60
        stop = threading.Event()
        seen: list[int] = []
        names: list[str] = []

        def write(number: int) -> None:
            for step in range(per_writer):
                with transaction.atomic():
                    publish(Marked(contact_center_id=None, label=f"{number}:{step}:a"))
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT pg_sleep(%s)", [0.003 * ((number + step) % 3)])
                    publish(Marked(contact_center_id=None, label=f"{number}:{step}:b"))
                    if step % 10 == 9:
                        transaction.set_rollback(True)
            connection.close()

        def follow() -> None:
            ended = False
            while not ended:
                ended = stop.is_set()
                while batch := read_events(after=seen[-1] if seen else 0, limit=7):
                    seen.extend(one.id for one in batch)
                    names.extend(one.event.label for one in batch)
            connection.close()

        threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
        reader = threading.Thread(target=follow)
        for thread in (*threads, reader):
            thread.start()
        for thread in threads:
            thread.join(60)
        settle()
        stop.set()
        reader.join(60)

        assert seen == list(EventRecord.objects.order_by("id").values_list("id", flat=True))
        assert len(seen) == writers * per_writer * 2 * 9 // 10
        for number in range(writers):
            own = [name for name in names if name.startswith(f"{number}:")]
            assert own == [
                f"{number}:{step}:{part}"
                for step in range(per_writer)
                if step % 10 != 9
                for part in "ab"
            ]
