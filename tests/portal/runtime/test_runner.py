import threading
from collections.abc import Callable, Iterator

import pytest

from portal.runtime import runner
from portal.runtime.runner import Runner, keep_running
from portal.runtime.tasks import RuntimeTask

SECONDS = 10


class Lock:
    """A leadership that the test gives and takes."""

    def __init__(self) -> None:
        self.is_free = threading.Event()
        self.released = threading.Event()

    def acquire(self) -> bool:
        return self.is_free.is_set()

    def is_held(self) -> bool:
        return self.is_free.is_set()

    def release(self) -> None:
        self.released.set()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_STANDBY_SECONDS", "_LEADER_SECONDS", "_FIRST_PAUSE_SECONDS"):
        monkeypatch.setattr(runner, name, 0.01)


@pytest.fixture
def running() -> Iterator[Callable[[Runner], threading.Event]]:
    """Runs a runner in a thread; ended, and awaited, after the test."""
    started: list[tuple[threading.Thread, threading.Event]] = []

    def start(one: Runner) -> threading.Event:
        stop = threading.Event()
        thread = threading.Thread(target=one.run, args=(stop,))
        thread.start()
        started.append((thread, stop))
        return stop

    yield start
    for thread, stop in started:
        stop.set()
        thread.join(SECONDS)
        assert not thread.is_alive()


class Follower:
    """A task that notes that it runs and that it was told to end."""

    def __init__(self) -> None:
        self.runs = threading.Event()
        self.ended = threading.Event()
        self.task = RuntimeTask("follower", self.run)

    def run(self, stop: threading.Event) -> None:
        self.runs.set()
        stop.wait(SECONDS)
        self.ended.set()


def test_tasks_run_only_while_the_process_leads(running):
    lock, follower = Lock(), Follower()
    running(Runner(lock, [follower.task]))
    assert not follower.runs.wait(0.05)

    lock.is_free.set()
    assert follower.runs.wait(SECONDS)

    lock.is_free.clear()
    assert follower.ended.wait(SECONDS)
    assert lock.released.wait(SECONDS)


def test_a_standby_leads_again_when_leadership_comes_back(running):
    lock, follower = Lock(), Follower()
    running(Runner(lock, [follower.task]))
    lock.is_free.set()
    follower.runs.wait(SECONDS)
    lock.is_free.clear()
    assert lock.released.wait(SECONDS)
    follower.runs.clear()

    lock.is_free.set()

    assert follower.runs.wait(SECONDS)


def test_being_told_to_stop_ends_the_tasks_and_gives_the_lock_back(running):
    lock, follower = Lock(), Follower()
    lock.is_free.set()
    stop = running(Runner(lock, [follower.task]))
    follower.runs.wait(SECONDS)

    stop.set()

    assert follower.ended.wait(SECONDS)
    assert lock.released.wait(SECONDS)


def test_a_crashing_task_is_started_again_and_its_neighbour_is_left_alone(running, caplog):
    attempts: list[int] = []
    recovered = threading.Event()

    def crash_twice(stop: threading.Event) -> None:
        attempts.append(1)
        if len(attempts) <= 2:
            raise RuntimeError("broken on purpose")
        recovered.set()
        stop.wait(SECONDS)

    lock, follower = Lock(), Follower()
    lock.is_free.set()
    running(Runner(lock, [RuntimeTask("crashing", crash_twice), follower.task]))

    assert recovered.wait(SECONDS)
    assert not follower.ended.is_set()
    assert "broken on purpose" in caplog.text


def test_a_task_that_returns_early_is_started_again():
    stop, attempts = threading.Event(), []

    def end_at_once(told: threading.Event) -> None:
        attempts.append(1)
        if len(attempts) == 3:
            told.set()

    keep_running(RuntimeTask("short", end_at_once), stop)

    assert len(attempts) == 3


def test_pauses_between_crashes_grow(monkeypatch: pytest.MonkeyPatch):
    pauses: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout or 0)
            if len(pauses) == 4:
                self.set()
            return self.is_set()

    def crash(stop: threading.Event) -> None:
        raise RuntimeError

    monkeypatch.setattr(runner, "_FIRST_PAUSE_SECONDS", 0.5)

    keep_running(RuntimeTask("crashing", crash), Stop())

    assert pauses == [0.5, 1.0, 2.0, 4.0]
