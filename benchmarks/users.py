"""A page of the users list against the same page from stock Django REST framework."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
from django.test import Client
from django.test.utils import override_settings

from benchmarks import stock as stock_api
from benchmarks.measure import Comparison, Row, Size, compare, timed
from benchmarks.people import employ
from portal.api.fields import snake_case

Content = Mapping[str, Any]

_OWN_NAMES = {"url": "uri"}
_DASHED_ID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


def compare_list(size: Size) -> Row:
    """Users with their skills and devices."""
    comparison = _compare("/api/v2/users?subresources=*", "/stock/users?", size)
    note = f"GET {size.page} of {size.users:,} with skills and devices / stock DRF"
    return Row("users-list", "page", comparison, note)


def compare_linked(size: Size) -> Row:
    """The same page; here the other gives objects their addresses too, as ours always does."""
    comparison = _compare("/api/v2/users?subresources=*", "/stock/linked-users?", size)
    note = f"GET {size.page} of {size.users:,} with skills and devices / stock DRF with links"
    return Row("users-linked", "page", comparison, note)


def compare_objects(size: Size) -> Row:
    """Users alone."""
    comparison = _compare("/api/v2/users?fields=*", "/stock/people?", size)
    note = f"GET {size.page} of {size.users:,}, their own fields / stock DRF"
    return Row("users-objects", "page", comparison, note)


def _compare(ours: str, stock: str, size: Size) -> Comparison:
    client = Client(SERVER_NAME="localhost")
    client.force_login(employ(size.users), backend="provisioning.sign_in.UserBackend")
    page = f"&limit={size.page}&offset={size.users // 2}"
    with override_settings(ROOT_URLCONF=stock_api.__name__):
        _require_same_page(_get(client, ours + page), _get(client, stock + page), size)
        return compare(
            lambda: timed(lambda: client.get(ours + page)),
            lambda: timed(lambda: client.get(stock + page)),
            repetitions=size.requests,
        )


def _get(client: Client, address: str) -> Any:
    answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"GET {address} answered {answer.status_code}")
    return orjson.loads(answer.content)


def _require_same_page(ours: Content, stock: Content, size: Size) -> None:
    """Both tell of the same users, and ours leaves out nothing that the other tells."""
    if ours["totalCount"] != stock["count"] or len(ours["users"]) != size.page:
        raise RuntimeError("The two lists differ in length")
    for own, other in zip(ours["users"], stock["results"], strict=True):
        if left_out := untold(own, other):
            raise RuntimeError(f"The portal does not tell {left_out} of {own}")


def untold(ours: Content, stock: Content) -> Content:
    """What the stock object has that ours has not, or has with another value.

    Ours writes names in camelCase, links as URIs, levels as text, and leaves out empty texts.
    """
    told = {_stock_name(name): value for name, value in ours.items()}
    return {
        name: value
        for name, value in stock.items()
        if not _is_told(told.get(_OWN_NAMES.get(name, name)), value)
    }


def _stock_name(name: str) -> str:
    # phoneNumber is a field of its own.
    return name if name == "phoneNumberUri" else snake_case(name.removesuffix("Uri"))


def _is_told(own: Any, other: Any) -> bool:
    if isinstance(other, list) and other and isinstance(other[0], dict):
        return len(own) == len(other) and not any(map(untold, own, other))
    return bool(_plain(own) == _plain(other))


def _plain(value: Any) -> Any:
    """Links as the id they end in, ids without dashes, numbers as text, empty texts as None."""
    if isinstance(value, str) and value.startswith("http"):
        value = value.rsplit("/", 1)[-1]
    if isinstance(value, str):
        return _DASHED_ID.sub(lambda found: found[0].replace("-", ""), value) or None
    return str(value) if type(value) is int else value
