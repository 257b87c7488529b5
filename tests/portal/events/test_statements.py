"""SQL that is made once gives what the ORM gives."""

import threading
import uuid

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from portal.events.models import EventRecord, ReaderPosition
from portal.events.statements import Prepared, delete, delete_all, insert, update

CENTERS = [uuid.UUID(int=number) for number in (1, 2)]
pytestmark = pytest.mark.django_db


def record(kind="call.queued", center=CENTERS[0], **more):
    return {"kind": kind, "contact_center_id": center, "occurred_at_ms": 7, "payload": {}} | more


def kinds_of(center):
    return EventRecord.objects.filter(contact_center_id=center).order_by("id")


OF_CENTER = Prepared(kinds_of, uuid.UUID)


def test_rows_come_back_with_their_drawn_keys_and_all_types():
    payload = {"text": "ä", "list": [1, None], "id": "x"}
    first, second = insert(EventRecord, [record(payload=payload), record("call.held")])

    assert second > first
    row = EventRecord.objects.get(pk=first)
    assert (row.contact_center_id, row.payload) == (CENTERS[0], payload)


def test_columns_that_are_left_out_have_the_fields_default():
    assert insert(ReaderPosition, [{"name": "a"}]) == ["a"]
    assert ReaderPosition.objects.get().last_event_id == 0


def test_a_row_that_is_there_is_updated_where_that_is_asked_for():
    for position in (1, 2):
        row = {"name": "a", "last_event_id": position}
        insert(ReaderPosition, [row], or_update=("last_event_id", ("name",)))
    assert ReaderPosition.objects.get().last_event_id == 2


def test_only_the_named_columns_of_the_one_row_are_updated():
    first, second = insert(EventRecord, [record(), record()])
    update(EventRecord, first, {"contact_center_id": str(CENTERS[1]), "payload": {"a": 1}})

    changed, other = EventRecord.objects.get(pk=first), EventRecord.objects.get(pk=second)
    assert (changed.kind, changed.contact_center_id) == ("call.queued", CENTERS[1])
    assert changed.payload == {"a": 1}
    assert (other.contact_center_id, other.payload) == (CENTERS[0], {})


def test_rows_are_deleted_by_key_or_by_a_column():
    keys = insert(EventRecord, [record(), record(center=CENTERS[1]), record(center=CENTERS[1])])
    assert delete(EventRecord, keys[0]) == 1
    assert delete(EventRecord, keys[0]) == 0
    assert delete(EventRecord, CENTERS[1], by="contact_center_id") == 2
    assert not EventRecord.objects.exists()


def test_tuples_of_columns_are_deleted_and_not_their_product():
    insert(EventRecord, [record(kind) for kind in ("a", "b", "c")])
    assert delete_all(EventRecord, ("kind", "kind"), [("a", "a"), ("b", "c")]) == 1
    assert sorted(EventRecord.objects.values_list("kind", flat=True)) == ["b", "c"]


def test_a_prepared_query_gives_what_the_query_gives():
    insert(EventRecord, [record("a"), record("b", CENTERS[1]), record("c", payload={"n": 1})])
    for center in (*CENTERS, uuid.UUID(int=3)):
        assert OF_CENTER(center) == list(kinds_of(center))
        assert OF_CENTER.first(center) == kinds_of(center).first()
    assert OF_CENTER(CENTERS[0])[1].payload == {"n": 1}


def test_the_statement_is_the_orms_own_and_is_run_each_time():
    OF_CENTER(CENTERS[0])
    with CaptureQueriesContext(
        connection,
    ) as ours:
        OF_CENTER(CENTERS[1])
    with CaptureQueriesContext(connection) as theirs:
        list(kinds_of(CENTERS[1]))
    assert [query["sql"] for query in ours] == [query["sql"] for query in theirs]


def test_values_of_each_type_find_their_place():
    insert(EventRecord, [record("a", occurred_at_ms=1), record("b", occurred_at_ms=2)])
    prepared = Prepared(
        lambda kind, center, time: EventRecord.objects.filter(
            kind=kind, contact_center_id=center, occurred_at_ms__gte=time
        ).values_list("kind", "occurred_at_ms"),
        str,
        uuid.UUID,
        int,
    )
    assert prepared("b", CENTERS[0], 2) == [("b", 2)]
    assert prepared("b", CENTERS[0], 3) == []
    assert prepared("a", CENTERS[0], 0) == [("a", 1)]
    assert prepared("a", CENTERS[1], 0) == []


def test_a_value_that_the_statement_lacks_is_an_error_of_whoever_wrote_it():
    with pytest.raises(ValueError, match="no place"):
        Prepared(lambda kind: EventRecord.objects.all(), str)("a")


@pytest.mark.django_db(transaction=True)
def test_threads_have_statements_of_their_own():
    insert(EventRecord, [record(center=center) for center in CENTERS])
    wrong, gate = [], threading.Barrier(4)

    def read(center):
        gate.wait()
        for _ in range(50):
            found = {row.contact_center_id for row in OF_CENTER(center)}
            if found != {center}:
                wrong.append(found)
        connections.close_all()

    threads = [threading.Thread(target=read, args=(center,)) for center in CENTERS * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []
