"""Which of the engine's changes are recorded, and when.

Watchers are told of queues and skills every second; what is recorded follows the definition's own
mode and frequency. What waits for its moment is part of the checkpoint.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from supervision.statistics.definitions import Definition
from supervision.statistics.notification import Change
from supervision.values import Recorded

SHOWN_TYPES = ("QUEUE", "SKILL_Q", "SKILL_AG")
PERIODICAL = "PERIODICAL"
_SHOWN_EVERY_SECONDS = 1
_Key = tuple[str, str, str]


def watched_definitions(definitions: Iterable[Definition]) -> tuple[Definition, ...]:
    """The definitions as the leader's engine has them: shown ones are due every second."""
    return tuple(
        dataclasses.replace(one, notification_frequency=_SHOWN_EVERY_SECONDS)
        if one.object_type in SHOWN_TYPES and one.notification_mode == PERIODICAL
        else one
        for one in definitions
    )


class Recorder:
    """Holds back changes until a multiple of their definition's frequency."""

    def __init__(self, definitions: Sequence[Definition]) -> None:
        self._period_ms = {
            (one.object_type, one.name): 1000 * max(one.notification_frequency, 1)
            for one in definitions
            if one.object_type in SHOWN_TYPES and one.notification_mode == PERIODICAL
        }
        self._waiting: dict[_Key, Any] = {}
        self._recorded: dict[_Key, Any] = {}

    def take(self, changes: Iterable[Change], tick_ms: int) -> list[Recorded]:
        """What is to be recorded at this tick, oldest first."""
        due = []
        for change in changes:
            key = change.object_type, change.object_id, change.name
            if key[::2] in self._period_ms and change.time_ms == tick_ms:
                self._waiting[key] = change.value
            else:
                # Not held back, or the last value of a window that a reset has ended.
                self._recorded[key] = change.value
                due.append(Recorded(*key, change.value, change.time_ms))
        return due + self._ripe(tick_ms)

    def content(self) -> dict[str, Any]:
        return {
            "waiting": [[*key, value] for key, value in self._waiting.items()],
            "recorded": [[*key, value] for key, value in self._recorded.items()],
        }

    def restore(self, content: dict[str, Any]) -> None:
        self._waiting = {(row[0], row[1], row[2]): row[3] for row in content["waiting"]}
        self._recorded = {(row[0], row[1], row[2]): row[3] for row in content["recorded"]}

    def _ripe(self, tick_ms: int) -> list[Recorded]:
        ripe = [key for key in self._waiting if not tick_ms % self._period_ms.get(key[::2], 1)]
        due = []
        for key in ripe:
            value = self._waiting.pop(key)
            if key not in self._recorded or self._recorded[key] != value:
                self._recorded[key] = value
                due.append(Recorded(*key, value, tick_ms))
        return due
