"""Groups of users: who is in them, and which supervisors act on those."""

import re
from typing import Any

import django_filters  # type: ignore[import-untyped]
from django import forms
from django.contrib import messages
from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from portal.api.status import ApiError
from portal.web.lists import Column, EmptyList
from portal.web.navigation import GROUP_READERS, USER_READERS
from portal.web.pages import Page
from portal.web.search import SearchFilter
from provisioning.change import Change
from provisioning.models import Group, GroupMember, User
from provisioning.models.group import USERS
from provisioning.models.group import GroupSupervisor as Supervision
from provisioning.pages.desk import WRITERS, Desk, DeskForm, DeskList, Fact
from provisioning.pages.user_filters import UserFilter
from provisioning.services import groups

SUGGESTIONS = 20


class GroupFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = SearchFilter("name")


def user_groups(user: Any) -> QuerySet[Group]:
    visible: QuerySet[Group] = Group.objects.visible_to(user).filter(contains=USERS)
    return visible


class GroupList(DeskList[Group]):
    desk_name = "groups"
    grants = GROUP_READERS
    title = _("User groups")
    caption = _("Groups of users of the contact center")
    filterset_class = GroupFilter
    search_label = _("Search name")
    create_label = _("New group")
    default_sort = "name"
    columns = (
        Column(
            key="name",
            label=_("Name"),
            template="provisioning/cells/linked_name.html",
            order_by=("name",),
        ),
        Column(
            key="parent",
            label=_("Below"),
            template="provisioning/cells/parent.html",
            order_by=("parent__name",),
        ),
        Column(
            key="users",
            label=_("Users"),
            template="provisioning/cells/users.html",
            order_by=("user_count",),
            css_class="text-end",
        ),
        Column(
            key="supervisors",
            label=_("Supervisors"),
            template="provisioning/cells/supervisor_count.html",
            order_by=("supervisor_count",),
            css_class="text-end",
        ),
    )
    empty = EmptyList(
        title=_("No user groups yet"),
        text=_(
            "A group is a team. Its supervisors act on its users, and on those of groups below."
        ),
        icon="users-group",
    )

    def objects(self) -> QuerySet[Group]:
        return (
            user_groups(self.user)
            .select_related("parent")
            .annotate(
                user_count=_count(GroupMember.objects.visible_to(self.user)),
                supervisor_count=_count(Supervision.objects.visible_to(self.user)),
            )
        )


def _count(rows: "QuerySet[GroupMember] | QuerySet[Supervision]") -> Subquery:
    """How many rows name the group; two joins at once would multiply each other."""
    own = rows.filter(group=OuterRef("pk")).order_by()
    return Subquery(own.values("group").annotate(count=Count("pk")).values("count"))


class GroupForm(DeskForm):
    refusal_phrases = ((re.compile("already exists"), "name"),)
    only_when_new = ("parent_id",)

    name = forms.CharField(label=_("Name"), max_length=255)
    parent_id = forms.ModelChoiceField(
        label=_("Below"),
        queryset=Group.objects.none(),
        required=False,
        empty_label=_("At the top"),
        help_text=_("It cannot be moved later."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "parent_id" in self.fields:
            field: Any = self.fields["parent_id"]
            field.queryset = user_groups(self.user).order_by("name", "pk")

    def values(self) -> dict[str, Any]:
        values = super().values()
        if "parent_id" in values:
            parent = values["parent_id"]
            values |= {"parent_id": parent.pk if parent else None, "contains": USERS}
        return values


def _initial(group: Any) -> dict[str, Any]:
    return {"name": group.name, "parent_id": group.parent_id}


class GroupDesk(Desk):
    """Groups have ids of their own form, and people who come and go."""

    def objects(self, user: Any) -> QuerySet[Any]:
        return (
            user_groups(user)
            .select_related("parent")
            .prefetch_related(_people("members", "people"), _people("supervisors", "leaders"))
        )

    def urls(self) -> list[URLPattern]:
        return [
            path("provisioning/groups/suggestions/", Suggestions.as_view(), name="suggestions"),
            *super().urls(),
            path("provisioning/groups/<str:pk>/people/", People.as_view(), name="groups-people"),
        ]


def _people(relation: str, name: str) -> "Prefetch[Any]":
    rows: QuerySet[Any] = GroupMember.objects if relation == "members" else Supervision.objects  # type: ignore[assignment]
    by_name = ("user__last_name", "user__first_name", "pk")
    return Prefetch(relation, rows.select_related("user").order_by(*by_name), to_attr=name)


class People(Page):
    """Let a user into a group or out of it, as one of its users or as a supervisor."""

    grants = WRITERS
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        group = get_object_or_404(user_groups(self.user), pk=kwargs["pk"])
        try:
            self._act(group)
        except ApiError as refusal:
            messages.error(request, refusal.message)
        return redirect("groups-detail", pk=group.pk)

    def _act(self, group: Group) -> None:
        change = Change(actor=self.user, origin="page")
        is_supervisor = self.request.POST.get("as") == "supervisor"
        user_name = self.request.POST.get("user_name", "").strip()
        person = User.objects.visible_to(self.user).filter(user_name__iexact=user_name).first()
        if person is None:
            text = translate("There is no user %(name)s.") % {"name": user_name or "?"}
            messages.error(self.request, text)
            return
        if "remove" in self.request.POST:
            remove = groups.remove_supervisor if is_supervisor else groups.remove_user
            remove(change=change, group_id=str(group.pk), user=person)
        else:
            add: Any = groups.add_supervisor if is_supervisor else groups.add_user
            add(change=change, group=group, user=person)


class Suggestions(Page):
    """Users whose name has what was typed, as the options of a list."""

    grants = USER_READERS

    def get(self, request: HttpRequest) -> HttpResponse:
        users = User.objects.visible_to(self.user)
        if request.GET.get("as") == "supervisor":
            users = users.filter(is_supervisor=True)
        typed = {"q": request.GET.get("user_name", "")}
        found = UserFilter(typed, queryset=users, request=request).qs
        shown = found.order_by("last_name", "first_name", "pk")[:SUGGESTIONS]
        return render(request, "provisioning/groups/suggestions.html", {"users": shown})


GROUPS = GroupDesk(
    name="groups",
    resource="groups",
    argument="group",
    model=Group,
    list_page=GroupList,
    readers=GROUP_READERS,
    new_title=_("New group"),
    form_class=GroupForm,
    facts=(
        Fact(_("Below"), "provisioning/cells/parent.html"),
        Fact(_("Groups below it"), "provisioning/cells/subgroups.html"),
    ),
    initial=_initial,
    create=groups.create_group,
    update=groups.update_group,
    delete=groups.delete_group,
    key="<str:pk>",
    detail_template="provisioning/groups/people.html",
)
