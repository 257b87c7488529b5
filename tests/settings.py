"""The production settings, on the stores that PORTAL_TEST_DATABASE names; docs/development.md."""

import os
from pathlib import Path

import structlog

_ROOT = Path(__file__).resolve().parent.parent
for _name in [name for name in os.environ if name.startswith("PORTAL_")]:
    if not _name.startswith("PORTAL_TEST_"):
        del os.environ[_name]  # A developer's own settings change no result.
os.environ["PORTAL_SECRET_KEY"] = "tests only"
os.environ["PORTAL_DATA_DIR"] = str(_ROOT / "test-results" / "data")
os.environ["PORTAL_ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"
os.environ["PORTAL_LOG_LEVEL"] = "ERROR"
if os.environ.get("PORTAL_TEST_DATABASE", "sqlite") == "postgres":
    from tests.stores import POSTGRES_URL, REDIS_URL

    os.environ["PORTAL_DATABASE_URL"] = POSTGRES_URL
    os.environ["PORTAL_REDIS_URL"] = REDIS_URL

from portal.settings import *  # noqa: E402, F403
from portal.settings import (  # noqa: E402
    CACHES,
    CHANNEL_LAYERS,
    DATA_DIR,
    DATABASES,
    IS_EMBEDDED,
)

# Several runs may share a machine: every process has names of its own.
_OWN = f"portal_test_{os.getpid()}"
DATA_DIR.mkdir(parents=True, exist_ok=True)
if IS_EMBEDDED:
    # A file, since threads of one process share an in-memory database and its locks.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / f"{_OWN}.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    )
else:
    DATABASES["default"]["TEST"] = {"NAME": _OWN}
    CHANNEL_LAYERS["default"]["CONFIG"]["prefix"] = _OWN
    CACHES["default"]["KEY_PREFIX"] = _OWN
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Without it each test client lists all static files when it is made.
WHITENOISE_AUTOREFRESH = True
# One text with its traceback, where pytest shows what was logged.
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)
