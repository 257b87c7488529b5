"""A feed of our own making behind /ws/supervision, for what the demo's traffic does not show."""

import json
import time
from typing import Any

from playwright.sync_api import Page, WebSocketRoute

PERIOD_MS = 1000


def queue(number: int, **values: float) -> dict[str, Any]:
    """A queue with the given statistics: `queue(1, Current_In_Queue=3)`."""
    now = int(time.time() * 1000)
    return {
        "id": f"queue-{number}",
        "name": f"Queue {number:03}",
        "statistics": {name: {"value": value, "time": now} for name, value in values.items()},
    }


def agent(number: int, state: str = "Ready", **fields: Any) -> dict[str, Any]:
    return {
        "id": f"agent-{number}",
        "name": f"Agent {number:04}",
        "state": state,
        "displayName": {"Ready": "Ready", "NotReady": "Not Ready"}.get(state, "Logged out"),
        "since": int(time.time() * 1000) - 60_000,
        "call": None,
        "skills": [],
        **fields,
    }


class Feed:
    """Answers each connection with a snapshot; `answer` may be replaced. Keeps what it was sent."""

    def __init__(self, queues: list[dict[str, Any]], agents: list[dict[str, Any]]) -> None:
        self.queues = queues
        self.agents = agents
        self.skills: list[dict[str, Any]] = []
        self.seq = 0
        self.connections: list[WebSocketRoute] = []
        self.received: list[Any] = []
        self.is_refusing = False
        self.is_silent = False

    def install(self, page: Page) -> None:
        page.route_web_socket("**/ws/supervision", self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        self.connections.append(socket)
        socket.on_message(self._receive)
        if self.is_refusing:
            socket.close()
        elif not self.is_silent:
            self.send_snapshot()

    def _receive(self, message: Any) -> None:
        self.received.append(json.loads(message))
        self.send_snapshot()

    def send(self, **frame: Any) -> None:
        self.connections[-1].send(json.dumps(frame))

    def send_snapshot(self) -> None:
        self.seq += 1
        self.send(
            type="snapshot",
            seq=self.seq,
            time=int(time.time() * 1000),
            contactCenter={"id": "red", "name": "Red Wings", "timeZone": "America/New_York"},
            periodMs=PERIOD_MS,
            queues=self.queues,
            agents=self.agents,
            skills=self.skills,
        )

    def send_delta(self, *, skipped: int = 0, **changes: Any) -> None:
        """The next frame, or one after so many that got lost."""
        self.seq += 1 + skipped
        self.send(type="delta", seq=self.seq, time=int(time.time() * 1000), **changes)
