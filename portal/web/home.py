"""The home page: the parts that rooms declare for roles, together for who has several."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from portal.web.access import Grants, may_open
from portal.web.pages import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePart:
    """A template and what it shows; `load` is given the user."""

    template: str
    grants: Grants
    load: Callable[[Any], dict[str, Any]]


class HomePage(Page, TemplateView):
    grants = ()
    title = _("Home")
    template_name = "web/home.html"
    parts: Sequence[HomePart] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and self.user.contact_center is None:
            return render(request, "web/home_without_contact_center.html", {"title": self.title})
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        parts = [
            {"template": part.template, **part.load(self.user)}
            for part in self.parts
            if may_open(self.user, part.grants)
        ]
        return super().get_context_data(parts=parts, **kwargs)
