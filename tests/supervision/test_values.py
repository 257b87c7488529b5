import uuid

import pytest

from supervision.models import StatisticValue
from supervision.values import Recorded, forget_history, history, newest_values, record

pytestmark = pytest.mark.django_db
OBJECT = uuid.UUID(int=7)


def recorded(value: object, at_ms: int, name: str = "Current_In_Queue") -> Recorded:
    return Recorded("QUEUE", str(OBJECT), name, value, at_ms)


def times(**query: int) -> list[int]:
    return [row.at_ms for row in history(OBJECT, "Current_In_Queue", **{"limit": 10, **query})]


def test_the_newest_value_stands_and_all_are_remembered():
    record([recorded(1, 10), recorded(2, 20)])
    record([recorded(3, 30), recorded(0.5, 30, "ServiceLevel")])

    assert {name: row.value for name, row in newest_values(OBJECT).items()} == {
        "Current_In_Queue": 3,
        "ServiceLevel": 0.5,
    }
    assert times() == [30, 20, 10]


def test_recording_again_after_a_restart_changes_nothing():
    record([recorded(1, 10)])
    record([recorded(1, 10)])

    assert times() == [10]
    assert StatisticValue.objects.count() == 1


def test_a_range_has_both_its_ends():
    record([recorded(at_ms, at_ms) for at_ms in (10, 20, 30, 40)])

    assert times(from_ms=20, to_ms=30) == [30, 20]
    assert times(from_ms=20, limit=2) == [40, 30]


def test_old_history_goes_and_the_newest_value_stays():
    record([recorded(1, 10), recorded(2, 20)])

    forget_history(older_than_ms=21)

    assert times() == []
    assert newest_values(OBJECT)["Current_In_Queue"].value == 2


def test_structures_are_kept_as_they_are():
    state = {"agent": "a", "status": "LoggedOut", "dns": []}

    record([recorded(state, 10, "CurrentAgentState")])

    assert newest_values(OBJECT)["CurrentAgentState"].value == state
