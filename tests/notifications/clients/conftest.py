import contextlib
import sqlite3
from collections.abc import Iterator

import pytest
from django.db import connection

from tests import stores
from tests.notifications.clients.pilot import Desk
from tests.notifications.clients.portal import Portal, Wire, wired

# Short, so that a test can wait for the end of a session.
MAX_INTERVAL_MS = 6_000


@pytest.fixture(scope="session")
def portal(tmp_path_factory, django_db_setup, django_db_blocker) -> Iterator[Portal]:
    """An embedded portal with the demo, served as people serve it."""
    if stores.ON_POSTGRES:
        pytest.skip("embedded; test_faults.py does it on PostgreSQL and Redis")
    folder = tmp_path_factory.mktemp("portal")
    with django_db_blocker.unblock():
        # What is migrated already need not be migrated again.
        connection.ensure_connection()
        with contextlib.closing(sqlite3.connect(folder / "portal.sqlite3")) as copy:
            connection.connection.backup(copy)
        connection.close()
    with contextlib.ExitStack() as stack:
        portal = Portal(folder, stack, BAYEUX_MAX_INTERVAL_MS=str(MAX_INTERVAL_MS))
        portal.manage("loaddemo")
        portal.start()
        yield portal


@pytest.fixture
def desk(portal: Portal) -> Iterator[Desk]:
    with contextlib.ExitStack() as stack:
        yield Desk(portal, stack)


@pytest.fixture
def wire(portal: Portal) -> Iterator[Wire]:
    with wired(portal.port) as wire:
        yield wire
