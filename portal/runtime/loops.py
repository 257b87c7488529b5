"""The event loop on which this process's threads use the channel layer.

The in-memory layer belongs to one loop: that of the web server whose sockets it serves. A process
without a web server has a loop of its own for it.
"""

import asyncio
import threading

_chosen: list[asyncio.AbstractEventLoop] = []
_lock = threading.Lock()


def use_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Say which loop the web server of this process runs on, before any task starts."""
    with _lock:
        _chosen[:] = [loop]


def channel_loop() -> asyncio.AbstractEventLoop:
    """The loop for the channel layer; started in a thread where no web server brought one."""
    with _lock:
        if not _chosen or _chosen[0].is_closed():
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="channel-loop", daemon=True).start()
            _chosen[:] = [loop]
        return _chosen[0]
