"""Live agents by a feed of our own: what the demo's traffic does not show."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.feed import Feed, agent, queue
from tests.browser.steps import assert_accessible, sign_in

pytestmark = pytest.mark.browser

PAGE = "/supervision/agents"


def rows(page: Page) -> Any:
    return page.locator("[data-rows] [role=row]")


def in_order(page: Page) -> list[str]:
    """The names as they stand below each other: rows are placed, not moved."""
    return page.evaluate(
        """() => [...document.querySelectorAll("[data-rows] [role=row]")]
            .sort((a, b) => a.getAttribute("aria-rowindex") - b.getAttribute("aria-rowindex"))
            .map((row) => row.querySelector("[data-part=name]").textContent)"""
    )


@pytest.fixture
def watch(open_page: OpenPage) -> Any:
    def open_with(agents: list[dict[str, Any]], *, at: str = PAGE, size: str = "laptop") -> Any:
        page = open_page(size=size)
        feed = Feed([queue(1, Current_In_Queue=0)], agents)
        feed.skills = [{"id": "s1", "name": "Sales", "statistics": {}}]
        feed.install(page)
        sign_in(page, "scottyb@redwings.com")
        page.goto(at)
        expect(page.locator("[data-summary]")).to_contain_text("agents")
        return page, feed

    return open_with


def test_ten_thousand_agents_scroll_and_only_the_seen_rows_exist(watch: Any) -> None:
    page, _ = watch([agent(number) for number in range(10_000)])

    expect(page.get_by_text("10,000 agents").or_(page.get_by_text("10000 agents"))).to_be_visible()
    assert rows(page).count() < 60
    page.locator("[data-scroller]").evaluate("element => element.scrollTop = element.scrollHeight")

    expect(page.get_by_text("Agent 9999", exact=True)).to_be_visible()
    assert rows(page).count() < 60
    assert page.locator("[role=table]").get_attribute("aria-rowcount") == "10001"


def test_filters_narrow_the_table_and_stay_in_the_address(watch: Any) -> None:
    talking = {"id": "c", "state": "Established", "since": 1, "queueId": "queue-1"}
    agents = [agent(1, skills=["Sales"]), agent(2, "NotReady", reason="Lunch")]
    agents.append(agent(3, call=talking))
    page, _ = watch(agents)

    page.get_by_label("State", exact=True).select_option("NotReady")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("Lunch")
    expect(page.get_by_text("1 of 3 agents")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?state=NotReady$"))

    page.get_by_role("button", name="Clear filters").click()
    expect(rows(page)).to_have_count(3)
    page.get_by_label("On a call from").select_option(label="Queue 001")
    expect(rows(page)).to_contain_text("Agent 0003")
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_label("Skill", exact=True).select_option(label="Sales")
    expect(rows(page)).to_contain_text("Agent 0001")
    page.get_by_role("searchbox").fill("nobody")
    expect(page.get_by_text("No agent matches.")).to_be_visible()
    assert_accessible(page)


def test_an_address_with_filters_opens_so(watch: Any) -> None:
    page, _ = watch([agent(1), agent(2, "NotReady")], at=f"{PAGE}?state=NotReady&sort=-name")

    expect(rows(page)).to_have_count(1)
    header = page.get_by_role("columnheader", name="Agent")
    expect(header).to_have_attribute("aria-sort", "descending")


def test_it_is_sorted_by_column_and_a_change_moves_the_row(watch: Any) -> None:
    page, feed = watch([agent(1, "NotReady"), agent(2), agent(3)])
    expect(rows(page)).to_have_count(3)
    assert in_order(page) == ["Agent 0002", "Agent 0003", "Agent 0001"]

    feed.send_delta(agents=[agent(2, "LoggedOut")])
    expect(page.locator("[data-rows] [data-activity=LoggedOut]")).to_have_count(1)
    assert in_order(page) == ["Agent 0003", "Agent 0001", "Agent 0002"]

    page.get_by_role("button", name="Agent", exact=True).click()
    expect(page.get_by_role("columnheader", name="Agent")).to_have_attribute(
        "aria-sort", "ascending"
    )
    assert in_order(page) == ["Agent 0001", "Agent 0002", "Agent 0003"]


def test_who_is_too_long_in_a_state_stands_out(watch: Any) -> None:
    long_ago = agent(1, "NotReady")
    long_ago["since"] -= 3_600_000
    page, _ = watch([long_ago, agent(2, "NotReady")])

    expect(page.locator("[data-level=critical]")).to_contain_text("Agent 0001")
    expect(page.locator("[data-rows] [data-level]")).to_have_count(1)


def test_the_time_in_state_goes_on_without_frames(watch: Any) -> None:
    page, _ = watch([agent(1)])
    since = page.locator("[data-rows] [data-part=since]")
    before = since.inner_text()

    expect(since).not_to_have_text(before)
