"""What a telephony backend must do: requests in, events out.

Each voice environment has a backend; one that names none has the embedded switch. A request reaches
it before anything is locked, by `telephony.services.requests.hand_over`. What becomes of it, and
whatever happens on the line by itself, a backend tells through

- `telephony.line.open_line()`: facts and rules applied in one transaction, as events of the log;
- `telephony.services.requests.refuse`: a request that was accepted and not done;
- `telephony.services.links.report_link`: the link to its switch went down, or came back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asks of the switch, by the operation's name and parameters.

    `carry_out` does it by the rules of `telephony.switch`, in a transaction of its own; it gives
    whether they allowed it, and raises ApiError where the request itself is wrong. A backend of
    another switch leaves it alone, and sends the rest.
    """

    operation: str
    contact_center_id: str
    user_id: str
    device_id: str | None
    call_id: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    carry_out: Callable[[], bool]


class UnavailableError(Exception):
    """The request could not be handed on: the link is down, or nobody took it in time."""


class Backend(Protocol):
    def handle(self, request: Request) -> bool:
        """Take a request: True when it is accepted, False when the switch has refused it already.

        Accepted is not done: events tell what became of it. Raises UnavailableError where it could
        not be handed on; the client then reads HTTP 503, and may ask again.
        """


class EmbeddedSwitch:
    """The switch of this house: a request is carried out in its own transaction, at once."""

    def handle(self, request: Request) -> bool:
        return request.carry_out()


_backends: dict[str, Backend] = {EMBEDDED: EmbeddedSwitch()}


def register(name: str, backend: Backend) -> None:
    """Offer a backend to the voice environments that name it; called while a room is loaded."""
    _backends[name] = backend


def unregister(name: str) -> None:
    del _backends[name]


def backend_named(name: str) -> Backend:
    """Raises UnavailableError where no process offers it."""
    try:
        return _backends[name]
    except KeyError:
        raise UnavailableError(name) from None
