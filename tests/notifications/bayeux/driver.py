"""Bayeux clients that drive the server's ASGI application directly, with cookies as browsers keep.

A `House` is some nodes over one store; its clock stands still until told otherwise, and events come
when told to.
"""

import asyncio
import contextlib
import functools
import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import orjson
import redis
from django.conf import settings

from notifications.bayeux.callers import BROWSER_COOKIE, Callers, Identity, RefusedError
from notifications.bayeux.feed import Batch
from notifications.bayeux.http import HttpTransport
from notifications.bayeux.node import Node
from notifications.bayeux.protocol import CALLBACK_POLLING, LONG_POLLING, WEBSOCKET
from notifications.bayeux.redis_store import RedisStore
from notifications.bayeux.session import Limits
from notifications.bayeux.store import MemoryStore, SessionStore
from notifications.bayeux.websocket import WebsocketTransport
from notifications.bayeux.window import Entry, Window, entries_of
from notifications.events import NotificationTriggered
from portal.api.roles import Role
from portal.events.log import Event
from portal.events.reader import RecordedEvent

TYPES = (WEBSOCKET, LONG_POLLING, CALLBACK_POLLING)
CENTER = "c0"
TOKEN = "the session's token"
SOON = 30.0
USERS = {
    "ann": Identity("ann", CENTER, frozenset({Role.ADMIN})),
    "bob": Identity("bob", CENTER, frozenset({Role.AGENT})),
    "eve": Identity("eve", "c1", frozenset({Role.ADMIN})),
    "cookie": Identity("cookie", CENTER, frozenset({Role.AGENT}), csrf_token=TOKEN),
}


def on_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an async test on a loop of its own."""

    @functools.wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        async def bounded() -> None:
            await asyncio.wait_for(test(*arguments, **named), 60)

        asyncio.run(bounded())

    return run


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition that becomes true soon."""
    deadline = asyncio.get_running_loop().time() + SOON
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "It does not become true."
        await asyncio.sleep(0.002)


async def look_up(_: Any, scope: dict[str, Any]) -> Identity:
    """Credentials of these tests are a user's name."""
    given = dict(scope["headers"]).get(b"authorization", b"").decode()
    if given not in USERS:
        raise RefusedError(401, "Access denied")
    return USERS[given]


class Server:
    """One process's node and transports."""

    def __init__(self, house: "House") -> None:
        self.house = house
        self.node = Node(
            store=house.new_store(),
            window=Window(position=house.last_id, keep_ms=60_000),
            history=self._history,
            limits=house.limits,
            clock=lambda: house.now_ms,
        )
        self.callers = Callers(ask=look_up)
        self.http = HttpTransport(
            self.node,
            self.callers,
            connection_types=house.types,
            browser_cookie=lambda value: f"{BROWSER_COOKIE}={value}; Path=/; HttpOnly",
        )
        self.websocket = WebsocketTransport(self.node, self.callers, connection_types=house.types)
        self.histories_read = 0
        # While it is deaf, what other nodes tell it is put here instead.
        self.is_deaf = False
        self.unheard: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await (self.http if scope["type"] == "http" else self.websocket)(scope, receive, send)

    def hear(self, client_id: str) -> None:
        if self.is_deaf:
            self.unheard.append(client_id)
        else:
            self.node.heard(client_id)

    def take(self, upto: int | None = None) -> None:
        """Read the log, as its reader would."""
        last = self.house.last_id if upto is None else upto
        recorded = [one for one in self.house.log if self.node.window.position < one.id <= last]
        if recorded:
            self.node.take(Batch(entries_of(recorded), frozenset(), recorded[-1].id))

    async def _history(self, after: int, upto: int) -> list[Entry]:
        self.histories_read += 1
        return entries_of(one for one in self.house.log if after < one.id <= upto)


class House:
    def __init__(self, *, types: tuple[str, ...] = TYPES, **limits: int) -> None:
        self.limits = Limits(**{"timeout_ms": 20_000, **limits})
        self.types = types
        self.now_ms = 1_000_000
        self.log: list[RecordedEvent] = []
        self.servers: list[Server] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._memory = MemoryStore()
        self._prefix = f"portal-test:{secrets.token_hex(6)}:"
        self._counter = itertools.count(1)

    @property
    def last_id(self) -> int:
        return self.log[-1].id if self.log else 0

    def new_store(self) -> SessionStore:
        """The one store, as one more process reaches it."""
        if settings.REDIS_URL:
            return RedisStore(settings.REDIS_URL, prefix=self._prefix)
        return self._memory

    def clear(self) -> None:
        """Leave nothing in Redis."""
        if settings.REDIS_URL:
            with redis.Redis.from_url(settings.REDIS_URL) as client:
                for key in client.scan_iter(f"{self._prefix}*", count=1000):
                    client.delete(key)

    async def start(self) -> Server:
        server = Server(self)
        self.servers.append(server)
        await server.node.store.listen(server.node.name, server.hear)
        return server

    def publish(self, *events: Event, takes: bool = True) -> None:
        self.log += [RecordedEvent(self.last_id + n, one) for n, one in enumerate(events, 1)]
        for server in self.servers if takes else []:
            server.take()

    def tell(self, channel: str, data: Any = None, *, to: str = "bob", takes: bool = True) -> Any:
        """An event for one user; gives its data, which is another each time."""
        data = {"n": next(self._counter)} if data is None else data
        event = NotificationTriggered(
            contact_center_id=CENTER, user_id=to, channel=channel, data=data
        )
        self.publish(event, takes=takes)
        return data


@contextlib.asynccontextmanager
async def house(nodes: int = 1, **settings_: Any) -> AsyncIterator[House]:
    built = House(**settings_)
    for _ in range(nodes):
        await built.start()
    try:
        yield built
    finally:
        for task in built.tasks:
            task.cancel()
        await asyncio.gather(*built.tasks, return_exceptions=True)
        for server in built.servers:
            await server.node.store.close()
        built.clear()


class Answer:
    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status = status
        self.headers = {name.decode().lower(): value.decode() for name, value in headers}
        self.body = body

    @property
    def messages(self) -> list[dict[str, Any]]:
        assert self.status == 200, (self.status, self.body)
        assert self.headers["content-type"].startswith("application/json")
        found = orjson.loads(self.body)
        assert isinstance(found, list)
        return found

    @property
    def events(self) -> list[Any]:
        return [one["data"] for one in self.messages if "data" in one]

    @property
    def reply(self) -> dict[str, Any]:
        """The last message."""
        return self.messages[-1]


class Request:
    """An HTTP request under way."""

    def __init__(self, server: Server, scope: dict[str, Any], pieces: list[bytes]) -> None:
        self._pieces = list(pieces)
        self._left = asyncio.Event()
        self._sent: list[dict[str, Any]] = []
        self.task = asyncio.create_task(server(scope, self._receive, self._send))
        server.house.tasks.append(self.task)

    async def answer(self) -> Answer:
        await asyncio.wait_for(self.task, SOON)
        start, *bodies = self._sent
        return Answer(start["status"], start["headers"], b"".join(one["body"] for one in bodies))

    @property
    def is_answered(self) -> bool:
        return bool(self._sent)

    async def drop(self) -> None:
        """The client closes its connection."""
        self._left.set()
        await asyncio.wait_for(self.task, SOON)

    async def _receive(self) -> dict[str, Any]:
        if self._pieces:
            body = self._pieces.pop(0)
            return {"type": "http.request", "body": body, "more_body": bool(self._pieces)}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, event: dict[str, Any]) -> None:
        if not self._left.is_set():
            self._sent.append(event)


class Client:
    """A CometD client by long-polling. `jar` may be shared: two tabs of one browser."""

    def __init__(
        self, server: Server, user: str | None = "bob", jar: dict[str, str] | None = None
    ) -> None:
        self.server = server
        self.user = user
        self.jar = {} if jar is None else jar
        self.id = ""
        self.ack: int | None = None
        self._ids = itertools.count(1)

    # --- Requests ---------------------------------------------------------------------------------
    def scope(
        self, method: str = "POST", path: str = "/", query: str = "", **headers: str
    ) -> dict[str, Any]:
        given = {"host": "testserver", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if self.user is not None:
            given.setdefault("authorization", self.user)
        if self.jar:
            given["cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        return {
            "type": "http",
            "method": method,
            "scheme": "http",
            "path": "/api/v2/notifications" + path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }

    def begin(self, content: Any, path: str = "/", **headers: str) -> Request:
        """Send messages, or bytes as they are, without waiting for the answer."""
        body = content if isinstance(content, bytes) else orjson.dumps(content)
        headers.setdefault("content_type", "application/json;charset=UTF-8")
        pieces = [body[at : at + 8192] for at in range(0, max(1, len(body)), 8192)]
        return Request(self.server, self.scope("POST", path, **headers), pieces)

    async def send(self, *messages: Any, path: str = "/", **headers: str) -> Answer:
        return await self.send_raw(list(messages), path, **headers)

    async def send_raw(self, content: Any, path: str = "/", **headers: str) -> Answer:
        return self._kept(await self.begin(content, path, **headers).answer())

    async def get(self, query: dict[str, str], **headers: str) -> Answer:
        scope = self.scope("GET", "", urlencode(query), **headers)
        return self._kept(await Request(self.server, scope, [b""]).answer())

    async def ask(self, method: str) -> Answer:
        return await Request(self.server, self.scope(method), [b""]).answer()

    # --- The protocol -----------------------------------------------------------------------------
    def message(self, channel: str, **more: Any) -> dict[str, Any]:
        message = {"channel": channel, "id": str(next(self._ids)), **more}
        if self.id:
            message.setdefault("clientId", self.id)
        return message

    async def handshake(self, **more: Any) -> dict[str, Any]:
        asked = self.message(
            "/meta/handshake",
            version="1.0",
            supportedConnectionTypes=["long-polling"],
            **more,
        )
        asked.pop("clientId", None)
        reply = (await self.send(asked, path="/handshake")).reply
        self.id = reply.get("clientId", "")
        if reply.get("ext", {}).get("ack"):
            self.ack = 0
        return reply

    def connect_message(self, **more: Any) -> dict[str, Any]:
        message = self.message("/meta/connect", connectionType="long-polling", **more)
        if self.ack is not None:
            message.setdefault("ext", {"ack": self.ack})
        return message

    def begin_connect(self, **more: Any) -> Request:
        return self.begin([self.connect_message(**more)], "/connect")

    async def connect(self, **more: Any) -> Answer:
        """A connect that is answered soon."""
        return self.hear(await self.begin_connect(**more).answer())

    async def poll(self, **more: Any) -> Answer:
        """A connect that is to be answered at once."""
        return await self.connect(advice={"timeout": 0}, **more)

    async def hold(self, **more: Any) -> Request:
        """A connect that is held."""
        request = self.begin_connect(**more)
        await until(lambda: self.id in self.server.node._waiters or request.task.done())
        assert not request.is_answered, request._sent
        return request

    def hear(self, answer: Answer) -> Answer:
        if self.ack is not None and answer.status == 200:
            self.ack = answer.reply.get("ext", {}).get("ack", self.ack)
        return self._kept(answer)

    async def open(self, *patterns: str, **more: Any) -> "Client":
        """Handshake, first connect, subscriptions."""
        await self.handshake(**more)
        assert (await self.connect()).reply["successful"]
        if patterns:
            assert (await self.subscribe(list(patterns)))["successful"]
        return self

    async def subscribe(self, subscription: Any) -> dict[str, Any]:
        asked = self.message("/meta/subscribe", subscription=subscription)
        return (await self.send(asked)).reply

    async def unsubscribe(self, subscription: Any) -> dict[str, Any]:
        asked = self.message("/meta/unsubscribe", subscription=subscription)
        return (await self.send(asked)).reply

    async def disconnect(self) -> Answer:
        return await self.send(self.message("/meta/disconnect"), path="/disconnect")

    def at(self, server: Server) -> "Client":
        """The same client, whose next requests reach another process."""
        self.server = server
        return self

    def _kept(self, answer: Answer) -> Answer:
        if cookie := answer.headers.get("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.jar[name] = value
        return answer


class Socket:
    """One websocket; sends lists of messages and collects what comes."""

    def __init__(self, client: Client, **headers: str) -> None:
        self.client = client
        scope = client.scope("GET", "", **headers) | {"type": "websocket", "scheme": "ws"}
        self._in: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._out: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._in.put_nowait({"type": "websocket.connect"})
        self.seen: list[dict[str, Any]] = []
        self.task = asyncio.create_task(client.server(scope, self._in.get, self._out.put))
        client.server.house.tasks.append(self.task)

    async def opened(self) -> "Socket":
        assert await self._event() == {"type": "websocket.accept"}
        return self

    async def refused(self) -> bool:
        return (await self._event())["type"] == "websocket.close"

    def send(self, *messages: dict[str, Any]) -> None:
        self.send_text(orjson.dumps(messages).decode())

    def send_text(self, text: str) -> None:
        self._in.put_nowait({"type": "websocket.receive", "text": text})

    async def next_frame(self) -> list[dict[str, Any]]:
        event = await self._event()
        assert event["type"] == "websocket.send", event
        messages = orjson.loads(event["text"])
        self.seen += messages
        for message in messages:
            ack = message.get("ext", {}).get("ack")
            if message["channel"] == "/meta/connect" and ack is not None:
                self.client.ack = ack
        return messages

    async def reply(self, message_id: str) -> dict[str, Any]:
        """The reply to a message; frames before it are collected in `seen`."""
        while not (found := [one for one in self.seen if one.get("id") == message_id]):
            await self.next_frame()
        return found[0]

    async def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        self.send(message)
        return await self.reply(message["id"])

    async def close_code(self) -> int:
        while (event := await self._event())["type"] == "websocket.send":
            self.seen += orjson.loads(event["text"])
        assert event["type"] == "websocket.close"
        return event["code"]

    def is_silent(self) -> bool:
        return self._out.empty()

    async def drop(self) -> None:
        self._in.put_nowait({"type": "websocket.disconnect", "code": 1006})
        await asyncio.wait_for(self.task, SOON)

    async def _event(self) -> dict[str, Any]:
        return await asyncio.wait_for(self._out.get(), SOON)
