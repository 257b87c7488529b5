"""Over all addresses: closed to strangers, and walls between contact centers."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.conftest import ApiClient
from tests.factories import World

OPEN_TO_ALL = {
    "/accounts/login/",
    "/accounts/logout/",
    "/api/docs",
    "/api/schema",
    "/api/v2/diagnostics/version",
    "/favicon.ico",
    # For machines; /metrics asks where they are instead of who.
    "/healthz",
    "/metrics",
    "/readyz",
}
# Django's own pages, closed by Django itself.
NOT_OURS = ("/admin/",)


def addresses() -> list[str]:
    """Every address, with its parameters as they are written: `/provisioning/users/<uuid:pk>/`."""
    found = {f"/{one}" for one in _addresses(get_resolver().url_patterns, "")}
    return sorted(address for address in found if not address.startswith(NOT_OURS))


def _addresses(patterns: list[Any], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def filled(address: str, value: object) -> str:
    numbered = re.sub(r"<int:[^>]+>", "1", address)
    return re.sub(r"<[^>]+>", str(value), numbered)


@pytest.mark.django_db
def test_strangers_are_refused_everywhere(api: ApiClient, client: Client) -> None:
    for address in addresses():
        url = filled(address, uuid.uuid4())
        if url in OPEN_TO_ALL:
            continue
        if url.startswith("/api/"):
            answer = api.get(url)
            assert (answer.status_code, answer.body["statusCode"]) == (401, 20), url
        else:
            answer = client.get(url)
            assert answer.status_code == 302, url
            assert answer["Location"].startswith("/accounts/login/"), url


def test_an_id_of_another_contact_center_is_not_found_anywhere(
    world: World, api: ApiClient, client: Client
) -> None:
    client.force_login(world.eve)
    objects = (world.ann, world.bob, world.bobs_phone, world.sales, world.sales_queue)

    for address in filter(lambda address: "<" in address, addresses()):
        for one in objects:
            url = filled(address, one.pk)
            caller = api.by(world.eve) if url.startswith("/api/") else client
            # 405: an address for posting only, whatever the id.
            assert caller.get(url).status_code in {404, 405}, url
