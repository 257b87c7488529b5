"""The fixtures of this folder catch what they say they catch."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import OpenPage
from tests.browser.steps import assert_accessible
from tests.processes import HEALTH_PATH

pytestmark = pytest.mark.browser

_GOOD_PAGE = "<!doctype html><html lang=en><title>Good</title><main><h1>Good</h1></main></html>"


def test_the_portal_answers(page: Page) -> None:
    answer = page.goto(HEALTH_PATH)

    assert answer is not None
    assert answer.ok


def test_a_page_has_the_size_and_scheme_asked_for(open_page: OpenPage) -> None:
    page = open_page(size="phone", dark=True)

    assert page.evaluate("[innerWidth, innerHeight]") == [390, 844]
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")


def test_axe_passes_a_good_page_and_refuses_a_button_without_name(page: Page) -> None:
    page.set_content(_GOOD_PAGE)
    assert_accessible(page)

    page.set_content(_GOOD_PAGE.replace("</main>", "<button></button></main>"))
    with pytest.raises(AssertionError, match="button-name"):
        assert_accessible(page)


def test_console_errors_and_other_hosts_are_complaints(
    page: Page, allowed_errors: list[str], complaints: list[str]
) -> None:
    allowed_errors += ["other.invalid", "something broke", "Uncaught nothing"]
    page.route("http://other.invalid/*", lambda route: route.abort())
    page.set_content("<img src='http://other.invalid/picture.png' alt=''>")

    page.evaluate("console.error('something broke')")
    page.evaluate("setTimeout(() => { throw new Error('Uncaught nothing') })")
    page.wait_for_timeout(200)

    text = "\n".join(complaints)
    assert "asked another host: http://other.invalid/picture.png" in text
    assert "console: something broke" in text
    assert "uncaught: Uncaught nothing" in text
