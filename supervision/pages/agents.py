from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from portal.web.access import may_open
from portal.web.navigation import AGENT_WATCHERS, WALLBOARD_WATCHERS
from portal.web.pages import Page
from supervision.pages.live import live_configuration


class LiveAgents(Page, TemplateView):
    """Every agent with state, time in it, call and skills, as it changes."""

    grants = WALLBOARD_WATCHERS
    title = _("Live agents")
    template_name = "supervision/agents.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            live=live_configuration(),
            may_open_agents=may_open(self.user, AGENT_WATCHERS),
            states=(
                ("Ready", _("Ready")),
                ("Ringing", _("Ringing")),
                ("OnCall", _("On a call")),
                ("NotReady", _("Not ready")),
                ("LoggedOut", _("Logged out")),
            ),
            **kwargs,
        )
