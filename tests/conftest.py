import base64
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client, TransactionTestCase
from django.test.utils import CaptureQueriesContext
from xdist.scheduler import LoadScopeScheduling

from provisioning.models import User
from tests import stores
from tests.factories import PASSWORD, World, build_world

# --- What runs where ------------------------------------------------------------------------------
_NO_BROWSER = (
    "Browser tests do not run: no Chromium is found (PORTAL_TEST_CHROMIUM names its path)."
)


def pytest_configure(config: pytest.Config) -> None:
    """End the run on PostgreSQL and Redis at once where these are missing."""
    if hasattr(config, "workerinput"):
        return
    if stores.ON_POSTGRES and (missing := stores.services_missing()):
        pytest.exit(
            f"The tests on PostgreSQL and Redis do not run: {missing}",
            returncode=1 if stores.ALL_REQUIRED else 0,
        )
    if not stores.ON_POSTGRES and stores.ALL_REQUIRED and stores.chromium() is None:
        pytest.exit(_NO_BROWSER, returncode=1)


# Ten times what the longest proof takes on an idle machine.
_SLOW_SECONDS = 900


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks no database runs on SQLite, `services` on PostgreSQL and Redis, the rest twice."""
    left_out = "browser" if stores.ON_POSTGRES or stores.chromium() is None else ""
    kept, deselected = [], []
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        if "slow" in marks and "timeout" not in marks:
            item.add_marker(pytest.mark.timeout(_SLOW_SECONDS))
        is_out = left_out in marks or ("services" in marks and not stores.ON_POSTGRES)
        is_same_on_both = stores.ON_POSTGRES and not _asks_the_database(item, marks)
        (deselected if is_out or is_same_on_both else kept).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=deselected)


def _asks_the_database(item: pytest.Item, marks: set[str]) -> bool:
    """Whether a test can end otherwise on another database.

    Rules in plain Python cannot, nor processes with a database of their own; and what holds for
    all addresses is shown to PostgreSQL by the nonsense that the slow part sends it.
    """
    if "services" not in marks and item.nodeid.startswith("tests/contracts/"):
        return False
    if not marks.isdisjoint({"services", "django_db"}):
        return True
    case = getattr(item, "cls", None)
    if case is not None and issubclass(case, TransactionTestCase):
        return True
    return not {"db", "transactional_db"}.isdisjoint(getattr(item, "fixturenames", ()))


class ByFile(LoadScopeScheduling):
    """A file's tests on one worker, and all browser tests: the portal they look at starts once."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return "tests/browser" if path.startswith("tests/browser/") else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not stores.ON_POSTGRES and stores.chromium() is None:
        terminalreporter.write_line(_NO_BROWSER, yellow=True)


# --- What tests are given -------------------------------------------------------------------------
@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()


@pytest.fixture
def world(db: None) -> World:
    return build_world()


class ApiClient(Client):
    """A program that calls the API: Basic credentials with each request, no cookies, JSON.

    `answer.body` is what the answer's JSON says, None for any other content.
    """

    def __init__(self, user: User | None = None, password: str = PASSWORD) -> None:
        super().__init__()
        if user is not None:
            credentials = base64.b64encode(f"{user.user_name}:{password}".encode()).decode()
            self.defaults["HTTP_AUTHORIZATION"] = f"Basic {credentials}"

    def by(self, user: User, password: str = PASSWORD) -> "ApiClient":
        """The same for another user."""
        return ApiClient(user, password)

    def request(self, **request: Any) -> HttpResponse:
        self.cookies.clear()
        response = super().request(**request)
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        content = b"".join(response) if response.streaming else response.content
        response.body = orjson.loads(content) if is_json else None
        return response

    def post(self, path: str, body: Any = None, **extra: Any) -> HttpResponse:
        return self._send("POST", path, body, extra)

    def put(self, path: str, body: Any = None, **extra: Any) -> HttpResponse:
        return self._send("PUT", path, body, extra)

    def delete(self, path: str, body: Any = None, **extra: Any) -> HttpResponse:
        return self._send("DELETE", path, body, extra)

    def _send(self, method: str, path: str, body: Any, extra: dict[str, Any]) -> HttpResponse:
        """`body` is sent as JSON; bytes go as they are."""
        if body is None:
            content = b""
        else:
            content = body if isinstance(body, bytes) else orjson.dumps(body)
        extra.setdefault("content_type", "application/json")
        return self.generic(method, path, content, **extra)


@pytest.fixture
def api() -> ApiClient:
    """Nobody's client; `api.by(world.ann)` calls as Ann."""
    return ApiClient()


@pytest.fixture
def assert_constant_queries() -> Callable[..., None]:
    """`assert_constant_queries(act, add_rows=…)`: `act` costs as many queries after more rows."""

    def check(act: Callable[[], Any], *, add_rows: Callable[[], Any]) -> None:
        act()  # What is cached by the first call is not what we ask.
        with CaptureQueriesContext(connection) as before:
            act()
        add_rows()
        with CaptureQueriesContext(connection) as after:
            act()
        assert len(after) == len(before), "\n".join(
            [f"{len(before)} queries became {len(after)}:"]
            + [query["sql"] for query in after.captured_queries]
        )

    return check
