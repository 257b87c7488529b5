"""Lists: a page declares its columns, filters and empty texts; searching, sorting, paging and
partial updates are the same everywhere (docs/pages.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar
from urllib.parse import urlencode

import django_filters  # type: ignore[import-untyped]
from django.core.paginator import Page as ListChunk
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise, cached_property
from django.views.generic import TemplateView

from portal.web.pages import Page

PAGE_SIZES = (25, 50, 100)

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`template` renders a cell of `row`; with `order_by` the column sorts.

    `css_class` is given to header and cells alike.
    """

    key: str
    label: str | Promise
    template: str
    order_by: tuple[str, ...] = ()
    css_class: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyList:
    """What a list without a single object says."""

    title: str | Promise
    text: str | Promise
    icon: str


class ListPage(Page, TemplateView, Generic[M]):
    template_name = "web/list.html"
    columns: ClassVar[Sequence[Column]]
    filterset_class: ClassVar[type[django_filters.FilterSet]]
    # A column's key, with "-" before it for descending.
    default_sort: ClassVar[str]
    empty: ClassVar[EmptyList]
    search_label: str | Promise
    caption: str | Promise

    def objects(self) -> QuerySet[M]:
        """Everything the user may see here, before filters."""
        raise NotImplementedError

    def create_url(self) -> str | None:
        """Where a new object is made; None for who may not."""
        return None

    create_label: str | Promise = ""

    @cached_property
    def filterset(self) -> django_filters.FilterSet:
        return self.filterset_class(self.request.GET, queryset=self.objects(), request=self.request)

    @cached_property
    def sort(self) -> str:
        asked = self.request.GET.get("sort", "")
        keys = {column.key for column in self.columns if column.order_by}
        return asked if asked.removeprefix("-") in keys else self.default_sort

    def rows(self) -> ListChunk[M]:
        """The chunk asked for; beyond the last it is the last."""
        size = self.request.GET.get("size", "")
        paginator = Paginator(
            self.filterset.qs.order_by(*self._ordering()),
            int(size) if size in map(str, PAGE_SIZES) else PAGE_SIZES[0],
        )
        return paginator.get_page(self.request.GET.get("page"))

    def _ordering(self) -> list[str]:
        """The sorted column's attributes, and the id so that chunks never overlap."""
        column = next(col for col in self.columns if col.key == self.sort.removeprefix("-"))
        sign = "-" if self.sort.startswith("-") else ""
        return [*(f"{sign}{name}" for name in column.order_by), "pk"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        htmx: Any = getattr(request, "htmx", None)
        is_partial = bool(htmx) and htmx.target == "div#list"
        template = "web/list/results.html" if is_partial else self.template_name
        response = render(request, template, self.get_context_data(**kwargs))
        if is_partial:
            response["HX-Push-Url"] = self._address()
        # The same address gives a page or a part of it: a browser must not mix them up.
        patch_vary_headers(response, ["HX-Request", "HX-Target"])
        return response

    def _address(self) -> str:
        """What was asked, without what is empty or so by itself: short enough to pass on."""
        usual = {"sort": self.default_sort, "size": str(PAGE_SIZES[0]), "page": "1"}
        asked = {name: self.request.GET[name] for name in self.request.GET}
        query = {name: value for name, value in asked.items() if value and usual.get(name) != value}
        return f"{self.request.path}?{urlencode(query)}" if query else self.request.path

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = self.rows()
        form = self.filterset.form
        filters = [field for field in form if field.name != "q"]
        return super().get_context_data(
            rows=rows,
            headers=[self._header(column) for column in self.columns],
            columns=self.columns,
            search=form["q"],
            filters=filters,
            active_filters=sum(bool(field.value()) for field in form),
            has_any=rows.paginator.count > 0 or self.objects().exists(),
            page_sizes=PAGE_SIZES,
            page_range=rows.paginator.get_elided_page_range(rows.number, on_each_side=1, on_ends=1),
            sort=self.sort,
            list=self,
            **kwargs,
        )

    def _header(self, column: Column) -> dict[str, Any]:
        """The column's head: whether it sorts, how it is sorted now, what a click asks for."""
        is_sorted = self.sort.removeprefix("-") == column.key
        is_descending = self.sort.startswith("-")
        direction = ("descending" if is_descending else "ascending") if is_sorted else "none"
        is_turned = is_sorted and not is_descending
        return {
            "key": column.key,
            "label": column.label,
            "css_class": column.css_class,
            "is_sortable": bool(column.order_by),
            "direction": direction,
            "sort": f"-{column.key}" if is_turned else column.key,
        }
