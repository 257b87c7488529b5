import signal
import threading
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from portal.runtime.hints import start_hint_relay
from portal.runtime.leadership import leadership_lock
from portal.runtime.runner import Runner
from portal.runtime.tasks import registered_tasks


class Command(BaseCommand):
    help = "Lead the portal's background work, or stand by to take it over. Ends on SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()

        def end(number: int, frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        start_hint_relay()
        Runner(leadership_lock(), registered_tasks()).run(stop)
