"""The benchmarks by name. Each imports what it measures when it runs: Django is set up by then."""

from collections.abc import Callable, Iterable

from benchmarks.measure import Row, Size

Benchmark = Callable[[Size], Iterable[Row]]


def users_list(size: Size) -> Iterable[Row]:
    from benchmarks import users

    yield users.compare_list(size)


def users_linked(size: Size) -> Iterable[Row]:
    from benchmarks import users

    yield users.compare_linked(size)


def users_objects(size: Size) -> Iterable[Row]:
    from benchmarks import users

    yield users.compare_objects(size)


def statistics_engine(size: Size) -> Iterable[Row]:
    from benchmarks import engine

    return engine.compare_with_sql(size)


def statistics_peers(size: Size) -> Iterable[Row]:
    from benchmarks import peers

    return peers.compare_with_peers(size)


def statistics_scale(size: Size) -> Iterable[Row]:
    from benchmarks import scale

    yield from scale.compare_fed_with_alone(size)
    yield from scale.compare_ticks(size)
    yield from scale.compare_sizes(size)


def wallboards(size: Size) -> Iterable[Row]:
    from benchmarks import wallboards

    return wallboards.compare_wallboards(size)


def event_log(size: Size) -> Iterable[Row]:
    from benchmarks import publishing

    return publishing.compare_with_insert(size)


def calls(size: Size) -> Iterable[Row]:
    from benchmarks import calls

    return calls.compare_with_sql(size)


def routing(size: Size) -> Iterable[Row]:
    from benchmarks import routing

    return routing.compare_routing(size)


def notifications(size: Size) -> Iterable[Row]:
    from benchmarks import notifications

    return notifications.compare_with_peers(size)


BENCHMARKS: dict[str, Benchmark] = {
    "users-list": users_list,
    "users-linked": users_linked,
    "users-objects": users_objects,
    "statistics-engine": statistics_engine,
    "statistics-peers": statistics_peers,
    "statistics-scale": statistics_scale,
    "wallboards": wallboards,
    "event-log": event_log,
    "calls": calls,
    "routing": routing,
    "notifications": notifications,
}
