"""What runs beside the web processes: one process leads and runs every registered task.

A room registers its tasks in its AppConfig.ready(); `portal.runtime.leadership` decides who runs
them, in threads of the embedded server or in `manage.py runtime`.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuntimeTask:
    """`run` works until the event it is given is set; it keeps no database state of its own."""

    name: str
    run: Callable[[threading.Event], None]


_tasks: dict[str, RuntimeTask] = {}


def register(task: RuntimeTask) -> None:
    _tasks[task.name] = task


def registered_tasks() -> list[RuntimeTask]:
    return list(_tasks.values())
