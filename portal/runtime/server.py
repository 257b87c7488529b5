"""The web server, and the threads that live beside it in the embedded portal."""

import importlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from daphne.endpoints import build_endpoint_description_strings
from daphne.server import twisted_loop
from django.conf import settings
from django.utils.module_loading import import_string

from portal.runtime.backpressure import PatientServer
from portal.runtime.hints import start_hint_relay
from portal.runtime.leadership import leadership_lock
from portal.runtime.loops import use_loop
from portal.runtime.runner import Runner, start_thread
from portal.runtime.tasks import RuntimeTask, registered_tasks
from portal.runtime.worker import run_worker

logger = structlog.get_logger(__name__)

_STOP_SECONDS = 10.0
# A wallboard's snapshot of a great contact center is one message, and the library has one limit
# for both directions. What clients send is bounded, far lower, by each consumer.
_WEBSOCKET_BYTES = 16 * 1024 * 1024
_NEVER = -1


@dataclass(frozen=True, slots=True)
class Companions:
    """What runs beside the web in this process."""

    runs_tasks: bool = True
    simulates: bool = False


def serve(*, host: str, port: int, companions: Companions, when_ready: Callable[[], None]) -> bool:
    """Serve until SIGINT or SIGTERM. False when the port could not be listened on."""
    application = importlib.import_module("portal.asgi").application
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def begin() -> None:
        threads.extend(_start(companions, stop))
        when_ready()

    run = _serve_with_uvicorn if settings.ASGI_SERVER == "uvicorn" else _serve_with_daphne
    has_listened = run(application, host, port, begin)
    stop.set()
    for thread in threads:
        thread.join(_STOP_SECONDS)
    return has_listened


def _serve_with_daphne(application: Any, host: str, port: int, begin: Callable[[], None]) -> bool:
    use_loop(twisted_loop)
    server = PatientServer(
        application=application,
        endpoints=build_endpoint_description_strings(host=host, port=port),
        http_timeout=None,
        websocket_timeout=_NEVER,
        websocket_max_message_size=_WEBSOCKET_BYTES,
        websocket_max_frame_size=_WEBSOCKET_BYTES,
        verbosity=0,
        server_name="portal",
        # Once the loop runs, that is after the handlers of signals are in place.
        ready_callable=lambda: twisted_loop.call_soon(begin),
    )
    server.run()
    return bool(server.listening_addresses)


def _serve_with_uvicorn(application: Any, host: str, port: int, begin: Callable[[], None]) -> bool:
    """Imported here: each of the two costs a second and the memory of a library."""
    from portal.runtime.uvicorn_server import serve_with_uvicorn

    return serve_with_uvicorn(
        application, host=host, port=port, websocket_bytes=_WEBSOCKET_BYTES, begin=begin
    )


def _start(companions: Companions, stop: threading.Event) -> list[threading.Thread]:
    start_hint_relay()
    loops: list[tuple[str, Callable[[threading.Event], None]]] = []
    if companions.runs_tasks:
        loops.append(("runner", Runner(leadership_lock(), registered_tasks()).run))
    if companions.runs_tasks and not settings.REDIS_URL:
        loops.append(("worker", run_worker))
    if companions.simulates:
        loops.append(("simulator", _simulate))
    return [start_thread(RuntimeTask(name, run), stop) for name, run in loops]


def _simulate(stop: threading.Event) -> None:
    """Named by path: the runtime knows no room."""
    import_string("telephony.simulator.Simulator")().run(stop)
