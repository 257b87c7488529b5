"""One agent as his supervisors see him: now, today, and the console to act on him."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from portal.api.features import features_of
from portal.api.status import ApiError
from portal.web.access import may_open
from portal.web.navigation import AGENT_WATCHERS, USER_READERS, WALLBOARD_WATCHERS
from portal.web.pages import Crumb, Page
from provisioning.models import User
from provisioning.requests import MAX_REASON_LENGTH
from supervision.pages.call_rows import calls_of_agent
from supervision.pages.console import (
    Situation,
    controls,
    settable_states,
    why_not_act,
    why_not_monitor,
)
from supervision.pages.day import day_of, today_begins_ms
from telephony.modes import mode_of
from telephony.services import calls, monitoring
from telephony.services.channels import running_channels
from telephony.switch.monitoring_table import MonitorMode, MonitorOperation, MonitorScope
from telephony.switch.tables import MonitorKind

MODES = ((MonitorMode.ALL_CALLS, _("All calls")), (MonitorMode.NEXT_CALL, _("One call")))
SCOPES = (
    (MonitorScope.CALL, _("Stay with the call")),
    (MonitorScope.AGENT, _("Stay with the agent")),
)
_STARTS = {str(kind) for kind in MonitorKind}
_IN_CALL = {
    MonitorOperation.SWITCH_TO_BARGE_IN,
    MonitorOperation.SWITCH_TO_LISTEN_IN,
    MonitorOperation.MUTE,
    MonitorOperation.UNMUTE,
}


class AgentPage(Page):
    """Base of the pages about one agent, who is visible or does not exist."""

    grants = AGENT_WATCHERS

    @cached_property
    def agent(self) -> User:
        visible = User.objects.visible_to(self.user).select_related("contact_center")
        agent: User = get_object_or_404(visible, pk=self.kwargs["pk"])
        return agent

    @cached_property
    def situation(self) -> Situation:
        asked = self.request.POST if self.request.method == "POST" else self.request.GET
        return Situation(self.user, self.agent, asked.get("device", ""), asked.get("from", ""))

    def get_title(self) -> str:
        return self.agent.full_name

    def crumbs(self) -> list[Crumb]:
        if not may_open(self.user, WALLBOARD_WATCHERS):
            return []
        return [Crumb(_("Live agents"), reverse("live-agents"))]

    def live(self) -> dict[str, Any]:
        """What changes all the time."""
        return {
            "agent": self.agent,
            "now": self.situation,
            "calls_now": list(zip(self.situation.legs, self.situation.views, strict=False)),
            "controls": controls(self.situation),
            "monitoring_refusal": why_not_monitor(self.situation),
            "acting_refusal": why_not_act(self.situation),
            "states": settable_states(self.user),
        }


class AgentDetail(AgentPage, TemplateView):
    template_name = "supervision/agent/page.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        center = self.user.contact_center
        has_activity = "api-statistics" in features_of(self.user)
        held = self.agent.user_skills.select_related("skill").order_by("skill__name")
        return super().get_context_data(
            day=day_of(self.agent, center) if has_activity else None,
            calls_today=calls_of_agent(self.user, self.agent, since_ms=today_begins_ms(center)),
            user_skills=held,
            may_open_user=may_open(self.user, USER_READERS),
            modes=MODES,
            scopes=SCOPES,
            max_reason_length=MAX_REASON_LENGTH,
            **self.live(),
            **kwargs,
        )


class AgentNow(AgentPage, TemplateView):
    """The part of the page that is fetched again and again."""

    template_name = "supervision/agent/now.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**self.live(), **kwargs}


class LogOutAgent(AgentPage, TemplateView):
    """Says what the agent will notice, and asks."""

    template_name = "supervision/agent/log_out.html"

    def get_title(self) -> str:
        return translate("Log out %(name)s?") % {"name": self.agent.full_name}

    def crumbs(self) -> list[Crumb]:
        return [
            *super().crumbs(),
            Crumb(self.agent.full_name, reverse("agent", args=[self.agent.pk])),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            agent=self.agent,
            now=self.situation,
            refusal=why_not_act(self.situation),
            talks=[leg for leg in self.situation.legs if leg.state in ("Established", "Held")],
            rings=[leg for leg in self.situation.legs if leg.state == "Ringing"],
            **kwargs,
        )


class ActOnAgent(AgentPage):
    """Do what a button of the console says, by the service that the API calls for it."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        act = self._acts().get(self._operation())
        if act is None:
            messages.error(request, translate("There is no such operation."))
        else:
            self._try(act)
        return redirect("agent", pk=self.agent.pk)

    def _operation(self) -> str:
        """Buttons that stand for one of many say which one, and by that the operation."""
        if "state" in self.request.POST:
            return "SetState"
        if "participant" in self.request.POST:
            return "RemoveParticipantFromConference"
        return self.request.POST.get("operation", "")

    def _acts(self) -> dict[str, Callable[[], str]]:
        """By operation what does it, and gives the words for what was done."""
        return {
            **dict.fromkeys(_STARTS, self._start),
            **{str(one): self._operate for one in _IN_CALL},
            str(MonitorOperation.CANCEL): self._stop,
            "RemoveParticipantFromConference": self._remove,
            "SetState": self._set_state,
            "EndContactCenterSession": self._log_out,
        }

    def _try(self, act: Callable[[], str]) -> None:
        """A refusal in words of the console where it has some, else in those of the service."""
        try:
            text = act()
        except ApiError as refusal:
            messages.error(self.request, refusal.message)
        except _RefusedError as refusal:
            messages.error(self.request, str(refusal))
        else:
            messages.success(self.request, text)

    @property
    def _name(self) -> dict[str, str]:
        return {"name": self.agent.full_name}

    def _start(self) -> str:
        situation = self.situation
        terms = _Terms(self.request)
        if situation.device is None or situation.own_device is None or not _has_feature(self.user):
            raise _RefusedError(why_not_monitor(situation))
        refusal = why_not_monitor(situation)
        try:
            # Also what is refused for sure: the ledger keeps the attempt.
            monitoring.start(
                supervisor=self.user,
                device=situation.own_device,
                target=situation.device,
                kind=MonitorKind(self.request.POST["operation"]),
                mode=terms.mode,
                scope=terms.scope,
                reason=terms.reason,
            )
        except ApiError as error:
            raise _RefusedError(refusal or error.message) from error
        after = Situation(self.user, self.agent)
        if after.view is None:
            return translate("You monitor %(name)s from the next call on.") % self._name
        return translate("%(kind)s: you are in the call of %(name)s.") % {
            "kind": after.kind_label,
            **self._name,
        }

    def _operate(self) -> str:
        operation = MonitorOperation(self.request.POST["operation"])
        self._require(str(operation))
        view = self.situation.view
        if view is None:
            raise _RefusedError(_GONE)
        is_done = monitoring.operate(user=self.user, call_id=view.call_id, operation=operation)
        texts = {
            MonitorOperation.SWITCH_TO_BARGE_IN: translate("Everybody in the call hears you."),
            MonitorOperation.SWITCH_TO_LISTEN_IN: translate("Nobody in the call hears you."),
            MonitorOperation.MUTE: translate("%(name)s is muted."),
            MonitorOperation.UNMUTE: translate("%(name)s is heard again."),
        }
        return _done(is_done, texts[operation] % self._name)

    def _stop(self) -> str:
        self._require(str(MonitorOperation.CANCEL))
        own = self.situation.own
        if own is None or own.supervisor_device is None:
            raise _RefusedError(_GONE)
        is_done = monitoring.cancel(supervisor=self.user, device=own.supervisor_device)
        return _done(is_done, translate("You monitor %(name)s no longer.") % self._name)

    def _remove(self) -> str:
        view, number = self.situation.view, self.request.POST.get("participant", "")
        if view is None or number not in self.situation.removable:
            raise _RefusedError(translate("That party cannot be removed now."))
        is_done = calls.remove_participant(user=self.user, call_id=view.call_id, participant=number)
        return _done(is_done, translate("%(number)s has been removed.") % {"number": number})

    def _set_state(self) -> str:
        if refusal := why_not_act(self.situation):
            raise _RefusedError(refusal)
        asked = self.request.POST.get("state", "").replace("\0", "")
        state = settable_states(self.user).filter(operation_name=asked).first()
        if state is None:
            raise _RefusedError(translate("There is no such state."))
        for channel in running_channels(self.agent):
            channel.set_state(self.agent, mode_of(state))
        return translate("%(name)s is set to %(state)s.") % {
            **self._name,
            "state": state.display_name,
        }

    def _log_out(self) -> str:
        if refusal := why_not_act(self.situation):
            raise _RefusedError(refusal)
        for channel in running_channels(self.agent):
            channel.end(self.agent)
        return translate("%(name)s is logged out.") % self._name

    def _require(self, operation: str) -> None:
        control = next(one for one in controls(self.situation) if one.operation == operation)
        if control.why_not:
            raise _RefusedError(control.why_not)


class _RefusedError(Exception):
    """What cannot be done, in words for whoever asked."""


_GONE = _("It is over already.")


class _Terms:
    """What a start is asked with; what is not offered counts as not asked."""

    def __init__(self, request: HttpRequest) -> None:
        mode, scope = request.POST.get("mode"), request.POST.get("scope")
        self.mode = MonitorMode(mode) if mode in list(MonitorMode) else MonitorMode.ALL_CALLS
        self.scope = MonitorScope(scope) if scope in list(MonitorScope) else MonitorScope.CALL
        self.reason = request.POST.get("reason", "").strip()[:MAX_REASON_LENGTH]


def _has_feature(user: User) -> bool:
    return "api-voice" in features_of(user) and monitoring.may_monitor(user)


def _done(is_done: bool, text: str) -> str:  # noqa: FBT001
    """The text; the switch refuses by False."""
    if not is_done:
        raise _RefusedError(translate("The switch refused: the call has changed meanwhile."))
    return text
