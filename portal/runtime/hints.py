"""With Redis, each process hears the others' hints that the log has grown."""

import threading

from django.conf import settings

from portal.events.wakeup import relay_from_redis
from portal.runtime.runner import start_thread
from portal.runtime.tasks import RuntimeTask

_started = threading.Lock()


def start_hint_relay() -> None:
    """Start the relay's thread, once in a process; nothing to do without Redis."""
    if settings.REDIS_URL and _started.acquire(blocking=False):
        start_thread(RuntimeTask("hints", relay_from_redis), threading.Event())
