"""The commands as processes: they lead, take over, and end when told."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processes import environment, free_port, manage, run, running

pytestmark = pytest.mark.slow
TAKEOVER_SECONDS = 10
START_SECONDS = 30


@pytest.fixture
def portal(tmp_path: Path) -> dict[str, str]:
    """The environment of a migrated, empty embedded portal."""
    env = environment(DATA_DIR=str(tmp_path / "data"), LOG_LEVEL="INFO")
    run(manage("migrate", "--verbosity", "0"), env)
    return env


def wait_for(word: str, log_path: Path, seconds: float) -> None:
    wait_until(lambda: word in log_path.read_text(), log_path, seconds)


def wait_until(is_so: Callable[[], bool], log_path: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, log_path.read_text()
        time.sleep(0.05)


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_a_standby_takes_over_from_a_killed_leader(portal: dict[str, str], tmp_path: Path):
    logs = tmp_path / "first.log", tmp_path / "second.log"
    command = manage("runtime")
    with running(command, portal, logs[0]) as first:
        wait_for("caught up", logs[0], START_SECONDS)
        with running(command, portal, logs[1]) as second:
            wait_for("standing by", logs[1], START_SECONDS)

            first.kill()

            wait_for("caught up", logs[1], TAKEOVER_SECONDS)
            second.send_signal(signal.SIGTERM)
            assert second.wait(START_SECONDS) == 0


def test_serve_leads_and_ends_cleanly_when_told(portal: dict[str, str], tmp_path: Path):
    log, port = tmp_path / "serve.log", free_port()
    with running(manage("serve", "--port", str(port)), portal, log) as process:
        wait_for("caught up", log, START_SECONDS)
        wait_until(lambda: answers(port), log, START_SECONDS)

        process.send_signal(signal.SIGINT)

        assert process.wait(START_SECONDS) == 0
    assert "no longer leading" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_a_web_process_alone_leaves_leading_to_others(portal: dict[str, str], tmp_path: Path):
    log, port = tmp_path / "serve.log", free_port()
    with running(manage("serve", "--web-only", "--port", str(port)), portal, log) as process:
        wait_until(lambda: answers(port), log, START_SECONDS)
        process.send_signal(signal.SIGTERM)
        assert process.wait(START_SECONDS) == 0
    assert "leading" not in log.read_text()


def test_a_port_in_use_is_said_in_a_sentence(portal: dict[str, str]):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            manage("serve", "--port", str(port)),
            env=portal,
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS,
        )

    assert done.returncode == 1
    assert f"Port {port} of 127.0.0.1 cannot be listened on" in done.stderr
    assert "Traceback" not in done.stderr
