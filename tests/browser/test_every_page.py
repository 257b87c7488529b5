"""Each page for each role, at each size, light and dark: opens, passes axe, does not overflow."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.steps import assert_accessible, follow, sign_in, take_screenshot

pytestmark = pytest.mark.browser

# Each size and both themes by default, the other halves with the slow ones.
LOOKS = [
    ("wide", False),
    ("laptop", True),
    ("phone", False),
    pytest.param("wide", True, marks=pytest.mark.slow),
    pytest.param("laptop", False, marks=pytest.mark.slow),
    pytest.param("phone", True, marks=pytest.mark.slow),
]
PAGES = {
    "mikeb@redwings.com": {
        "home-admin": "/",
        "wallboard": "/wallboard",
        "users": "/provisioning/users/",
        "users-nothing-matches": "/provisioning/users/?q=nobody",
        "user-new": "/provisioning/users/new/",
        "skills": "/provisioning/skills/",
        "devices": "/provisioning/devices/",
        "queues": "/provisioning/queues/",
        "queue-new": "/provisioning/queues/new/",
        "agent-states": "/provisioning/agent-states/",
        "places": "/provisioning/places/",
        "changes": "/provisioning/changes/",
        "doctor": "/provisioning/doctor/",
    },
    "scottyb@redwings.com": {
        "home-supervisor": "/",
        "live-agents": "/supervision/agents",
        "calls": "/supervision/calls",
        "past-calls": "/supervision/calls/past",
    },
    "paveld@redwings.com": {
        "home-agent": "/",
        "own-password": "/accounts/password/",
        "tokens": "/accounts/tokens/",
    },
}


def look_at(page: Page, name: str, size: str, *, dark: bool) -> None:
    if page.locator("[data-connection]").count():
        expect(page.locator("[data-connection=live]")).to_be_visible()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    take_screenshot(page, f"{name}-{size}-{'dark' if dark else 'light'}")


@pytest.mark.parametrize(("size", "dark"), LOOKS)
@pytest.mark.parametrize("user_name", PAGES)
def test_pages_of(user_name: str, open_page: OpenPage, size: str, dark: bool) -> None:  # noqa: FBT001
    page = open_page(size=size, dark=dark)
    sign_in(page, user_name)
    for name, path in PAGES[user_name].items():
        page.goto(path)
        look_at(page, name, size, dark=dark)


@pytest.mark.parametrize(("size", "dark"), LOOKS)
def test_pages_about_a_user(open_page: OpenPage, size: str, dark: bool) -> None:  # noqa: FBT001
    page = open_page(size=size, dark=dark)
    sign_in(page, "mikeb@redwings.com")
    page.goto("/provisioning/users/?q=Farid")
    follow(page.get_by_role("link", name="Farid Haddad"))
    expect(page.get_by_role("heading", name="Farid Haddad")).to_be_visible()
    look_at(page, "user-edit", size, dark=dark)
    follow(page.get_by_role("link", name="Delete"))
    look_at(page, "user-delete", size, dark=dark)
    detail = page.url.replace("delete/", "")

    page.context.clear_cookies()
    sign_in(page, "scottyb@redwings.com")
    page.goto(detail)
    expect(page.get_by_role("heading", name="Skills")).to_be_visible()
    look_at(page, "user-detail", size, dark=dark)


@pytest.mark.parametrize(("size", "dark"), LOOKS)
def test_pages_about_an_agent_and_his_call(
    open_page: OpenPage,
    size: str,
    dark: bool,  # noqa: FBT001
) -> None:
    page = open_page(size=size, dark=dark)
    sign_in(page, "scottyb@redwings.com")
    page.goto("/supervision/agents?q=Farid")
    follow(page.get_by_role("link", name="Farid Haddad"))
    expect(page.get_by_role("heading", name="Monitoring")).to_be_visible()
    look_at(page, "agent", size, dark=dark)
    page.goto(f"{page.url}/log-out")
    look_at(page, "agent-log-out", size, dark=dark)
    page.goto("/supervision/calls")
    follow(page.locator("#list tbody .row-link").first)
    expect(page.get_by_role("heading", name="Who took part")).to_be_visible()
    look_at(page, "call", size, dark=dark)


@pytest.mark.parametrize(("size", "dark"), LOOKS)
def test_pages_about_a_skill(open_page: OpenPage, size: str, dark: bool) -> None:  # noqa: FBT001
    page = open_page(size=size, dark=dark)
    sign_in(page, "mikeb@redwings.com")
    page.goto("/provisioning/skills/")
    follow(page.get_by_role("link", name="Billing"))
    look_at(page, "skill", size, dark=dark)
    follow(page.get_by_role("link", name="Edit"))
    look_at(page, "skill-edit", size, dark=dark)
    page.go_back()
    follow(page.get_by_role("link", name="Delete"))
    expect(page.get_by_text("This cannot be deleted now.")).to_be_visible()
    look_at(page, "skill-delete", size, dark=dark)


@pytest.mark.parametrize(("size", "dark"), LOOKS)
def test_pages_about_a_change(open_page: OpenPage, size: str, dark: bool) -> None:  # noqa: FBT001
    page = open_page(size=size, dark=dark)
    sign_in(page, "mikeb@redwings.com")
    page.goto("/provisioning/changes/?resource=skills")
    look_at(page, "changes-filtered", size, dark=dark)
    follow(page.locator("#list tbody a").first)
    follow(page.get_by_role("link", name="Revert", exact=True))
    look_at(page, "change-revert", size, dark=dark)


@pytest.mark.parametrize(("size", "dark"), LOOKS)
def test_sign_in_and_refusals(
    open_page: OpenPage,
    allowed_errors: list[str],
    size: str,
    dark: bool,  # noqa: FBT001
) -> None:
    allowed_errors += ["the server responded with a status of 40"]
    page = open_page(size=size, dark=dark)
    page.goto("/accounts/login/")
    look_at(page, "sign-in", size, dark=dark)
    # A name of its own: the third wrong password for one would have to wait.
    nobody = f"nobody-{size}-{dark}@redwings.com"
    page.locator("[name=username]").fill(nobody)
    page.locator("[name=password]").fill("wrong")
    follow(page.get_by_role("button", name="Sign in"))
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("[name=username]")).to_have_value(nobody)
    look_at(page, "sign-in-refused", size, dark=dark)

    sign_in(page, "paveld@redwings.com")
    page.goto("/wallboard")
    look_at(page, "error-403", size, dark=dark)
    page.goto("/nowhere")
    look_at(page, "error-404", size, dark=dark)


def test_the_theme_is_remembered_without_flash(open_page: OpenPage) -> None:
    page = open_page()
    sign_in(page, "mikeb@redwings.com")
    page.get_by_role("button", name="Menu of Mike Brown").click()
    page.get_by_role("radio", name="Dark").click()

    page.goto("/provisioning/users/", wait_until="commit")
    page.wait_for_selector("body", state="attached")

    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    page.get_by_role("button", name="Menu of Mike Brown").click()
    expect(page.get_by_role("radio", name="Dark")).to_have_attribute("aria-checked", "true")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_side_bar_folds_away_on_a_phone(open_page: OpenPage) -> None:
    page = open_page(size="phone")
    sign_in(page, "mikeb@redwings.com")
    link = page.get_by_role("link", name="Users", exact=True)
    expect(link).to_be_hidden()

    page.get_by_role("button", name="Navigation").click()

    expect(link).to_be_visible()
    assert_accessible(page)
    link.click()
    expect(page.get_by_role("heading", name="Users")).to_be_visible()
