import sqlite3
from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class EventsConfig(AppConfig):
    name = "portal.events"
    label = "events"
    verbose_name = "Event log"

    def ready(self) -> None:
        connection_created.connect(write_many_rows_at_once)


def write_many_rows_at_once(connection: Any, **_: Any) -> None:
    """Let SQLite take as many parameters as it can: Django 5.2 believes that it takes 999.

    A bulk's events and log entries then are one statement each, as on PostgreSQL.
    """
    if connection.vendor == "sqlite":
        limit = connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
        connection.features.max_query_params = limit
