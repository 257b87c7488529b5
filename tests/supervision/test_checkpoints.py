import pytest

from portal.events.models import ReaderPosition
from supervision.checkpoints import (
    baseline_checkpoint,
    move_baseline,
    newest_checkpoint,
    save_checkpoint,
)
from supervision.models import StatisticsCheckpoint

pytestmark = pytest.mark.django_db
DAY_MS = 86_400_000


def save(cursor: int, *, day: float) -> None:
    save_checkpoint(cursor=cursor, at_ms=round(day * DAY_MS), content={"cursor": cursor})


def positions() -> dict[str, int]:
    return dict(ReaderPosition.objects.values_list("name", "last_event_id"))


def test_there_is_none_at_first():
    assert newest_checkpoint() is None
    assert baseline_checkpoint() is None


def test_the_newest_is_found_with_its_content_and_moves_the_position():
    save(5, day=0)
    save(9, day=0.1)

    newest = newest_checkpoint()

    assert newest is not None
    assert (newest.cursor, newest.content) == (9, {"cursor": 9})
    assert positions()["statistics"] == 9


def test_the_same_position_is_kept_once():
    save(5, day=0)
    save(5, day=0.1)

    assert StatisticsCheckpoint.objects.count() == 1


def test_of_the_older_ones_one_a_day_is_kept():
    for number in range(1, 31):
        save(number, day=number / 10)

    kept = StatisticsCheckpoint.objects.order_by("last_event_id")
    assert [one.last_event_id for one in kept] == [1, 11, 21, 30]


def test_without_a_baseline_the_whole_log_is_held_back():
    save(5, day=0)

    assert positions()["statistics-baseline"] == 0


def test_the_baseline_is_the_newest_from_before_the_retention():
    for number in range(1, 6):
        save(number, day=number)

    move_baseline(older_than_ms=round(3.5 * DAY_MS))

    baseline = baseline_checkpoint()
    assert baseline is not None
    assert baseline.cursor == 3
    assert positions()["statistics-baseline"] == 3
    assert StatisticsCheckpoint.objects.filter(last_event_id__lt=3).count() == 0


def test_the_baseline_stays_and_moves_on():
    for number in range(1, 6):
        save(number, day=number)
    move_baseline(older_than_ms=round(2.5 * DAY_MS))
    save(6, day=6)
    assert positions()["statistics-baseline"] == 2

    move_baseline(older_than_ms=round(4.5 * DAY_MS))

    assert positions()["statistics-baseline"] == 4
    assert StatisticsCheckpoint.objects.filter(is_baseline=True).count() == 1
