"""API tokens: everybody makes and revokes his own, admins revoke anybody's."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from portal.api.status import ApiError
from portal.web.forms import ServiceForm, ServiceFormPage
from portal.web.pages import Page
from portal.web.role_labels import ROLE_LABELS
from provisioning.change import Change
from provisioning.models import ApiToken
from provisioning.services import tokens

_DAYS = (7, 30, 90, 180, 365)


class TokenForm(ServiceForm):
    name = forms.CharField(
        label=_("Name"), max_length=255, help_text=_("Which program will use it.")
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What the program may use of your roles."),
    )
    days = forms.TypedChoiceField(label=_("Valid for"), coerce=int)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles, days = self.fields["roles"], self.fields["days"]
        roles.choices = [(role, ROLE_LABELS[role]) for role in user.roles]  # type: ignore[attr-defined]
        roles.initial = user.roles
        allowed = [count for count in _DAYS if count <= settings.API_TOKEN_MAX_DAYS] or [1]
        days.choices = [  # type: ignore[attr-defined]
            (count, translate("%(count)d days") % {"count": count}) for count in allowed
        ]
        days.initial = min(allowed, key=lambda count: abs(count - settings.API_TOKEN_DAYS))


@method_decorator(never_cache, name="dispatch")
class TokensPage(ServiceFormPage):
    """The list and the form on one page; a new token's text stands there once."""

    grants = ()
    title = _("API tokens")
    form_class = TokenForm
    template_name = "provisioning/tokens.html"
    submit_label = _("Make a token")
    new_token: tokens.NewToken | None = None

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.user}

    def cancel_url(self) -> str:
        return reverse("home")

    def form_valid(self, form: TokenForm) -> HttpResponse:
        try:
            self.save(form)
        except ApiError as refusal:
            form.add_refusal(refusal)
            return self.form_invalid(form)
        # No redirect: the text is nowhere but in this answer.
        return self.render_to_response(
            self.get_context_data(form=TokenForm(user=self.user), new_token=self.new_token)
        )

    def save(self, form: TokenForm) -> None:
        values = form.cleaned_data
        self.new_token = tokens.create_token(
            change=Change(actor=self.user, origin="page"),
            user=self.user,
            name=values["name"],
            roles=values["roles"],
            valid_until=timezone.now() + timedelta(days=values["days"]),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        visible = ApiToken.objects.visible_to(self.user).select_related("user")
        return super().get_context_data(
            tokens=visible.order_by("name", "pk"),
            now=timezone.now(),
            **kwargs,
        )


class RevokeToken(Page):
    grants = ()
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        token = get_object_or_404(ApiToken.objects.visible_to(self.user), pk=kwargs["pk"])
        tokens.revoke_token(change=Change(actor=self.user, origin="page"), token=token)
        messages.success(request, translate("%(name)s works no more.") % {"name": token.name})
        return redirect("tokens")
