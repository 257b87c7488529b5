"""Forms whose values go to a service: what it refuses stands beside the field it is about."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.views.generic import FormView

from portal.api.status import ApiError
from portal.web.pages import Page


class ServiceForm(forms.Form):
    """`refusal_phrases` says by their wording which field a service's refusals are about."""

    refusal_phrases: ClassVar[Sequence[tuple[re.Pattern[str], str]]] = ()

    def add_refusal(self, refusal: ApiError) -> None:
        """Beside the field it is about, or else above the form."""
        named = (name for phrase, name in self.refusal_phrases if phrase.search(refusal.message))
        name = next(named, None)
        self.add_error(name if name in self.fields else None, refusal.message)

    def focus_first_error(self) -> None:
        """Let the page open at the first wrong field, without a script."""
        wrong = next((name for name in self.fields if name in self.errors), None)
        if wrong is not None:
            self.fields[wrong].widget.attrs["autofocus"] = True


class ServiceFormPage(Page, FormView[Any]):
    """A page with a ServiceForm; a subclass hands the checked values to a service in `save`."""

    template_name = "web/form.html"
    submit_label: str | Promise = ""
    saved_message: str | Promise = ""

    def save(self, form: Any) -> None:
        """Call the service. Raises ApiError when it refuses."""
        raise NotImplementedError

    def cancel_url(self) -> str:
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            self.save(form)
        except ApiError as refusal:
            form.add_refusal(refusal)
            return self.form_invalid(form)
        messages.success(self.request, str(self.saved_message))
        return redirect(self.get_success_url())

    def form_invalid(self, form: Any) -> HttpResponse:
        form.focus_first_error()
        return super().form_invalid(form)

    def get_success_url(self) -> str:
        return self.cancel_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            submit_label=self.submit_label, cancel_url=self.cancel_url(), **kwargs
        )
