"""Tasks that do a short thing again and again."""

import threading
from collections.abc import Callable

from django.db import close_old_connections

from portal.runtime.tasks import RuntimeTask


def periodic(name: str, act: Callable[[], object], *, seconds: float) -> RuntimeTask:
    """A task that acts at once and then in this rhythm; an error ends it, and it starts again."""

    def run(stop: threading.Event) -> None:
        while not stop.is_set():
            # One that was left open since the last time may be dead by now.
            close_old_connections()
            act()
            stop.wait(seconds)

    return RuntimeTask(name, run)
