"""What the machine offers the tests beside Python: PostgreSQL, Redis and a Chromium."""

import os
import shutil
from functools import cache

import psycopg
import redis

POSTGRES_URL = os.environ.get(
    "PORTAL_TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres"
)
REDIS_URL = os.environ.get("PORTAL_TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
ALL_REQUIRED = os.environ.get("PORTAL_TEST_REQUIRE_ALL", "false") == "true"
ON_POSTGRES = os.environ.get("PORTAL_TEST_DATABASE", "sqlite") == "postgres"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@cache
def chromium() -> str | None:
    """The path of a Chromium, or None."""
    if named := os.environ.get("PORTAL_TEST_CHROMIUM"):
        return shutil.which(named)
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)


@cache
def services_missing() -> str:
    """Which of PostgreSQL and Redis does not answer, as a sentence; empty if both do."""
    try:
        with psycopg.connect(POSTGRES_URL, connect_timeout=3):
            pass
    except psycopg.OperationalError:
        return "PostgreSQL (PORTAL_TEST_POSTGRES_URL) does not answer."
    try:
        with redis.Redis.from_url(REDIS_URL, socket_connect_timeout=3) as client:
            client.ping()
    except redis.RedisError:
        return "Redis (PORTAL_TEST_REDIS_URL) does not answer."
    return ""
