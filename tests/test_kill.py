"""kill -9 under load, ten times: what was committed stays, nothing is stuck, the figures agree."""

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import processes

KILLS = 10
ENDS_OF_A_CALL = {"call.released", "call.abandoned", "call.ring_abandoned"}
STATE_OF_EVENT = {
    "agent.ready": "Ready",
    "agent.notready": "NotReady",
    "agent.acw": "NotReady",
    "agent.logout": "Logout",
}


class Store:
    """What a killed portal has left behind, read by another process."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(self.path, timeout=20)) as connection:
            return connection.execute(query).fetchall()

    def event_count(self) -> int:
        return int(self.rows("SELECT count(*) FROM events_eventrecord")[0][0])

    def events(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT id, kind, payload FROM events_eventrecord ORDER BY id")

    def live_calls(self) -> set[str]:
        return {call for (call,) in self.rows("SELECT id FROM telephony_call")}

    def agent_states(self) -> dict[str, str]:
        """Each signed-in agent's state as the switch has it, by the user's bare id."""
        return dict(
            self.rows(
                "SELECT user_id, CASE presence WHEN 'Ready' THEN 'Ready'"
                " WHEN 'LoggedOut' THEN 'Logout' ELSE 'NotReady' END"
                " FROM telephony_agentsession WHERE presence NOT IN ('Inactive', 'LoggedOut')"
            )
        )


def replayed(events: list[tuple[Any, ...]]) -> tuple[set[str], dict[str, str]]:
    """The live calls and the agents' states that the log tells of."""
    calls: set[str] = set()
    states: dict[str, str] = {}
    for _, kind, text in events:
        payload = json.loads(text)
        if kind == "call.queued":
            calls.add(payload["call_id"])
        elif kind in ENDS_OF_A_CALL:
            calls.discard(payload["call_id"])
        elif kind == "agent.login":
            states[_user(payload)] = payload["user_state"]["state"]
        elif kind == "agent.logout":
            states.pop(_user(payload), None)
        elif kind in STATE_OF_EVENT:
            states[_user(payload)] = STATE_OF_EVENT[kind]
    return calls, states


def _user(payload: dict[str, Any]) -> str:
    return str(payload["user_id"]).replace("-", "")


def wait_until(condition: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def kill(process: "subprocess.Popen[bytes]") -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_kills_under_load_lose_nothing(tmp_path: Path):
    environment = processes.environment(DATA_DIR=str(tmp_path))
    processes.run(processes.manage("migrate", "--noinput", "--verbosity", "0"), environment)
    processes.run(processes.manage("loaddemo"), environment)
    store, chance, log = Store(tmp_path / "portal.sqlite3"), random.Random(7), tmp_path / "log"
    port = processes.free_port()
    serve = processes.manage("serve", "--port", str(port))
    load = processes.manage("simulate", "--speed", "20", "--calls-per-hour", "900")

    for _ in range(KILLS):
        with (
            processes.running(serve, environment, log) as server,
            processes.running(load, environment, log) as callers,
        ):
            goal = store.event_count() + chance.randint(60, 200)
            wait_until(lambda goal=goal: store.event_count() >= goal, "events under load")
            committed = store.events()
            kill(server)
            kill(callers)
        left = store.events()
        assert left[: len(committed)] == committed
        assert replayed(left) == (store.live_calls(), store.agent_states())

    left_behind = store.live_calls()
    url = f"http://127.0.0.1:{port}"
    with (
        processes.running(serve, environment, log) as server,
        processes.running(load, environment, log),
    ):
        processes.wait_until_healthy(url, server, log)
        wait_until(lambda: not store.live_calls() & left_behind, "calls left behind end")
        answer = httpx.get(f"{url}/api/v2/queues", auth=("mikeb@redwings.com", "password"))
        queue_id = answer.json()["paths"][0].rsplit("/", 1)[1]
        figures = httpx.get(
            f"{url}/api/v1/stats/{queue_id}", auth=("mikeb@redwings.com", "password")
        ).json()
        assert {one["statistic"] for one in figures["statistics"]} >= {"Total_Answered"}

    processes.run(processes.manage("statistics", "verify"), environment)
