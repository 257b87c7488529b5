"""The base of every page: who may open it, its title and the way back."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.functional import Promise
from django.views.generic.base import ContextMixin, View
from django_htmx.http import HttpResponseClientRedirect

from portal.web.access import Grants, require_access


@dataclass(frozen=True, slots=True)
class Crumb:
    label: str | Promise
    url: str


class Page(ContextMixin, View):
    """A page for signed-in people of a contact center; a subclass declares its grants and title.

    Without grants it is for all of them.
    """

    grants: ClassVar[Grants]
    title: str | Promise = ""
    # Whoever must change the password sees no other page before.
    is_open_before_password_change: ClassVar[bool] = False
    request: HttpRequest

    @property
    def user(self) -> Any:
        return self.request.user

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return sign_in_first(request)
        if self.user.contact_center is None:
            return redirect("home")
        if self.user.change_password_on_first_login and not self.is_open_before_password_change:
            return redirect("own-password")
        if self.grants:
            require_access(self.user, self.grants)
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str | Promise:
        return self.title

    def crumbs(self) -> list[Crumb]:
        """The pages above this one, outermost first; Home is always there."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(title=self.get_title(), crumbs=self.crumbs(), **kwargs)


def sign_in_first(request: HttpRequest) -> HttpResponseBase:
    """To the sign-in page and back; a partial request takes the whole window there."""
    htmx: Any = getattr(request, "htmx", None)
    if htmx:
        response = redirect_to_login(htmx.current_url_abs_path or resolve_url("home"))
        return HttpResponseClientRedirect(response.url)
    return redirect_to_login(request.get_full_path())
