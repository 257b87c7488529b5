"""The change log: who changed what, what stood before, and the way back."""

from collections.abc import Callable
from typing import Any

import django_filters  # type: ignore[import-untyped]
from django.contrib import messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from portal.api.status import ApiError
from portal.web.lists import Column, EmptyList, ListPage
from portal.web.navigation import CHANGE_READERS
from portal.web.pages import Crumb, Page
from portal.web.search import SearchFilter
from provisioning.change import Change
from provisioning.models import ChangeLogEntry
from provisioning.pages.history import HistoryEntry, differences_in
from provisioning.pages.trial import Trial, try_out
from provisioning.services.reverting import revert

ENTRIES_SHOWN = 200

RESOURCES = {
    "agent-states": _("Agent state"),
    "contact-centers": _("Contact center"),
    "contacts": _("Contact"),
    "devices": _("Device"),
    "dispositions": _("Disposition"),
    "features": _("Feature"),
    "group-supervisors": _("Group's supervisor"),
    "group-users": _("Group's user"),
    "groups": _("Group"),
    "phone-numbers": _("Phone number"),
    "places": _("Place"),
    "planned-skills": _("Planned skill"),
    "queue-settings": _("Queue's recording"),
    "queue-skills": _("Queue's skill"),
    "queues": _("Queue"),
    "settings": _("Setting"),
    "settings-groups": _("Settings group"),
    "skills": _("Skill"),
    "tokens": _("API token"),
    "user-settings": _("User's setting"),
    "user-skills": _("User's skill"),
    "users": _("User"),
    "webhooks": _("Webhook"),
}
ORIGINS = {
    "page": _("Page"),
    "api": _("API"),
    "admin": _("Operations"),
    "import": _("Import"),
    "system": _("System"),
}


def entries_visible_to(user: Any) -> QuerySet[ChangeLogEntry]:
    entries: QuerySet[ChangeLogEntry] = ChangeLogEntry.objects.visible_to(user)
    return entries


class ChangeFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = SearchFilter("actor_name", "object_id", "reason", "request_id")
    resource = django_filters.ChoiceFilter(
        label=_("Object"), choices=tuple(RESOURCES.items()), empty_label=_("Any object")
    )
    origin = django_filters.ChoiceFilter(
        label=_("By way of"), choices=tuple(ORIGINS.items()), empty_label=_("Any way")
    )


class ChangeList(ListPage[ChangeLogEntry]):
    grants = CHANGE_READERS
    title = _("Change log")
    caption = _("Changes, newest first")
    filterset_class = ChangeFilter
    search_label = _("Search person, reason or id")
    default_sort = "-when"
    columns = (
        Column(
            key="when",
            label=_("When"),
            template="provisioning/changes/cells/when.html",
            order_by=("pk",),
        ),
        Column(
            key="who",
            label=_("Who"),
            template="provisioning/changes/cells/who.html",
            css_class="d-none d-md-table-cell",
        ),
        Column(key="what", label=_("What"), template="provisioning/changes/cells/what.html"),
        Column(
            key="request",
            label=_("Request"),
            template="provisioning/changes/cells/request.html",
            css_class="d-none d-lg-table-cell",
        ),
    )
    empty = EmptyList(
        title=_("Nothing has been changed yet"),
        text=_("Every change by page, program, import or the system itself will stand here."),
        icon="history",
    )

    def objects(self) -> QuerySet[ChangeLogEntry]:
        """With how many changes its request made."""
        entries = entries_visible_to(self.user)
        together = entries.filter(request_id=OuterRef("request_id")).order_by()
        return entries.annotate(
            together=Subquery(together.values("request_id").annotate(n=Count("pk")).values("n"))
        )


class ChangePage(Page, TemplateView):
    """One change with what came by the same request; reverting shows first what it would do."""

    grants = CHANGE_READERS
    template_name = "provisioning/changes/change.html"

    @cached_property
    def entry(self) -> ChangeLogEntry:
        return get_object_or_404(entries_visible_to(self.user), pk=self.kwargs["pk"])

    @property
    def is_whole_request(self) -> bool:
        scope = self.request.POST.get("scope") or self.request.GET.get("revert")
        return scope == "request"

    def get_title(self) -> str:
        return translate("Change %(id)s") % {"id": self.entry.pk}

    def crumbs(self) -> list[Crumb]:
        return [Crumb(_("Change log"), reverse("changes"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        together = entries_visible_to(self.user).filter(request_id=self.entry.request_id)
        return super().get_context_data(
            entry=self.entry,
            shown=HistoryEntry(self.entry, differences_in(self.entry)),
            others=together.exclude(pk=self.entry.pk).order_by("-pk")[:ENTRIES_SHOWN],
            trial=self._trial(),
            is_whole_request=self.is_whole_request,
            **kwargs,
        )

    def _trial(self) -> Trial | None:
        asked = self.request.GET.get("revert")
        if asked is None:
            return None
        if asked not in {"entry", "request"}:
            raise Http404
        return try_out(self.user, self._revert())

    def _revert(self) -> Callable[[], list[ChangeLogEntry]]:
        change = Change(actor=self.user, origin="page", reason=translate("Reverted"))
        return lambda: revert(change=change, entry=self.entry, whole_request=self.is_whole_request)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            undone = self._revert()()
        except ApiError as refusal:
            messages.error(request, refusal.message)
        else:
            text = translate("Reverted: %(count)d changes.") if len(undone) != 1 else ""
            messages.success(
                request, text % {"count": len(undone)} if text else translate("Reverted.")
            )
        return redirect("change", pk=self.entry.pk)
