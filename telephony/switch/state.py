"""What the rules work on. Ids are strings, times milliseconds since 1970."""

from dataclasses import dataclass, field
from typing import Any

from telephony.switch.tables import AFTER_CALL_WORK, CallType, LegState, Presence


@dataclass(slots=True, kw_only=True)
class Leg:
    """One party's end of a call. An outside party has a number only: no device, no user."""

    number: str
    state: LegState
    began_ms: int
    device_id: str | None = None
    user_id: str | None = None
    answers_on_request: bool = True
    id: int | None = None

    @property
    def is_outside(self) -> bool:
        return self.device_id is None


@dataclass(slots=True, kw_only=True)
class Call:
    """A call and its legs; a leg that is released leaves the list, and the last ones end the call.

    `rejections` says until when which agents are passed over, since they rejected it.
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
    rejections: dict[str, int] = field(default_factory=dict)
    legs: list[Leg] = field(default_factory=list)
    is_released: bool = False

    def leg_of(self, user_id: str) -> Leg | None:
        return next((leg for leg in self.legs if leg.user_id == user_id), None)

    @property
    def ringing_leg(self) -> Leg | None:
        return next((leg for leg in self.legs if leg.state is LegState.RINGING), None)

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
class AgentSession:
    """An agent at a device. `leg_count` is how many live legs that device has."""

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
