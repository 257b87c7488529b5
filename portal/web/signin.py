import math
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.api.lockout import seconds_to_wait

_SECONDS_SHOWN = 60


class SignIn(LoginView):
    template_name = "web/sign_in.html"
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        if not getattr(self.request, "axes_locked_out", False):
            return super().form_invalid(form)
        # Else the lockout middleware replaces this page by a bare line of text.
        self.request.axes_locked_out = False  # type: ignore[attr-defined]
        form.errors.clear()
        seconds = max(1, seconds_to_wait(self.request, form.data.get("username", "")))
        form.add_error(None, locked_out_message(seconds))
        response = super().form_invalid(form)
        response.status_code = 429
        response["Retry-After"] = str(seconds)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(title=_("Sign in"), **kwargs)


def locked_out_message(seconds: int) -> str:
    text = _("Too many wrong passwords for this user name. Wait %(time)s, then try again.")
    if seconds <= _SECONDS_SHOWN:
        time = ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    else:
        minutes = math.ceil(seconds / 60)
        time = ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    return text % {"time": time}
