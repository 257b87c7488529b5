from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from portal.api.roles import ADMINS
from portal.web.access import Grant, may_open
from portal.web.lists import Column, EmptyList, ListPage
from portal.web.navigation import USER_READERS
from portal.web.pages import Crumb, Page
from provisioning.change import Change
from provisioning.models import User
from provisioning.pages.user_filters import UserFilter

USER_WRITERS = (Grant(ADMINS),)


def visible_users(user: User) -> QuerySet[User]:
    """With what a row shows: the number of queries does not grow with the rows."""
    found: QuerySet[User] = User.objects.visible_to(user)
    return found.prefetch_related("user_skills__skill", "devices__phone_number")


class UserList(ListPage[User]):
    grants = USER_READERS
    title = _("Users")
    caption = _("Users of the contact center")
    filterset_class = UserFilter
    search_label = _("Search name, e-mail, ID or number")
    create_label = _("New user")
    default_sort = "name"
    columns = (
        Column(
            key="name",
            label=_("Name"),
            template="provisioning/users/cells/name.html",
            order_by=("last_name", "first_name"),
        ),
        Column(
            key="user_name",
            label=_("User name"),
            template="provisioning/users/cells/user_name.html",
            order_by=("user_name",),
            css_class="d-none d-lg-table-cell",
        ),
        Column(key="roles", label=_("Roles"), template="provisioning/users/cells/roles.html"),
        Column(
            key="enabled",
            label=_("Status"),
            template="provisioning/users/cells/enabled.html",
            order_by=("is_active",),
        ),
        Column(
            key="skills",
            label=_("Skills"),
            template="provisioning/users/cells/skills.html",
            css_class="d-none d-md-table-cell",
        ),
        Column(
            key="devices",
            label=_("Devices"),
            template="provisioning/users/cells/devices.html",
            css_class="d-none d-md-table-cell",
        ),
        Column(
            key="created",
            label=_("Created"),
            template="provisioning/users/cells/created.html",
            order_by=("created_at",),
            css_class="d-none d-xl-table-cell",
        ),
    )
    empty = EmptyList(
        title=_("No users yet"),
        text=_("Users are the agents, supervisors and admins of this contact center."),
        icon="users",
    )

    def objects(self) -> QuerySet[User]:
        return visible_users(self.user)

    def create_url(self) -> str | None:
        return reverse("user-new") if may_open(self.user, USER_WRITERS) else None


class UserPage(Page):
    """Base of the pages about one user, who is visible or does not exist."""

    @cached_property
    def person(self) -> User:
        return get_object_or_404(visible_users(self.user), pk=self.kwargs["pk"])

    @property
    def is_oneself(self) -> bool:
        return bool(self.person.pk == self.user.pk)

    def crumbs(self) -> list[Crumb]:
        return [Crumb(_("Users"), reverse("users"))]

    def get_title(self) -> str:
        return self.person.full_name

    def change(self) -> Change:
        return Change(actor=self.user, origin="page")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(person=self.person, is_oneself=self.is_oneself, **kwargs)


class UserDetail(UserPage, TemplateView):
    """What those see who may not change users."""

    grants = USER_READERS
    template_name = "provisioning/users/detail.html"
