"""A dozen definitions beside the shipped ones: what slides, and what is a share of something."""

from typing import Any

from supervision.definitions import file_definitions
from supervision.statistics.definitions import Definition, parse_definitions


def _entry(name: str, object_type: str, category: str, mask: str, **more: Any) -> dict[str, Any]:
    inner = {"category": category, "subject": "DNAction", "mainMask": mask, **more}
    return {"name": name, "objectType": object_type, "statisticDefinitionEx": inner}


_QUARTER = {"intervalType": "SlidingWindow", "dynamicTimeProfile": "900:10"}
_HOUR = {"intervalType": "SlidingWindow", "dynamicTimeProfile": "3600:60"}
_LAST_TEN = {"intervalType": "SlidingSelection", "dynamicTimeProfile": "10"}
_TALK = "CallInbound,CallOutbound,CallInternal,CallConsult,CallUnknown"
_ENTRIES = [
    _entry("AnsweredLately", "QUEUE", "TotalNumber", "CallAnswered", **_QUARTER),
    _entry("AbandonedLately", "QUEUE", "TotalNumber", "CallAbandoned", **_QUARTER),
    _entry("WaitLately", "QUEUE", "AverageTime", "CallWait", **_QUARTER),
    _entry(
        "Abandonment",
        "QUEUE",
        "RelativeNumberPercentage",
        "CallAbandoned",
        relativeMask="CallEntered",
    ),
    _entry(
        "InTime",
        "QUEUE",
        "TotalNumberInTimeRangePercentage",
        "CallAnswered",
        timeRangeLeft=0,
        timeRangeRight=20,
    ),
    _entry("EnteredInTheHour", "SKILL_Q", "TotalNumber", "CallEntered", **_HOUR),
    _entry("CallsLately", "AGENT", "TotalNumber", _TALK, **_QUARTER),
    _entry("TalkLately", "AGENT", "TotalTime", _TALK, **_HOUR),
    _entry(
        "Occupancy",
        "AGENT",
        "RelativeTimePercentage",
        _TALK,
        subject="AgentStatus",
        relativeMask="*,~LoggedOut",
    ),
    _entry(
        "ReadyShare", "AGENT", "ElapsedTimePercentage", "WaitForNextCall", subject="AgentStatus"
    ),
    _entry(
        "LastTen",
        "AGENT",
        "AverageTime",
        _TALK,
        intervalType="SlidingSelection",
        dynamicTimeProfile="10",
    ),
    _entry("TeamTalk", "SKILL_AG", "TotalTime", _TALK, **_QUARTER),
]


def definitions() -> tuple[Definition, ...]:
    return (*file_definitions(), *parse_definitions(_ENTRIES))
