"""The base of models that are written by services: a refusal comes back as an error of the form."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from unfold.admin import ModelAdmin

from portal.api.status import ApiError
from provisioning.change import Change


class RefusableForm(forms.ModelForm):  # type: ignore[type-arg]
    refusal: ApiError | None = None

    def clean(self) -> dict[str, Any] | None:
        if self.refusal is not None:
            raise ValidationError(self.refusal.message)
        return super().clean()


class ServiceAdmin(ModelAdmin):  # type: ignore[misc]
    """A subclass says in `create`, `update` and `remove` which service does it."""

    form = RefusableForm
    list_per_page = 50
    show_full_result_count = False
    # Fields that are given once, and the form that asks for them.
    create_only: tuple[str, ...] = ()
    create_form: type[RefusableForm] = RefusableForm

    def create(self, change: Change, values: dict[str, Any]) -> models.Model:
        raise NotImplementedError

    def update(self, change: Change, obj: Any, values: dict[str, Any]) -> None:
        """`values` are those that were changed in the form."""
        raise NotImplementedError

    def remove(self, change: Change, obj: Any) -> None:
        raise NotImplementedError

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), *(self.create_only if obj else ()))

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        kwargs.setdefault("form", self.form if obj else self.create_form)
        form = super().get_form(request, obj, **kwargs)
        form.refusal = getattr(request, "refusal", None)
        return form

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """After a refusal the form is shown again with it; the transaction was rolled back."""
        try:
            response: HttpResponseBase = super().changeform_view(request, *args, **kwargs)
        except ApiError as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]
            response = super().changeform_view(request, *args, **kwargs)
        return response

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response: HttpResponseBase = super().delete_view(request, *args, **kwargs)
        except ApiError as refusal:
            return self._refused(request, refusal)
        return response

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response: HttpResponseBase = super().changelist_view(request, *args, **kwargs)
        except ApiError as refusal:
            return self._refused(request, refusal)
        return response

    def _refused(self, request: HttpRequest, refusal: ApiError) -> HttpResponse:
        messages.error(request, refusal.message)
        return redirect(request.get_full_path())

    def _change(self, request: HttpRequest) -> Change:
        return Change(actor=request.user, origin="admin")  # type: ignore[arg-type]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        if change:
            values = {name: form.cleaned_data[name] for name in form.changed_data}
            self.update(self._change(request), obj, values)
            return
        created = self.create(self._change(request), dict(form.cleaned_data))
        # What follows (many-to-many fields, the admin's log) works on the stored object.
        obj.pk = created.pk
        obj.refresh_from_db()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.remove(self._change(request), obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """All or nothing, as one request in the change log."""
        change = self._change(request)
        with transaction.atomic():
            for obj in queryset.order_by("pk"):
                self.remove(change, obj)
