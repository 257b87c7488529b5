"""Wrong passwords: a user name is locked for a while, and before that an address must wait.

Contract §1: the lockout is by user name, never by address alone. What an address is made to wait
for is one user name; the delay doubles with each wrong password.
"""

import math
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off, get_failure_limit
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils import timezone

# The third wrong password makes its address wait for a second, each further one for twice as long.
_FREE_FAILURES = 3
# Beyond this the lockout's own time is over anyway.
_MOST_DOUBLINGS = 8

Credentials = dict[str, Any] | None


class LockoutHandler(AxesDatabaseHandler):  # type: ignore[misc]
    """django-axes' lockout by user name, and the delay by user name and address.

    Attempts that come too early are refused unseen and not counted: who is made to wait cannot
    lock out somebody else who has the password.
    """

    def is_locked(self, request: HttpRequest, credentials: Credentials = None) -> bool:
        return self.wait_seconds(request, credentials) > 0

    def wait_seconds(self, request: HttpRequest, credentials: Credentials = None) -> float:
        """How long until the next password for this name is looked at; 0 where it would be now."""
        [attempts] = self.get_user_attempts(request, credentials)
        rows = list(
            attempts.order_by("attempt_time").values_list(
                "ip_address", "failures_since_start", "attempt_time"
            )
        )
        own = [row for row in rows if row[0] == request.axes_ip_address]  # type: ignore[attr-defined]
        until = [
            self._end_of_lockout(rows, get_failure_limit(request, credentials), request),
            _end_of_delay(own),
        ]
        seconds = [(one - timezone.now()).total_seconds() for one in until if one is not None]
        return max([0.0, *seconds])

    @staticmethod
    def _end_of_lockout(
        rows: list[tuple[str, int, datetime]], limit: int, request: HttpRequest
    ) -> datetime | None:
        """When enough of the wrong passwords are so old that they do not count any more."""
        failures = sum(count for _, count, _ in rows)
        if failures < limit:
            return None
        for _, count, at in rows:
            failures -= count
            if failures < limit:
                end: datetime = at + get_cool_off(request)
                return end
        return None


def _end_of_delay(rows: list[tuple[str, int, datetime]]) -> datetime | None:
    doublings = sum(count for _, count, _ in rows) - _FREE_FAILURES
    if doublings < 0:
        return None
    *_, (_, _, last) = rows
    return last + timedelta(seconds=2 ** min(doublings, _MOST_DOUBLINGS))


def is_password_of(request: HttpRequest, user: Any, password: str) -> bool:
    """Asked like a sign-in, so that the lockout counts wrong ones: here too nobody may guess."""
    is_right = authenticate(request, username=user.user_name, password=password) is not None
    # Else the lockout middleware would put a line of text in place of our answer.
    request.axes_locked_out = False  # type: ignore[attr-defined]
    return is_right


def seconds_to_wait(request: HttpRequest, user_name: str) -> int:
    """For how many whole seconds passwords for this name are refused to this caller."""
    AxesProxyHandler.update_request(request)
    handler: LockoutHandler = AxesProxyHandler.get_implementation()
    return math.ceil(handler.wait_seconds(request, {"username": user_name}))
