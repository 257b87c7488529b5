"""The cache that several processes share. What is in it speeds up or counts; nothing needs it."""

from collections.abc import Callable
from typing import Any, TypeVar

import redis
import structlog
from django.core.cache.backends.redis import RedisCache

logger = structlog.get_logger(__name__)

Answer = TypeVar("Answer")


class PatientRedisCache(RedisCache):
    """Redis; while it does not answer the cache is empty, and requests are served all the same."""

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return _unless_down(
            lambda: super(PatientRedisCache, self).get(key, default, version), otherwise=default
        )

    def set(self, key: Any, value: Any, *args: Any, **options: Any) -> None:
        _unless_down(
            lambda: super(PatientRedisCache, self).set(key, value, *args, **options), otherwise=None
        )

    def add(self, key: Any, value: Any, *args: Any, **options: Any) -> bool:
        return _unless_down(
            lambda: super(PatientRedisCache, self).add(key, value, *args, **options),
            otherwise=False,
        )

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return _unless_down(
            lambda: super(PatientRedisCache, self).incr(key, delta, version), otherwise=0
        )

    def clear(self) -> None:
        """Only what this cache holds: Django's own would empty the whole Redis database."""
        client = self._cache.get_client(write=True)
        for key in client.scan_iter(match=self.make_key("*"), count=1000):
            client.delete(key)


def _unless_down(ask: Callable[[], Answer], *, otherwise: Answer) -> Answer:
    try:
        return ask()
    except redis.RedisError as error:
        logger.warning("cache does not answer", error=str(error))
        return otherwise
