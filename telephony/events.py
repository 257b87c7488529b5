"""What the telephony room tells; docs/architecture.md lists the kinds.

`device_id` is the directory number of the statistics, `user_id` the agent at it. A call's `views`
are [{user_id, device_id, phone_number, notification_type, call}]: the call as each party sees it
who is to be told, and why, with paths instead of URIs (`telephony.call_resource.with_uris`
completes it for one host).
An agent's `user_state` is that of his voice channel, None once the contact center session is over;
`device` is the live part of the device resource, with the `userState` that he has at this device.
The two differ only for an agent at several devices. `do_not_disturb` is the channel's as well.
"""

from dataclasses import dataclass, field
from typing import Any

from portal.events.log import Event


@dataclass(frozen=True, kw_only=True)
class _OfCall:
    call_id: str
    call_uuid: str
    call_type: str
    queue_id: str | None = None
    views: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class _OfParty(_OfCall):
    device_id: str
    user_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Beginning:
    """What a call brings along, told when it is first heard of."""

    ani: str = ""
    dnis: str = ""
    user_data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class CallQueued(_Beginning, _OfCall, Event, kind="call.queued"):
    """A call enters a queue, or returns to its head after `call.ring_cancelled`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallDistributed(_OfParty, Event, kind="call.distributed"):
    """It leaves the queue towards an agent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRinging(_Beginning, _OfParty, Event, kind="call.ringing"):
    """A party's phone rings."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallDialing(_Beginning, _OfParty, Event, kind="call.dialing"):
    """A party's phone dials."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallAnswered(_OfParty, Event, kind="call.answered"):
    """The called party answers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallAbandoned(_OfCall, Event, kind="call.abandoned"):
    """The caller hangs up while queued."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRingAbandoned(_OfParty, Event, kind="call.ring_abandoned"):
    """The caller hangs up while it rings at an agent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRingCancelled(_OfParty, Event, kind="call.ring_cancelled"):
    """Not answered in time, rejected, or the agent logged out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallHeld(_OfParty, Event, kind="call.held"):
    """A party puts the call on hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRetrieved(_OfParty, Event, kind="call.retrieved"):
    """A party takes the call from hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallReleased(_OfParty, Event, kind="call.released"):
    """A party's leg has ended after the call was answered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallData(_OfCall, Event, kind="call.data"):
    """Attached data changed; `data` is all of it, `removed` are the keys that it has lost.

    Without `views` where another event of the same transaction shows the parties the new data.
    """

    data: dict[str, Any]
    removed: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class CallParticipants(_OfCall, Event, kind="call.participants"):
    """Who is in the call has changed for those in `views`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallMuted(_OfParty, Event, kind="call.muted"):
    """The others in a conference hear a party no longer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallUnmuted(_OfParty, Event, kind="call.unmuted"):
    """They hear it again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallDtmf(_OfParty, Event, kind="call.dtmf"):
    """A party has sent tones; the digits are nobody's business."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRecording(_OfCall, Event, kind="call.recording"):
    """The recording of a call was started, paused, resumed or stopped."""

    recording_state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CallDisposition(Event, kind="call.disposition"):
    """A disposition was set of a call that was over by then."""

    call_id: str
    call_uuid: str
    user_id: str
    disposition_key: str
    disposition: str


@dataclass(frozen=True, kw_only=True)
class _OfDevice:
    user_id: str | None
    device_id: str
    device: dict[str, Any]
    user_state: dict[str, Any] | None = None
    do_not_disturb: str = "Off"
    phone: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _OfSession:
    """`user_state` is the state that the login leads to; there is no event of its own for it.

    One event for each device: `device_ids` names it.
    """

    user_id: str
    device_ids: list[str]
    device: dict[str, Any]
    user_state: dict[str, Any] | None = None
    do_not_disturb: str = "Off"
    phone: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentLogin(_OfSession, Event, kind="agent.login"):
    """An agent logs in, in the given state."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentLogout(_OfSession, Event, kind="agent.logout"):
    """An agent logs out: Offline, or the end of the session."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentReady(_OfDevice, Event, kind="agent.ready"):
    """An agent waits for calls."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentNotReady(_OfDevice, Event, kind="agent.notready"):
    """An agent takes no calls: `user_state` says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentAfterCallWork(_OfDevice, Event, kind="agent.acw"):
    """An agent's wrap-up begins."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentMobileSession(Event, kind="agent.mobile_session"):
    """A session of a mobile application began, changed or, with None, is over.

    `mobile_session` is what StartContactCenterSession was given: mobileDeviceId, mobilePushType,
    timeout, debug and, where one was sent, filter. Source: seed 001 "Mobile Push Notifications".
    """

    user_id: str
    mobile_session: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceRegistered(_OfDevice, Event, kind="device.registered"):
    """The switch sees the device again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceUnregistered(_OfDevice, Event, kind="device.unregistered"):
    """The switch no longer sees the device."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceChanged(_OfDevice, Event, kind="device.changed"):
    """Its do-not-disturb, its forwarding, or whether it is active."""


@dataclass(frozen=True, kw_only=True)
class _OfMonitoring:
    """`user_id` and `device_id` are the supervisor's. `views` are the call as those see it whose
    view has changed: never the customer, and the agent only of a supervisor who has barged in.
    """

    session_id: str
    user_id: str
    device_id: str
    agent_id: str
    monitored_device_id: str
    state: str
    mode: str
    scope: str
    step: str
    detail: str = ""
    call_id: str | None = None
    call_uuid: str | None = None
    views: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class MonitoringStarted(_OfMonitoring, Event, kind="monitoring.started"):
    """A supervisor monitors an agent's device from now on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MonitoringChanged(_OfMonitoring, Event, kind="monitoring.changed"):
    """`step` says what: Changed, Joined, Switched, Muted, Unmuted, Left; Updated by others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MonitoringEnded(_OfMonitoring, Event, kind="monitoring.ended"):
    """`detail` says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestRefused(Event, kind="request.refused"):
    """A request that was handed to the switch and not done: an ErrorMessage for who asked."""

    user_id: str
    device_id: str | None
    call_id: str | None
    call_uuid: str | None
    operation: str
    message: str
