import django_filters  # type: ignore[import-untyped]
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _


class SearchFilter(django_filters.CharFilter):  # type: ignore[misc]
    """Every word of the text occurs in one of the attributes, whatever its case."""

    def __init__(self, *attributes: str) -> None:
        super().__init__(label=_("Search"))
        self.attributes = attributes

    def filter(self, qs: QuerySet, value: str) -> QuerySet:  # type: ignore[type-arg]
        for word in (value or "").split():
            found = Q()
            for attribute in self.attributes:
                found |= Q(**{f"{attribute}__icontains": word})
            qs = qs.filter(found)
        return qs
