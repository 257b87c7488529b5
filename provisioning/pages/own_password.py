"""Everybody's own password; whoever must change it sees no other page before (statusCode 8)."""

import re
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from portal.api.lockout import is_password_of
from portal.web.forms import ServiceForm, ServiceFormPage
from provisioning.change import Change
from provisioning.services import passwords

MAX_PASSWORD_LENGTH = 128


def _rules() -> str:
    return " ".join(password_validators_help_texts())


class OwnPasswordForm(ServiceForm):
    refusal_phrases = (
        (re.compile(r"^the old password", re.IGNORECASE), "old_password"),
        (re.compile(r"password", re.IGNORECASE), "new_password"),
    )

    old_password = forms.CharField(
        label=_("Present password"),
        strip=False,
        max_length=MAX_PASSWORD_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=MAX_PASSWORD_LENGTH,
        help_text=lazy(_rules, str)(),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label=_("New password once more"),
        strip=False,
        max_length=MAX_PASSWORD_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        new, repeated = values.get("new_password"), values.get("repeated")
        if new and repeated and new != repeated:
            self.add_error("repeated", _("This is not the same password."))
        if new and new == values.get("old_password"):
            self.add_error("new_password", _("This is the present password."))
        return values


@method_decorator(never_cache, name="dispatch")
class OwnPassword(ServiceFormPage):
    grants = ()
    title = _("Change password")
    form_class = OwnPasswordForm
    submit_label = _("Change password")
    saved_message = _("Your password has been changed.")
    is_open_before_password_change = True

    def save(self, form: OwnPasswordForm) -> None:
        old_password = form.cleaned_data["old_password"]
        change = Change(actor=self.user, origin="page")
        if not is_password_of(self.request, self.user, old_password):
            passwords.refuse_old_password(change=change, user=self.user)
        passwords.change_password(
            change=change,
            user=self.user,
            old_password=old_password,
            new_password=form.cleaned_data["new_password"],
        )

    def cancel_url(self) -> str:
        return reverse("home")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        demanded = self.user.change_password_on_first_login
        note = _("Your admin asks you to choose a password of your own before you go on.")
        return super().get_context_data(
            note=note if demanded else "", is_demanded=demanded, **kwargs
        )
