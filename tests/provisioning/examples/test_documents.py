"""The comparison itself: what differs is found."""

import pytest

from tests.provisioning.examples.documents import _differences

NAMES = {"id": "42"}
BASE = "http://testserver/api/v2"


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"a": 1}, {"a": 1, "uri": f"{BASE}/x", "path": "/x"}),
        ({"a": 1, "...": "..."}, {"a": 1, "b": 2}),
        ({"id": "<id>"}, {"id": "42"}),
        ({"uri": "http://h:8080/api/v2/skills/<id>"}, {"uri": f"{BASE}/skills/42"}),
        ({"uri": "http://..."}, {"uri": f"{BASE}/skills/42"}),
        ([1, "...", 4], [1, 2, 3, 4]),
        ("Plays ...", "Plays a tune"),
    ],
)
def test_what_is_alike(expected, actual):
    assert not list(_differences(expected, actual, NAMES, ""))


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"a": 1}, {}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": "1"}),
        ({"a": 1}, {"a": True}),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}),
        ({"a": []}, {"a": {}}),
        ({"a": "..."}, {"a": ""}),
        ({"id": "<id>"}, {"id": "43"}),
        ({"uri": "http://h:8080/api/v2/skills/<id>"}, {"uri": f"{BASE}/skills/43"}),
        ({"uri": "http://..."}, {"uri": "/skills/42"}),
        ([1, 2], [2, 1]),
        ([1, 2], [1, 2, 3]),
        ([1, "...", 4], [1]),
        ([1, "...", 4], [1, 2, 3]),
        ("Plays ...", "Stops"),
    ],
)
def test_what_differs(expected, actual):
    assert list(_differences(expected, actual, NAMES, ""))
