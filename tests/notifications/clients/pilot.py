"""Drives the processes in which clients of other makers run: browser.js and program.py.

An open command names the client, its library and transport; what happens to it comes back as
`handshake`, `connect`, `subscribe`, `message`, `closed`.
"""

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.notifications.clients.portal import PASSWORD, Portal, basic
from tests.processes import ROOT

# The longest that anything may take on a busy machine.
SECONDS = 60.0
_FOLDER = "tests/notifications/clients"
BROWSER = ("node", f"{_FOLDER}/browser.js")
PROGRAM = (sys.executable, "-m", "tests.notifications.clients.program")

Json = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A client library and how it reaches the portal."""

    library: str
    transport: str

    def __str__(self) -> str:
        return f"{self.library}, {self.transport}"


TRANSPORTS = ("websocket", "long-polling")
CURRENT = [Kind("cometd", transport) for transport in TRANSPORTS]
OTHERS = [Kind(name, one) for name in ("cometd-3", "aiocometd", "faye") for one in TRANSPORTS]
ALL = CURRENT + OTHERS


class Pilot:
    """One process with clients in it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._heard: list[Json] = []
        self._changed = threading.Condition()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def command(self, op: str, **more: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"op": op, **more}) + "\n")
        self._process.stdin.flush()

    def heard(self, client: str) -> list[Json]:
        with self._changed:
            return [one for one in self._heard if one["client"] == client]

    def wait(self, is_reached: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not is_reached():
            assert time.monotonic() < deadline, f"not reached: {what}\n{self._heard[-40:]}"
            assert self._process.poll() is None, f"ended: {self._process.args}"
            with self._changed:
                self._changed.wait(0.05)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self._heard.append(json.loads(line))
                self._changed.notify_all()

    def end(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._reading.join(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


@dataclass
class Client:
    """One client in such a process."""

    pilot: Pilot
    name: str
    kind: Kind
    channels: tuple[str, ...]
    _seen: int = field(default=0)

    def events(self, name: str) -> list[Json]:
        return [one for one in self.pilot.heard(self.name) if one["event"] == name]

    def messages(self, subscription: str | None = None) -> list[tuple[str, Any]]:
        """Channel and data of what tests publish, as it came; of one subscription if named.

        That has numbers; the portal has something to say of its own, too.
        """
        return [
            (one["channel"], one["data"])
            for one in self.events("message")
            if "n" in one["data"] and subscription in {None, one.get("subscription")}
        ]

    def numbers(self) -> list[int]:
        return [data["n"] for _, data in self.messages()]

    @property
    def handshakes(self) -> int:
        return len([one for one in self.events("handshake") if one["successful"]])

    def wait_for_messages(self, count: int) -> None:
        self.pilot.wait(lambda: len(self.messages()) >= count, f"{count} messages for {self.name}")

    def wait_until_subscribed(self, *, times: int = 1) -> None:
        """Until all subscriptions are answered, with each of so many handshakes."""
        count = len(self.channels) * times

        def is_ready() -> bool:
            answered = [one for one in self.events("subscribe") if one["successful"]]
            return len(answered) >= count and self.handshakes >= times

        self.pilot.wait(is_ready, f"subscriptions of {self.name}")

    def close(self) -> None:
        self.pilot.command("close", client=self.name)
        self.pilot.wait(lambda: bool(self.events("closed")), f"end of {self.name}")


class Desk:
    """Opens clients of a user; those of one browser share a process."""

    def __init__(self, portal: Portal, stack: contextlib.ExitStack) -> None:
        self._portal = portal
        self._stack = stack
        self._count = 0

    def browser(self, user: str) -> Callable[..., Client]:
        """Signed in by a session of its own; call it to open a client there."""
        pilots: dict[tuple[str, ...], Pilot] = {}
        session = self._portal.sign_in(user)

        def open_client(
            kind: Kind,
            *channels: str,
            ack: bool = False,
            url: str | None = None,
        ) -> Client:
            self._count += 1
            argv = PROGRAM if kind.library == "aiocometd" else BROWSER
            if argv not in pilots:
                pilots[argv] = self._stack.enter_context(piloted(argv))
                if argv == BROWSER:
                    pilots[argv].command("sign_in", cookie=f"JSESSIONID={session.cookie}")
            is_page = kind.library.startswith("cometd")
            # Pages ride on a session; programs send their credentials with each request.
            headers = {"X-CSRF-TOKEN": session.csrf_token} if is_page else basic(user, PASSWORD)
            client = Client(pilots[argv], f"{self._count}: {kind}", kind, channels)
            client.pilot.command(
                "open",
                client=client.name,
                library=kind.library,
                transport=kind.transport,
                channels=channels,
                ack=ack,
                headers=headers,
                url=(url or self._portal.url) + "/api/v2/notifications",
            )
            # One after the other, since the first to shake hands names the browser.
            client.wait_until_subscribed()
            return client

        return open_client


@contextlib.contextmanager
def piloted(argv: tuple[str, ...]) -> Iterator[Pilot]:
    with subprocess.Popen(
        argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        pilot = Pilot(process)
        try:
            yield pilot
        finally:
            pilot.end()
