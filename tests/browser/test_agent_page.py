"""The monitoring console at a real call, of an agent whom no simulator moves."""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.steps import DEMO_PASSWORD, assert_accessible, follow, sign_in, take_screenshot

pytestmark = pytest.mark.browser

AGENT = "paveld@redwings.com"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(browser: Browser, live_url: str) -> Iterator[Ask]:
    """What the agent's application asks of the API; gives the answer."""
    credentials = base64.b64encode(f"{AGENT}:{DEMO_PASSWORD}".encode()).decode()
    context = browser.new_context(
        base_url=live_url, extra_http_headers={"Authorization": f"Basic {credentials}"}
    )

    def do(path: str, operation: str = "", **body: Any) -> dict[str, Any]:
        # Without a session each request stands for itself, and needs no CSRF token.
        context.clear_cookies()
        address = f"/api/v2{path}"
        if operation:
            body = {"operationName": operation, **body}
            answer = context.request.post(address, data=body)
        else:
            answer = context.request.get(address)
        found: dict[str, Any] = answer.json()
        assert found["statusCode"] == 0, found
        return found

    yield do
    context.close()


@pytest.fixture
def talk(ask: Ask) -> Iterator[str]:
    """Pavel talks with somebody outside; gives his id."""
    ask("/me", "StartContactCenterSession")
    [device] = ask("/me/devices?fields=*")["devices"]
    dial = {"destination": {"phoneNumber": "+16505550877"}}
    ask(f"/me/devices/{device['id']}/calls", "Dial", **dial)
    # Pages name him as the database does, with dashes.
    yield str(UUID(ask("/me")["user"]["id"]))
    for call in ask("/me/calls?fields=*")["calls"]:
        ask(f"/me/calls/{call['id']}", "Hangup")
    ask("/me/channels/voice", "EndContactCenterSession")


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def open_agent(page: Page, user_id: str) -> None:
    sign_in(page, "scottyb@redwings.com")
    page.goto(f"/supervision/agents/{user_id}")
    expect(page.get_by_role("heading", name="Pavel Dvorak")).to_be_visible()
    # The one he calls answers after a while, and the page tells it by itself.
    expect(page.locator(".agent-call .chip")).to_have_text(re.compile("talking"))


def test_listen_in_switch_to_barge_in_and_stop(open_page: OpenPage, talk: str) -> None:
    page = open_page()
    open_agent(page, talk)
    expect(button(page, "Switch to barge in")).to_be_disabled()
    expect(page.locator("#about-SwitchToBargeIn")).to_have_text(
        re.compile("You do not monitor Pavel Dvorak.")
    )

    follow(button(page, "Listen in"))
    status = page.locator(".console-status")
    expect(status).to_contain_text("Listening in")
    expect(status).to_contain_text("You are in the call.")
    expect(page.locator("#about-SwitchToListenIn")).to_contain_text("You listen in already.")

    follow(button(page, "Switch to barge in"))
    expect(status).to_contain_text("Barging in")
    expect(button(page, "Switch to barge in")).to_be_disabled()
    expect(button(page, "Switch to listen in")).to_be_enabled()
    assert_accessible(page)
    take_screenshot(page, "agent-monitored")

    follow(button(page, "Mute agent"))
    expect(status).to_contain_text("The agent is muted.")
    follow(button(page, "Stop monitoring"))
    expect(page.get_by_text("You monitor Pavel Dvorak no longer.")).to_be_visible()
    expect(button(page, "Stop monitoring")).to_be_disabled()


def test_the_page_follows_by_itself_and_keeps_what_is_being_chosen(
    open_page: OpenPage, talk: str, ask: Ask
) -> None:
    page = open_page()
    open_agent(page, talk)
    page.get_by_label("Which calls").select_option("NextCall")
    page.get_by_label("Reason").fill("Training")
    ticking = page.locator(".agent-state [data-since]")
    before = ticking.inner_text()
    expect(ticking).not_to_have_text(before)

    [call] = ask("/me/calls?fields=*")["calls"]
    ask(f"/me/calls/{call['id']}", "Hangup")

    expect(page.get_by_text("No call.")).to_be_visible()
    expect(page.get_by_label("Which calls")).to_have_value("NextCall")
    expect(page.get_by_label("Reason")).to_have_value("Training")


def test_a_state_is_set_and_logging_out_asks_first(open_page: OpenPage, talk: str) -> None:
    page = open_page()
    open_agent(page, talk)

    follow(button(page, "Lunch"))
    expect(page.locator(".agent-state-name")).to_have_text("Lunch")
    follow(page.get_by_role("link", name="Log out"))
    expect(page.get_by_text("Pavel Dvorak notices it at once")).to_be_visible()
    expect(page.get_by_text("goes on until it is hung up.")).to_be_visible()
    assert_accessible(page)
    follow(button(page, "Log out"))

    expect(page.locator(".agent-state-name")).to_have_text("Logged out")
    expect(button(page, "Ready")).to_be_disabled()


def test_live_agents_lead_to_the_agent(open_page: OpenPage) -> None:
    page = open_page()
    sign_in(page, "scottyb@redwings.com")
    page.goto("/supervision/agents?q=Pavel")

    follow(page.get_by_role("link", name="Pavel Dvorak"))

    expect(page.get_by_role("heading", name="Pavel Dvorak")).to_be_visible()
    expect(page.get_by_role("heading", name="Monitoring")).to_be_visible()


def test_past_calls_are_narrowed_by_the_time_that_is_typed(open_page: OpenPage) -> None:
    page = open_page()
    sign_in(page, "scottyb@redwings.com")
    page.goto("/supervision/calls/past")

    page.get_by_label("From", exact=True).fill("2035-01-01T00:00")
    page.get_by_label("Agent", exact=True).focus()

    expect(page.get_by_text("0 entries matching")).to_be_visible()
    expect(page).to_have_url(re.compile("since=2035-01-01T00%3A00"))
