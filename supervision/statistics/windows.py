"""Intervals and time profiles (statistics-spec.md section 6).

Start times are local to the object's zone, periods are elapsed time: a day on which the clocks
change has 23 or 25 hourly resets.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NEVER_MS = 1 << 62
_START = re.compile(r"(\d{1,2}):(\d{2})(?:\+(\d{1,3}):(\d{2}))?")
_SLIDE = re.compile(r"(\d+)(?:\s*:\s*(\d+))?")


class ProfileError(ValueError):
    """A time profile that cannot be read."""


@dataclass(frozen=True, slots=True)
class Start:
    """Resets at a local time of day and, with a period, every so often until the next start."""

    minute_of_day: int
    period_ms: int | None


@dataclass(frozen=True, slots=True)
class GrowingWindow:
    """[last reset <= t, t]; without starts it never resets."""

    starts: tuple[Start, ...]

    def around(self, at_ms: int, zone: ZoneInfo) -> tuple[int, int]:
        """The last reset at or before ``at_ms`` and the first one after it."""
        if not self.starts:
            return -NEVER_MS, NEVER_MS
        day = datetime.fromtimestamp(at_ms / 1000, zone).date()
        moments = sorted(
            (_moment(day + timedelta(days=offset), start, zone), start.period_ms or NEVER_MS)
            for offset in (-2, -1, 0, 1, 2)
            for start in self.starts
        )
        index = bisect_right(moments, (at_ms, NEVER_MS))
        began, period = moments[index - 1]
        last = began + (at_ms - began) // period * period
        return last, min(last + period, moments[index][0])


@dataclass(frozen=True, slots=True)
class SinceLogin:
    """[last login made while logged in nowhere, t]."""


@dataclass(frozen=True, slots=True)
class SlidingWindow:
    """[e - length, e), e the last multiple of the step at or before t, in seconds."""

    length: int
    step: int


@dataclass(frozen=True, slots=True)
class SlidingSelection:
    """The last ``size`` completed occurrences."""

    size: int


Interval = GrowingWindow | SinceLogin | SlidingWindow | SlidingSelection
MIDNIGHT = GrowingWindow((Start(0, None),))


def parse_interval(interval_type: str, profile: str | None) -> Interval:
    """The window of an intervalType with its dynamicTimeProfile."""
    if interval_type == "GrowingWindow":
        return MIDNIGHT if profile is None else _growing(profile)
    if interval_type == "SinceLogin":
        return SinceLogin()
    if profile is None:
        raise ProfileError(f"{interval_type} needs one")
    if interval_type == "SlidingWindow":
        return _sliding(profile)
    if not profile.strip().isdecimal() or int(profile) == 0:
        raise ProfileError(f"{profile!r} is no number of occurrences")
    return SlidingSelection(int(profile))


def _growing(profile: str) -> GrowingWindow:
    if profile.strip() == "never":
        return GrowingWindow(())
    starts = tuple(sorted((_start(part.strip()) for part in profile.split(",")), key=_minute))
    if len({start.minute_of_day for start in starts}) < len(starts):
        raise ProfileError("starts twice at the same time")
    return GrowingWindow(starts)


def _minute(start: Start) -> int:
    return start.minute_of_day


def _start(text: str) -> Start:
    match = _START.fullmatch(text.replace(" ", ""))
    if match is None:
        raise ProfileError(f"{text!r} is not H:MM or H:MM+H:MM")
    hour, minute = int(match[1]), int(match[2])
    if hour > 23 or minute > 59:
        raise ProfileError(f"{text!r} is no time of day")
    if match[3] is None:
        return Start(hour * 60 + minute, None)
    period = int(match[3]) * 60 + int(match[4])
    if period == 0 or int(match[4]) > 59:
        raise ProfileError(f"{text!r} has no such period")
    return Start(hour * 60 + minute, period * 60_000)


def _sliding(profile: str) -> SlidingWindow:
    match = _SLIDE.fullmatch(profile.strip())
    if match is None:
        raise ProfileError(f"{profile!r} is not LENGTH or LENGTH:STEP in seconds")
    length, step = int(match[1]), int(match[2] or 1)
    if length == 0 or step == 0 or length % step:
        raise ProfileError(f"the length {length} is no multiple of the step {step}")
    return SlidingWindow(length, step)


def _moment(day: date, start: Start, zone: ZoneInfo) -> int:
    hour, minute = divmod(start.minute_of_day, 60)
    # fold=0 (the default) takes the earlier of two equal times; a time inside the gap of a
    # spring night falls on the first instants after it, since UTC arithmetic decides.
    local = datetime.combine(day, time(hour, minute), zone)
    return int(local.astimezone(UTC).timestamp()) * 1000


def local_midnight_ms(day: date, zone: ZoneInfo) -> int:
    """The first instant of a local day."""
    return _moment(day, Start(0, None), zone)
