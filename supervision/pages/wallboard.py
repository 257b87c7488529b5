from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from portal.web.navigation import WALLBOARD_WATCHERS
from portal.web.pages import Page
from supervision.pages.live import live_configuration


class Wallboard(Page, TemplateView):
    grants = WALLBOARD_WATCHERS
    title = _("Wallboard")
    template_name = "supervision/wallboard.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(live=live_configuration(), **kwargs)
