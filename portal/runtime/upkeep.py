"""What keeps the database small: old events and ended sessions go."""

from importlib import import_module

from django.conf import settings

from portal.events import reader
from portal.events.log import now_ms

DAY_MS = 86_400_000


def trim_events() -> None:
    """Delete events older than the retention that every durable reader has passed."""
    reader.trim(older_than_ms=now_ms() - settings.EVENT_RETENTION_DAYS * DAY_MS)


def clear_sessions() -> None:
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
