"""Leading: every registered task in a thread of its own, for as long as this process leads."""

import threading
import time
from collections.abc import Iterable

import structlog
from django.db import connections

from portal.runtime.leadership import LeadershipLock
from portal.runtime.tasks import RuntimeTask

logger = structlog.get_logger(__name__)

# A standby asks this often, a leader looks this often whether it still leads.
_STANDBY_SECONDS = 2.0
_LEADER_SECONDS = 1.0
_STOP_SECONDS = 8.0
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_CALM_SECONDS = 60.0


class Runner:
    """Leads or stands by until told to stop."""

    def __init__(self, lock: LeadershipLock, tasks: Iterable[RuntimeTask]) -> None:
        self._lock = lock
        self._tasks = tuple(tasks)

    def run(self, stop: threading.Event) -> None:
        is_standing_by = False
        while not stop.is_set():
            if self._lock.acquire():
                is_standing_by = False
                self._lead(stop)
            else:
                if not is_standing_by:
                    logger.info("standing by")
                is_standing_by = True
                stop.wait(_STANDBY_SECONDS)
        connections.close_all()

    def _lead(self, stop: threading.Event) -> None:
        logger.info("leading", tasks=[task.name for task in self._tasks])
        ended = threading.Event()
        threads = [start_thread(task, ended) for task in self._tasks]
        while not stop.wait(_LEADER_SECONDS):
            if not self._lock.is_held():
                logger.error("leadership lost")
                break
        ended.set()
        self._await(threads, stop)
        self._lock.release()
        logger.info("no longer leading")

    @staticmethod
    def _await(threads: list[threading.Thread], stop: threading.Event) -> None:
        """Wait for the tasks to end: a process that goes on must not lead again before."""
        deadline = time.monotonic() + _STOP_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        while late := [thread.name for thread in threads if thread.is_alive()]:
            logger.error("tasks do not end", tasks=late)
            if stop.wait(_STOP_SECONDS):
                return


def start_thread(task: RuntimeTask, stop: threading.Event) -> threading.Thread:
    """Run a task in a thread until `stop` is set, again after each crash."""
    thread = threading.Thread(
        target=keep_running, args=(task, stop), name=f"runtime-{task.name}", daemon=True
    )
    thread.start()
    return thread


def keep_running(task: RuntimeTask, stop: threading.Event) -> None:
    pause = _FIRST_PAUSE_SECONDS
    while not stop.is_set():
        started = time.monotonic()
        try:
            task.run(stop)
        except Exception:
            logger.exception("task crashed", task=task.name)
        finally:
            # The next attempt begins with fresh connections: the old one may be why it crashed.
            connections.close_all()
        if time.monotonic() - started > _CALM_SECONDS:
            pause = _FIRST_PAUSE_SECONDS
        if not stop.is_set():
            logger.warning("task starts again", task=task.name, seconds=pause)
            stop.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
