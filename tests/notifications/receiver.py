"""A real HTTP server on a free port that notes what it is sent and answers as it is told."""

import contextlib
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WAIT_SECONDS = 30.0


@dataclass(frozen=True)
class Got:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """`answers` are taken one after the other; afterwards it answers with `status`."""

    base_url: str
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    answers: deque[int] = field(default_factory=deque)
    got: list[Got] = field(default_factory=list)
    hold: threading.Event | None = None
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        return f"{self.base_url}/hook"

    def wait_for(self, is_reached: Callable[[list[Got]], bool]) -> list[Got]:
        deadline = time.monotonic() + WAIT_SECONDS
        with self.changed:
            while not is_reached(self.got):
                assert time.monotonic() < deadline, self.got
                self.changed.wait(0.2)
            return list(self.got)


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver for as long as the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            # A client that goes away in the middle is nothing to print.
            with contextlib.suppress(OSError, ValueError):
                super().handle_one_request()

        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with receiver.changed:
                receiver.got.append(Got(self.command, self.path, headers, body))
                status = receiver.answers.popleft() if receiver.answers else receiver.status
                receiver.changed.notify_all()
            if receiver.hold is not None:
                receiver.hold.wait(WAIT_SECONDS)
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(receiver.content)))
            self.end_headers()
            self.wfile.write(receiver.content)

        do_POST = do_DELETE = do_GET = do_PUT = _take  # noqa: N815 - the library's names

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        if receiver.hold is not None:
            receiver.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()
