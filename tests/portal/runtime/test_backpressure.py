"""A client that does not read holds up who sends, in a server of its own, over a real socket."""

import contextlib
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from tests import processes
from tests.portal.runtime.flooding import FRAMES


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    port = processes.free_port()
    command = [sys.executable, "-m", "tests.portal.runtime.flooding", str(port)]
    environment = processes.environment(DATA_DIR=str(tmp_path))
    with processes.running(command, environment, tmp_path / "log") as process:
        processes.wait_until_healthy(f"http://127.0.0.1:{port}", process, tmp_path / "log")
        yield port


def frames_sent(port: int) -> int:
    return int(httpx.get(f"http://127.0.0.1:{port}/", timeout=30).text)


def frames_sent_when_it_stops(port: int) -> int:
    before, now = -1, frames_sent(port)
    while before != now:
        time.sleep(0.3)
        before, now = now, frames_sent(port)
    return now


@contextlib.contextmanager
def small_socket(port: int) -> Iterator[socket.socket]:
    with socket.socket() as small:
        small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        small.connect(("127.0.0.1", port))
        yield small


def test_no_more_is_sent_than_the_network_takes_and_nothing_is_lost(port: int):
    with (
        small_socket(port) as small,
        connect(f"ws://127.0.0.1:{port}/", sock=small, max_queue=4, open_timeout=30) as client,
    ):
        # What the system itself buffers is a few megabytes, of thirty.
        assert frames_sent_when_it_stops(port) < FRAMES // 2

        numbers = [int(str(frame).partition(" ")[0]) for frame in client]

    assert numbers == list(range(FRAMES))


def test_a_client_that_goes_away_holds_up_nobody(port: int):
    with small_socket(port) as small:
        client = connect(f"ws://127.0.0.1:{port}/", sock=small, max_queue=4, open_timeout=30)
        stuck_at = frames_sent_when_it_stops(port)
        client.socket.close()
    deadline = time.monotonic() + 60

    # Whoever sends goes on to its end: to nobody.
    while frames_sent(port) < FRAMES:
        assert time.monotonic() < deadline, stuck_at
        time.sleep(0.05)
