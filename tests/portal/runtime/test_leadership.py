"""One leads; when it goes, however it goes, another can."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from portal.runtime.leadership import AdvisoryLock, FileLock, leadership_lock

HOLDER = """
import sys, time
from pathlib import Path
from portal.runtime.leadership import FileLock
assert FileLock(Path(sys.argv[1])).acquire()
print("leading", flush=True)
time.sleep(60)
"""


def test_of_two_file_locks_one_leads_until_it_lets_go(tmp_path: Path):
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")

    assert first.acquire()
    assert not second.acquire()
    assert first.is_held()
    assert not second.is_held()

    first.release()
    assert not first.is_held()
    assert second.acquire()
    second.release()


def test_a_killed_process_leaves_the_file_lock_free(tmp_path: Path):
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "leading\n"
        lock = FileLock(path)
        assert not lock.acquire()

        process.kill()
        process.wait()

    assert lock.acquire()
    lock.release()


def test_a_leader_whose_lock_file_was_deleted_no_longer_leads(tmp_path: Path):
    lock = FileLock(tmp_path / "lock")
    lock.acquire()

    (tmp_path / "lock").unlink()

    assert not lock.is_held()
    lock.release()


@pytest.mark.django_db
def test_the_database_decides_which_lock_it_is():
    expected = AdvisoryLock if connection.vendor == "postgresql" else FileLock
    assert isinstance(leadership_lock(), expected)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_two_sessions_one_leads_until_it_lets_go():
    first, second = AdvisoryLock(), AdvisoryLock()

    assert first.acquire()
    assert not second.acquire()
    first.release()

    assert second.acquire()
    assert second.is_held()
    second.release()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_leader_notices_that_its_session_is_gone_and_another_takes_over():
    first, second = AdvisoryLock(), AdvisoryLock()
    first.acquire()
    assert not second.acquire()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON oid = database"
            " WHERE locktype = 'advisory' AND datname = current_database()"
        )

    assert not first.is_held()
    # The server lets go a moment after it said so.
    deadline = time.monotonic() + 10
    while not second.acquire():
        assert time.monotonic() < deadline
    second.release()
