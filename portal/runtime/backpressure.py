"""daphne, with `send` that waits while a websocket's client does not read.

daphne itself hands every message to Twisted at once, which keeps what the network does not take,
without bound. Here whoever sends is held up once 64 KiB wait, and what to do about a client that
falls behind is the consumer's to decide: `portal.runtime.outbox`.
"""

import asyncio
from typing import Any

from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer  # type: ignore[import-untyped]


@implementer(IPushProducer)
class Gate:
    """Twisted closes it while much waits to be sent, and opens it when that is gone."""

    def __init__(self) -> None:
        self._is_open = asyncio.Event()
        self._is_open.set()

    async def wait(self) -> None:
        await self._is_open.wait()

    def open(self) -> None:
        self._is_open.set()

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name, as the next two
        self._is_open.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._is_open.set()

    def stopProducing(self) -> None:  # noqa: N802
        self._is_open.set()


class PatientServer(Server):  # type: ignore[misc]
    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.accept":
            # Before anything is written: the transport still reports to what spoke HTTP on it.
            protocol.unregisterProducer()
            protocol.gate = Gate()
            protocol.registerProducer(protocol.gate, True)  # noqa: FBT003 - positional in Twisted
        await super().handle_reply(protocol, message)
        gate = getattr(protocol, "gate", None)
        if gate is not None and message["type"] == "websocket.send":
            await gate.wait()

    def protocol_disconnected(self, protocol: Any) -> None:
        super().protocol_disconnected(protocol)
        if isinstance(protocol, WebSocketProtocol) and hasattr(protocol, "gate"):
            protocol.gate.open()
