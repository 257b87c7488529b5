import re

import django_filters  # type: ignore[import-untyped]
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.web.role_labels import ROLE_LABELS
from provisioning.models import Device, Skill, User

SEARCHED = ("first_name", "last_name", "user_name", "email_address", "employee_id")


def visible_skills(request: HttpRequest) -> QuerySet[Skill]:
    skills: QuerySet[Skill] = Skill.objects.visible_to(request.user)
    return skills.order_by("name")


class UserFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = django_filters.CharFilter(method="search", label=_("Search"))
    role = django_filters.ChoiceFilter(
        method="with_role",
        label=_("Role"),
        choices=tuple(ROLE_LABELS.items()),
        empty_label=_("Any role"),
    )
    enabled = django_filters.ChoiceFilter(
        method="with_enabled",
        label=_("Status"),
        choices=(("true", _("Enabled")), ("false", _("Disabled"))),
        empty_label=_("Any status"),
    )
    skill = django_filters.ModelChoiceFilter(
        field_name="user_skills__skill",
        label=_("Skill"),
        queryset=visible_skills,
        empty_label=_("Any skill"),
    )

    def search(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Every word occurs in the person's name, user name, e-mail, employee id or a number."""
        for word in value.split():
            found = Q()
            for field in SEARCHED:
                found |= Q(**{f"{field}__icontains": word})
            if digits := re.sub(r"[^0-9]", "", word):
                devices = Device.objects.visible_to(self.request.user)
                owners = devices.filter(phone_number__digits__contains=digits).values("user_id")
                found |= Q(pk__in=owners)
            users = users.filter(found)
        return users

    def with_role(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return users.filter(**{User.ROLE_COLUMNS[value]: True})

    def with_enabled(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return users.filter(is_active=value == "true")
