"""A portal as people start it, with real websocket clients and receivers of webhooks and pushes."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests import processes
from tests.notifications.receiver import Receiver, receiving
from tests.notifications.webhooks.test_signing import documented_verify

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ADMIN, AGENT, SUPERVISOR = "mikeb@redwings.com", "paveld@redwings.com", "scottyb@redwings.com"
SECONDS = 60


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        one.status = 200
        one.content = b'{"id": "subscription-1"}'
        yield one


@pytest.fixture(scope="module")
def url(receiver, tmp_path_factory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("portal")
    log, port = folder / "log", processes.free_port()
    environment = processes.environment(
        DATA_DIR=str(folder),
        WEBHOOK_ALLOWED_NETWORKS="127.0.0.0/8",
        WEBHOOK_ALLOW_HTTP="true",
        WEBHOOK_BACKOFF_SECONDS="1",
        MOBILE_PUSH_URL=f"{receiver.base_url}/gms",
    )
    processes.run(processes.manage("migrate", "--noinput", "--verbosity", "0"), environment)
    processes.run(processes.manage("loaddemo"), environment)
    with processes.running(
        processes.manage("serve", "--port", str(port)), environment, log
    ) as process:
        url = f"http://127.0.0.1:{port}"
        processes.wait_until_healthy(url, process, log)
        yield url


@contextmanager
def program(url: str, user: str) -> Iterator[httpx.Client]:
    """Signed in by Basic credentials, in a session of its own."""
    with httpx.Client(base_url=f"{url}/api/v2", auth=(user, "password"), timeout=SECONDS) as client:
        client.headers["X-CSRF-TOKEN"] = client.get("/me").headers["X-CSRF-TOKEN"]
        yield client


@contextmanager
def socket(client: httpx.Client, path: str, **headers: str) -> Iterator[ClientConnection]:
    address = str(client.base_url.copy_with(scheme="ws", path=path))
    origin = str(client.base_url.copy_with(path="/")).rstrip("/")
    headers.setdefault("Origin", origin)
    headers.setdefault("Cookie", f"JSESSIONID={client.cookies.get('JSESSIONID')}")
    with connect(
        address, additional_headers=headers, open_timeout=SECONDS, max_size=None
    ) as connection:
        yield connection


def frame(connection: ClientConnection) -> dict[str, Any]:
    got: dict[str, Any] = json.loads(connection.recv(timeout=SECONDS))
    return got


def until(
    connection: ClientConnection, is_it: Callable[[dict[str, Any]], bool]
) -> list[dict[str, Any]]:
    frames = [frame(connection)]
    while not is_it(frames[-1]):
        frames.append(frame(connection))
    return frames


def operate(client: httpx.Client, name: str, **parameters: Any) -> None:
    answer = client.post("/me", json={"operationName": name, **parameters})
    assert answer.json()["statusCode"] == 0, answer.text


def state_of(frame: dict[str, Any]) -> str | None:
    channels = frame.get("channels") or [{}]
    state = channels[-1].get("userState", {}).get("state")
    return None if state is None else str(state)


@pytest.mark.parametrize("path", ["/ws/me", "/ws/supervision"])
def test_other_sites_and_strangers_are_refused(url, path):
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    with program(url, SUPERVISOR) as client:
        cookie = f"JSESSIONID={client.cookies['JSESSIONID']}"
    for headers in (
        {"Origin": "http://evil.example", "Cookie": cookie},
        {"Origin": url, "Cookie": "JSESSIONID=guessed"},
        {"Origin": url},
    ):
        answer = httpx.get(url + path, headers={**upgrade, **headers}, timeout=SECONDS)
        assert answer.status_code == 403


def test_own_state_by_socket(url):
    with program(url, AGENT) as client, socket(client, "/ws/me") as own:
        snapshot = frame(own)
        assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 1)
        [device] = snapshot["devices"]
        assert device == client.get("/me/devices?fields=*").json()["devices"][0]
        operate(client, "StartContactCenterSession", channels=["voice"])
        frames = until(own, lambda one: state_of(one) == "NotReady")
        operate(client, "Ready")
        frames += until(own, lambda one: state_of(one) == "Ready")
        assert [one["seq"] for one in frames] == list(range(2, 2 + len(frames)))
        own.send('{"type": "snapshot"}')
        again = until(own, lambda one: one["type"] == "snapshot")[-1]
        assert again["devices"][0]["userState"]["state"] == "Ready"
        operate(client, "EndContactCenterSession")


def test_supervision_by_socket(url):
    with program(url, SUPERVISOR) as client, socket(client, "/ws/supervision") as watching:
        first = until(watching, lambda one: one["type"] == "snapshot")[-1]
        deltas = [frame(watching) for _ in range(5)]
        assert {one["type"] for one in deltas} == {"delta"}
        assert [one["seq"] for one in deltas] == list(range(first["seq"] + 1, first["seq"] + 6))
        watching.send('{"type": "snapshot"}')
        again = until(watching, lambda one: one["type"] == "snapshot")[-1]
        assert again["seq"] >= deltas[-1]["seq"]


def test_a_webhook_is_called_and_called_again_after_a_failure(url, receiver):
    with program(url, ADMIN) as client:
        receiver.answers.append(500)
        made = client.post(
            "/webhooks",
            json={"name": "CRM", "url": receiver.url, "eventKinds": ["provisioning.*"]},
        ).json()
        client.post("/skills", json={"name": "Told of"})

        def is_reached(got: list[Any]) -> bool:
            hooks = [one for one in got if one.path == "/hook"]
            return len(hooks) >= 3 and len({one.headers["webhook-id"] for one in hooks}) == 2

        hooks = [one for one in receiver.wait_for(is_reached) if one.path == "/hook"]
        assert all(documented_verify()(made["secret"], one.headers, one.body) for one in hooks)
        about = {one.json["sequence"]: one.json["data"]["resource"] for one in hooks}
        assert about == {1: "webhooks", 2: "skills"}
        attempts = [one.headers["webhook-attempt"] for one in hooks if one.json["sequence"] == 1]
        assert attempts == ["1", "2"]


class Comet:
    """A notification client by long-polling, as little as there can be."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.id = self._send(
            channel="/meta/handshake", version="1.0", supportedConnectionTypes=["long-polling"]
        )["clientId"]
        self._send(
            channel="/meta/connect",
            clientId=self.id,
            connectionType="long-polling",
            advice={"timeout": 0},
        )

    def disconnect(self) -> None:
        self._send(channel="/meta/disconnect", clientId=self.id)

    def _send(self, **message: Any) -> dict[str, Any]:
        answers = self._client.post("/notifications", json=[{"id": "1", **message}]).json()
        [answer] = [one for one in answers if one["channel"] == message["channel"]]
        assert answer["successful"], answer
        return dict(answer)


def test_a_mobile_application_is_pushed_to_while_it_is_not_connected(url, receiver):
    def pushed(got: list[Any]) -> list[str]:
        return [one.json["message"] for one in got if one.path.endswith("/publish")]

    with program(url, AGENT) as client:
        comet = Comet(client)
        operate(
            client,
            "StartContactCenterSession",
            channels=["voice"],
            mobileSession={"mobileDeviceId": "72ED12518F71", "mobilePushType": "IOS"},
        )
        subscriptions = receiver.wait_for(
            lambda got: any(one.path.endswith("/subscription") for one in got)
        )
        assert any(one.path == "/gms/genesys/1/notification/subscription" for one in subscriptions)
        operate(client, "Ready")
        comet.disconnect()
        user_id = client.get("/me").json()["user"]["id"]

        # When the portal has seen that the client has gone is its own affair: within seconds.
        got: list[Any] = []
        for name in ("NotReady", "Ready") * SECONDS:
            operate(client, name)
            with receiver.changed:
                receiver.changed.wait_for(lambda: bool(pushed(receiver.got)), 1)
            got = list(receiver.got)
            if pushed(got):
                break
        published = [one.json for one in got if one.path.endswith("/publish")]
        [device] = client.get("/me/devices?fields=id").json()["devices"]
        assert published[0]["tag"] == f"gws.api.v2.users.{user_id}.devices.{device['id']}"
        assert json.loads(published[0]["message"]) == {
            "deviceId": device["id"],
            "messageType": "DeviceStateChangeMessage",
        }
        operate(client, "EndContactCenterSession")
        receiver.wait_for(lambda got: any(one.method == "DELETE" for one in got))
