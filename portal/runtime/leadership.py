"""Exactly one process leads: the one that holds a lock that its death gives back by itself.

PostgreSQL: an advisory lock of a session of its own. SQLite: a lock on a file in the data
directory. Both are let go when the process dies, however it dies; nothing has to be cleaned up.
"""

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Any, Protocol

import psycopg
import structlog
from django.conf import settings
from django.db import connection

logger = structlog.get_logger(__name__)

# Which of PostgreSQL's advisory locks is ours; any number that nobody else in the database uses.
_LOCK_NUMBER = 7_402_156_001
# A leader whose machine vanished is noticed by the server within these bounds, so that a standby
# can take over within ten seconds; and the leader notices a vanished server likewise.
_SERVER_NOTICES = (
    "SET tcp_keepalives_idle = 2",
    "SET tcp_keepalives_interval = 1",
    "SET tcp_keepalives_count = 3",
    "SET tcp_user_timeout = 5000",
    "SET idle_session_timeout = 0",
)
_CLIENT_NOTICES = {
    "connect_timeout": 5,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 3000,
}


class LeadershipLock(Protocol):
    def acquire(self) -> bool:
        """Try to lead; says at once whether this process does."""

    def is_held(self) -> bool:
        """Whether this process still leads; looks, does not guess."""

    def release(self) -> None: ...


def leadership_lock() -> LeadershipLock:
    """The lock that fits the database."""
    if connection.vendor == "postgresql":
        return AdvisoryLock()
    return FileLock(settings.DATA_DIR / "runtime.lock")


class AdvisoryLock:
    """A session-level advisory lock of PostgreSQL; the session is used for nothing else."""

    def __init__(self) -> None:
        self._session: psycopg.Connection[Any] | None = None

    def acquire(self) -> bool:
        try:
            if self._session is None:
                self._session = self._open()
            row = self._session.execute(
                "SELECT pg_try_advisory_lock(%s)", [_LOCK_NUMBER]
            ).fetchone()
        except psycopg.Error as error:
            logger.warning("leadership cannot be asked for", error=str(error).strip())
            self.release()
            return False
        return bool(row and row[0])

    def is_held(self) -> bool:
        if self._session is None:
            return False
        try:
            self._session.execute("SELECT 1")
        except psycopg.Error:
            self.release()
            return False
        return True

    def release(self) -> None:
        if self._session is not None:
            with contextlib.suppress(psycopg.Error):
                self._session.close()
        self._session = None

    def _open(self) -> psycopg.Connection[Any]:
        parameters = connection.get_connection_params() | _CLIENT_NOTICES
        # Django's own cursor class and its like are of no use here.
        for name in ("cursor_factory", "context", "prepare_threshold"):
            parameters.pop(name, None)
        session = psycopg.connect(**parameters, autocommit=True)
        for statement in _SERVER_NOTICES:
            # An old server may not know one of them; it leads all the same.
            with contextlib.suppress(psycopg.Error):
                session.execute(statement)
        return session


class FileLock:
    """A lock on a file: for SQLite, whose processes share one machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def is_held(self) -> bool:
        if self._descriptor is None:
            return False
        # Somebody who deleted the file would let a second process lock a new one.
        with contextlib.suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        return False

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None
