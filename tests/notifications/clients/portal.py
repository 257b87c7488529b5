"""A portal in processes of its own for the clients of others, and the wire that leads to it."""

import base64
import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests import processes

PASSWORD = "password"
AGENT, SUPERVISOR = "paveld@redwings.com", "scottyb@redwings.com"


def basic(user: str, password: str) -> dict[str, str]:
    credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {credentials}"}


@dataclass(frozen=True)
class Session:
    cookie: str
    csrf_token: str


class Portal:
    """`manage.py serve` on one port and one folder, however often it is killed."""

    def __init__(
        self,
        folder: Path,
        stack: contextlib.ExitStack,
        *arguments: str,
        **settings: str,
    ) -> None:
        self._arguments = arguments
        self.log_path = folder / "log"
        self._environment = processes.environment(
            DATA_DIR=str(folder), BAYEUX_TRIGGER="true", LOG_LEVEL="WARNING", **settings
        )
        self._stack = stack
        self._triggers: dict[str, subprocess.Popen[str]] = {}
        self.port = processes.free_port()
        # A name: the jar of a Python client keeps no cookies of addresses.
        self.url = f"http://localhost:{self.port}"

    def manage(self, *arguments: str) -> None:
        processes.run(processes.manage(*arguments), self._environment)

    def start(self) -> None:
        command = processes.manage("serve", "--port", str(self.port), *self._arguments)
        self._process = self._stack.enter_context(
            processes.running(command, self._environment, self.log_path)
        )
        processes.wait_until_healthy(self.url, self._process, self.log_path)

    def kill(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(20)

    def sign_in(self, user: str) -> Session:
        answer = httpx.get(f"{self.url}/api/v2/me", auth=(user, PASSWORD), timeout=60)
        return Session(answer.cookies["JSESSIONID"], answer.headers["X-CSRF-TOKEN"])

    def publish(self, user: str, channel: str, *contents: Any) -> None:
        """By the command that is made for it, in one transaction."""
        if user not in self._triggers:
            self._triggers[user] = self._stack.enter_context(self._trigger(user))
        lines = [json.dumps({"op": "publish", "channel": channel, "data": one}) for one in contents]
        pipe = self._triggers[user].stdin
        assert pipe is not None
        pipe.write("\n".join(lines) + "\n")
        pipe.flush()

    @contextlib.contextmanager
    def _trigger(self, user: str) -> Iterator["subprocess.Popen[str]"]:
        command = processes.manage("bayeux_trigger", "--user", user)
        with subprocess.Popen(
            command, env=self._environment, cwd=processes.ROOT, stdin=subprocess.PIPE, text=True
        ) as process:
            yield process
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(30) == 0


class Wire:
    """Carries connections to a port; what comes back can be swallowed, and the wire be cut."""

    def __init__(self, target_port: int) -> None:
        self._target = ("127.0.0.1", target_port)
        self._selector = selectors.DefaultSelector()
        self._others: dict[socket.socket, socket.socket] = {}
        self._servers: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_ended = False
        self._is_cut = False
        self._swallowed: dict[socket.socket, bytes] | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self._listener.getsockname()[1]}"
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def deafen(self) -> None:
        """From now on nothing that the server says arrives; nobody notices."""
        with self._lock:
            self._swallowed = {}

    def swallowed(self, content: bytes) -> int:
        """On how many connections this was said to nobody."""
        with self._lock:
            return sum(content in one for one in (self._swallowed or {}).values())

    def cut(self) -> None:
        """All connections end, and none is let in."""
        with self._lock:
            self._is_cut = True
            for one in list(self._others):
                self._close(one)

    def mend(self) -> None:
        with self._lock:
            self._is_cut, self._swallowed = False, None

    def end(self) -> None:
        self._is_ended = True
        self._thread.join(10)
        for one in list(self._others):
            self._close(one)
        self._listener.close()
        self._selector.close()

    def _carry(self) -> None:
        while not self._is_ended:
            for key, _ in self._selector.select(0.05):
                with self._lock:
                    if key.fileobj is self._listener:
                        self._accept()
                    elif key.fileobj in self._others:
                        self._pass_on(key.fileobj)  # type: ignore[arg-type]

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        if self._is_cut:
            client.close()
            return
        try:
            server = socket.create_connection(self._target)
        except OSError:
            client.close()
            return
        self._servers.add(server)
        for one, other in ((client, server), (server, client)):
            self._others[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _pass_on(self, one: socket.socket) -> None:
        try:
            content = one.recv(65_536)
            if content and self._swallowed is not None and one in self._servers:
                self._swallowed[one] = self._swallowed.get(one, b"") + content
            elif content:
                self._others[one].sendall(content)
        except OSError:
            content = b""
        if not content:
            self._close(one)

    def _close(self, one: socket.socket) -> None:
        for end in (one, self._others.get(one)):
            if end is not None and self._others.pop(end, None) is not None:
                self._selector.unregister(end)
                self._servers.discard(end)
                end.close()


@contextlib.contextmanager
def wired(port: int) -> Iterator[Wire]:
    wire = Wire(port)
    try:
        yield wire
    finally:
        wire.end()
