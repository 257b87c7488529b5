"""The other web server, PORTAL_ASGI_SERVER=uvicorn: about half of daphne's time for a request."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn

from portal.runtime.loops import use_loop

_GRACE_SECONDS = 2
# As daphne's: a load balancer's kept-alive connections outlive its clients' pauses.
_KEEP_ALIVE_SECONDS = 60


class _Server(uvicorn.Server):
    """Ends at the first signal and returns, so that what runs beside the web can end too."""

    def __init__(self, config: uvicorn.Config, begin: Callable[[], None]) -> None:
        super().__init__(config)
        self._begin = begin

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            use_loop(asyncio.get_running_loop())
            self._begin()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._leave)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def _leave(self) -> None:
        self.should_exit = True


def serve_with_uvicorn(
    application: Any, *, host: str, port: int, websocket_bytes: int, begin: Callable[[], None]
) -> bool:
    """Serve until SIGINT or SIGTERM. False when the port could not be listened on."""
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws_max_size=websocket_bytes,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(config, begin)
    # A port in use ends uvicorn by SystemExit, after a line in the log.
    with (
        contextlib.suppress(SystemExit),
        asyncio.Runner(loop_factory=config.get_loop_factory()) as runner,
    ):
        runner.run(server.serve())
    return server.started
