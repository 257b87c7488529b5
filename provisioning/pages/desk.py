"""The pages of one kind of object: its facts and changes, create, clone, edit and delete.

A kind is declared by a `Desk`; its list is a `ListPage`. `provisioning/pages/skills.py` is the
neighbour to copy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from portal.api.roles import ADMINS, has_role
from portal.api.status import ApiError
from portal.web.access import Grant, Grants, may_open
from portal.web.forms import ServiceForm, ServiceFormPage
from portal.web.lists import ListPage
from portal.web.pages import Crumb, Page
from provisioning.change import Change
from provisioning.pages.history import history_of
from provisioning.pages.trial import try_out

WRITERS: Grants = (Grant(ADMINS),)
Text = str | Promise
M = TypeVar("M", bound=Model)


class DeskList(ListPage[M]):
    """A list whose rows lead to their object's page, with a button for a new one."""

    desk_name: ClassVar[str]

    @property
    def detail_url_name(self) -> str:
        return f"{self.desk_name}-detail"

    def create_url(self) -> str | None:
        return reverse(f"{self.desk_name}-new") if may_open(self.user, WRITERS) else None


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the object's page; `template` shows it, given the object as `row`."""

    label: Text
    template: str


class DeskForm(ServiceForm):
    """The form of a kind of object. It is given the user, for the choices that he may see.

    `version` is the object as it was when the form was opened.
    """

    version = forms.CharField(required=False, widget=forms.HiddenInput)
    # What a new object is given and one that exists keeps.
    only_when_new: ClassVar[Sequence[str]] = ()

    def __init__(self, *args: Any, user: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not is_new:
            for name in self.only_when_new:
                del self.fields[name]

    def values(self) -> dict[str, Any]:
        """What the service is given."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """`name` is the address and the list's url name, `resource` what the change log calls it.

    `create` is given the change, the contact center and the form's values; `update` and `delete`
    the change, the object under `argument`, and for `update` the values. `initial` gives the
    form's values for an object.
    """

    name: str
    resource: str
    argument: str
    model: type[Model]
    list_page: type[ListPage[Any]]
    readers: Grants
    new_title: Text
    form_class: type[DeskForm]
    facts: Sequence[Fact]
    initial: Callable[[Any], dict[str, Any]]
    create: Callable[..., Any]
    update: Callable[..., Any]
    delete: Callable[..., Any]
    related: tuple[str, ...] = ()
    object_id: Callable[[Any], str] = lambda obj: str(obj.pk)
    is_read_only: Callable[[Any], bool] = lambda obj: False
    # More of an object than facts: a template that is given it as `row`.
    detail_template: str = ""
    # How an object is named in an address.
    key: str = "<uuid:pk>"

    @property
    def title(self) -> Text:
        return self.list_page.title

    def objects(self, user: Any) -> QuerySet[Any]:
        objects: QuerySet[Any] = self.model._default_manager.visible_to(user)  # type: ignore[attr-defined]
        return objects.select_related(*self.related) if self.related else objects

    def url(self, action: str, obj: Any = None) -> str:
        return reverse(f"{self.name}-{action}", kwargs={"pk": obj.pk} if obj else None)

    def urls(self) -> list[URLPattern]:
        base = f"provisioning/{self.name}/"
        pages: list[tuple[str, type[DeskPage], str]] = [
            ("new/", NewObject, "new"),
            (f"{self.key}/", ObjectDetail, "detail"),
            (f"{self.key}/edit/", EditObject, "edit"),
            (f"{self.key}/delete/", DeleteObject, "delete"),
        ]
        return [
            path(base, self.list_page.as_view(), name=self.name),
            *(
                path(base + route, page.as_view(desk=self), name=f"{self.name}-{action}")
                for route, page, action in pages
            ),
        ]


class DeskPage(Page):
    # Given to `as_view`.
    desk: Desk = None  # type: ignore[assignment]
    is_for_writers: ClassVar[bool] = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Pages of all kinds share these classes: the grants are the desk's.
        self.grants = WRITERS if self.is_for_writers else self.desk.readers  # type: ignore[misc]
        return super().dispatch(request, *args, **kwargs)

    def crumbs(self) -> list[Crumb]:
        return [Crumb(self.desk.title, reverse(self.desk.name))]

    def change(self) -> Change:
        return Change(actor=self.user, origin="page")

    @cached_property
    def object(self) -> Any:
        return get_object_or_404(self.desk.objects(self.user), pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(desk=self.desk, **kwargs)


class _AboutAnObject(DeskPage):
    def get_title(self) -> str:
        return str(self.object)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_write = may_open(self.user, WRITERS) and not self.desk.is_read_only(self.object)
        urls = {
            f"{action}_url": self.desk.url(action, self.object) for action in ("edit", "delete")
        }
        clone_url = f"{self.desk.url('new')}?from={self.object.pk}"
        return super().get_context_data(
            row=self.object, may_write=may_write, clone_url=clone_url, **urls, **kwargs
        )


class ObjectDetail(_AboutAnObject, TemplateView):
    template_name = "provisioning/desk/detail.html"
    is_for_writers = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        history = []
        if has_role(self.user, ADMINS):
            history = history_of(self.user, self.desk.resource, self.desk.object_id(self.object))
        return super().get_context_data(history=history, **kwargs)


class _ObjectForm(ServiceFormPage, DeskPage):
    is_new: ClassVar[bool]

    def get_form_class(self) -> type[DeskForm]:
        return self.desk.form_class

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.user, "is_new": self.is_new}


class NewObject(_ObjectForm):
    """An empty form, or with `?from=ID` one that begins as a copy."""

    is_new = True
    submit_label = _("Create")

    def get_title(self) -> Text:
        return self.desk.new_title

    def get_initial(self) -> dict[str, Any]:
        asked = self.request.GET.get("from")
        if not asked:
            return {}
        field = self.desk.model._meta.pk
        try:
            pk = field.to_python(asked) if field is not None else None
        except forms.ValidationError:
            return {}
        return self.desk.initial(get_object_or_404(self.desk.objects(self.user), pk=pk))

    def cancel_url(self) -> str:
        return reverse(self.desk.name)

    def save(self, form: DeskForm) -> None:
        made = self.desk.create(
            change=self.change(), contact_center=self.user.contact_center, **form.values()
        )
        self.saved_message = translate("%(name)s has been created.") % {"name": made}


class EditObject(_ObjectForm, _AboutAnObject):
    is_new = False
    submit_label = _("Save changes")

    def get_title(self) -> str:
        return translate("Edit %(name)s") % {"name": self.object}

    def get_initial(self) -> dict[str, Any]:
        return {**self.desk.initial(self.object), "version": self.object.version}

    def cancel_url(self) -> str:
        return self.desk.url("detail", self.object)

    def crumbs(self) -> list[Crumb]:
        return [*super().crumbs(), Crumb(str(self.object), self.cancel_url())]

    def form_valid(self, form: DeskForm) -> HttpResponse:
        if form.cleaned_data["version"] not in {"", str(self.object.version)}:
            return self._show_conflict(form)
        return super().form_valid(form)

    def _show_conflict(self, form: DeskForm) -> HttpResponse:
        """Somebody saved meanwhile: both versions, and saving again is a decision."""
        theirs = self.desk.initial(self.object)
        for name, field in form.fields.items():
            if name in theirs and field.has_changed(theirs[name], form[name].data):
                text = translate("Saved by somebody else meanwhile: %(value)s")
                form.add_error(name, text % {"value": _shown(field, theirs[name])})
        form.add_error(
            None, _("Somebody changed this while you did. Save again to overwrite it with yours.")
        )
        shown = self.request.POST.copy()
        shown["version"] = str(self.object.version)
        form.data = shown
        return self.form_invalid(form)

    def save(self, form: DeskForm) -> None:
        saved = self.desk.update(
            change=self.change(), **{self.desk.argument: self.object}, **form.values()
        )
        self.saved_message = translate("Changes to %(name)s have been saved.") % {"name": saved}


class DeleteObject(_AboutAnObject, TemplateView):
    template_name = "provisioning/desk/delete.html"

    def get_title(self) -> str:
        return translate("Delete %(name)s?") % {"name": self.object}

    def crumbs(self) -> list[Crumb]:
        return [*super().crumbs(), Crumb(str(self.object), self.desk.url("detail", self.object))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            trial=try_out(self.user, self._delete),
            cancel_url=self.desk.url("detail", self.object),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        name = str(self.object)
        try:
            self._delete()
        except ApiError as refusal:
            messages.error(request, refusal.message)
            return redirect(self.desk.url("detail", self.object))
        messages.success(request, translate("%(name)s has been deleted.") % {"name": name})
        return redirect(self.desk.name)

    def _delete(self) -> None:
        self.desk.delete(change=self.change(), **{self.desk.argument: self.object})


def _shown(field: forms.Field, value: Any) -> str:
    """A field's value in the words of its choices."""
    if isinstance(field, forms.ModelChoiceField):
        value = getattr(value, "pk", value)
        return str(field.queryset.filter(pk=value).first() or field.empty_label or "")  # type: ignore[union-attr]
    return str(value) or translate("empty")
