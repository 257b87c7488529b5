"""A real portal, in a process of its own, and a real Chromium looking at it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from tests import processes, stores

SIZES = {"wide": (1920, 1080), "laptop": (1280, 800), "phone": (390, 844)}
CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
OpenPage = Callable[..., Page]
# A page may wait for the two cores that the rest of the suite keeps busy.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def live_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `manage.py serve --simulate` with the demo, as `make run` starts it."""
    data_dir = tmp_path_factory.mktemp("portal")
    environment = processes.environment(DATA_DIR=str(data_dir))
    processes.run(processes.manage("migrate", "--noinput", "--verbosity", "0"), environment)
    processes.run(processes.manage("loaddemo"), environment)
    port = processes.free_port()
    url = f"http://127.0.0.1:{port}"
    serve = processes.manage("serve", "--simulate", "--port", str(port))
    log_path = data_dir / "server.log"
    with processes.running(serve, environment, log_path) as server:
        processes.wait_until_healthy(url, server, log_path)
        yield url


# Of a module, not of the session: while Playwright runs, its event loop runs in this thread, and
# Django refuses the database to every other test there.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=stores.chromium(), args=list(CHROMIUM_FLAGS)
        )
        yield browser
        browser.close()


@pytest.fixture
def allowed_errors() -> list[str]:
    """Parts of console messages that a test provokes; it appends them."""
    return []


@pytest.fixture
def complaints() -> list[str]:
    """What this test's pages complained of so far."""
    return []


@pytest.fixture
def open_page(
    browser: Browser, live_url: str, allowed_errors: list[str], complaints: list[str]
) -> Iterator[OpenPage]:
    """`open_page(size="phone", dark=True)`: a page of a visitor whom nobody knows yet.

    The test fails at its end when a page complained in its console or asked another host.
    """
    contexts: list[BrowserContext] = []

    def open_one(*, size: str = "laptop", dark: bool = False) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            base_url=live_url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="en-US",
            timezone_id="UTC",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        _watch(page, live_url, complaints)
        return page

    yield open_one
    for context in contexts:
        context.close()
    unexpected = [
        complaint
        for complaint in complaints
        if not any(allowed in complaint for allowed in allowed_errors)
    ]
    assert not unexpected, "\n".join(unexpected)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


def _watch(page: Page, live_url: str, complaints: list[str]) -> None:
    host = live_url.removeprefix("http://")

    def ask(url: str) -> None:
        scheme, _, rest = url.partition("://")
        if scheme in {"http", "https", "ws", "wss"} and rest.partition("/")[0] != host:
            complaints.append(f"asked another host: {url}")

    def say(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"console: {message.text} ({message.location.get('url')})")

    page.on("request", lambda request: ask(request.url))
    page.on("websocket", lambda websocket: ask(websocket.url))
    page.on("console", say)
    page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
