"""`/api/v1/exports`: asked for, made by a worker, fetched, called off, gone."""

import csv
import io
import threading
import uuid
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest
from django.test import Client

from portal.events.log import now_ms
from portal.runtime.worker import run_worker
from supervision import tasks
from supervision.exports import working
from supervision.exports.working import make_export
from supervision.models import Export, ExportPiece, StatisticHistory
from supervision.services.exports import tend_exports
from supervision.values import Recorded, record
from telephony.models import CallPartRecord, CallRecord
from tests.conftest import ApiClient
from tests.factories import World

pytestmark = pytest.mark.django_db
PATH = "/api/v1/exports"
T0 = 1_795_000_000_000


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs that would have gone to the broker."""
    jobs: list[str] = []
    monkeypatch.setattr(tasks.run_export, "delay", jobs.append)
    return jobs


@pytest.fixture
def values(world: World) -> World:
    queue_id = str(world.sales_queue.pk)
    record([Recorded("QUEUE", queue_id, "Total_Answered", n, T0 + n * 1000) for n in range(1, 6)])
    record([Recorded("QUEUE", queue_id, "ServiceLevel", 57.14, T0 + 2000)])
    return world


def ask(api: ApiClient, world: World, **body: Any) -> str:
    asked = {"kind": "Statistics", "objectId": str(world.sales_queue.pk), **body}
    answer = api.by(world.sue).post(PATH, {k: v for k, v in asked.items() if v is not None})
    assert (answer.status_code, answer.body["statusCode"]) == (200, 0), answer.body
    assert answer.body["path"] == f"/exports/{answer.body['id']}"
    assert answer.body["uri"].endswith(f"/api/v1/exports/{answer.body['id']}")
    return str(answer.body["id"])


def fetch(api: ApiClient, world: World, export_id: str) -> Any:
    return api.by(world.sue).get(f"{PATH}/{export_id}/download")


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def file_of(export_id: str) -> bytes:
    pieces = ExportPiece.objects.filter(export_id=export_id).order_by("number")
    return b"".join(bytes(piece.content) for piece in pieces)


def test_an_export_is_under_way_then_done(
    api: ApiClient, values: World, sent: list[str], django_capture_on_commit_callbacks: Any
):
    with django_capture_on_commit_callbacks(execute=True):
        export_id = ask(api, values, statistic="Total_Answered")
    assert sent == [export_id]

    waiting = api.by(values.sue).get(f"{PATH}/{export_id}")
    assert (waiting.status_code, waiting.body["statusCode"]) == (202, 9)
    assert waiting.body["export"]["state"] == "Waiting"
    assert fetch(api, values, export_id).status_code == 202

    make_export(uuid.UUID(export_id))

    done = api.by(values.sue).get(f"{PATH}/{export_id}").body
    assert done["statusCode"] == 0
    assert done["export"]["state"] == "Done"
    assert (done["export"]["rowsDone"], done["export"]["rowsTotal"]) == (5, 5)
    assert done["export"]["downloadPath"] == f"/exports/{export_id}/download"
    assert done["export"]["sizeBytes"] == len(file_of(export_id))


def test_csv_has_the_values_of_the_period_oldest_first(api: ApiClient, values: World):
    export_id = ask(api, values, statistic="Total_Answered", **{"from": T0 + 2000, "to": T0 + 4000})
    make_export(uuid.UUID(export_id))

    answer = fetch(api, values, export_id)

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    credentials = api.by(values.sue).defaults["HTTP_AUTHORIZATION"]
    download = f"{PATH}/{export_id}/download"
    assert Client(HTTP_AUTHORIZATION=credentials).get(download).getvalue() == file_of(export_id)
    assert answer["Content-Disposition"].startswith('attachment; filename="statistics-')
    heading, *rows = rows_of(file_of(export_id))
    assert heading == ["time", "timeMs", "objectId", "objectType", "statistic", "value"]
    assert [(row[1], row[4], row[5]) for row in rows] == [
        (str(T0 + n * 1000), "Total_Answered", str(n)) for n in (2, 3, 4)
    ]
    at = datetime.fromisoformat(rows[0][0])
    assert at.timestamp() * 1000 == T0 + 2000


def test_xlsx_of_all_statistics_of_an_object(api: ApiClient, values: World):
    export_id = ask(api, values, format="xlsx")
    make_export(uuid.UUID(export_id))

    book = openpyxl.load_workbook(io.BytesIO(file_of(export_id)))

    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert len(rows) == 7
    assert ["ServiceLevel", 57.14] in [row[4:] for row in rows]


def test_calls_of_a_period_with_waits_talks_and_agents(api: ApiClient, world: World):
    world.red.time_zone = "UTC"
    world.red.save()
    began = T0
    common = {"contact_center": world.red, "call_uuid": "u1"}
    CallRecord.objects.create(
        **common,
        call_id="c1",
        type="Inbound",
        ani="+13135550100",
        dnis="9001",
        queue_id=world.sales_queue.pk,
        queued_at_ms=began,
        began_ms=began,
        answered_ms=began + 12_400,
        ended_ms=began + 72_000,
        user_data={"Tier": "=gold"},
    )
    CallPartRecord.objects.create(
        **common, user_id=world.bob.pk, began_ms=began, answered_ms=began, ended_ms=began
    )
    CallRecord.objects.create(
        contact_center=world.blue,
        call_uuid="u2",
        call_id="c2",
        type="Inbound",
        began_ms=began,
        ended_ms=began + 1,
    )
    export_id = ask(
        api, world, kind="Calls", objectId=None, **{"from": began, "to": began + 100_000}
    )
    make_export(uuid.UUID(export_id))

    heading, *rows = rows_of(file_of(export_id))

    [row] = [dict(zip(heading, one, strict=True)) for one in rows]
    assert row["queue"] == world.sales_queue.name
    assert (row["waitSeconds"], row["talkSeconds"]) == ("12", "60")
    assert row["agents"] == world.bob.full_name
    assert row["ani"] == "'+13135550100"
    assert row["userData"] == '{"Tier":"=gold"}'
    assert row["began"] == datetime.fromtimestamp(began / 1000, UTC).isoformat(
        timespec="milliseconds"
    )


def test_calls_cost_as_many_queries_however_many_agents(
    world: World, assert_constant_queries: Any, monkeypatch: pytest.MonkeyPatch
):
    # Progress is told by the clock.
    monkeypatch.setattr(working, "_PROGRESS_SECONDS", 1000)
    export = Export.objects.create(
        contact_center=world.red,
        kind="Calls",
        format="csv",
        parameters={"from": 0, "to": T0},
        stirred_ms=0,
        expires_ms=now_ms() + 60_000,
    )

    def add_rows() -> None:
        for number in range(20):
            uid = uuid.uuid4().hex
            CallRecord.objects.create(
                contact_center=world.red,
                call_uuid=uid,
                call_id=uid[:16],
                type="Inbound",
                began_ms=1,
                ended_ms=2 + number,
            )
            CallPartRecord.objects.create(
                contact_center=world.red,
                call_uuid=uid,
                user_id=world.bob.pk,
                began_ms=1,
                answered_ms=1,
                ended_ms=2,
            )

    def act() -> None:
        Export.objects.filter(pk=export.pk).update(state="Waiting")
        make_export(export.pk)

    add_rows()
    assert_constant_queries(act, add_rows=add_rows)


def test_a_cancelled_export_is_not_made(api: ApiClient, values: World):
    export_id = ask(api, values)

    answer = api.by(values.sue).post(f"{PATH}/{export_id}", {"operationName": "Cancel"})
    make_export(uuid.UUID(export_id))

    assert answer.body == {"statusCode": 0}
    shown = api.by(values.sue).get(f"{PATH}/{export_id}").body
    assert (shown["statusCode"], shown["export"]["state"]) == (0, "Cancelled")
    assert not ExportPiece.objects.exists()
    assert fetch(api, values, export_id).body["statusCode"] == 2
    again = api.by(values.sue).post(f"{PATH}/{export_id}", {"operationName": "Cancel"})
    assert again.body["statusCode"] == 2


def test_one_that_is_called_off_while_it_is_made_leaves_nothing(
    api: ApiClient, values: World, monkeypatch: pytest.MonkeyPatch
):
    export_id = ask(api, values)
    store = working._store

    def cancelled(export: Export, path: Any, rows: int) -> None:
        Export.objects.filter(pk=export.pk).update(state="Cancelled")
        store(export, path, rows)

    monkeypatch.setattr(working, "_store", cancelled)
    make_export(uuid.UUID(export_id))

    assert Export.objects.get().state == "Cancelled"
    assert not ExportPiece.objects.exists()


def test_one_that_cannot_be_made_says_so(api: ApiClient, values: World):
    export_id = ask(api, values)
    Export.objects.update(parameters={})

    make_export(uuid.UUID(export_id))

    shown = api.by(values.sue).get(f"{PATH}/{export_id}").body["export"]
    assert (shown["state"], shown["message"]) == ("Failed", "The file could not be made")


def test_a_job_that_comes_twice_is_done_once(api: ApiClient, values: World):
    export_id = ask(api, values)
    make_export(uuid.UUID(export_id))
    before = file_of(export_id)
    StatisticHistory.objects.all().delete()

    make_export(uuid.UUID(export_id))

    assert file_of(export_id) == before


def test_files_go_when_they_expire_and_lost_jobs_are_sent_again(
    api: ApiClient, values: World, sent: list[str], django_capture_on_commit_callbacks: Any
):
    old, lost, fresh = (ask(api, values) for _ in range(3))
    Export.objects.filter(pk=old).update(expires_ms=now_ms() - 1)
    Export.objects.filter(pk=lost).update(state="Running", stirred_ms=now_ms() - 600_000)
    sent.clear()

    with django_capture_on_commit_callbacks(execute=True):
        tend_exports()

    assert sent == [lost]
    assert {str(one.pk): one.state for one in Export.objects.all()} == {
        lost: "Waiting",
        fresh: "Waiting",
    }
    assert fetch(api, values, old).status_code == 404


def test_a_deleted_export_has_gone_with_its_file(api: ApiClient, values: World):
    export_id = ask(api, values)
    make_export(uuid.UUID(export_id))

    assert api.by(values.sue).delete(f"{PATH}/{export_id}").body == {"statusCode": 0}

    assert api.by(values.sue).get(f"{PATH}/{export_id}").body["statusCode"] == 6
    assert not ExportPiece.objects.exists()


def test_others_exports_are_not_there_but_admins_see_all(api: ApiClient, values: World):
    export_id = ask(api, values)

    for who, seen in ((values.sue, 1), (values.ann, 1), (values.eve, 0)):
        listed = api.by(who).get(PATH).body["exports"]
        assert len(listed) == seen
        code = api.by(who).get(f"{PATH}/{export_id}").body["statusCode"]
        assert code == (9 if seen else 6)
    assert api.by(values.bob).get(PATH).body["statusCode"] == 5
    assert api.by(values.bob).post(PATH, {"kind": "Calls"}).body["statusCode"] == 5
    assert Export.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 1),
        ({"kind": "Statistics"}, 1),
        ({"kind": "Calls", "from": 1}, 1),
        ({"kind": "Everything"}, 10),
        ({"kind": "Calls", "from": 2, "to": 1}, 10),
        ({"kind": "Calls", "from": "soon", "to": 1}, 10),
        ({"kind": "Calls", "from": 1, "to": 2, "format": "pdf"}, 10),
        ({"kind": "Calls", "from": 1, "to": 2, "objectId": "x"}, 10),
        ({"kind": "Calls", "from": 1, "to": 2, "colour": "red"}, 10),
        ({"kind": "Statistics", "objectId": "nonsense"}, 6),
        ({"kind": "Statistics", "objectId": None}, 1),
    ],
)
def test_what_cannot_be_exported_is_refused(
    api: ApiClient, world: World, body: dict[str, Any], status: int
):
    answer = api.by(world.sue).post(PATH, body)

    assert answer.body["statusCode"] == status
    assert not Export.objects.exists()


def test_an_object_of_another_contact_center_is_refused(api: ApiClient, world: World):
    body = {"kind": "Statistics", "objectId": str(world.sales_queue.pk)}

    assert api.by(world.eve).post(PATH, body).body["statusCode"] == 6
    assert not Export.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_embedded_worker_makes_it(
    api: ApiClient, values: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.undo()
    stop = threading.Event()
    thread = threading.Thread(target=run_worker, args=(stop,), daemon=True)
    thread.start()
    try:
        export_id = ask(api, values)
        deadline = datetime.now(UTC).timestamp() + 60
        while Export.objects.get(pk=export_id).is_under_way:
            assert datetime.now(UTC).timestamp() < deadline
            threading.Event().wait(0.05)
    finally:
        stop.set()
        thread.join(30)
    assert Export.objects.get(pk=export_id).state == "Done"
