"""A program with the Python client aiocometd; speaks to its pilot as browser.js does."""

import asyncio
import contextlib
import json
import os
import sys
from typing import Any

from aiocometd_noloop import Client, ConnectionType
from aiocometd_noloop.exceptions import AiocometdException
from aiocometd_noloop.extensions import AuthExtension, Extension

# How long the library tries to come back before it gives up.
_PATIENCE_SECONDS = 120
_EVENTS = {f"/meta/{name}": name for name in ("handshake", "connect", "subscribe")}


def tell(client: str, event: str, **more: Any) -> None:
    sys.stdout.write(json.dumps({"client": client, "event": event, **more}) + "\n")
    sys.stdout.flush()


class Headers(AuthExtension):
    """What a program sends with each request, as it would its credentials."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers = headers

    async def outgoing(self, payload: Any, headers: Any) -> None:
        headers.update(self._headers)

    async def incoming(self, payload: Any, headers: Any = None) -> None:
        return


class Watch(Extension):
    """Tells of replies, and acknowledges if asked to: the library leaves that to extensions."""

    def __init__(self, name: str, *, ack: bool) -> None:
        self._name = name
        self._ack = ack
        self._batch = 0

    async def outgoing(self, payload: Any, headers: Any) -> None:
        for message in payload if self._ack else ():
            if message["channel"] == "/meta/handshake":
                message["ext"] = {"ack": True}
            elif message["channel"] == "/meta/connect":
                message["ext"] = {"ack": self._batch}

    async def incoming(self, payload: Any, headers: Any = None) -> None:
        for message in payload:
            event = _EVENTS.get(message["channel"])
            if event is None:
                continue
            if event == "handshake":
                self._batch = 0
            elif event == "connect" and message["successful"]:
                self._batch = message.get("ext", {}).get("ack", self._batch)
            known = ("successful", "error", "subscription")
            more = {name: message[name] for name in known if name in message}
            tell(self._name, event, id=message.get("clientId"), **more)


class Listener:
    def __init__(self, name: str, asked: dict[str, Any]) -> None:
        self._name = name
        self._channels = asked["channels"]
        self._client = Client(
            asked["url"],
            ConnectionType(asked["transport"]),
            connection_timeout=_PATIENCE_SECONDS,
            auth=Headers(asked["headers"]),
            extensions=[Watch(name, ack=asked["ack"])],
        )
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        try:
            await self._client.open()
            for channel in self._channels:
                await self._client.subscribe(channel)
            async for message in self._client:
                if "data" in message:
                    tell(self._name, "message", channel=message["channel"], data=message["data"])
        except AiocometdException as error:
            tell(self._name, "failed", error=repr(error))

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._client.close()
        tell(self._name, "closed")


async def main() -> None:
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    listeners: dict[str, Listener] = {}
    while line := await lines.readline():
        command = json.loads(line)
        if command["op"] == "open":
            listeners[command["client"]] = Listener(command["client"], command)
        elif command["op"] == "close":
            await listeners[command["client"]].close()
    # The clients that are left end as in a program that is killed.
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
