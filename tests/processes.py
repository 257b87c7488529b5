"""Processes of the portal, started by the commands that people use and ended by their pid."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
HEALTH_PATH = "/api/v2/diagnostics/version"
_END_SECONDS = 20


def manage(*arguments: str) -> list[str]:
    """The command line of a management command."""
    return [sys.executable, "manage.py", *arguments]


def environment(**settings: str) -> dict[str, str]:
    """The machine's environment with these PORTAL_ settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    kept.pop("DJANGO_SETTINGS_MODULE", None)  # pytest-django sets that of the tests.
    return kept | {f"PORTAL_{name}": value for name, value in settings.items()}


def run(command: Sequence[str], environment: dict[str, str]) -> None:
    """Run a command to its end; its output is in the error when it fails."""
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@contextlib.contextmanager
def running(
    command: Sequence[str], environment: dict[str, str], log_path: Path, *, folder: Path = ROOT
) -> Iterator["subprocess.Popen[bytes]"]:
    """The command's process for as long as the block runs.

    At the end it gets SIGTERM; what is then left of it and of its children gets SIGKILL.
    """
    with (
        log_path.open("ab") as log,
        subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Which makes its id that of its group.
        ) as process,
    ):
        try:
            yield process
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def wait_until_healthy(
    url: str, process: "subprocess.Popen[bytes]", log_path: Path, *, seconds: float = 60
) -> None:
    """Until the web process answers its health check; fails with its log when it does not."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url + HEALTH_PATH, timeout=5).is_success:
                return
        time.sleep(0.1)
    raise AssertionError(f"{url} does not answer:\n{log_path.read_text()}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
