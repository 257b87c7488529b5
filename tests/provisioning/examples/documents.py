"""The documents' examples as data: what is sent, and what is answered, as they stand there.

In what stands there, `<name>` is what the preparation gave under that name, `...` anything, an
URI of any host the same of ours, and a key or element `...` says that there may be more. Beyond
that only what contract §1 adds to all may be there: `uri`, `path`, and `paths` beside `uris`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from tests.conftest import ApiClient
from tests.factories import World

MORE = "..."
BASE = "http://testserver/api/v2"
_COMPANIONS = frozenset({"uri", "path", "paths"})
_NAME = re.compile(r"<\w+>")

Names = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Example:
    """`source` is the document and the heading; `before` what was sent earlier on."""

    source: str
    request: str
    body: Any = None
    answer: Mapping[str, Any]
    by: str = "ann"
    given: Callable[[World], Names] = lambda world: {}
    before: tuple[tuple[str, Any], ...] = ()
    status: int = 200

    def __str__(self) -> str:
        return f"{self.source}: {self.request}"


def check(example: Example, api: ApiClient, world: World) -> None:
    """Send the example's request, and compare the answer in shape and value."""
    names = example.given(world)
    client = api.by(getattr(world, example.by))
    for request, body in example.before:
        answer = send(api.by(world.ann), _filled(request, names), _filled(body, names))
        assert answer.body["statusCode"] == 0, (request, answer.body)

    answer = send(client, _filled(example.request, names), _filled(example.body, names))

    assert answer.status_code == example.status, answer.body
    differences = list(_differences(example.answer, answer.body, names, "answer"))
    assert not differences, "\n".join([*differences, orjson.dumps(answer.body).decode()])


def send(client: ApiClient, request: str, body: Any) -> Any:
    method, _, address = request.partition(" ")
    content = b"" if body is None else orjson.dumps(body)
    return client.generic(method, f"/api/v2{address}", content, content_type="application/json")


def _filled(value: Any, names: Names) -> Any:
    if isinstance(value, str):
        return _NAME.sub(lambda found: names.get(found[0][1:-1], found[0]), value)
    if isinstance(value, dict):
        return {key: _filled(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, names) for one in value]
    return value


def _differences(expected: Any, actual: Any, names: Names, at: str) -> Any:
    match expected:
        case "...":
            if actual in (None, "", [], {}):
                yield f"{at}: nothing"
        case str():
            if not _is_text(_filled(expected, names), actual):
                yield f"{at}: {actual!r} and not {_filled(expected, names)!r}"
        case Mapping():
            yield from _differences_of_objects(expected, actual, names, at)
        case list():
            yield from _differences_of_lists(expected, actual, names, at)
        case _:
            if actual != expected or type(actual) is not type(expected):
                yield f"{at}: {actual!r} and not {expected!r}"


def _is_text(expected: str, actual: Any) -> bool:
    if not isinstance(actual, str):
        return False
    if expected == "http://...":
        return actual.startswith(BASE)
    if expected.startswith("http://") and "/api/v2/" in expected:
        expected = f"{BASE}/{expected.partition('/api/v2/')[2]}"
    if expected.endswith(MORE):
        return actual.startswith(expected.removesuffix(MORE))
    return actual == expected


def _differences_of_objects(expected: Mapping[str, Any], actual: Any, names: Names, at: str) -> Any:
    if not isinstance(actual, dict):
        yield f"{at}: {actual!r} is no object"
        return
    for key, value in expected.items():
        if key == MORE:
            continue
        if key not in actual:
            yield f"{at}.{key} is missing"
        else:
            yield from _differences(value, actual[key], names, f"{at}.{key}")
    if MORE not in expected and (more := actual.keys() - expected.keys() - _COMPANIONS):
        yield f"{at}: there is more: {sorted(more)}"


def _differences_of_lists(expected: list[Any], actual: Any, names: Names, at: str) -> Any:
    if not isinstance(actual, list):
        yield f"{at}: {actual!r} is no list"
        return
    if MORE in expected:
        place = expected.index(MORE)
        head, tail = expected[:place], expected[place + 1 :]
        if len(actual) < len(head) + len(tail):
            yield f"{at}: has only {len(actual)}"
            return
        pairs = [*zip(head, actual, strict=False)]
        pairs += zip(tail, actual[len(actual) - len(tail) :], strict=True)
    else:
        if len(actual) != len(expected):
            yield f"{at}: has {len(actual)} and not {len(expected)}: {actual}"
            return
        pairs = list(zip(expected, actual, strict=True))
    for number, (one, other) in enumerate(pairs):
        yield from _differences(one, other, names, f"{at}[{number}]")
