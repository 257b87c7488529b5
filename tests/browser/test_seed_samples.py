"""The samples of seed 001, step by step as they are printed there, against the running portal."""

import base64
import contextlib
import json

import httplib2
import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# What seed 001 "Get Version" and "Get User Information" do: XMLHttpRequest, credentials by btoa().
ASK = """
([uri, credentials]) => new Promise((resolve, reject) => {
  const request = new XMLHttpRequest();
  request.open("GET", uri);
  if (credentials) request.setRequestHeader("Authorization", "Basic " + btoa(credentials));
  request.onload = () => resolve(JSON.parse(request.responseText));
  request.onerror = reject;
  request.send();
})
"""


def test_get_version_from_a_browser(page: Page):
    page.goto("/accounts/login/")

    answer = page.evaluate(ASK, ["/api/v2/diagnostics/version", None])

    assert answer == {"statusCode": 0, "version": "8.5.200.23"}


def test_get_version_as_a_web_page(page: Page):
    answer = page.goto("/api/v2/diagnostics/version")

    assert answer.json() == {"statusCode": 0, "version": "8.5.200.23"}


def test_get_user_information_from_a_browser(page: Page):
    page.goto("/accounts/login/")

    answer = page.evaluate(ASK, ["/api/v2/me", "paveld@redwings.com:password"])

    user = answer["user"]
    assert user["userName"] == "paveld@redwings.com"
    assert (user["firstName"], user["roles"]) == ("Pavel", ["ROLE_AGENT"])
    assert user["changePasswordOnFirstLogin"] is False


class CsrfClient:
    """The steps of seed 001 "Python Example", in Python 3.

    As there, every request carries the Basic credentials, the *whole* Set-Cookie header that came
    last as its Cookie, and the CSRF header whose name and value came with it.
    """

    def __init__(self, base_uri: str) -> None:
        self.base_uri = base_uri
        self.http = httplib2.Http(timeout=20)
        credentials = base64.b64encode(b"mikeb@redwings.com:password").decode()
        self.headers = {
            "Content-Type": "application/json",
            "Authorization": f"Basic {credentials}",
        }

    def get(self, path: str) -> dict:
        headers, content = self.http.request(self.base_uri + path, "GET", headers=self.headers)
        assert headers["status"] == "200", content
        self.headers["Cookie"] = headers["set-cookie"]
        self.headers[headers["x-csrf-header"]] = headers["x-csrf-token"]
        return json.loads(content)

    def post(self, path: str, body: dict) -> tuple[str, dict]:
        headers, content = self.http.request(
            self.base_uri + path, "POST", body=json.dumps(body), headers=self.headers
        )
        return headers["status"], json.loads(content)


def test_the_csrf_client_creates_a_user_and_a_device(live_url: str):
    client = CsrfClient(f"{live_url}/api/v2")
    with contextlib.closing(client.http):
        _create_user_and_device(client)


def _create_user_and_device(client: CsrfClient) -> None:
    client.get("/diagnostics/version")

    status, user = client.post(
        "/users",
        {
            "userName": "bobp@redwings.com",
            "password": "password",
            "firstName": "Bob",
            "lastName": "Probert",
            "roles": ["ROLE_AGENT"],
        },
    )
    assert (status, user["statusCode"]) == ("200", 0)
    status, device = client.post(f"/users/{user['id']}/devices", {"phoneNumber": "5019"})

    assert (status, device["statusCode"]) == ("200", 0)
    assert len(user["id"]) == 32
    assert device["path"] == f"/devices/{device['id']}"
    del client.headers["X-CSRF-TOKEN"]
    status, refused = client.post("/users", {"userName": "late@redwings.com"})
    assert (status, refused["statusCode"]) == ("403", 3)
