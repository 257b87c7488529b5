"""How much one caller may ask for: so many requests a minute for each user, or each address."""

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from portal.api.addresses import address_of

_SECONDS = 60


class CallerRate(BaseThrottle):
    """Counts requests in whole minutes of the clock.

    A counter, not DRF's list of times: at this rate the list would be most of a request's work.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        limit = settings.API_RATE_PER_MINUTE
        if not limit:
            return True
        self._now = time.time()
        key = f"rate:{_caller(request)}:{int(self._now // _SECONDS)}"
        cache.add(key, 0, _SECONDS)
        try:
            return cache.incr(key) <= limit
        except ValueError:
            # The minute has just ended, and the counter with it.
            return True

    def wait(self) -> float:
        """Seconds until the next minute."""
        return _SECONDS - self._now % _SECONDS


def _caller(request: Request) -> str:
    if request.user is not None and request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"address:{address_of(request._request)}"
