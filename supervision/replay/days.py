"""What is told of each day: from the statistics, and as sums over the rows."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from supervision.replay.rows import CallRow, local_day
from supervision.statistics.definitions import Definition, parse_definitions
from supervision.statistics.engine import Engine

LEVELS_SECONDS = (20, 60, 120)
_LEVEL = "TotalNumberInTimeRangePercentage"


@dataclass(slots=True)
class Day:
    """One local day: calls offered on it, and what came to its end on it.

    So a wait and a talk over midnight count whole, on the day on which they ended. `talk_seconds`
    are by server.
    """

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    wait_of_answered_seconds: int = 0
    wait_of_abandoned_seconds: int = 0
    answered_within: dict[int, int] = field(default_factory=dict)
    service_level: dict[int, float] = field(default_factory=dict)
    talk_seconds: dict[str, int] = field(default_factory=dict)


def _entry(name: str, object_type: str, category: str, mask: str, **more: Any) -> dict[str, Any]:
    inner = {"category": category, "mainMask": mask, "subject": "DNAction", **more}
    return {"name": name, "objectType": object_type, "statisticDefinitionEx": inner}


def _within(seconds: int) -> dict[str, int]:
    return {"timeRangeLeft": 0, "timeRangeRight": seconds}


ENTRIES = [
    _entry("Offered", "QUEUE", "TotalNumber", "CallEntered"),
    _entry("Answered", "QUEUE", "TotalNumber", "CallAnswered"),
    _entry("Abandoned", "QUEUE", "TotalNumber", "CallAbandoned"),
    _entry("WaitOfAnswered", "QUEUE", "TotalTime", "CallAnswered"),
    _entry("WaitOfAbandoned", "QUEUE", "TotalTime", "CallAbandoned"),
    *(
        _entry(f"Within{n}", "QUEUE", "TotalNumberInTimeRange", "CallAnswered", **_within(n))
        for n in LEVELS_SECONDS
    ),
    *(
        _entry(
            f"Level{n}", "QUEUE", "TotalNumberInTimeRangePercentage", "CallAnswered", **_within(n)
        )
        for n in LEVELS_SECONDS
    ),
    _entry("Talk", "AGENT", "TotalTime", "CallInboundCompleted"),
]


def day_definitions() -> tuple[Definition, ...]:
    """The statistics that a day is read from."""
    return parse_definitions(ENTRIES, "replay")


def read_day(engine: Engine, queue_id: str, servers: dict[str, str], at_ms: int) -> Day:
    """The day as the statistics have it at its last moment; servers by name with their ids."""
    read = engine.values("QUEUE", queue_id, at_ms)
    agents = {name: engine.values("AGENT", ident, at_ms) for name, ident in servers.items()}
    return Day(
        offered=_number(read["Offered"]),
        answered=_number(read["Answered"]),
        abandoned=_number(read["Abandoned"]),
        wait_of_answered_seconds=_number(read["WaitOfAnswered"]),
        wait_of_abandoned_seconds=_number(read["WaitOfAbandoned"]),
        answered_within={n: _number(read[f"Within{n}"]) for n in LEVELS_SECONDS},
        service_level={n: float(str(read[f"Level{n}"])) for n in LEVELS_SECONDS},
        talk_seconds=_positive({name: _number(one["Talk"]) for name, one in agents.items()}),
    )


def summed_days(rows: Iterable[CallRow], zone: ZoneInfo) -> dict[date, Day]:
    """The days as sums over the rows; no engine is asked."""
    days: dict[date, Day] = defaultdict(_empty_day)
    for row in rows:
        days[local_day(row.offered_ms, zone)].offered += 1
        day = days[local_day(row.left_ms, zone)]
        if not row.is_answered:
            day.abandoned += 1
            day.wait_of_abandoned_seconds += row.wait_seconds
            continue
        day.answered += 1
        day.wait_of_answered_seconds += row.wait_seconds
        for level in LEVELS_SECONDS:
            day.answered_within[level] += row.wait_seconds < level
        if row.server is not None:
            released = days[local_day(row.released_ms, zone)]
            released.talk_seconds[row.server] += row.talk_seconds
    for day in days.values():
        if day.answered:
            for level, number in day.answered_within.items():
                day.service_level[level] = 100 * number / day.answered
        day.talk_seconds = _positive(day.talk_seconds)
    return days


def _empty_day() -> Day:
    return Day(
        answered_within=dict.fromkeys(LEVELS_SECONDS, 0),
        service_level=dict.fromkeys(LEVELS_SECONDS, 0.0),
        talk_seconds=defaultdict(int),
    )


def _positive(seconds: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in sorted(seconds.items()) if number}


def _number(value: object) -> int:
    return int(str(value))
