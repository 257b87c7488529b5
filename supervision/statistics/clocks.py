"""Clocks of growing windows: a start and a serial number that changes at every reset.

A reset costs nothing: an accumulator that sees another serial than its own starts anew.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from supervision.statistics.windows import NEVER_MS, GrowingWindow


class ProfileClock:
    """The resets of a time profile in a zone, shared by all objects there."""

    __slots__ = ("_asked", "key", "next_ms", "profile", "serial", "start_ms", "start_s", "zone")

    def __init__(
        self, profile: GrowingWindow, zone: ZoneInfo, at_ms: int, key: str | None = None
    ) -> None:
        self.profile = profile
        self.zone = zone
        self.key = key or zone.key
        self.serial = 0
        self.start_ms, self.next_ms = profile.around(at_ms, zone)
        self.start_s = self.start_ms // 1000
        self._asked = (self.start_ms, self.next_ms)

    def moved(self, zone: ZoneInfo, now_ms: int, key: str) -> ProfileClock:
        """The clock that goes on from this one in another zone, whose next reset ends the window.

        The window that runs keeps its start, so nothing that was counted in it changes.
        """
        clock = ProfileClock(self.profile, zone, now_ms, key)
        clock.serial, clock.start_ms, clock.start_s = self.serial, self.start_ms, self.start_s
        clock._asked = (clock.start_ms, clock.next_ms)
        return clock

    def advance(self, now_ms: int) -> None:
        """Move to the window that holds ``now_ms``."""
        if now_ms >= self.next_ms:
            self.start_ms, self.next_ms = self.profile.around(now_ms, self.zone)
            self.start_s = self.start_ms // 1000
            self.serial += 1

    def start_at(self, at_ms: int) -> int:
        """The last reset at or before an instant that is not before the clock's own."""
        if at_ms < self.next_ms:
            return self.start_ms
        if not self._asked[0] <= at_ms < self._asked[1]:
            self._asked = self.profile.around(at_ms, self.zone)
        return self._asked[0]


class LoginClock:
    """The window since an agent's last login; it stays open after the logout."""

    __slots__ = ("is_started", "next_ms", "serial", "start_ms", "start_s")

    def __init__(self, at_ms: int) -> None:
        self.serial = 0
        self.is_started = False
        self.start_ms = at_ms
        self.start_s = at_ms // 1000
        self.next_ms = NEVER_MS

    def restart(self, now_ms: int) -> None:
        """A login made while logged in nowhere."""
        self.serial += 1
        self.is_started = True
        self.start_ms = now_ms
        self.start_s = now_ms // 1000

    def start_at(self, at_ms: int) -> int:
        """The login: the window does not depend on the instant."""
        del at_ms
        return self.start_ms


Clock = ProfileClock | LoginClock
