"""Where a number leads, as the rules need to know it."""

from dataclasses import dataclass, field

from telephony.switch.state import Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A device of the contact center. `beside` are the legs at it already."""

    number: str
    device_id: str
    user_id: str | None
    answers_on_request: bool = True
    is_busy: bool = False
    beside: list[Leg] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideNumber:
    """Somebody outside, who answers after a time, or never (None), and hangs up after a time."""

    number: str
    party: str
    is_busy: bool = False
    answers_after_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueNumber:
    """A queue; whoever applies the rule lets the call enter it (`Line.enter_queue`)."""

    number: str
    queue_id: str
    is_busy: bool = False


Destination = Extension | OutsideNumber | QueueNumber
