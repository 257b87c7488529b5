"""Users by mouse, by keyboard and without scripts."""

import re
import uuid

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.steps import assert_accessible, follow, sign_in

pytestmark = pytest.mark.browser

ADMIN = "mikeb@redwings.com"


@pytest.fixture
def page(page: Page) -> Page:
    sign_in(page, ADMIN)
    return page


def test_an_admin_creates_a_user_who_then_signs_in(page: Page) -> None:
    user_name = f"{uuid.uuid4().hex[:10]}@redwings.com"
    follow(page.get_by_role("link", name="Create a user"))
    page.get_by_label("First name").fill("Zoe")
    page.get_by_label("Last name").fill("Ward")
    page.get_by_label("User name").fill(user_name)
    page.get_by_label("Password", exact=True).fill("a long password")
    page.get_by_label("Skill", exact=True).first.select_option(label="Sales")
    page.get_by_label("Level", exact=True).first.select_option("7")
    page.get_by_role("button", name="Add a skill").click()
    page.get_by_label("Skill", exact=True).nth(1).select_option(label="Billing")
    follow(page.get_by_role("button", name="Create user"))

    expect(page.get_by_role("status")).to_contain_text("Zoe Ward has been created.")
    page.get_by_role("searchbox").fill(user_name)
    row = page.get_by_role("row").filter(has_text=user_name)
    expect(row).to_contain_text("Sales")
    expect(row).to_contain_text("Billing")
    page.context.clear_cookies()
    sign_in(page, user_name, "a long password")
    expect(page.get_by_role("heading", name="Hello, Zoe")).to_be_visible()


def test_a_refused_form_keeps_what_was_typed_and_goes_to_the_error(page: Page) -> None:
    page.goto("/provisioning/users/new/")
    page.get_by_label("First name").fill("Pavel")
    page.get_by_label("Last name").fill("Twice")
    page.get_by_label("User name").fill("paveld@redwings.com")
    page.get_by_label("Password", exact=True).fill("a long password")
    follow(page.get_by_role("button", name="Create user"))

    user_name = page.get_by_label("User name")
    expect(user_name).to_be_focused()
    expect(user_name).to_have_value("paveld@redwings.com")
    expect(user_name).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_user_name_error")).to_contain_text("already exists")
    expect(page.get_by_label("First name")).to_have_value("Pavel")
    expect(page.get_by_label("Password", exact=True)).to_have_value("a long password")
    assert_accessible(page)


def test_search_sort_and_filters_change_the_address_without_loading_the_page(page: Page) -> None:
    page.goto("/provisioning/users/")
    page.evaluate("window.isTheSamePage = true")
    rows = page.locator("#list tbody tr")

    page.get_by_label("Role").select_option(label="Supervisor")
    expect(page).to_have_url(re.compile(r"/users/\?role=ROLE_SUPERVISOR$"))
    expect(rows).to_have_count(1)

    page.get_by_label("Role").select_option(label="Any role")
    page.get_by_role("link", name="User name").click()
    expect(page).to_have_url(re.compile(r"sort=user_name"))
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("User name")
    expect(page.get_by_role("link", name="User name")).to_be_focused()

    page.get_by_role("searchbox").fill("pavel")
    expect(rows).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_be_focused()
    assert page.evaluate("window.isTheSamePage")

    page.go_back()
    page.go_back()
    expect(page).not_to_have_url(re.compile("pavel"))
    expect(page.get_by_role("heading", name="Users")).to_be_visible()


def test_nothing_matching_offers_the_way_back(page: Page) -> None:
    page.goto("/provisioning/users/?q=nobody-at-all")

    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.get_by_role("link", name="Clear filters").last.click()
    expect(page.locator("#list tbody tr").first).to_be_visible()


def test_by_keyboard_alone(page: Page) -> None:
    page.goto("/provisioning/users/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")

    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("grace")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    for _ in range(20):
        page.keyboard.press("Tab")
        page.wait_for_timeout(50)
        if page.evaluate("document.activeElement.textContent.trim()") == "Grace Kim":
            break
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Grace Kim")).to_be_visible()
    page.get_by_label("Employee ID").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("K-1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Changes to Grace Kim have been saved.")


def test_disable_enable_and_delete(page: Page) -> None:
    user_name = f"{uuid.uuid4().hex[:10]}@redwings.com"
    page.goto("/provisioning/users/new/")
    page.get_by_label("First name").fill("Tim")
    page.get_by_label("Last name").fill("Porary")
    page.get_by_label("User name").fill(user_name)
    page.get_by_label("Password", exact=True).fill("a long password")
    follow(page.get_by_role("button", name="Create user"))
    page.goto(f"/provisioning/users/?q={user_name}")
    follow(page.get_by_role("link", name="Tim Porary"))

    follow(page.get_by_role("button", name="Disable"))
    expect(page.get_by_role("status")).to_contain_text("disabled")
    follow(page.get_by_role("button", name="Enable"))
    expect(page.get_by_role("status")).to_contain_text("can sign in again")

    follow(page.get_by_role("link", name="Delete"))
    expect(page.get_by_text("This cannot be undone")).to_be_visible()
    page.get_by_role("button", name="Delete user").click()
    expect(page.get_by_role("status")).to_contain_text("Tim Porary has been deleted.")


def test_lists_and_forms_work_without_scripts(browser: Browser, live_url: str) -> None:
    context = browser.new_context(base_url=live_url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/accounts/login/?next=/provisioning/users/")
    page.locator("[name=username]").fill(ADMIN)
    page.locator("[name=password]").fill("password")
    follow(page.get_by_role("button", name="Sign in"))

    page.get_by_role("searchbox").fill("pavel")
    follow(page.get_by_role("button", name="Apply"))
    expect(page.locator("#list tbody tr")).to_have_count(1)
    follow(page.get_by_role("link", name="Pavel Dvorak"))
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("status")).to_contain_text("have been saved")
    context.close()
