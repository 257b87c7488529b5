"""Bayeux over HTTP: long-polling, and callback-polling for pages that can do no better.

A plain ASGI application. A held request is one suspended coroutine: no thread, no database
connection, nothing of Django.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable
from urllib.parse import parse_qs

from notifications.bayeux import protocol
from notifications.bayeux.callers import (
    BROWSER_COOKIE,
    Callers,
    Headers,
    RefusedError,
    base_of,
    cookies_of,
    header_texts,
    require_csrf_token,
)
from notifications.bayeux.conversation import Caller, Conversation, Held
from notifications.bayeux.node import Node, SupersededError
from notifications.bayeux.protocol import Answer, Json, MalformedError
from notifications.bayeux.session import Session
from notifications.bayeux.store import StoreUnavailableError
from notifications.bayeux.waiting import End, Waiter
from portal.api.roles import Role
from portal.runtime.websockets import Receive, Scope, Send

_JSON_TYPES = frozenset({"", "application/json", "text/json"})
_FORM_TYPE = "application/x-www-form-urlencoded"
_CALLBACK = re.compile(r"[A-Za-z0-9._-]{1,64}")
_JSON: tuple[bytes, bytes] = (b"Content-Type", b"application/json;charset=UTF-8")
_SCRIPT: tuple[bytes, bytes] = (b"Content-Type", b"text/javascript;charset=UTF-8")
_TEXT: tuple[bytes, bytes] = (b"Content-Type", b"text/plain;charset=UTF-8")
_NO_STORE: tuple[bytes, bytes] = (b"Cache-Control", b"no-store")
_SAFE_SCRIPT: tuple[bytes, bytes] = (b"X-Content-Type-Options", b"nosniff")


class HttpWaiter(Waiter):
    """Wakes the coroutine that holds the request."""

    def __init__(self, session: Session, roles: frozenset[Role]) -> None:
        super().__init__(session, roles)
        self.done: asyncio.Future[End | None] = asyncio.get_running_loop().create_future()

    def heard(self) -> None:
        self._set(None)

    def end(self, why: End) -> None:
        self._set(why)

    def _set(self, why: End | None) -> None:
        if not self.done.done():
            self.done.set_result(why)


class HttpTransport:
    def __init__(
        self,
        node: Node,
        callers: Callers,
        *,
        connection_types: tuple[str, ...],
        browser_cookie: Callable[[str], str],
    ) -> None:
        self._node = node
        self._callers = callers
        self._connection_types = connection_types
        self._browser_cookie = browser_cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = _Exchange(receive, send)
        try:
            await self._serve(scope, exchange)
        except RefusedError as refusal:
            await exchange.refuse(refusal)
        except MalformedError:
            await exchange.refuse(RefusedError(400, "Not a Bayeux request"))
        except SupersededError:
            await exchange.refuse(RefusedError(408, "A newer connect took over"))
        except StoreUnavailableError:
            await exchange.refuse(RefusedError(503, "Notifications are not available"))
        except _ClientGoneError:
            return

    async def _serve(self, scope: Scope, exchange: "_Exchange") -> None:
        _require_served_method(scope, self._connection_types)
        headers = header_texts(scope)
        base = base_of(scope, headers)
        identity = await self._callers.identify(scope)
        exchange.headers = identity.cors
        # Also of callback-polling, a GET: else any page could read along by a script element.
        require_csrf_token(identity, headers)
        messages = await self._messages(scope, headers, exchange)
        browser = cookies_of(headers).get(BROWSER_COOKIE, "")
        caller = Caller(
            identity=identity,
            browser=browser,
            base=base,
            connection_types=self._connection_types,
            is_polling=True,
        )
        await self._talk(messages, caller, exchange)

    async def _messages(
        self, scope: Scope, headers: dict[str, str], exchange: "_Exchange"
    ) -> list[Json]:
        if scope["method"] == "GET":
            return exchange.read_callback(scope["query_string"])
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in _JSON_TYPES and kind != _FORM_TYPE:
            raise RefusedError(415, "Bayeux requests are JSON")
        content = await exchange.read_body(self._node.limits.max_message_bytes)
        return _of_form(content) if kind == _FORM_TYPE else protocol.parse(content)

    async def _talk(self, messages: list[Json], caller: Caller, exchange: "_Exchange") -> None:
        conversation = Conversation(self._node, caller)
        identity = caller.identity

        def make_waiter(session: Session) -> HttpWaiter:
            return HttpWaiter(session, identity.roles)

        answer: Answer | Held | None = await conversation.answer(messages, make_waiter)
        before: tuple[Session, int] | None = None
        if isinstance(answer, Held):
            before = answer.waiter.session, answer.waiter.session.cursor
            answer = await self._wait(conversation, answer, exchange)
        if answer is None:
            raise SupersededError
        if before is not None and answer.entries:
            # A client that left just now is heard of in this turn of the loop.
            await asyncio.sleep(0)
            if exchange.is_client_gone():
                await self._node.give_back(*before)
                return
        headers: list[tuple[bytes, bytes]] = []
        if answer.new_browser:
            headers.append((b"Set-Cookie", self._browser_cookie(answer.new_browser).encode()))
        await exchange.send_body(answer.body(caller.base), headers)

    async def _wait(
        self, conversation: Conversation, held: Held, exchange: "_Exchange"
    ) -> Answer | None:
        waiter = held.waiter
        assert isinstance(waiter, HttpWaiter)
        loop = asyncio.get_running_loop()
        timer = loop.call_later(held.hold_ms / 1000, waiter.heard)
        exchange.watch_client(waiter.heard)
        try:
            why = await waiter.done
        finally:
            timer.cancel()
            self._node.detach(waiter)
        if exchange.is_client_gone():
            await self._node.release(waiter)
            raise _ClientGoneError
        return await conversation.finish(held) if why is None else conversation.ended(held, why)


class _ClientGoneError(Exception):
    """Nobody is there to be answered."""


class _Exchange:
    """One HTTP request: its body, its end if the client leaves, and its answer."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._callback = ""
        self._watching: asyncio.Task[None] | None = None
        self._is_gone = False
        self.headers: Headers = ()

    async def read_body(self, most: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            event = await self._receive()
            if event["type"] == "http.disconnect":
                raise _ClientGoneError
            size += len(event.get("body", b""))
            if size > most:
                raise RefusedError(413, "The request is too long", self.headers)
            parts.append(event.get("body", b""))
            if not event.get("more_body"):
                return b"".join(parts)

    def read_callback(self, query: bytes) -> list[Json]:
        parameters = parse_qs(query.decode("latin1"), keep_blank_values=True)
        callback = parameters.get("jsonp", [""])[0]
        if not _CALLBACK.fullmatch(callback):
            raise RefusedError(400, "jsonp names no callback", self.headers)
        self._callback = callback
        return _of_texts(parameters.get("message", []))

    def watch_client(self, gone: Callable[[], None]) -> None:
        self._watching = asyncio.create_task(self._watch(gone))

    def is_client_gone(self) -> bool:
        return self._is_gone

    async def send_body(self, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        if self._callback:
            body = b"/**/" + self._callback.encode() + b"(" + body + b");"
        kind = _SCRIPT if self._callback else _JSON
        await self._finish(200, body, [kind, _NO_STORE, _SAFE_SCRIPT, *headers, *self.headers])

    async def refuse(self, refusal: RefusedError) -> None:
        headers = refusal.headers or self.headers
        await self._finish(refusal.status, refusal.text.encode(), [_TEXT, _NO_STORE, *headers])

    async def _finish(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        if self._watching is not None:
            self._watching.cancel()
        if self._is_gone:
            return
        headers.append((b"Content-Length", str(len(body)).encode()))
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    async def _watch(self, gone: Callable[[], None]) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            while (await self._receive())["type"] != "http.disconnect":
                continue
            self._is_gone = True
            gone()


def _require_served_method(scope: Scope, connection_types: tuple[str, ...]) -> None:
    method = scope["method"]
    if method == "POST":
        return
    allowed = ((b"Allow", b"POST, OPTIONS"),)
    if method != "GET":
        raise RefusedError(200 if method == "OPTIONS" else 405, "", allowed)
    if protocol.CALLBACK_POLLING not in connection_types or b"jsonp=" not in scope["query_string"]:
        raise RefusedError(405, "Bayeux requests are POST", allowed)


def _of_form(content: bytes) -> list[Json]:
    try:
        text = content.decode()
        return _of_texts(parse_qs(text, max_num_fields=1000).get("message", []))
    except ValueError as error:
        raise MalformedError from error


def _of_texts(texts: list[str]) -> list[Json]:
    messages = [message for text in texts for message in protocol.parse(text)]
    if not messages:
        raise MalformedError
    return messages
