"""Where benchmarks keep what they make: a portal of their own, gone when the run is over."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import django
import psycopg
from django.core.management import call_command
from django.db import connections
from django.db.utils import load_backend

from portal import environment
from tests.stores import POSTGRES_URL


@contextmanager
def portal() -> Iterator[None]:
    """An embedded portal with the production settings, its SQLite file in a temporary folder."""
    for name in [name for name in os.environ if name.startswith("PORTAL_")]:
        del os.environ[name]  # The run measures the defaults, not a developer's own settings.
    with tempfile.TemporaryDirectory(prefix="portal-benchmarks-") as folder:
        os.environ["PORTAL_DATA_DIR"] = folder
        os.environ["PORTAL_SECRET_KEY"] = "benchmarks only"
        os.environ["PORTAL_LOG_LEVEL"] = "ERROR"
        os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
        django.setup()
        call_command("migrate", verbosity=0)
        try:
            yield
        finally:
            connections.close_all()


@contextmanager
def postgres(*, migrated: bool = False) -> Iterator[bool]:
    """Work on an empty PostgreSQL database instead; False, and no change, where none answers.

    `migrated`: with the portal's tables.
    """
    try:
        server = psycopg.connect(POSTGRES_URL, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        yield False
        return
    name = f"portal_benchmarks_{uuid.uuid4().hex}"
    with server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            with _as_default({**environment.env.db_url_config(POSTGRES_URL), "NAME": name}):
                if migrated:
                    call_command("migrate", verbosity=0)
                yield True
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _as_default(settings: dict[str, object]) -> Iterator[None]:
    """Another database under the name that all code uses, for this thread."""
    complete = connections.configure_settings({"default": settings})["default"]
    usual = connections["default"]
    other = load_backend(complete["ENGINE"]).DatabaseWrapper(complete, "default")
    connections["default"] = other
    try:
        yield
    finally:
        other.close()
        connections["default"] = usual
