"""A call through the switch against the bare SQL that writes the same rows."""

import time
from collections.abc import Callable, Iterator

from django.db import connection

from benchmarks import scratch
from benchmarks.measure import Comparison, Row, Size, compare, timed
from benchmarks.rows import RowScript, Step
from benchmarks.shift import Center, open_center
from telephony.services import calls

_AGENTS = 20
_QUEUES = 5


def compare_with_sql(size: Size) -> Iterator[Row]:
    """On the SQLite file, and on PostgreSQL where it answers."""
    yield _row("calls, SQLite", size)
    with scratch.postgres(migrated=True) as answers:
        if answers:
            yield _row("calls, PostgreSQL", size)


def _row(name: str, size: Size) -> Row:
    return Row(
        name,
        "call",
        _compare(size),
        "enter queue, deliver, answer, hang up / bare SQL for the same rows, as often committed",
    )


def _compare(size: Size) -> Comparison:
    center = open_center("Calls", agents=_AGENTS, ready=_AGENTS, queues=_QUEUES)
    script = RowScript.of(_steps(center))
    _require_same_rows(center, script)
    return compare(
        lambda: _seconds(lambda: _one_call(center), size.calls),
        lambda: _seconds(script.replay, size.calls),
        repetitions=size.repetitions * 3,
    )


def _seconds(act: Callable[[], object], times: int) -> float:
    def repeat() -> None:
        for _ in range(times):
            act()

    return timed(repeat, units=times, clock=time.perf_counter)


def _one_call(center: Center) -> None:
    for step in _steps(center):
        step()


def _steps(center: Center) -> list[Step]:
    """What happens to one call, each step a transaction."""
    place: dict[str, str] = {}

    def enter() -> str:
        place["call"] = calls.enter_queue(
            contact_center=center.row, queue=center.next_queue(), ani="+16505550123"
        )
        return place["call"]

    def answer() -> str:
        user = center.user_at(place["call"])
        if not calls.answer(user=user, call_id=place["call"]):
            raise RuntimeError("The switch refused to answer")
        place["user"] = str(user.pk)
        return place["call"]

    def hang_up() -> str:
        if not calls.hangup(user=center.users[place["user"]], call_id=place["call"]):
            raise RuntimeError("The switch refused to hang up")
        return place["call"]

    return [enter, answer, hang_up]


def _require_same_rows(center: Center, script: RowScript) -> None:
    """The bare SQL writes as many events as the switch, and leaves as little behind."""
    own = script.count_of(lambda: _one_call(center))
    bare = script.count_of(script.replay)
    if own != bare:
        raise RuntimeError(f"{connection.vendor}: the switch leaves {own}, the bare SQL {bare}")
