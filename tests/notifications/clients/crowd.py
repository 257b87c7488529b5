"""Many small clients that acknowledge and, when cut off, go on at whichever process answers."""

import asyncio
import contextlib
import itertools
import random
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.notifications.clients.portal import Session

_PATH = "/api/v2/notifications"
# Above the time that a connect is held.
_ANSWER_SECONDS = 40
_PAUSE_SECONDS = 0.2
_CUT_OFF = (aiohttp.ClientError, OSError, TimeoutError)

Json = dict[str, Any]


class CutOffError(Exception):
    """The process that was asked is gone, or not there yet."""


@dataclass
class Listener:
    """One client: what it is subscribed to, and what it was told, as it came."""

    http: aiohttp.ClientSession
    urls: list[str]
    session: Session
    transport: str
    channels: tuple[str, ...]
    chance: random.Random
    told: list[tuple[str, int]] = field(default_factory=list)
    cuts: int = 0
    is_subscribed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._ids = itertools.count(1)
        self._id = ""
        self._batch = 0
        self._url = self.chance.choice(self.urls)
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._heard = asyncio.Event()

    async def wait_for(self, count: int, seconds: float) -> None:
        """Until it was told so much, or the time is up."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while len(self.told) < count:
                    self._heard.clear()
                    await self._heard.wait()

    async def run(self) -> None:
        """Until it is cancelled."""
        for begin in (self._shake_hands, self._connect, self._subscribe):
            await self._again_and_again(begin)
        self.is_subscribed.set()
        while True:
            await self._again_and_again(self._connect)

    async def _shake_hands(self) -> None:
        reply = await self._ask("/meta/handshake", version="1.0", ext={"ack": True})
        self._id = reply["clientId"]

    async def _subscribe(self) -> None:
        await self._ask("/meta/subscribe", subscription=list(self.channels))

    async def _connect(self) -> None:
        reply = await self._ask(
            "/meta/connect", connectionType=self.transport, ext={"ack": self._batch}
        )
        self._batch = reply["ext"]["ack"]

    async def _again_and_again(self, act: Any) -> None:
        while True:
            try:
                await act()
            except CutOffError:
                self.cuts += 1
                if self._socket is not None:
                    await self._socket.close()
                    self._socket = None
                await asyncio.sleep(_PAUSE_SECONDS)
                self._url = self.chance.choice(self.urls)
            else:
                return

    async def _ask(self, channel: str, **more: Any) -> Json:
        message = {"channel": channel, "id": str(next(self._ids)), **more}
        if self._id:
            message["clientId"] = self._id
        async with _cut_off():
            send = self._by_socket if self.transport == "websocket" else self._by_post
            messages = await asyncio.wait_for(send(message), _ANSWER_SECONDS)
        for one in messages:
            if "data" in one and isinstance(one["data"], dict) and "n" in one["data"]:
                self.told.append((one["channel"], one["data"]["n"]))
        self._heard.set()
        [reply] = [one for one in messages if one.get("id") == message["id"]]
        if not reply["successful"]:
            raise AssertionError(f"{message}: {reply}")
        return dict(reply)

    async def _by_post(self, message: Json) -> list[Json]:
        headers = {
            "Cookie": f"JSESSIONID={self.session.cookie}",
            "X-CSRF-TOKEN": self.session.csrf_token,
        }
        async with self.http.post(self._url + _PATH, json=[message], headers=headers) as answer:
            # 503 while a store is not reached, 408 to a connect that another took the place of.
            answer.raise_for_status()
            return list(await answer.json())

    async def _by_socket(self, message: Json) -> list[Json]:
        if self._socket is None:
            headers = {"Cookie": f"JSESSIONID={self.session.cookie}"}
            self._socket = await self.http.ws_connect(self._url + _PATH, headers=headers)
        await self._socket.send_json([message])
        messages: list[Json] = []
        while not any(one.get("id") == message["id"] for one in messages):
            frame = await self._socket.receive()
            if frame.type is not aiohttp.WSMsgType.TEXT:
                raise ConnectionResetError
            messages += frame.json()
        return messages


@contextlib.asynccontextmanager
async def _cut_off() -> Any:
    try:
        yield
    except _CUT_OFF as error:
        raise CutOffError from error
