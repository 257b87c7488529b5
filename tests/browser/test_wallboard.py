"""The wallboard on the demo's traffic, and on feeds that show what the demo does not."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.feed import Feed, agent, queue
from tests.browser.steps import assert_accessible, sign_in, take_screenshot

pytestmark = pytest.mark.browser

SUPERVISOR = "scottyb@redwings.com"
DASH = "\N{EN DASH}"


@pytest.fixture
def page(page: Page) -> Page:
    sign_in(page, SUPERVISOR)
    return page


def tile(page: Page, name: str) -> Locator:
    return page.locator(".tile").filter(has=page.get_by_role("heading", name=name, exact=True))


def figure(page: Page, name: str, part: str) -> Locator:
    return tile(page, name).locator(f"[data-part={part}]")


def open_wallboard(page: Page, feed: Feed) -> None:
    feed.install(page)
    page.goto("/wallboard")


COUNTS = """() => ["waiting", "answered", "abandoned", "ready", "onCall", "notReady"]
    .map((name) => document.querySelector(`[data-total=${name}]`).textContent.trim()).join()"""


def test_the_numbers_of_the_demo_change_without_asking_again(page: Page) -> None:
    requests: list[str] = []
    page.goto("/wallboard")
    expect(page.locator(".tile")).to_have_count(4)
    expect(page.locator(".agent").first).to_be_visible()
    page.on("request", lambda request: requests.append(request.url))

    shown = page.locator("#wall").inner_text()
    page.wait_for_function("text => document.querySelector('#wall').innerText !== text", arg=shown)
    # Callers come at random: of all that counts them, something changes soon.
    counts = page.evaluate(COUNTS)
    page.wait_for_function(f"before => ({COUNTS})() !== before", arg=counts, timeout=90_000)

    assert requests == []


def test_only_what_changed_is_drawn_anew(page: Page) -> None:
    feed = Feed([queue(1, Current_In_Queue=1), queue(2, Current_In_Queue=2)], [agent(1)])
    open_wallboard(page, feed)
    expect(figure(page, "Queue 001", "waiting")).to_have_text("1")
    page.evaluate(
        """() => {
          window.changed = [];
          new MutationObserver((records) => {
            for (const one of records) {
              const element = one.target instanceof Element ? one.target : one.target.parentElement;
              window.changed.push(element.closest(".tile")?.querySelector("h3").textContent);
            }
          }).observe(document.querySelector(".tiles"),
                     { subtree: true, childList: true, characterData: true, attributes: true });
        }"""
    )

    feed.send_delta(queues=[{"id": "queue-2", **statistics(Current_In_Queue=7)}])

    expect(figure(page, "Queue 002", "waiting")).to_have_text("7")
    assert set(page.evaluate("window.changed")) == {"Queue 002"}


def statistics(**values: float) -> dict[str, Any]:
    return {"statistics": queue(0, **values)["statistics"]}


def test_unknown_is_a_dash_and_never_zero(page: Page) -> None:
    none_yet = queue(2, Total_Answered=0, Total_Abandoned=0, ServiceLevel=0, AverageWaitingTime=0)
    feed = Feed([queue(1), none_yet], [])
    open_wallboard(page, feed)

    for part in ("waiting", "longestWait", "serviceLevel", "answered", "abandoned", "averageWait"):
        expect(figure(page, "Queue 001", part)).to_have_text(DASH)
    # Of no calls there is no share and no average.
    expect(figure(page, "Queue 002", "answered")).to_have_text("0")
    expect(figure(page, "Queue 002", "serviceLevel")).to_have_text(DASH)
    expect(figure(page, "Queue 002", "averageWait")).to_have_text(DASH)
    expect(page.get_by_text("No agents to show.")).to_be_visible()


def test_thresholds_show_in_words_not_only_in_colour(page: Page) -> None:
    calm = {"Total_Answered": 90, "Total_Abandoned": 1, "CurrMaxCallWaitingTime": 0}
    feed = Feed(
        [
            queue(1, Current_In_Queue=0, ServiceLevel=95, **calm),
            queue(2, Current_In_Queue=6, ServiceLevel=95, **calm),
            queue(3, Current_In_Queue=0, ServiceLevel=40, **calm),
        ],
        [],
    )
    open_wallboard(page, feed)

    expect(tile(page, "Queue 001")).to_contain_text("Good")
    expect(tile(page, "Queue 002")).to_contain_text("Warning")
    expect(tile(page, "Queue 003")).to_contain_text("Critical")
    assert_accessible(page)


def test_times_go_on_between_frames(page: Page) -> None:
    feed = Feed([queue(1, Current_In_Queue=1, CurrMaxCallWaitingTime=30)], [agent(1)])
    open_wallboard(page, feed)
    since = page.locator(".agent [data-part=since]")

    expect(figure(page, "Queue 001", "longestWait")).to_have_text("0:31")
    expect(since).to_have_text("1:01")


def test_an_agent_row_tells_state_reason_and_call(page: Page) -> None:
    call = {"id": "c", "state": "Held", "since": agent(0)["since"] + 30_000, "queueId": "queue-1"}
    feed = Feed(
        [queue(1)],
        [agent(1, call=call), agent(2, "NotReady", reason="Lunch"), agent(3, "LoggedOut")],
    )
    open_wallboard(page, feed)

    rows = page.locator(".agent")
    expect(rows.nth(0)).to_contain_text("Call from Queue 001, on hold")
    expect(rows.nth(1)).to_contain_text("Not Ready")
    expect(rows.nth(1)).to_contain_text("Lunch")
    page.get_by_label("Hide logged-out").check()
    expect(rows).to_have_count(2)


def test_a_lost_connection_shows_and_recovers_by_a_snapshot_without_reload(page: Page) -> None:
    feed = Feed([queue(1, Current_In_Queue=1)], [agent(1)])
    open_wallboard(page, feed)
    expect(figure(page, "Queue 001", "waiting")).to_have_text("1")
    page.evaluate("window.isTheSamePage = true")

    feed.is_refusing = True
    feed.connections[-1].close()
    banner = page.locator("[data-live-banner]")
    expect(banner).to_contain_text("Connection lost")
    expect(page.locator("#wall")).to_have_attribute("data-stale", "")
    take_screenshot(page, "wallboard-lost")

    feed.queues = [queue(1, Current_In_Queue=5)]
    feed.is_refusing = False
    expect(figure(page, "Queue 001", "waiting")).to_have_text("5")
    expect(banner).to_contain_text("live again")
    assert page.evaluate("window.isTheSamePage")
    assert {"type": "snapshot"} in feed.received


def test_after_a_gap_a_snapshot_is_asked_for(page: Page) -> None:
    feed = Feed([queue(1, Current_In_Queue=1)], [])
    open_wallboard(page, feed)
    expect(figure(page, "Queue 001", "waiting")).to_have_text("1")

    feed.queues = [queue(1, Current_In_Queue=9)]
    feed.send_delta(skipped=2, queues=[{"id": "queue-1", **statistics(Current_In_Queue=4)}])

    expect(figure(page, "Queue 001", "waiting")).to_have_text("9")
    assert feed.received == [{"type": "snapshot"}]


def test_late_numbers_look_stale_and_stand_still(page: Page) -> None:
    feed = Feed([queue(1, Current_In_Queue=1, CurrMaxCallWaitingTime=30)], [])
    open_wallboard(page, feed)

    expect(page.locator("#wall")).to_have_attribute("data-stale", "")
    expect(page.locator("[data-live-banner]")).to_contain_text("late")
    expect(figure(page, "Queue 001", "longestWait")).to_have_text("0:30")


def test_statistics_that_do_not_run_are_told(page: Page) -> None:
    feed = Feed([], [])
    feed.is_silent = True
    open_wallboard(page, feed)
    page.wait_for_timeout(300)

    feed.send(type="unavailable")

    expect(page.locator("[data-live-banner]")).to_contain_text("statistics are not running")
    expect(page.locator("[data-total=waiting]")).to_have_text(DASH)


def test_a_session_that_ended_leads_to_sign_in(page: Page) -> None:
    feed = Feed([queue(1)], [])
    open_wallboard(page, feed)
    expect(page.locator(".tile")).to_have_count(1)
    page.context.clear_cookies()

    feed.connections[-1].close(code=4401)

    expect(page).to_have_url(re.compile(r"/accounts/login/\?next=%2Fwallboard$"))


@pytest.mark.parametrize("size", ["wide", "laptop", "phone"])
def test_three_hundred_queues_and_twelve_hundred_agents_are_paged(
    open_page: OpenPage, size: str
) -> None:
    page = open_page(size=size)
    sign_in(page, SUPERVISOR)
    queues = [queue(number, Current_In_Queue=0) for number in range(300)]
    queues[290] = queue(290, Current_In_Queue=50)
    open_wallboard(page, Feed(queues, [agent(number) for number in range(1200)]))
    section = page.locator("#wall-queues")

    # What needs attention is on the first page, wherever its name stands.
    expect(page.locator(".tile-name").first).to_have_text("Queue 290")
    expect(section.get_by_text(re.compile(r"Page 1 of \d+"))).to_be_visible()
    first = page.locator(".tile-name").all_inner_texts()
    section.get_by_role("button", name="Next page").click()
    expect(section.get_by_text(re.compile(r"Page 2 of \d+"))).to_be_visible()
    assert not set(first) & set(page.locator(".tile-name").all_inner_texts())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if size != "phone":
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    take_screenshot(page, f"wallboard-many-{size}")


def test_it_turns_its_pages_by_itself(open_page: OpenPage) -> None:
    page = open_page(size="wide")
    page.emulate_media(reduced_motion="no-preference")
    sign_in(page, SUPERVISOR)
    page.clock.install()
    feed = Feed([queue(number, Current_In_Queue=0) for number in range(100)], [])
    open_wallboard(page, feed)
    section = page.locator("#wall-queues")
    expect(section.get_by_text(re.compile("Page 1 of"))).to_be_visible()

    page.clock.fast_forward(13_000)
    expect(section.get_by_text(re.compile("Page 2 of"))).to_be_visible()

    page.get_by_role("button", name="Stop turning pages").click()
    page.mouse.move(5, 5)
    page.clock.fast_forward(30_000)
    expect(section.get_by_text(re.compile("Page 2 of"))).to_be_visible()


def test_the_television_picture_fills_the_screen(open_page: OpenPage) -> None:
    page = open_page(size="wide", dark=True)
    sign_in(page, SUPERVISOR)
    page.goto("/wallboard")
    expect(page.locator(".tile")).to_have_count(4)

    box = page.locator(".tiles").bounding_box()

    assert box is not None
    assert box["y"] + box["height"] > 1050
    figures = page.locator(".tile-main dd").first
    assert figures.evaluate("element => parseFloat(getComputedStyle(element).fontSize)") > 40
