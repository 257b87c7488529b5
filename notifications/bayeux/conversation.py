"""The Bayeux protocol between one caller and a node, whatever transport carries it."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from notifications.bayeux import protocol
from notifications.bayeux.callers import Identity
from notifications.bayeux.channels import (
    is_channel,
    is_meta,
    is_pattern,
    is_service,
    may_subscribe,
)
from notifications.bayeux.node import (
    Arrival,
    Connect,
    Finished,
    Node,
    SupersededError,
    UnknownClientError,
)
from notifications.bayeux.protocol import Answer, Json, refusal_of, reply_to, unknown_client
from notifications.bayeux.session import Session
from notifications.bayeux.waiting import End, Waiter

_LONGEST_CLIENT_INTERVAL_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sends a request: the user, the browser's cookie if there is one, the host he uses."""

    identity: Identity
    browser: str
    base: str
    connection_types: tuple[str, ...]
    # Each held connect takes up a connection of the browser, which has six, and may set cookies.
    is_polling: bool

    def owns(self, session: Session) -> bool:
        """The session is the user's and, where the request names a browser, that browser's."""
        return (
            session.user_id == self.identity.user_id
            and session.contact_center_id == self.identity.contact_center_id
            and ("" in {self.browser, session.browser} or self.browser == session.browser)
        )


@dataclass(slots=True)
class Held:
    """A connect that waits; `message` is what it is answered to."""

    waiter: Waiter
    message: Json
    hold_ms: int
    received_ms: int
    was_throttled: bool


class Conversation:
    def __init__(self, node: Node, caller: Caller) -> None:
        self._node = node
        self._caller = caller

    async def answer(
        self, messages: list[Json], make_waiter: Callable[[Session], Waiter]
    ) -> Answer | Held:
        """The answer to a request, or the connect that it consists of and that is to wait.

        Raises SupersededError where a newer connect is answered instead.
        """
        if len(messages) == 1 and messages[0].get("channel") == protocol.CONNECT:
            return await self._connect(messages[0], make_waiter)
        answer = Answer()
        for message in messages:
            if messages[0].get("channel") == protocol.HANDSHAKE and message is not messages[0]:
                # Whose session could it be about: the handshake's has no id yet.
                answer.replies.append(unknown_client(message))
            else:
                await self._one_of_many(message, answer)
        return answer

    async def finish(self, held: Held) -> Answer | None:
        """The answer to a connect that waited; None where a newer one is answered instead."""
        try:
            finished = await self._node.finish(held.waiter)
        except SupersededError:
            return None
        except UnknownClientError:
            return Answer(replies=[unknown_client(held.message)])
        advice = self._advice() if held.was_throttled else None
        return self._connected(held.message, finished, held.received_ms, advice)

    def ended(self, held: Held, why: End) -> Answer | None:
        """The answer to a connect whose session is no more; None to one that was superseded."""
        self._node.detach(held.waiter)
        if why is End.SUPERSEDED:
            return None
        none = {"reconnect": "none", "interval": 0}
        replies = [reply_to(held.message, advice=none)]
        if why is End.REVOKED:
            replies.insert(0, {"channel": protocol.DISCONNECT, "successful": True, "advice": none})
        return Answer(replies=replies, is_last=True)

    # --- One message ------------------------------------------------------------------------------
    async def _one_of_many(self, message: Json, answer: Answer) -> None:
        channel = message.get("channel")
        if channel == protocol.CONNECT:
            connected = await self._connect(message, None)
            if isinstance(connected, Answer):
                answer.entries += connected.entries
                answer.replies += connected.replies
        elif channel == protocol.HANDSHAKE:
            await self._handshake(message, answer)
        elif channel == protocol.DISCONNECT:
            answer.replies.append(await self._known(message, self._disconnect))
            answer.is_last = bool(answer.replies[-1]["successful"])
        elif channel == protocol.SUBSCRIBE:
            answer.replies.append(await self._known(message, self._subscribe))
        elif channel == protocol.UNSUBSCRIBE:
            answer.replies.append(await self._known(message, self._unsubscribe))
        else:
            answer.replies.append(await self._known(message, self._publish))

    async def _known(self, message: Json, act: Callable[[Json, str], Awaitable[Json]]) -> Json:
        channel = message.get("channel")
        if not isinstance(channel, str) or not channel:
            return refusal_of(message, protocol.CHANNEL_MISSING)
        client_id = message.get("clientId")
        if not isinstance(client_id, str) or not client_id:
            return unknown_client(message)
        try:
            return await act(message, client_id)
        except UnknownClientError:
            return unknown_client(message)

    async def _handshake(self, message: Json, answer: Answer) -> None:
        node, caller = self._node, self._caller
        received = node.clock()
        offered = list(caller.connection_types)
        wanted = message.get("supportedConnectionTypes")
        if isinstance(wanted, list) and wanted and not any(one in offered for one in wanted):
            answer.replies.append(self._handshake_refused(message, protocol.NO_COMMON_TRANSPORT))
            return
        sessions = await node.store.sessions_of(caller.identity.user_id)
        if len(sessions) >= node.limits.max_sessions_per_user:
            answer.replies.append(self._handshake_refused(message, protocol.HANDSHAKE_DENIED))
            return
        if not caller.browser and caller.is_polling:
            answer.new_browser = secrets.token_hex(16)
        has_ack = protocol.asks_for_ack(message)
        session = Session(
            id=secrets.token_hex(20),
            user_id=caller.identity.user_id,
            contact_center_id=caller.identity.contact_center_id,
            browser=caller.browser or answer.new_browser,
            cursor=node.window.position,
            expires_at_ms=received + node.limits.max_interval_ms,
            batch=1 if has_ack else 0,
        )
        await node.create(session)
        reply = reply_to(
            message,
            version="1.0",
            minimumVersion="1.0",
            clientId=session.id,
            supportedConnectionTypes=offered,
            advice=self._advice(),
        )
        ext: Json = {"ack": True} if has_ack else {}
        self._add_ext(reply, ext, message, received)
        answer.replies.append(reply)

    def _handshake_refused(self, message: Json, error: str) -> Json:
        return refusal_of(
            message,
            error,
            supportedConnectionTypes=list(self._caller.connection_types),
            advice={"reconnect": "none", "interval": 0},
        )

    async def _connect(
        self, message: Json, make_waiter: Callable[[Session], Waiter] | None
    ) -> Answer | Held:
        received = self._node.clock()
        client_id = message.get("clientId")
        if not isinstance(client_id, str) or not client_id:
            return Answer(replies=[unknown_client(message)])
        connect = self._wishes(message, may_hold=make_waiter is not None)
        try:
            arrival = await self._node.arrive(client_id, connect)
            if make_waiter is None or not arrival.is_held:
                return self._answered_at_once(message, arrival, received)
            waiter = make_waiter(arrival.session)
            self._node.attach(waiter, quiet_upto=arrival.position)
            if (
                self._caller.is_polling
                and arrival.held_by_others >= self._node.limits.max_held_per_browser
            ):
                return await self._throttle(message, waiter, received)
        except UnknownClientError:
            return Answer(replies=[unknown_client(message)])
        return Held(waiter, message, connect.hold_ms, received, arrival.was_throttled)

    def _wishes(self, message: Json, *, may_hold: bool) -> Connect:
        most = self._node.limits.timeout_ms
        wanted = protocol.number_in(message, "advice", "timeout")
        interval = protocol.number_in(message, "advice", "interval")
        return Connect(
            roles=self._caller.identity.roles,
            is_polling=self._caller.is_polling,
            owns=self._caller.owns,
            hold_ms=min(most, most if wanted is None else max(0, wanted)) if may_hold else 0,
            acknowledges=protocol.number_in(message, "ext", "ack"),
            interval_ms=None
            if interval is None
            else min(max(0, interval), _LONGEST_CLIENT_INTERVAL_MS),
        )

    def _answered_at_once(self, message: Json, arrival: Arrival, received: int) -> Answer:
        is_advised = arrival.is_first or arrival.was_throttled or "advice" in message
        finished = Finished(arrival.session, arrival.entries, arrival.session.cursor)
        advice = self._advice() if is_advised else None
        return self._connected(message, finished, received, advice)

    async def _throttle(self, message: Json, waiter: Waiter, received: int) -> Answer:
        """The browser has no connections left for another held request: this client is to poll."""
        interval = self._node.limits.multi_session_interval_ms
        advice = {**self._advice(), "interval": interval, "multiple-clients": True}
        finished = await self._node.finish(waiter, throttles=True)
        return self._connected(message, finished, received, advice)

    def _connected(
        self, message: Json, finished: Finished, received: int, advice: Json | None
    ) -> Answer:
        reply = reply_to(message)
        if advice is not None:
            reply["advice"] = advice
        session = finished.session
        ext: Json = {"ack": session.batch - 1} if session.has_ack else {}
        self._add_ext(reply, ext, message, received)
        return Answer(entries=finished.entries, replies=[reply])

    async def _disconnect(self, message: Json, client_id: str) -> Json:
        await self._node.remove(client_id, self._caller.owns)
        return reply_to(message)

    async def _subscribe(self, message: Json, client_id: str) -> Json:
        patterns, refusal = _subscription(message)
        roles = self._caller.identity.roles
        if not refusal and not all(
            is_service(one) or may_subscribe(one, roles) for one in patterns
        ):
            refusal = protocol.SUBSCRIBE_DENIED
        wanted = [one for one in patterns if not is_service(one)]
        node = self._node
        most = node.limits.max_subscriptions

        def subscribed(session: Session) -> Session:
            touched = self._touched(session)
            if refusal or len({*session.subscriptions, *wanted}) > most:
                return touched
            return touched.subscribed(wanted, at=node.window.position)

        change = await node.change(client_id, subscribed)
        if not refusal and change.after and not set(wanted) <= set(change.after.subscriptions):
            refusal = protocol.SUBSCRIBE_DENIED
        return _about_subscription(message, refusal)

    async def _unsubscribe(self, message: Json, client_id: str) -> Json:
        patterns, refusal = _subscription(message)

        def unsubscribed(session: Session) -> Session:
            touched = self._touched(session)
            return touched if refusal else touched.unsubscribed(patterns)

        await self._node.change(client_id, unsubscribed)
        return _about_subscription(message, refusal)

    async def _publish(self, message: Json, client_id: str) -> Json:
        """Clients are told things and tell none; what is sent to a service is heard by nobody."""
        await self._node.change(client_id, self._touched)
        channel = message["channel"]
        if is_meta(channel):
            return refusal_of(message, protocol.CHANNEL_UNKNOWN)
        if is_channel(channel) and is_service(channel):
            return reply_to(message)
        return refusal_of(message, protocol.PUBLISH_DENIED)

    # --- Parts of replies -------------------------------------------------------------------------
    def _touched(self, session: Session) -> Session:
        if not self._caller.owns(session):
            raise UnknownClientError
        return session.touched(now_ms=self._node.clock(), limits=self._node.limits)

    def _advice(self) -> Json:
        return {"reconnect": "retry", "interval": 0, "timeout": self._node.limits.timeout_ms}

    def _add_ext(self, reply: Json, ext: Json, message: Json, received_ms: int) -> None:
        now = self._node.clock()
        if (sync := protocol.timesync(message, received_ms=received_ms, now_ms=now)) is not None:
            ext["timesync"] = sync
        if ext:
            reply["ext"] = ext


def _subscription(message: Json) -> tuple[list[str], str]:
    """The patterns that a message names, and why they cannot be had; empty where they can."""
    named: Any = message.get("subscription")
    patterns = named if isinstance(named, list) else [named]
    if named is None or not patterns:
        return [], protocol.SUBSCRIPTION_MISSING
    if not all(is_pattern(one) for one in patterns):
        return [], protocol.SUBSCRIPTION_INVALID
    if any(is_meta(one) for one in patterns):
        return [], protocol.SUBSCRIBE_DENIED
    return patterns, ""


def _about_subscription(message: Json, refusal: str) -> Json:
    more = {"subscription": message["subscription"]} if "subscription" in message else {}
    return refusal_of(message, refusal, **more) if refusal else reply_to(message, **more)
