"""What a supervisor can do with an agent now, and for the rest why he cannot.

What is possible is read from the capabilities that the API shows him of the agent's device and of
his own part in the call; the texts say why something stands not in them. Source: contract §4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from portal.api.features import features_of
from portal.api.fields import Reading
from portal.events.log import now_ms
from provisioning.models import AgentState, Device, User
from telephony.api.calls import views_of
from telephony.api.monitoring import monitoring_capabilities
from telephony.models import AgentSession, Leg, Monitoring
from telephony.services.monitoring import asks_reason, may_monitor
from telephony.switch.effects import PartyView
from telephony.switch.monitoring_table import MonitorOperation
from telephony.switch.tables import LegState, MonitorKind, Presence

Text = str | Promise
_VOICE = "api-voice"
_TALKING = (LegState.ESTABLISHED, LegState.HELD)
KIND_LABELS: dict[str, Text] = {
    MonitorKind.LISTEN_IN: _("Listening in"),
    MonitorKind.COACH: _("Coaching"),
    MonitorKind.BARGE_IN: _("Barging in"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A button. `notice` is what the agent notices of it, `why_not` empty where it can be done."""

    operation: str
    label: Text
    icon: str
    notice: str
    why_not: str
    # What goes on now, of the kinds of monitoring.
    is_on: bool = False

    @property
    def is_enabled(self) -> bool:
        return not self.why_not


class Situation:
    """An agent as one supervisor stands to him now. As many queries whatever goes on."""

    def __init__(self, viewer: User, agent: User, device_id: str = "", own_id: str = "") -> None:
        """`device_id` and `own_id` choose among the agent's devices, and the viewer's own."""
        self.viewer, self.agent = viewer, agent
        self.now_ms = now_ms()
        self._device_id, self._own_id = device_id, own_id

    # --- the agent ---

    @cached_property
    def session(self) -> AgentSession | None:
        return AgentSession.objects.filter(pk=self.agent.pk).first()

    @property
    def has_session(self) -> bool:
        session = self.session
        return session is not None and session.presence != Presence.INACTIVE

    @property
    def state(self) -> str:
        """Ready, NotReady or LoggedOut, as live pages call them."""
        if self.session is None or not self.has_session:
            return str(Presence.LOGGED_OUT)
        return self.session.presence

    @property
    def state_label(self) -> Text:
        if self.session is None or self.state == Presence.LOGGED_OUT:
            return translate("Logged out")
        return self.session.display_name or self.session.presence

    @cached_property
    def legs(self) -> list[Leg]:
        """His parts in calls, the talk first; not those of calls that he monitors himself."""
        parts = Leg.objects.filter(user=self.agent, monitoring="")
        found = parts.select_related("call__queue", "queue", "device__phone_number")
        order = {name: place for place, name in enumerate(LegState)}
        order[LegState.ESTABLISHED] = -1
        return sorted(found, key=lambda leg: (order[LegState(leg.state)], leg.began_ms))

    @cached_property
    def views(self) -> list[PartyView]:
        """His calls as he sees them, in the order of the legs."""
        return views_of(self.legs) if self.legs else []

    @cached_property
    def devices(self) -> list[Device]:
        return list(_devices_of(self.agent))

    @cached_property
    def device(self) -> Device | None:
        """The one that is asked for, else that the viewer monitors, else where the agent works."""
        at_work = self.session.device_id if self.session else None
        own = self.own.device_id if self.own else None
        return _choose(self.devices, self._device_id, own, at_work)

    # --- the viewer ---

    @property
    def is_oneself(self) -> bool:
        return bool(self.viewer.pk == self.agent.pk)

    @cached_property
    def is_supervised(self) -> bool:
        supervised = User.objects.supervised_by(self.viewer)
        return bool(supervised.filter(pk=self.agent.pk).exists())

    @cached_property
    def own_devices(self) -> list[Device]:
        return list(_devices_of(self.viewer))

    @cached_property
    def own_device(self) -> Device | None:
        """Where the viewer listens: as asked for, else where he does, else where he works."""
        session = AgentSession.objects.filter(pk=self.viewer.pk).first()
        own = self.own.supervisor_device_id if self.own else None
        return _choose(self.own_devices, self._own_id, own, session and session.device_id)

    @cached_property
    def own(self) -> Monitoring | None:
        """What the viewer monitors, of this agent or of another."""
        rows = Monitoring.objects.select_related("agent", "supervisor_device")
        return rows.filter(supervisor=self.viewer).first()

    @property
    def monitors(self) -> bool:
        return self.own is not None and self.own.agent_id == self.agent.pk

    @property
    def kind_label(self) -> Text:
        return KIND_LABELS[self.kind] if self.kind else ""

    @property
    def kind(self) -> str:
        """How the viewer takes part, or will in the next call; empty where he does not monitor."""
        if self.own is None or not self.monitors:
            return ""
        return self._own_leg.monitoring if self._own_leg else self.own.kind

    @cached_property
    def _own_leg(self) -> Leg | None:
        if not self.monitors:
            return None
        legs = Leg.objects.filter(user=self.viewer).exclude(monitoring="")
        return legs.select_related("call").first()

    @cached_property
    def view(self) -> PartyView | None:
        """The agent's call as the viewer sees it, who takes part in it."""
        return next(iter(views_of([self._own_leg])), None) if self._own_leg else None

    @cached_property
    def rival(self) -> Monitoring | None:
        """Another supervisor's monitoring of the device."""
        rows = Monitoring.objects.select_related("supervisor").filter(device=self.device)
        return rows.exclude(supervisor=self.viewer).first() if self.device else None

    @cached_property
    def capabilities(self) -> Sequence[str]:
        """What the viewer reads at the agent's device of what he may do with it."""
        if self.device is None:
            return ()
        reading = Reading(user=self.viewer, base="")
        return monitoring_capabilities([self.device], reading).get(self.device.pk, ())

    @cached_property
    def needs_reason(self) -> bool:
        return asks_reason(self.viewer)

    @property
    def removable(self) -> list[str]:
        """The numbers that the viewer may take out of the conference that he takes part in.

        Of a call of two he would leave one alone.
        """
        if self.view is None or len(self.view.participants) < 3:
            return []
        if "RemoveParticipantFromConference" not in self.view.capabilities:
            return []
        return list(self.view.participants)


# --- why not ---


def why_not_act(situation: Situation) -> str:
    """Why the viewer may not set the agent's state or log him out."""
    name = situation.agent.full_name
    if not (situation.is_oneself or situation.is_supervised):
        return translate("%(name)s is in none of your groups.") % {"name": name}
    if _VOICE not in features_of(situation.viewer):
        return translate("The contact center has no voice.")
    if not situation.has_session:
        return translate("%(name)s is logged out.") % {"name": name}
    return ""


def why_not_monitor(situation: Situation) -> str:
    """Why the viewer may not monitor the agent at all; who may, may still have to wait."""
    name = situation.agent.full_name
    if _VOICE not in features_of(situation.viewer) or not may_monitor(situation.viewer):
        return translate("Your contact center has no monitoring.")
    if situation.is_oneself:
        return translate("You cannot monitor yourself.")
    if not situation.is_supervised:
        return translate("%(name)s is in none of your groups.") % {"name": name}
    if situation.device is None:
        return translate("%(name)s has no phone.") % {"name": name}
    if situation.own_device is None:
        return translate("You have no phone to listen at.")
    if situation.rival is not None:
        rival = situation.rival.supervisor
        names = {"name": name, "other": rival.full_name if rival else "?"}
        return translate("%(name)s is monitored by %(other)s.") % names
    return ""


def _why_not_in_call(situation: Situation) -> str:
    """Why nothing can be done in a call of the agent's."""
    if refusal := why_not_monitor(situation):
        return refusal
    name = {"name": situation.agent.full_name}
    if not situation.monitors:
        return translate("You do not monitor %(name)s.") % name
    if situation.view is None:
        if any(leg.state in _TALKING for leg in situation.legs):
            return translate("Your phone is not in the call.")
        return translate("You wait for the next call of %(name)s.") % name
    return ""


def controls(situation: Situation) -> list[Control]:
    """The console's buttons, in the order of the hand."""
    return [*_starts(situation), *_switches(situation), *_mutes(situation), _stop(situation)]


def _starts(situation: Situation) -> list[Control]:
    refusal = why_not_monitor(situation)
    kinds = (
        (MonitorOperation.LISTEN_IN, _("Listen in"), "ear", _notice_of_silence(situation)),
        (MonitorOperation.COACH, _("Coach"), "message-user", _notice_of_coaching(situation)),
        (MonitorOperation.BARGE_IN, _("Barge in"), "speakerphone", _notice_of_voice(situation)),
    )
    return [
        Control(
            operation=str(operation),
            label=label,
            icon=icon,
            notice=notice,
            why_not=refusal or _unless(str(operation) in situation.capabilities),
            is_on=situation.kind == operation,
        )
        for operation, label, icon, notice in kinds
    ]


def _notice_of_silence(situation: Situation) -> str:
    """What the agent notices of one who is heard no longer, or was not before."""
    notice = translate("%(name)s notices nothing.")
    if situation.view is not None and situation.kind == MonitorKind.COACH:
        notice = translate("%(name)s hears you no longer.")
    elif situation.view is not None and situation.kind == MonitorKind.BARGE_IN:
        notice = translate("%(name)s sees that you have gone.")
    return notice % {"name": situation.agent.full_name}


def _notice_of_coaching(situation: Situation) -> str:
    """No talk is switched to it: it holds from the next one on."""
    if situation.view is not None and situation.kind != MonitorKind.COACH:
        notice = translate("From the next call on %(name)s hears you, the customer does not.")
    else:
        notice = translate("%(name)s hears you, the customer does not.")
    return notice % {"name": situation.agent.full_name}


def _notice_of_voice(situation: Situation) -> str:
    notice = translate("Everybody hears you, and %(name)s sees you in the call.")
    return notice % {"name": situation.agent.full_name}


def _switches(situation: Situation) -> list[Control]:
    refusal = _why_not_in_call(situation)
    possible = situation.view.capabilities if situation.view else ()
    told = (
        (
            MonitorOperation.SWITCH_TO_BARGE_IN,
            _("Switch to barge in"),
            "transfer-in",
            _notice_of_voice(situation),
            translate("Everybody hears you already."),
        ),
        (
            MonitorOperation.SWITCH_TO_LISTEN_IN,
            _("Switch to listen in"),
            "transfer-out",
            _notice_of_silence(situation),
            translate("You listen in already."),
        ),
    )
    return [
        Control(
            operation=str(operation),
            label=label,
            icon=icon,
            notice=notice,
            why_not=refusal or ("" if operation in possible else already),
        )
        for operation, label, icon, notice, already in told
    ]


def _mutes(situation: Situation) -> list[Control]:
    name = {"name": situation.agent.full_name}
    refusal = _why_not_in_call(situation)
    is_muted = situation.view is not None and situation.view.is_monitored_user_muted
    is_there = situation.view is not None and any(
        leg.call_id == situation.view.call_id for leg in situation.legs
    )
    gone = "" if is_there else translate("%(name)s has left the call.") % name
    muted = translate("%(name)s is muted already.") % name if is_muted else gone
    return [
        Control(
            operation=str(MonitorOperation.MUTE),
            label=_("Mute agent"),
            icon="microphone-off",
            notice=translate("Nobody hears %(name)s until you unmute.") % name,
            why_not=refusal or muted,
        ),
        Control(
            operation=str(MonitorOperation.UNMUTE),
            label=_("Unmute agent"),
            icon="microphone",
            notice=translate("%(name)s is heard again.") % name,
            why_not=refusal or ("" if is_muted else translate("%(name)s is not muted.") % name),
        ),
    ]


def _stop(situation: Situation) -> Control:
    name = {"name": situation.agent.full_name}
    why_not = "" if situation.monitors else translate("You do not monitor %(name)s.") % name
    if not why_not and str(MonitorOperation.CANCEL) not in situation.capabilities:
        why_not = why_not_monitor(situation)
    return Control(
        operation=str(MonitorOperation.CANCEL),
        label=_("Stop monitoring"),
        icon="player-stop",
        notice=_notice_of_silence(situation),
        why_not=why_not,
    )


def _unless(is_possible: bool) -> str:  # noqa: FBT001
    return "" if is_possible else translate("Not possible now.")


def settable_states(viewer: User) -> QuerySet[AgentState]:
    """The contact center's agent states but those that log out, which has a button of its own."""
    states: QuerySet[AgentState] = AgentState.objects.visible_to(viewer)
    return states.exclude(state="Logout").order_by("-state", "-is_system", "display_name", "pk")


def _devices_of(user: User) -> QuerySet[Device]:
    devices: QuerySet[Device] = user.devices.select_related("phone_number", "user")
    return devices.order_by("phone_number__digits", "pk")


def _choose(devices: list[Device], asked: str, *wanted: Any) -> Device | None:
    """The device asked for, else the first that is wanted, else the first."""
    by_id = {str(device.pk): device for device in devices}
    for one in (asked, *wanted):
        if isinstance(one, UUID | str) and str(one) in by_id:
            return by_id[str(one)]
    return devices[0] if devices else None
