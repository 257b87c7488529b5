"""What browser tests do and look for on any page."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

_ROOT = Path(__file__).resolve().parent.parent.parent
DEMO_PASSWORD = "password"


def sign_in(page: Page, user_name: str, password: str = DEMO_PASSWORD) -> None:
    """Sign in by keyboard on the sign-in page, as far as the home page."""
    page.goto("/accounts/login/")
    page.locator("[name=username]").fill(user_name)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    expect(page).not_to_have_url("**/accounts/login/**")
    page.wait_for_load_state()


def follow(control: Locator) -> None:
    """Click what leads to another page, as far as that page's scripts have run.

    The address changes before: whatever a test did then, nobody would listen.
    """
    with control.page.expect_event("load"):
        control.click()


def assert_accessible(page: Page) -> None:
    """axe finds nothing serious or critical in the page as it is now."""
    page.evaluate(_axe_source())
    violations = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    serious = [_described(one) for one in violations if one["impact"] in {"serious", "critical"}]
    assert not serious, f"{page.url}\n" + "\n".join(serious)


def _described(violation: dict[str, Any]) -> str:
    targets = ", ".join(str(node["target"]) for node in violation["nodes"])
    return f"{violation['impact']} {violation['id']}: {violation['help']} {targets}"


@cache
def _axe_source() -> str:
    return (_ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()


def take_screenshot(page: Page, name: str) -> Path:
    """A picture of the page in test-results/; gives its path."""
    path = _ROOT / "test-results" / f"{name}.png"
    page.screenshot(path=path)
    return path
