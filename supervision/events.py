from dataclasses import dataclass
from typing import Any

from portal.events.log import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class StatisticsDefined(Event, kind="statistics.defined"):
    """Other definitions of statistics are in force from here on, in all contact centers.

    `entries` are in the extended mode of `statistics.yaml`.
    """

    set_id: int
    source: str
    entries: list[dict[str, Any]]
