"""What the rules work on. Ids are strings, times milliseconds since 1970."""

from dataclasses import dataclass, field
from typing import Any

from telephony.switch.monitoring_table import MonitoringState
from telephony.switch.routes import PLAIN_ROUTE, Route
from telephony.switch.tables import (
    ACTIVE_STATES,
    AFTER_CALL_WORK,
    CallType,
    LegState,
    MonitorKind,
    Presence,
    RecordingState,
)


@dataclass(slots=True, kw_only=True)
class Leg:
    """One party's end of a call. An outside party has a number only: no device, no user.

    With `monitoring` it is a supervisor's, who is no party: `monitored_device_id` is the device
    whose user he hears, `has_muted_agent` whether he took that one's voice away.

    `queue_id` is the queue that delivered the call here, `parent_call_id` the call about which this
    one asks somebody's advice, `party` an outside party's name to its timers. `beside` are all legs
    at the device, this one among them; the legs of one device share it.
    """

    number: str
    state: LegState
    began_ms: int
    device_id: str | None = None
    user_id: str | None = None
    answers_on_request: bool = True
    is_muted: bool = False
    monitoring: MonitorKind | None = None
    monitored_device_id: str | None = None
    has_muted_agent: bool = False
    queue_id: str | None = None
    parent_call_id: str | None = None
    party: str = ""
    answered_ms: int | None = None
    beside: "list[Leg]" = field(default_factory=list, compare=False, repr=False)
    id: int | None = None

    @property
    def is_outside(self) -> bool:
        return self.device_id is None

    @property
    def is_party(self) -> bool:
        return self.monitoring is None

    @property
    def is_active(self) -> bool:
        """Whether the device speaks, or is about to speak, on this call."""
        return self.state in ACTIVE_STATES

    def has_beside(self, state: LegState) -> bool:
        """Whether the device has another call in this state."""
        return any(
            other is not self and other.is_party and other.state is state for other in self.beside
        )


@dataclass(slots=True, kw_only=True)
class Call:
    """A call and its legs; a leg that is released leaves the list, and the last ones end the call.

    `rejections` says until when which agents are passed over, since they rejected it.
    `conference_owner` is the device whose user made a conference of it.
    """

    id: str
    uuid: str
    contact_center_id: str
    type: CallType
    ani: str
    dnis: str
    user_data: dict[str, Any] = field(default_factory=dict)
    queue_id: str | None = None
    queued_at_ms: int | None = None
    is_waiting: bool = False
    is_greeting: bool = False
    route: Route = PLAIN_ROUTE
    priority: int = 0
    lowered_by: int = 0
    rejections: dict[str, int] = field(default_factory=dict)
    legs: list[Leg] = field(default_factory=list)
    began_ms: int = 0
    answered_ms: int | None = None
    conference_owner: str | None = None
    recording: RecordingState = RecordingState.NONE
    is_released: bool = False

    @property
    def is_deliverable(self) -> bool:
        """Whether it may leave its queue towards an agent now."""
        return self.is_waiting and not self.is_greeting

    @property
    def party_legs(self) -> list[Leg]:
        return [leg for leg in self.legs if leg.is_party]

    def leg_of(self, user_id: str) -> Leg | None:
        return next((leg for leg in self.legs if leg.user_id == user_id), None)

    @property
    def ringing_leg(self) -> Leg | None:
        """Where its queue lets it ring."""
        ringing = (leg for leg in self.legs if leg.state is LegState.RINGING and leg.queue_id)
        return next(ringing, None)

    @property
    def is_conference(self) -> bool:
        return len(self.party_legs) > 2

    @property
    def outside_leg(self) -> Leg | None:
        return next((leg for leg in self.legs if leg.is_outside), None)

    @property
    def user_ids(self) -> list[str]:
        return sorted({leg.user_id for leg in self.legs if leg.user_id})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """An agent's state as the switch holds it: what an agent state operation leads to."""

    presence: Presence
    guid: str = ""
    display_name: str = ""
    work_mode: str = ""
    reason: str = ""

    @property
    def is_logged_in(self) -> bool:
        return self.presence in (Presence.READY, Presence.NOT_READY)

    @property
    def is_wrap_up(self) -> bool:
        return self.work_mode == AFTER_CALL_WORK


INACTIVE = Mode(presence=Presence.INACTIVE)


@dataclass(slots=True, kw_only=True)
class Position:
    """A device of an agent's session, and what he is at it."""

    device_id: str
    number: str = ""
    answers_on_request: bool = True
    mode: Mode = INACTIVE
    is_do_not_disturb: bool = False

    @property
    def takes_calls(self) -> bool:
        return self.mode.presence is Presence.READY and not self.is_do_not_disturb


@dataclass(slots=True, kw_only=True)
class AgentSession:
    """An agent at his devices.

    What stands here itself is the device that he works at, where a queue's calls ring; `others` are
    the further devices of his session. `telephony.switch.positions` chooses it, and changes it.
    `leg_count` is how many live legs he has, at whichever device.
    """

    user_id: str
    contact_center_id: str
    device_id: str | None = None
    number: str = ""
    answers_on_request: bool = True
    mode: Mode = INACTIVE
    since_ms: int = 0
    idle_since_ms: int = 0
    is_do_not_disturb: bool = False
    leg_count: int = 0
    others: list[Position] = field(default_factory=list)
    may_monitor: bool = False
    monitoring: MonitoringState | None = None

    @property
    def is_available(self) -> bool:
        """Whether a queue may deliver a call here."""
        return (
            self.mode.presence is Presence.READY
            and self.device_id is not None
            and not self.is_do_not_disturb
            and self.leg_count == 0
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUp:
    """The time after a queue's call: the mode that the agent is in, and how long."""

    mode: Mode
    duration_ms: int
