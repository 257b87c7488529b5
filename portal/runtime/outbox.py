"""Frames on their way to one socket, never more than so many.

A client that reads too slowly loses what waits for it, and gets a snapshot once it reads again.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

MAX_FRAMES = 64
MAX_CHARACTERS = 4 * 1024 * 1024


class Outbox:
    """`put` never waits; `deliver` sends, one after the other, as fast as the client reads."""

    def __init__(
        self, send: Callable[[str], Awaitable[None]], caught_up: Callable[[], Awaitable[None]]
    ) -> None:
        """`caught_up` is called once the client reads again of whom frames were dropped."""
        self._send = send
        self._caught_up = caught_up
        self._waiting: deque[str] = deque()
        self._characters = 0
        self._is_behind = False
        self._is_told = False
        self._stirred = asyncio.Event()

    def put(self, text: str) -> None:
        """One frame more; dropped, with all that waits, where that is too much."""
        if self._is_behind:
            return
        if len(self._waiting) >= MAX_FRAMES or self._characters + len(text) > MAX_CHARACTERS:
            self._clear()
            self._is_behind, self._is_told = True, False
        else:
            self._append(text)
        self._stirred.set()

    def put_whole(self, text: str) -> None:
        """A snapshot: what waits is out of date. It is taken, however large it is."""
        self._clear()
        self._is_behind = False
        self._append(text)
        self._stirred.set()

    async def deliver(self) -> None:
        """Never returns; cancel it when the socket is closed."""
        while True:
            await self._stirred.wait()
            if self._waiting:
                text = self._waiting.popleft()
                self._characters -= len(text)
                await self._send(text)
            elif self._is_behind and not self._is_told:
                self._is_told = True
                await self._caught_up()
            else:
                self._stirred.clear()

    def _append(self, text: str) -> None:
        self._waiting.append(text)
        self._characters += len(text)

    def _clear(self) -> None:
        self._waiting.clear()
        self._characters = 0
